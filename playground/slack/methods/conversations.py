"""Reading conversations: their messages, threads, members, and what they are. Nothing here changes anything."""

import base64
import binascii
from typing import Any

from playground.slack.errors import SlackError
from playground.slack.model import Channel, Json, Message
from playground.slack.web_api import Call

HISTORY_SCOPES = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}


def history(call: Call) -> Json:
    """`conversations.history`: newest first, replies only if they were broadcast."""
    channel = _readable(call)
    shown = [
        message
        for message in channel.messages.values()
        if _public(message) and (not message.is_reply or message.subtype == "thread_broadcast")
    ]
    page, answer = _page(call, _between(call, shown[::-1]), 100, 999)
    full = call.args.flag("include_all_metadata")
    answer["messages"] = [message.as_slack(metadata=full) for message in page]
    return answer | {"pin_count": sum(message.pin is not None for message in shown)}


def replies(call: Call) -> Json:
    """`conversations.replies`: the parent, then its replies, oldest first; the parent is on every page."""
    channel = _readable(call)
    thread = call.desk.workspace.thread(channel, call.args.required("ts"))
    if not thread:
        raise SlackError("thread_not_found")
    parent, *rest = thread
    page, answer = _page(call, _between(call, rest), 1000, 1000)
    full = call.args.flag("include_all_metadata")
    shown = [parent.as_slack(metadata=full)]
    shown += [message.as_slack(metadata=full) | {"parent_user_id": parent.user} for message in page]
    return answer | {"messages": shown}


def info(call: Call) -> Json:
    """`conversations.info`."""
    channel = call.channel(member=False)
    shown = _visible(call, channel).as_slack(call.desk.app.user_id)
    if call.args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(call: Call) -> Json:
    """`conversations.members`: user ids, in pages."""
    channel = _visible(call, call.channel(member=False))
    page, answer = _page(call, channel.members, 100, 1000)
    return answer | {"members": page}


def listed(call: Call) -> Json:
    """`conversations.list`: the types asked for, of private ones those the app is in."""
    bot = call.desk.app.user_id
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    asked = {kinds.get(name.strip()) for name in (call.args.text("types") or "public_channel").split(",")}
    found = [
        channel
        for channel in call.desk.workspace.channels.values()
        if channel.kind in asked
        and (channel.kind == "channel" or bot in channel.members)
        and not (channel.is_archived and call.args.flag("exclude_archived"))
    ]
    page, answer = _page(call, found, 100, 1000)
    return answer | {"channels": [channel.as_slack(bot) for channel in page]}


def opened(call: Call) -> Json:
    """`conversations.open` with one person: their direct conversation with the app."""
    user = call.args.required("users")
    if user not in call.desk.workspace.users:
        raise SlackError("user_not_found")
    return {"channel": {"id": call.desk.workspace.direct(call.desk.app.user_id, user).id}}


def _visible(call: Call, channel: Channel) -> Channel:
    if channel.kind != "channel" and call.desk.app.user_id not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def _readable(call: Call) -> Channel:
    channel = call.channel()
    needed = HISTORY_SCOPES[channel.kind]
    if needed not in call.desk.app.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(call.desk.app.scopes))
    return channel


def _public(message: Message) -> bool:
    return message.ephemeral_to is None and not message.deleted


def _between(call: Call, messages: list[Message]) -> list[Message]:
    """Those after `oldest` and before `latest`; `inclusive` takes the two bounds in."""
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    inclusive = call.args.flag("inclusive")

    def wanted(message: Message) -> bool:
        ts = float(message.ts)
        above = oldest is None or ts > oldest or (inclusive and ts == oldest)
        below = latest is None or ts < latest or (inclusive and ts == latest)
        return above and below

    return [message for message in messages if wanted(message)]


def _bound(call: Call, name: str) -> float | None:
    value = call.args.text(name)
    if not value or (name == "latest" and value == "now"):
        return None
    try:
        return float(value)
    except ValueError as error:
        raise SlackError(f"invalid_ts_{name}") from error


def _page(call: Call, items: list[Any], default: int, most: int) -> tuple[list[Any], Json]:
    """One page by `limit` and `cursor`, and the fields that say whether there is another."""
    limit, start = call.args.whole("limit", default, most), _start(call.args.text("cursor"))
    after = start + limit
    more = after < len(items)
    cursor = base64.b64encode(f"next:{after}".encode()).decode() if more else ""
    return items[start:after], {"has_more": more, "response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
