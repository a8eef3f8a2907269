"""Modals and App Homes: opening, stacking, changing, publishing. What a person does with them is in `modals.py`."""

from playground.slack import view_check
from playground.slack.errors import SlackError, invalid_arguments
from playground.slack.model import Json
from playground.slack.view_check import ViewKind
from playground.slack.views import View
from playground.slack.web_api import Call


def opened(call: Call) -> Json:
    """`views.open`: within three seconds of an interaction, once."""
    trigger = call.desk.triggers.look(call.args.required("trigger_id"))
    view = call.desk.views.open(trigger.user, _given(call, "modal"))
    trigger.exchanged = True
    return _shown(call, view)


def pushed(call: Call) -> Json:
    """`views.push`: on top of the modal whose interaction gave the trigger id; three are the most."""
    trigger = call.desk.triggers.look(call.args.required("trigger_id"))
    view = call.desk.views.push(trigger.user, _given(call, "modal"))
    trigger.exchanged = True
    return _shown(call, view)


def updated(call: Call) -> Json:
    """`views.update`: by `view_id` or `external_id`; a `hash` that is no longer the view's is `hash_conflict`."""
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id or external_id")
    view = call.desk.views.find(view_id, external_id)
    if view is None:
        raise SlackError("not_found")
    _same(call, view)
    call.desk.views.replace(view, _given(call, "home" if view.given["type"] == "home" else "modal"))
    return _shown(call, view)


def published(call: Call) -> Json:
    """`views.publish`: the Home tab of one person; `not_enabled` if the manifest does not switch the tab on."""
    user = call.desk.workspace.users.get(call.args.required("user_id"))
    if user is None:
        raise SlackError("invalid_arguments", response_metadata={"messages": ["invalid `user_id`"]})
    if not call.desk.app.home_tab:
        raise SlackError("not_enabled")
    before = call.desk.views.homes.get(user.id)
    if before is not None:
        _same(call, before)
    return _shown(call, call.desk.views.publish(user.id, _given(call, "home")))


def _same(call: Call, view: View) -> None:
    if call.args.text("hash") not in ("", view.hash):
        raise SlackError("hash_conflict")


def _given(call: Call, kind: ViewKind) -> Json:
    return view_check.checked(call.args.structure("view", "invalid_arguments"), kind)


def _shown(call: Call, view: View) -> Json:
    return {"view": view.as_slack(call.desk.app)}
