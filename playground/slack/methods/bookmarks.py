"""The links in a channel's header; only those of type `link`, as in Slack."""

import secrets

from playground.slack.errors import SlackError
from playground.slack.model import Channel, Json
from playground.slack.web_api import Call

MOST = 100


def add(call: Call) -> Json:
    """`bookmarks.add`: a link with a title; a channel takes a hundred."""
    channel, title, kind = call.channel("channel_id"), call.args.required("title"), call.args.required("type")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    link = _link(call)
    if len(channel.bookmarks) >= MOST:
        raise SlackError("too_many_bookmarks")
    now = int(call.desk.workspace.clock.now())
    bookmark: Json = {
        "id": f"Bk07{secrets.token_hex(4).upper()}",
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": call.args.text("emoji"),
        "icon_url": "",
        "type": kind,
        "entity_id": None,
        "date_created": now,
        "date_updated": 0,
        "rank": f"{len(channel.bookmarks):04d}",
        "last_updated_by_user_id": call.desk.app.user_id,
        "last_updated_by_team_id": call.desk.workspace.team,
        "app_id": call.desk.app.app_id,
    }
    channel.bookmarks[bookmark["id"]] = bookmark
    _tell(call, channel)
    return {"bookmark": bookmark}


def edit(call: Call) -> Json:
    """`bookmarks.edit`: another title, link or emoji under the same id."""
    channel, bookmark = _found(call)
    if call.args.has("title"):
        bookmark["title"] = call.args.required("title")
    if call.args.has("link"):
        bookmark["link"] = _link(call)
    if call.args.has("emoji"):
        bookmark["emoji"] = call.args.text("emoji")
    bookmark["date_updated"] = int(call.desk.workspace.clock.now())
    _tell(call, channel)
    return {"bookmark": bookmark}


def listed(call: Call) -> Json:
    """`bookmarks.list`, in the order of the header."""
    return {"bookmarks": list(call.channel("channel_id").bookmarks.values())}


def remove(call: Call) -> Json:
    """`bookmarks.remove`."""
    channel, bookmark = _found(call)
    del channel.bookmarks[bookmark["id"]]
    _tell(call, channel)
    return {}


def _found(call: Call) -> tuple[Channel, Json]:
    channel = call.channel("channel_id")
    bookmark = channel.bookmarks.get(call.args.required("bookmark_id"))
    if bookmark is None:
        raise SlackError("not_found")
    return channel, bookmark


def _link(call: Call) -> str:
    link = call.args.required("link")
    if not link.startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    return link


def _tell(call: Call, channel: Channel) -> None:
    workspace = call.desk.workspace
    workspace.tell("channel_changed", call.desk.app.user_id, workspace.next_ts(), channel)
