"""The buttons and menus of an incident and of a proposal's card, and the forms that they open."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.line import Line
from bot.listeners.doors import Body, Doors, handled, key_of
from bot.listeners.submissions import Submission, read
from bot.menus import Pressed

# Action → the word that its button stands for; a menu's entries name their own.
PRESSES = {
    "wk_ask_open": "ask",
    "wk_investigation_stop": "stop",
    "wk_correct_open": "correct",
    "wk_incident_more": "",
    "wk_proposal_more": "",
}
# Form → the command that it is.
FORMS = {
    "wk_ask": "ask",
    "wk_note": "note",
    "wk_correct": "correct",
    "wk_close": "close",
    "wk_another_way": "another",
}


def pressed(doors: Doors, word: str) -> Callable[..., Awaitable[None]]:
    """For a button of `PRESSES`, or an entry of a menu."""

    async def press(body: Body) -> None:
        await handled(doors, body, partial(_press, doors, body, word))

    return press


def sent(doors: Doors, word: str) -> Callable[..., Awaitable[None]]:
    """For a form of `FORMS`."""

    async def submitted(body: Body) -> None:
        await handled(doors, body, partial(_sent, doors, word, read(body), _event(body)))

    return submitted


async def _press(doors: Doors, body: Body, word: str) -> None:
    action, line = body["actions"][0], line_of(body)
    value = str(action.get("value") or (action.get("selected_option") or {}).get("value", ""))
    said = await doors.menus.press(Pressed.of(value, word), line)
    await doors.tell(line.channel, line.user, said, line.thread, str(body.get("trigger_id", "")))


def line_of(body: Body) -> Line:
    """A click as an empty line: who, where, and the click's own id. The root message is in no thread of its own."""
    container = body["container"]
    thread, ts = container.get("thread_ts"), container.get("message_ts")
    return Line("", body["user"]["id"], _event(body), container["channel_id"], thread if thread != ts else None)


def _event(body: Body) -> str:
    """The delivery's own id: what was mended and sent again is another word, and both are kept."""
    return key_of(body).removeprefix("slack/")


async def _sent(doors: Doors, word: str, given: Submission, event: str) -> None:
    incident, thread = int(given.about["incident"]), str(given.about.get("thread", "")) or None
    line = Line("", given.user, event, str(given.about["channel"]), thread)
    fields = {block: given.text(block) for block in given.values}
    await doors.tell(line.channel, line.user, await doors.menus.sent(word, incident, fields, line), thread)
