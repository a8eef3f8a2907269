"""What a person does in a modal or on a Home tab: fill in, submit, close, press; and what Slack's client then shows.

It opens no modal: only the app does, in exchange for a trigger id.
"""

from typing import Any

from playground.slack import inputs, view_check
from playground.slack.delivery import Carrier, Delivery, Outcome
from playground.slack.errors import Refused, SlackError
from playground.slack.model import App, Json
from playground.slack.payloads import Payloads
from playground.slack.people import People, action, interactive
from playground.slack.state import Workspace
from playground.slack.views import View, Views

TROUBLE = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."


class Modals:
    """Acts as any user of the workspace; `Refused` says what Slack would not let them do."""

    def __init__(  # its parts, each once
        self, workspace: Workspace, app: App, people: People, views: Views, courier: Carrier, payloads: Payloads
    ) -> None:
        self._workspace = workspace
        self._app = app
        self._people = people
        self._views = views
        self._courier = courier
        self._payloads = payloads

    def fill(self, who: str, values: dict[str, Any]) -> View:
        """Enter values into the modal in front, by block id (or action id); see `inputs.entered` for what they are."""
        view = self._front(who)
        for name, value in values.items():
            block, element = _keeper(view, name)
            kept = inputs.entered(self._workspace, element, value)
            view.values[block["block_id"]][element["action_id"]] = kept
        self._views.changed(view)
        return view

    def submit(self, who: str, values: dict[str, Any]) -> Delivery:
        """Enter what is given, then submit; Refused `input_required` with the words under each empty input."""
        view = self.fill(who, values)
        if not view.given["submit"]:
            raise Refused("no_submit", "this modal has nothing to submit")
        missing = _missing(view)
        view.errors, view.trouble = missing, ""
        self._views.changed(view)
        if missing:
            raise Refused("input_required", ", ".join(f"{block}: {words}" for block, words in missing.items()))
        payload = self._payloads.view_submission(self._people.user(who), view)
        delivery = self._courier.deliver("interactive", payload, accepts=True)
        delivery.outcome.add_done_callback(lambda done: self._submitted(view, done.result()))
        return delivery

    def close(self, who: str, *, everything: bool = False) -> None:
        """Cancel the modal in front; `everything` closes the whole stack, as does `clear_on_close`."""
        view = self._front(who)
        cleared = everything or view.given["clear_on_close"]
        gone = self._views.clear(who) if cleared else [view]
        if not cleared:
            self._views.close(view)
        for closed in reversed(gone):
            if closed.given["notify_on_close"]:
                payload = self._payloads.view_closed(self._people.user(who), closed, cleared=cleared)
                self._courier.deliver("interactive", payload)

    def press(self, who: str, surface: str, action_id: str, value: Any = "", *, confirm: bool = False) -> Delivery:
        """Press or choose something on the modal in front (`modal`) or on the Home tab (`home`)."""
        user = self._people.user(who)
        view = self._views.homes.get(who) if surface == "home" else self._front(who)
        if view is None:
            raise Refused("no_home", f"nothing is published for {user.real_name}")
        block, element = _pressable(view, action_id)
        if element.get("confirm") and not confirm:
            raise Refused("confirm_required", str(element["confirm"]["text"]["text"]))
        picked = inputs.chosen(self._workspace, element, value)
        if element["type"] in inputs.KEPT:
            view.values[block["block_id"]][action_id] = {"type": element["type"]} | picked
            self._views.changed(view)
        pressed = action(element, block["block_id"], picked, self._workspace.next_ts())
        payload = self._payloads.view_actions(user, view, pressed)
        delivery = self._courier.deliver("interactive", payload)
        delivery.outcome.add_done_callback(lambda done: self._pressed(view, done.result()))
        return delivery

    def open_home(self, who: str, tab: str = "home") -> None:
        """Open the app's own place; Refused `no_home` if it has no such tab."""
        user = self._people.user(who)
        if tab not in ("home", "messages") or (tab == "home" and not self._app.home_tab):
            raise Refused("no_home", f"{self._app.name} has no tab {tab}")
        room = self._workspace.direct(self._app.user_id, user.id)
        view = self._views.homes.get(who)
        more: Json = {"tab": tab}
        if view is not None and tab == "home":
            more["view"] = view.as_slack(self._app)
        self._workspace.tell("app_home_opened", who, self._workspace.next_ts(), room, more=more)

    def _front(self, who: str) -> View:
        user = self._people.user(who)
        view = self._views.top(who)
        if view is None:
            raise Refused("no_modal", f"{user.real_name} has no modal open")
        return view

    def _submitted(self, view: View, outcome: Outcome) -> None:
        """Do what the acknowledgement says: nothing said closes the modal, a late or wrong answer keeps it."""
        if not outcome.acked:
            self._troubled(view)
            return
        given = outcome.payload or {}
        try:
            match given.get("response_action"):
                case None:
                    self._views.close(view)
                case "errors":
                    self._mark(view, given.get("errors"))
                case "update":
                    self._views.replace(view, view_check.checked(given.get("view"), "modal"))
                case "push":
                    self._views.push(view.user, view_check.checked(given.get("view"), "modal"))
                case "clear":
                    self._views.clear(view.user)
                case _:
                    self._troubled(view)
        except SlackError:
            self._troubled(view)

    def _mark(self, view: View, errors: Any) -> None:
        """Slack shows errors under input blocks only; one that names another block spoils the answer."""
        there = {block["block_id"] for block in view.given["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= there:
            self._troubled(view)
            return
        view.errors = {str(block): str(words) for block, words in errors.items()}
        self._views.changed(view)

    def _pressed(self, view: View, outcome: Outcome) -> None:
        if not outcome.acked:
            self._troubled(view)

    def _troubled(self, view: View) -> None:
        view.trouble = TROUBLE
        self._views.changed(view)


def _keeper(view: View, name: str) -> tuple[Json, Json]:
    for block, element in inputs.keepers(view.given["blocks"]):
        if name in (block["block_id"], element["action_id"]):
            return block, element
    raise Refused("input_not_found", f"no {name} is on that modal now")


def _pressable(view: View, action_id: str) -> tuple[Json, Json]:
    for block in view.given["blocks"]:
        for element in interactive(block):
            if element.get("action_id") == action_id and (block["type"] != "input" or block.get("dispatch_action")):
                return block, element
    raise Refused("action_not_found", f"no {action_id} is on that view now")


def _missing(view: View) -> dict[str, str]:
    """Slack's own words under inputs that are empty or too short."""
    found = {}
    for block, element in inputs.keepers(view.given["blocks"]):
        if block["type"] != "input":
            continue
        kept = view.values[block["block_id"]][element["action_id"]]
        least = element.get("min_length", 0)
        if inputs.is_empty(kept):
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
        elif len(str(kept.get("value") or "")) < least:
            found[block["block_id"]] = f"Please enter at least {least} characters."
    return found
