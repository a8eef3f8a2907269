"""Uploading in three steps, and what a file is. The bytes themselves go through `uploads.py`."""

from typing import Any

from playground.slack.errors import SlackError, invalid_arguments
from playground.slack.model import Channel, File, Json
from playground.slack.web_api import Call

MOST_ALT = 1000


def get_upload_url(call: Call) -> Json:
    """`files.getUploadURLExternal`: an address that takes so many bytes, once."""
    name, length, alt = call.args.required("filename"), call.args.required("length"), call.args.text("alt_txt")
    if not length.isdigit() or int(length) < 1:
        raise invalid_arguments("must be a positive integer [json-pointer:/length]")
    if len(alt) > MOST_ALT:
        raise SlackError("alt_txt_too_large")
    url, file = call.desk.uploads.ticket(name, int(length), alt, call.args.text("snippet_type"))
    return {"upload_url": url, "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """`files.completeUploadExternal`: shares what was uploaded, or keeps it private without a channel."""
    files = [_uploaded(call, given) for given in _listed(call)]
    rooms = [_room(call, name) for name in _rooms(call)]
    for room in rooms:
        _share(call, room, files)
    return {"files": [file.as_slack() for file in files]}


def info(call: Call) -> Json:
    """`files.info`."""
    file = call.desk.workspace.files.get(call.args.required("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": file.as_slack(), "comments": [], "response_metadata": {"next_cursor": ""}}


def _listed(call: Call) -> list[Any]:
    given = call.args.structure("files", "invalid_arguments")
    if not isinstance(given, list) or not given:
        raise invalid_arguments("missing required field: files")
    return given


def _uploaded(call: Call, given: Any) -> File:
    """The file an entry names, with its title; only this app's, and only once its bytes are here."""
    file_id = given.get("id", "") if isinstance(given, dict) else ""
    file = call.desk.workspace.files.get(file_id)
    if file is None:
        raise SlackError("file_not_found")
    file.title = str(given.get("title") or file.name)
    return file


def _rooms(call: Call) -> list[str]:
    several = [name.strip() for name in call.args.text("channels").split(",") if name.strip()]
    return [call.args.text("channel_id")] if call.args.text("channel_id") else several


def _room(call: Call, name: str) -> Channel:
    room = call.desk.workspace.channels.get(name)
    if room is None:
        raise SlackError("invalid_channel")
    if call.desk.app.user_id not in room.members:
        raise SlackError("not_in_channel" if room.kind == "channel" else "invalid_channel")
    if room.is_archived:
        raise SlackError("posting_to_channel_denied")
    return room


def _share(call: Call, room: Channel, files: list[File]) -> None:
    """One message with all the files; `thread_ts` hangs it under its parent."""
    thread = call.args.text("thread_ts")
    parent = room.message(thread) if thread else None
    if thread and parent is None:
        raise SlackError("thread_not_found")
    app, workspace = call.desk.app, call.desk.workspace
    message = workspace.post(
        room,
        app.user_id,
        call.args.text("initial_comment"),
        bot=app.profile(workspace.team),
        thread_ts=(parent.thread_ts or parent.ts) if parent is not None else None,
        subtype="file_share",
        files=files,
    )
    for file in files:
        file.shared.append((room.id, message.ts))
