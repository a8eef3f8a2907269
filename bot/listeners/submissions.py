"""Modals: what a person entered, and that they closed one without it.

What is missing is said under its input before anything is stored, so that the same answer comes however often it is
sent. What is complete is stored before the acknowledgement, which closes the modal.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.listeners.doors import Body, Doors, handled
from bot.views.veto_form import FORM, KIND, LEARN, LEAST, LESSON, REASON
from engine.errors import Permanent
from engine.model import Category


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal as it was left: who, which one, what it was about, and by block what was entered."""

    user: str
    view: str
    about: Mapping[str, Any]
    values: Mapping[str, Mapping[str, Any]]

    def text(self, block: str) -> str:
        """What was written, or the value of what was chosen; empty where nothing was."""
        kept = self.values.get(block, {})
        option = kept.get("selected_option") or {}
        return str(kept.get("value") or option.get("value") or "").strip()

    def ticked(self, block: str) -> tuple[str, ...]:
        """The values of the boxes that are ticked."""
        return tuple(option["value"] for option in self.values.get(block, {}).get("selected_options") or ())

    def number(self, name: str) -> tuple[int, int]:
        """`2041/17`, of what the modal is about, as incident and entry. Raises `Permanent`."""
        incident, _, entry = str(self.about.get(name, "")).partition("/")
        if not (incident.isdigit() and entry.isdigit()):
            raise Permanent("a form of another version was submitted")
        return int(incident), int(entry)


def read(body: Body) -> Submission:
    """The modal of a `view_submission` or a `view_closed`; each of our input blocks has one element."""
    view = body["view"]
    entered: Mapping[str, Mapping[str, Mapping[str, Any]]] = view.get("state", {}).get("values", {})
    values = {block: next(iter(kept.values()), {}) for block, kept in entered.items()}
    about = json.loads(view.get("private_metadata") or "{}")
    return Submission(body["user"]["id"], view["id"], about, values)


def faults(body: Body) -> Mapping[str, str]:
    """What keeps a submission from being taken: block → words below it. Empty for everything else."""
    check = _CHECKS.get(body.get("view", {}).get("callback_id", "")) if body.get("type") == "view_submission" else None
    return check(read(body)) if check else {}


def reason(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `Record the reason`."""

    async def submitted(body: Body) -> None:
        await handled(doors, body, partial(_reason, doors, read(body)))

    return submitted


def later(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `Later`, or the modal's cross."""

    async def closed(body: Body) -> None:
        await handled(doors, body, partial(_later, doors, read(body)))

    return closed


async def _reason(doors: Doors, given: Submission) -> None:
    incident, of = given.number("entry")
    lesson, category = LEARN in given.ticked(LESSON), Category(given.text(KIND))
    said = await doors.reasons.give(
        incident, of, given.user, given.text(REASON), category, lesson=lesson, event=given.view
    )
    await doors.tell_in_thread(incident, given.user, said)


async def _later(doors: Doors, left: Submission) -> None:
    incident, of = left.number("entry")
    await doors.tell_in_thread(incident, left.user, await doors.reasons.later(incident, of, left.user))


def _reason_faults(given: Submission) -> Mapping[str, str]:
    found = {}
    if len(given.text(REASON)) < LEAST:  # Slack counts spaces as characters
        found[REASON] = f"A reason has at least {LEAST} characters."
    if given.text(KIND) not in list(Category):
        found[KIND] = "Choose one of these."
    return found


def _blank(block: str, given: Submission) -> Mapping[str, str]:
    """Slack asks for at least one character, and a space is one."""
    return {} if given.text(block) else {block: "There are only spaces here."}


_WORDS = ("wk_ask", "wk_note", "wk_correct", "wk_close", "wk_another_way")
_CHECKS: Mapping[str, Callable[[Submission], Mapping[str, str]]] = {
    FORM: _reason_faults,
    **dict.fromkeys(_WORDS, partial(_blank, "text")),
    "wk_declare": partial(_blank, "title"),
}
