"""What a person fills in: a modal and its inputs. The names of the blocks are what a submission is read by.

Limits: https://docs.slack.dev/reference/views/modal-views
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.views.parts import (
    INPUT_LABEL,
    MODAL_BUTTON,
    MODAL_TITLE,
    OPTION,
    OPTION_VALUE,
    OPTIONS,
    PLACEHOLDER,
    PRIVATE,
    SECTION,
    Block,
    mrkdwn,
    plain_object,
)


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    about: Mapping[str, Any],
    submit: str = "",
    close: str = "Cancel",
    tells_close: bool = False,
) -> dict[str, Any]:
    """A modal. `about` comes back with the submission; with `tells_close` a close without one is told too.

    Without `submit` it only shows something.
    """
    kept = json.dumps(about, separators=(",", ":"))
    if len(kept) > PRIVATE:
        raise ValueError(f"{callback_id}: what it is about is longer than {PRIVATE} characters")
    made = {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": kept,
        "notify_on_close": tells_close,
        "title": plain_object(title, MODAL_TITLE),
        "close": plain_object(close, MODAL_BUTTON),
        "blocks": list(blocks),
    }
    return made | ({"submit": plain_object(submit, MODAL_BUTTON)} if submit else {})


def alert(text: str, level: Literal["info", "success", "warning"]) -> Block:
    """A line of mrkdwn that stands out; modals only."""
    return {"type": "alert", "level": level, "text": mrkdwn(text, SECTION)}


def text_input(
    name: str, label: str, *, hint: str = "", placeholder: str = "", value: str = "", least: int = 1, most: int = 1000
) -> Block:
    """Several lines of text, `least` to `most` characters, where the cursor stands when the modal opens."""
    element = _typed(value, placeholder, most) | {"multiline": True, "min_length": least, "focus_on_load": True}
    made = _input(name, label, element)
    return made | ({"hint": plain_object(hint, INPUT_LABEL)} if hint else {})


def line_input(
    name: str,
    label: str,
    *,
    hint: str = "",
    placeholder: str = "",
    value: str = "",
    most: int = 100,
    optional: bool = False,
    lines: bool = False,
) -> Block:
    """One line of text, or `lines`; beside other fields, so the cursor does not wait in it."""
    made = _input(name, label, _typed(value, placeholder, most) | {"multiline": lines})
    made |= {"hint": plain_object(hint, INPUT_LABEL)} if hint else {}
    return made | ({"optional": True} if optional else {})


def _typed(value: str, placeholder: str, most: int) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": "text", "max_length": most}
    element |= {"placeholder": plain_object(placeholder, PLACEHOLDER)} if placeholder else {}
    return element | ({"initial_value": value[:most]} if value else {})


def select(
    name: str, label: str, options: Sequence[tuple[str, str]], *, value: str = "", optional: bool = False
) -> Block:
    """One of these, at most a hundred; `options` are (value, text), and `value` is chosen already."""
    made = [_option(*option) for option in options[:OPTIONS]]
    element: Block = {
        "type": "static_select",
        "action_id": "choice",
        "placeholder": plain_object("Choose one", PLACEHOLDER),
        "options": made,
    }
    chosen = [option for option in made if option["value"] == value]
    made_ = _input(name, label, element | ({"initial_option": chosen[0]} if chosen else {}))
    return made_ | ({"optional": True} if optional else {})


def checkbox(name: str, label: str, value: str, text: str, says: str) -> Block:
    """One box that may be ticked; `says` stands small below its text."""
    option = _option(value, text) | {"description": plain_object(says, OPTION)}
    element = {"type": "checkboxes", "action_id": "boxes", "options": [option]}
    return _input(name, label, element) | {"optional": True}


def _input(name: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": name, "label": plain_object(label, INPUT_LABEL), "element": element}


def _option(value: str, text: str) -> Block:
    return {"text": plain_object(text, OPTION), "value": value[:OPTION_VALUE]}
