"""Check blocks as Slack does before it takes them: shape, lengths, counts, surface, total size.

It changes nothing but the `block_id`s that Slack adds, and knows no method. Layout types without a class in slack_sdk
are checked by the tables alone.
"""

import itertools
from collections.abc import Collection, Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from playground.slack import block_rules as rules
from playground.slack import data_blocks
from playground.slack.block_rules import Surface
from playground.slack.errors import SlackError
from playground.slack.model import Json
from playground.slack.shapes import Fault, counted, each, identified, objects, shaped

_block_numbers = itertools.count(1)


def checked(blocks: Any) -> list[Json]:
    """A message's blocks with a `block_id` each.

    Raises SlackError `invalid_blocks_format` (not a list of objects), `invalid_blocks` (one message per fault, each
    with its JSON pointer) or `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    found = list(faults(blocks, "message", "/blocks"))
    if found:
        raise SlackError("invalid_blocks", response_metadata={"messages": told(found)})
    if sum(map(len, seen_texts(blocks))) > rules.MOST_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return named(blocks)


def refuse(kinds: Collection[str], blocks: list[Json]) -> None:
    """As a workspace that does not know these kinds of blocks yet: SlackError `invalid_blocks`."""
    found = [
        (f"unsupported type: {b['type']}", f"/blocks/{n}/type") for n, b in enumerate(blocks) if b["type"] in kinds
    ]
    if found:
        raise SlackError("invalid_blocks", response_metadata={"messages": told(found)})


def told(found: list[Fault]) -> list[str]:
    """The faults as Slack writes them."""
    return [f"[ERROR] {words} [json-pointer:{pointer}]" for words, pointer in found]


def named(blocks: list[Json]) -> list[Json]:
    """The same blocks, those without a `block_id` with a new one."""
    return [{"block_id": _new_block_id()} | block for block in blocks]


def seen_texts(value: Any, key: str = "") -> Iterator[str]:
    """Every string in the blocks that a reader sees, in order."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from seen_texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from seen_texts(inner, key)
    elif isinstance(value, str) and key in rules.SEEN:
        yield value


def _new_block_id() -> str:
    return f"b{next(_block_numbers):04x}"


def faults(blocks: list[Json], surface: Surface, at: str) -> Iterator[Fault]:
    """Everything that is wrong with the blocks of one surface; `at` is where they stand."""
    most = rules.MOST_BLOCKS[surface]
    if len(blocks) > most:
        yield f"no more than {most} items allowed", at
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id already exists", at
    if sum(block.get("type") == "data_visualization" for block in blocks) > rules.CHARTS_A_MESSAGE:
        yield f"no more than {rules.CHARTS_A_MESSAGE} data_visualization blocks allowed", at
    for number, block in enumerate(blocks):
        pointer = f"{at}/{number}"
        found = list(_block(block, pointer, surface))
        yield from found or _second_opinion(block, pointer)


def _block(block: Json, at: str, surface: Surface) -> Iterator[Fault]:
    kind = block.get("type")
    if not isinstance(kind, str):
        yield "missing required field: type", at
    elif kind in rules.REFUSED[surface] or kind not in rules.BLOCKS:
        yield f"unsupported type: {kind}", f"{at}/type"
    else:
        yield from shaped(block, rules.BLOCKS[kind], at)
        yield from identified(block, "block_id", at)
        yield from _inside(kind, block, at, surface)


def _inside(kind: str, block: Json, at: str, surface: Surface) -> Iterator[Fault]:
    """What only some kinds contain."""
    match kind:
        case "section":
            yield from each(block.get("fields"), rules.FIELD, f"{at}/fields")
            if "accessory" in block:
                yield from _element(block["accessory"], f"{at}/accessory", rules.ACCESSORIES)
        case "context":
            yield from _context(block, at)
        case "actions" | "context_actions":
            yield from _actions(block, at)
        case "input":
            yield from _input(block, at)
        case "table" | "data_table" | "data_visualization":
            yield from data_blocks.faults(block, at)
        case "plan":
            for number, task in enumerate(objects(block.get("tasks"))):
                yield from _block(task, f"{at}/tasks/{number}", surface)
        case "container":
            yield from _container(block, at, surface)
        case _:
            return


def _context(block: Json, at: str) -> Iterator[Fault]:
    for number, element in enumerate(objects(block.get("elements"))):
        pointer = f"{at}/elements/{number}"
        kind = element.get("type")
        if kind == "image":
            yield from shaped(element, rules.CONTEXT_IMAGE, pointer)
        elif kind in rules.TEXT_OBJECTS:
            yield from shaped(element, rules.CONTEXT_TEXT, pointer)
        else:
            yield f"unsupported type: {kind}", f"{pointer}/type"


def _actions(block: Json, at: str) -> Iterator[Fault]:
    elements = objects(block.get("elements"))
    ids = [element["action_id"] for element in elements if "action_id" in element]
    if len(ids) != len(set(ids)):
        yield "action_id already exists", f"{at}/elements"
    for number, element in enumerate(elements):
        yield from _element(element, f"{at}/elements/{number}", rules.PRESSED)


def _element(element: Json, at: str, allowed: frozenset[str]) -> Iterator[Fault]:
    kind = element.get("type")
    if kind not in allowed:
        yield f"unsupported type: {kind}", f"{at}/type"
        return
    yield from shaped(element, rules.ELEMENTS.get(kind, rules.CONTEXT_IMAGE), at)
    yield from identified(element, "action_id", at)
    yield from each(element.get("options"), rules.OPTION, f"{at}/options")
    if isinstance(element.get("confirm"), dict):
        yield from shaped(element["confirm"], rules.CONFIRM, f"{at}/confirm")


def _input(block: Json, at: str) -> Iterator[Fault]:
    element, at = block.get("element"), f"{at}/element"
    if not isinstance(element, dict):
        return
    yield from _element(element, at, rules.INPUT_ELEMENTS)
    values = [option.get("value") for option in objects(element.get("options"))]
    chosen = [element.get("initial_option"), *objects(element.get("initial_options"))]
    for option in objects(chosen):
        if option.get("value") not in values:
            yield "initial option must be one of the options", at


def _container(block: Json, at: str, surface: Surface) -> Iterator[Fault]:
    yield from counted(block.get("child_blocks"), 1, rules.CONTAINER_MOST, f"{at}/child_blocks")
    for number, child in enumerate(objects(block.get("child_blocks"))):
        if child.get("type") not in rules.CONTAINER_CHILDREN:
            yield f"unsupported type: {child.get('type')}", f"{at}/child_blocks/{number}/type"
        else:
            yield from _block(child, f"{at}/child_blocks/{number}", surface)


def _second_opinion(block: Json, at: str) -> Iterator[Fault]:
    """Let slack_sdk's own models check what they know: the app under test was written against them."""
    if block["type"] in rules.WITHOUT_CLASS:
        return
    try:
        parsed = Block.parse(block)
        if parsed is not None:
            parsed.to_dict()
    except (SlackObjectFormationError, TypeError, AttributeError, KeyError, ValueError) as error:
        yield str(error), at
