"""Shortcuts that open an incident: on a message, or from anywhere; the form behind them; what an answer offers then.

Neither a global shortcut nor a form knows a channel: what they are answered stands in the incident channel, for the
person alone, or in a form where that person is not in it.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.declaring import TITLE, About
from bot.grammar import Call
from bot.line import Line
from bot.listeners.doors import Body, Doors, handled
from bot.listeners.menus import line_of
from bot.listeners.submissions import Submission, read
from bot.views.answers import Reply, told
from bot.views.forms import told_form
from engine.errors import Permanent

SHORTCUTS: Mapping[str, str] = {"wk_open_incident": "global", "wk_open_incident_here": "message"}


def chosen(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For both shortcuts, and for the button on the App Home."""

    async def shortcut(body: Body) -> None:
        await handled(doors, body, partial(_chosen, doors, body))

    return shortcut


def sent(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For the form."""

    async def submitted(body: Body) -> None:
        await handled(doors, body, partial(_sent, doors, read(body), str(body.get("trigger_id", ""))))

    return submitted


def noted(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `Add it as a note`."""

    async def pressed(body: Body) -> None:
        await handled(doors, body, partial(_noted, doors, body))

    return pressed


async def _chosen(doors: Doors, body: Body) -> None:
    message: Mapping[str, Any] | None = body.get("message")
    user = body["user"]["id"]
    said = await doors.declaring.form(user, message, body["channel"]["id"] if message else "")
    await doors.tell(doors.channel, user, said, None, str(body.get("trigger_id", "")))


async def _sent(doors: Doors, given: Submission, trigger: str) -> None:
    about = About(**{name: str(given.about.get(name, "")) for name in ("channel", "ts", "thread")})
    fields = {block: given.text(block) for block in given.values}
    said = told(await doors.declaring.sent(fields, about, Line("", given.user, given.view, doors.channel)))
    if not (await doors.votes.person(given.user)).in_channel:
        said = Reply(said.text, form=told_form(TITLE, said.text))
    await doors.tell(doors.channel, given.user, said, None, trigger)


async def _noted(doors: Doors, body: Body) -> None:
    number, _, words = str(body["actions"][0]["value"]).partition(":")
    if not number.isdigit() or not words:
        raise Permanent("a button of another version was pressed")
    line = line_of(body)
    said = await doors.watch.do(Call("note", int(number), None, words), line)
    await doors.tell(line.channel, line.user, said, line.thread)
