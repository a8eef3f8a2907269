"""Streaming a message: start, append, stop. What a chunk becomes is in `streams.py` beside this package."""

from playground.slack import blocks, streams, uploads
from playground.slack.errors import SlackError
from playground.slack.methods import chat
from playground.slack.model import Channel, Json, Message, Stream
from playground.slack.web_api import Call


def start(call: Call) -> Json:
    """`chat.startStream`: in channels only for one named person; without `thread_ts` a message of its own."""
    channel = chat.target(call)
    recipient = call.args.text("recipient_user_id")
    if channel.kind != "im":
        _recipient(call, recipient)
    stream = streams.begin(call.desk.workspace.clock, recipient, call.args.text("task_display_mode") or "timeline")
    _bring(call, stream)
    text, shown = streams.shown(stream)
    app, workspace = call.desk.app, call.desk.workspace
    message = workspace.post(
        channel,
        app.user_id,
        text,
        blocks=shown,
        bot=app.profile(workspace.team),
        thread_ts=chat.thread(call, channel),
        stream=stream,
    )
    return {"channel": channel.id, "ts": message.ts}


def append(call: Call) -> Json:
    """`chat.appendStream`: more of the same message, while its stream is open."""
    channel, message, stream = _open(call)
    if not _bring(call, stream):
        raise SlackError("no_text")
    call.desk.workspace.stream(message, *streams.shown(stream))
    return {"channel": channel.id, "ts": message.ts}


def stop(call: Call) -> Json:
    """`chat.stopStream`: the last chunks, and blocks of its own below everything that was streamed."""
    channel, message, stream = _open(call)
    metadata = chat.metadata(call)
    given = call.args.structure("blocks", "invalid_blocks_format")
    last = blocks.checked(given) if given else []
    uploads.check_pictures(call.desk.workspace, last)
    _bring(call, stream)
    stream.state = "completed"
    message.metadata = metadata or message.metadata
    text, shown = streams.shown(stream)
    call.desk.workspace.edit(message, call.desk.app.user_id, text, [*shown, *last], mark_edited=False)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_slack(metadata=True)}


def _recipient(call: Call, user: str) -> None:
    if not user:
        raise SlackError("missing_recipient_user_id")
    if not call.args.text("recipient_team_id"):
        raise SlackError("missing_recipient_team_id")
    if user not in call.desk.workspace.users:
        raise SlackError("user_not_found")


def _open(call: Call) -> tuple[Channel, Message, Stream]:
    channel = call.channel()
    message = channel.message(call.args.required("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != call.desk.app.user_id:
        raise SlackError("message_not_owned_by_app")
    return channel, message, streams.check_open(call.desk.workspace.clock, message)


def _bring(call: Call, stream: Stream) -> bool:
    """Add what this call brings; False if it brings nothing."""
    brought = streams.chunks(call.args.text("markdown_text"), call.args.structure("chunks", "invalid_chunks"))
    uploads.check_pictures(call.desk.workspace, [block for chunk in brought for block in chunk.get("blocks", [])])
    for chunk in brought:
        streams.add(stream, chunk)
    return bool(brought)
