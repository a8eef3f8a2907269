"""Which modals and App Homes are shown to whom, and what people have entered so far. It neither checks nor delivers."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from playground.slack import cast, inputs
from playground.slack.clock import Clock
from playground.slack.errors import SlackError
from playground.slack.model import App, Json

MOST_STACKED = 3
_numbers = itertools.count(1)


@dataclass(slots=True)
class View:
    """One modal or Home tab of one person.

    `given` is what the app sent; `values` maps block ids to action ids to what is entered there; `errors` are the
    app's words under a block, `trouble` is Slack's own line when the app's answer was late or wrong.
    """

    id: str
    user: str
    given: Json
    hash: str
    root: str
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""

    def as_slack(self, app: App) -> Json:
        """As methods answer it and payloads carry it."""
        return self.given | {
            "id": self.id,
            "team_id": cast.TEAM,
            "state": {"values": self.values},
            "hash": self.hash,
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": app.app_id,
            "app_installed_team_id": cast.TEAM,
            "bot_id": app.bot_id,
        }

    def take(self, given: Json, new_hash: str) -> None:
        """Show something else; what is entered stays where block and element have kept their ids."""
        before = self.values
        self.given, self.hash, self.errors, self.trouble = given, new_hash, {}, ""
        self.values = {}
        for block, element in inputs.keepers(given["blocks"]):
            block_id, action_id = block["block_id"], element["action_id"]
            kept = before.get(block_id, {}).get(action_id)
            if kept is None or kept["type"] != element["type"]:
                kept = inputs.first(element)
            self.values.setdefault(block_id, {})[action_id] = kept


class Views:
    """Every open stack of modals, the newest on top, and every published Home tab, by person."""

    def __init__(self, clock: Clock, tell: Callable[[Literal["modal", "home"], str], None]) -> None:
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._clock = clock
        self._tell = tell

    def top(self, user: str) -> View | None:
        """What the person sees in front of everything."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def find(self, view_id: str, external_id: str = "") -> View | None:
        """An open modal or a published home, by either of its ids."""
        for view in self._all():
            if view.id == view_id or (external_id and view.given["external_id"] == external_id):
                return view
        return None

    def open(self, user: str, given: Json) -> View:
        """A new modal, alone; an open stack of the same app gives way to it."""
        self._unused(given)
        view = self._new(user, given)
        self.stacks[user] = [view]
        self._tell("modal", user)
        return view

    def push(self, user: str, given: Json) -> View:
        """Another modal on top; SlackError `not_found` (none is open) or `push_limit_reached`."""
        self._unused(given)
        stack = self.stacks.get(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MOST_STACKED:
            raise SlackError("push_limit_reached")
        view = self._new(user, given)
        view.root, view.previous = stack[0].id, stack[-1].id
        stack.append(view)
        self._tell("modal", user)
        return view

    def replace(self, view: View, given: Json) -> None:
        """Other content under the same id, with a new hash."""
        self._unused(given, besides=view)
        view.take(given, self._hash())
        self.changed(view)

    def publish(self, user: str, given: Json) -> View:
        """The Home tab of one person; its id stays the same from then on."""
        view = self.homes.get(user)
        if view is not None:
            self.replace(view, given)
            return view
        self._unused(given)
        view = self.homes[user] = self._new(user, given)
        self._tell("home", user)
        return view

    def close(self, view: View) -> None:
        """Take a modal away, with whatever stands on top of it."""
        stack = self.stacks.get(view.user, [])
        if view in stack:
            del stack[stack.index(view) :]
            self._tell("modal", view.user)

    def clear(self, user: str) -> list[View]:
        """Take the whole stack away; returns what was in it."""
        stack = self.stacks.pop(user, [])
        self._tell("modal", user)
        return stack

    def changed(self, view: View) -> None:
        """Tell whoever listens that a view is not what it was."""
        self._tell("home" if view.given["type"] == "home" else "modal", view.user)

    def _new(self, user: str, given: Json) -> View:
        view_id = f"V07{next(_numbers):08X}"
        view = View(view_id, user, given, "", view_id)
        view.take(given, self._hash())
        return view

    def _hash(self) -> str:
        return f"{int(self._clock.now())}.{secrets.token_hex(4)}"

    def _unused(self, given: Json, besides: View | None = None) -> None:
        wanted = given["external_id"]
        if wanted and any(view is not besides and view.given["external_id"] == wanted for view in self._all()):
            raise SlackError("duplicate_external_id")

    def _all(self) -> list[View]:
        return [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]
