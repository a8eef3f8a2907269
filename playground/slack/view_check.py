"""Check a view as Slack does before it shows it: a modal or a Home tab, its texts, its blocks, its size.

It opens nothing. Source: https://docs.slack.dev/reference/views, slack_sdk's `View` for the lengths.
"""

from collections.abc import Iterator
from typing import Any, Literal

from playground.slack import blocks
from playground.slack.block_rules import Shape
from playground.slack.errors import SlackError
from playground.slack.model import Json
from playground.slack.shapes import Fault, shaped
from playground.slack.wire import dumps

ViewKind = Literal["modal", "home"]
MOST_BYTES = 250_000
_COMMON = {"private_metadata": 3000, "callback_id": 255, "external_id": 255}
_WORDS = ("title", "submit", "close")
SHAPES: dict[ViewKind, Shape] = {
    "modal": Shape(
        required=("title", "blocks"),
        texts=_COMMON | dict.fromkeys(_WORDS, 24),
        plain=_WORDS,
        lists={"blocks": (1, 100)},
    ),
    "home": Shape(required=("blocks",), texts=_COMMON, lists={"blocks": (0, 100)}),
}
KEPT = ("callback_id", "private_metadata", "external_id", "title", "submit", "close")


def checked(view: Any, kind: ViewKind) -> Json:
    """The view with a `block_id` for each block and nothing Slack does not know.

    Raises SlackError `invalid_arguments` (one message per fault, each with its JSON pointer) or `view_too_large`.
    """
    if not isinstance(view, dict) or not isinstance(view.get("blocks", []), list):
        raise _invalid([("must be an object with blocks", "/view")])
    if len(dumps(view).encode()) > MOST_BYTES:
        raise SlackError("view_too_large")
    found = list(_faults(view, kind))
    if found:
        raise _invalid(found)
    flags = {name: bool(view.get(name)) for name in ("clear_on_close", "notify_on_close")}
    kept = {key: view.get(key) or (None if key in _WORDS else "") for key in KEPT}
    return {"type": kind} | kept | flags | {"blocks": blocks.named(view["blocks"])}


def _faults(view: Json, kind: ViewKind) -> Iterator[Fault]:
    if view.get("type") != kind:
        yield f"must be one of: {kind}", "/view/type"
        return
    yield from shaped(view, SHAPES[kind], "/view")
    if kind == "home":
        yield from ((f"unsupported field: {key}", f"/view/{key}") for key in _WORDS if view.get(key))
    given = [block for block in view.get("blocks", []) if isinstance(block, dict)]
    inputs = any(block.get("type") == "input" for block in given)
    if kind == "modal" and inputs and not view.get("submit"):
        yield "missing required field: submit", "/view"
    yield from blocks.faults(given, kind, "/view/blocks")


def _invalid(found: list[Fault]) -> SlackError:
    return SlackError("invalid_arguments", response_metadata={"messages": blocks.told(found)})
