"""What a person can enter into an element of a view, and how Slack keeps it in `state.values`. It shows nothing.

Shapes: https://docs.slack.dev/reference/block-kit/block-elements and …/interaction-payloads/view-interactions-payload
"""

import re
from collections.abc import Iterator
from typing import Any

from playground.slack.errors import Refused
from playground.slack.model import Json
from playground.slack.state import Workspace

# Of each element that keeps a value: under which key, and under which key the app sets the first one.
KEPT: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_FORMS = {"datepicker": r"\d{4}-\d{2}-\d{2}", "timepicker": r"\d{2}:\d{2}", "datetimepicker": r"\d{10}"}


def keepers(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that keeps a value, with its block."""
    for block in blocks:
        inside = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
        for element in inside:
            if isinstance(element, dict) and element.get("type") in KEPT:
                yield block, element


def first(element: Json) -> Json:
    """What an element holds before anybody touched it."""
    key, initial = KEPT[element["type"]]
    empty: Any = [] if key.endswith("s") else None
    return {"type": element["type"], key: element.get(initial, empty)}


def is_empty(kept: Json) -> bool:
    """Whether nothing was entered."""
    return kept[KEPT[kept["type"]][0]] in (None, "", [])


def entered(workspace: Workspace, element: Json, value: Any) -> Json:
    """What the element holds after a person entered `value`.

    A string, an option's `value`, an id, a date; a list of those where several can be chosen; None or "" empties it.
    Refused `option_not_found`, `user_not_found`, `channel_not_found`, `too_long`, `invalid_value`.
    """
    kind = element["type"]
    key = KEPT[kind][0]
    if value in (None, "", []):
        return first({"type": kind})
    if not key.endswith("s"):
        return {"type": kind, key: _one(workspace, element, value)}
    if not isinstance(value, list):
        raise Refused("invalid_value", f"{element['action_id']} takes a list")
    return {"type": kind, key: [_one(workspace, element, one) for one in value]}


def chosen(workspace: Workspace, element: Json, value: Any) -> Json:
    """The part of an action that says what was chosen; nothing for a button."""
    kind = element.get("type")
    if kind in ("overflow", "static_select", "radio_buttons"):
        return {"selected_option": _option(element, value)}
    if kind not in KEPT:
        return {}
    kept = entered(workspace, element, value)
    return {key: held for key, held in kept.items() if key != "type"}


def _one(workspace: Workspace, element: Json, value: Any) -> Any:
    kind, text = element["type"], str(value)
    if "options" in element or "option_groups" in element:
        return _option(element, value)
    if kind in ("users_select", "multi_users_select") and text not in workspace.users:
        raise Refused("user_not_found", f"nobody has the id {text}")
    if kind in ("channels_select", "conversations_select") and text not in workspace.channels:
        raise Refused("channel_not_found", f"there is no conversation {text}")
    if len(text) > element.get("max_length", 3000):
        raise Refused("too_long", f"{element['action_id']} takes {element.get('max_length', 3000)} characters")
    if not re.fullmatch(_FORMS.get(kind, r"(?s:.*)"), text):
        raise Refused("invalid_value", f"{text} does not fit a {kind}")
    return int(text) if kind == "datetimepicker" else text


def options(element: Json) -> list[Json]:
    """Every option, those in groups too."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(option for group in groups for option in group.get("options", []))]


def _option(element: Json, value: Any) -> Json:
    for option in options(element):
        if option["value"] == value:
            return option
    offered = ", ".join(option["value"] for option in options(element))
    raise Refused("option_not_found", f"{element['action_id']} offers {offered}")
