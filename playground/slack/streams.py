"""Messages that are written while people read: chunks become blocks, and a stream has a state and an end.

Source: https://docs.slack.dev/messaging/sending-and-scheduling-messages#text-streaming. That a stream lives for about
five minutes, appended to or not, that `details` of a task are appended and that chunk texts take 256 characters is
undocumented; developers have reported it. It knows no method.
"""

from typing import Any

from playground.slack import blocks
from playground.slack.block_rules import STATUSES
from playground.slack.clock import Clock
from playground.slack.errors import SlackError
from playground.slack.model import Json, Message, Stream

MOST_MARKDOWN = 12_000
MOST_TASK_TEXT = 256
LIFE_SECONDS = 300.0


def check_open(clock: Clock, message: Message) -> Stream:
    """The stream, if it can be written to; SlackError `stopped_by_user` or `message_not_in_streaming_state`."""
    stream = message.stream
    if stream is not None and stream.stopped_by:
        raise SlackError("stopped_by_user")
    if stream is not None and clock.now() - stream.began > clock.wait(LIFE_SECONDS):
        stream.state = "expired"
    if stream is None or stream.state != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return stream


def is_open(clock: Clock, message: Message) -> bool:
    """Whether the message is being written now."""
    try:
        check_open(clock, message)
    except SlackError:
        return False
    return True


def chunks(markdown_text: str, given: Any) -> list[Json]:
    """Everything one call brings, checked; SlackError `invalid_chunks`, `msg_too_long`, or as `blocks.checked`."""
    if given is not None and (not isinstance(given, list) or not all(isinstance(chunk, dict) for chunk in given)):
        raise SlackError("invalid_chunks")
    brought = [*([{"type": "markdown_text", "text": markdown_text}] if markdown_text else []), *(given or [])]
    return [_chunk(chunk) for chunk in brought]


def _chunk(chunk: Json) -> Json:
    match chunk:
        case {"type": "markdown_text", "text": str(text)}:
            if len(text) > MOST_MARKDOWN:
                raise SlackError("msg_too_long")
        case {"type": "plan_update", "title": str(title)}:
            _short(title)
        case {"type": "task_update", "id": str(), "title": str(title), "status": str(status)} if status in STATUSES:
            for words in (title, chunk.get("details"), chunk.get("output")):
                _short(words or "")
        case {"type": "blocks", "blocks": list(given)}:
            return {"type": "blocks", "blocks": blocks.checked(given)}
        case _:
            raise SlackError("invalid_chunks")
    return chunk


def _short(text: Any) -> None:
    if not isinstance(text, str) or len(text) > MOST_TASK_TEXT:
        raise SlackError("invalid_chunks")


def add(stream: Stream, chunk: Json) -> None:
    """Put one checked chunk where Slack shows it."""
    match chunk["type"]:
        case "markdown_text":
            _add_text(stream, chunk["text"])
        case "blocks":
            stream.parts += chunk["blocks"]
        case "plan_update":
            _plan(stream)["title"] = chunk["title"]
        case _:
            _add_task(stream, chunk)


def _add_text(stream: Stream, text: str) -> None:
    last = stream.parts[-1] if stream.parts else {}
    if last.get("type") == "markdown":
        stream.parts[-1] = last | {"text": last["text"] + text}
    else:
        stream.parts.append({"type": "markdown", "text": text})


def _add_task(stream: Stream, chunk: Json) -> None:
    """A new task, or the one with this id as it is now; in a plan all tasks stand together."""
    tasks = _plan(stream)["tasks"] if stream.mode == "plan" else stream.parts
    for number, task in enumerate(tasks):
        if task.get("task_id") == chunk["id"]:
            tasks[number] = _task(task, chunk)
            return
    tasks.append(_task({"type": "task_card", "task_id": chunk["id"]}, chunk))


def _task(before: Json, chunk: Json) -> Json:
    task = before | {"title": chunk["title"], "status": chunk["status"]}
    if chunk.get("details"):
        task["details"] = _rich(_plain(before.get("details")) + chunk["details"])
    if chunk.get("output"):
        task["output"] = _rich(chunk["output"])
    if chunk.get("sources"):
        task["sources"] = chunk["sources"]
    return task


def _plan(stream: Stream) -> Json:
    """The plan of the stream; its first task would be its title until a title comes."""
    for part in stream.parts:
        if part["type"] == "plan":
            return part
    plan: Json = {"type": "plan", "title": "", "tasks": []}
    stream.parts.append(plan)
    return plan


def shown(stream: Stream) -> tuple[str, list[Json]]:
    """The message's text and blocks as they are now."""
    text = "".join(part["text"] for part in stream.parts if part["type"] == "markdown")
    parts = []
    for part in stream.parts:
        if part["type"] == "plan":
            tasks = list(part["tasks"])
            title = part["title"] or (tasks[0]["title"] if tasks else "…")
            parts.append(part | {"title": title, "tasks": tasks})
        else:
            parts.append(part)
    return text, blocks.named(parts)


def begin(clock: Clock, recipient: str, mode: str) -> Stream:
    """A stream that has just begun; SlackError `invalid_arguments` for a display mode Slack does not know."""
    if mode not in ("timeline", "plan"):
        raise SlackError("invalid_arguments")
    return Stream(clock.now(), recipient, mode)


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _plain(rich: Json | None) -> str:
    return rich["elements"][0]["elements"][0]["text"] if rich else ""
