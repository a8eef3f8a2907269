"""Writing, changing and deleting the app's own messages. Lengths and shapes of blocks are checked in `blocks.py`."""

import re
from typing import Any

from playground.slack import blocks, streams, uploads
from playground.slack.errors import SlackError
from playground.slack.model import Channel, Json, Message
from playground.slack.web_api import Call

TEXT_CUT = 40_000
UPDATE_MOST = 4_000
METADATA_MOST = 8_000
# A line such as "… has joined the channel" and the grave of a deleted message take no replies.
UNTHREADABLE = frozenset({"channel_join", "tombstone"})
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_.\-]{1,255}")


def post_message(call: Call) -> Json:
    """`chat.postMessage`: to a channel by id or name, or to a person by user id."""
    channel = target(call)
    text, shown = _content(call)
    parent = thread(call, channel)
    broadcast = bool(parent) and call.args.flag("reply_broadcast")
    app, workspace = call.desk.app, call.desk.workspace
    message = workspace.post(
        channel,
        app.user_id,
        text[:TEXT_CUT],
        blocks=shown,
        bot=app.profile(workspace.team),
        thread_ts=parent,
        subtype="thread_broadcast" if broadcast else None,
        metadata=metadata(call),
    )
    answer = {"channel": channel.id, "ts": message.ts, "message": message.as_slack(metadata=True)}
    if len(text) > TEXT_CUT:
        answer |= {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return answer


def post_ephemeral(call: Call) -> Json:
    """`chat.postEphemeral`: seen by one person of the channel, in no history, never an event."""
    channel = call.channel()
    user = call.args.required("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, shown = _content(call)
    app, workspace = call.desk.app, call.desk.workspace
    message = workspace.post(
        channel,
        app.user_id,
        text[:TEXT_CUT],
        ephemeral_to=user,
        blocks=shown,
        bot=app.profile(workspace.team),
        thread_ts=call.args.text("thread_ts") or None,
    )
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    """`chat.update`: text without blocks removes the blocks, and only then says "edited"; unsent metadata stays."""
    channel = call.channel()
    message = _own(call, channel, "cant_update_message")
    if streams.is_open(call.desk.workspace.clock, message):
        raise SlackError("streaming_state_conflict")
    has_text, has_blocks = call.args.has("text"), call.args.has("blocks")
    text = call.args.text("text") if has_text else message.text
    if len(text) > UPDATE_MOST:
        raise SlackError("msg_too_long")
    shown = _blocks(call) if has_text or has_blocks else message.blocks
    if not text and not shown:
        raise SlackError("no_text")
    if call.args.has("metadata"):
        message.metadata = metadata(call)
    call.desk.workspace.edit(message, call.desk.app.user_id, text, shown, mark_edited=has_text and not has_blocks)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.as_slack(metadata=True)}


def delete(call: Call) -> Json:
    """`chat.delete`: the app's own messages only."""
    channel = call.channel()
    message = _own(call, channel, "cant_delete_message")
    if streams.is_open(call.desk.workspace.clock, message):
        raise SlackError("cant_delete_message")
    call.desk.workspace.delete(message, call.desk.app.user_id)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """`chat.getPermalink`."""
    channel = call.channel()
    message = channel.message(call.args.required("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": call.desk.workspace.permalink(message)}


def target(call: Call) -> Channel:
    """Where to post: unlike elsewhere, a name or a person will do."""
    workspace, app = call.desk.workspace, call.desk.app
    name = call.args.required("channel")
    if name in workspace.users:
        return workspace.direct(app.user_id, name)
    channel = workspace.channel_named(name)
    if channel is None or (channel.kind != "channel" and app.user_id not in channel.members):
        raise SlackError("channel_not_found")
    if app.user_id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def thread(call: Call, channel: Channel) -> str | None:
    """The parent's `ts`; Slack hangs a reply to a reply under the same parent."""
    given = call.args.text("thread_ts")
    if not given:
        return None
    parent = channel.message(given)
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.subtype in UNTHREADABLE:
        raise SlackError("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def _content(call: Call) -> tuple[str, list[Json]]:
    text, shown = call.args.text("text"), _blocks(call)
    if not text and not shown:
        raise SlackError("no_text")
    return text, shown


def _blocks(call: Call) -> list[Json]:
    given = call.args.structure("blocks", "invalid_blocks_format")
    shown = blocks.checked(given) if given else []
    blocks.refuse(call.desk.workspace.refused_kinds, shown)
    uploads.check_pictures(call.desk.workspace, shown)
    return shown


def metadata(call: Call) -> Json | None:
    """What the app hangs on the message, checked; SlackError `invalid_metadata_format` or `metadata_too_large`."""
    given: Any = call.args.structure("metadata", "invalid_metadata_format")
    if given is None or given == {}:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if not _EVENT_TYPE.fullmatch(str(given.get("event_type", ""))):
        raise SlackError("invalid_metadata_format")
    if len(str(given)) > METADATA_MOST:
        raise SlackError("metadata_too_large")
    return {"event_type": given["event_type"], "event_payload": given["event_payload"]}


def _own(call: Call, channel: Channel, refusal: str) -> Message:
    message = channel.message(call.args.required("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != call.desk.app.user_id:
        raise SlackError(refusal)
    return message
