"""Check a message's blocks as Slack does before it takes them: shape, lengths, counts, surface, total size.

It changes nothing but the `block_id`s that Slack adds, and knows no method. Layout types without a class in slack_sdk
are checked by the table alone.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from playground.slack import block_rules as rules
from playground.slack.block_rules import Shape
from playground.slack.errors import SlackError
from playground.slack.model import Json

_block_numbers = itertools.count(1)


def checked(blocks: Any) -> list[Json]:
    """The blocks with a `block_id` each.

    Raises SlackError `invalid_blocks_format` (not a list of objects), `invalid_blocks` (one message per fault, each
    with its JSON pointer) or `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    faults = list(_faults(blocks))
    if faults:
        messages = [f"[ERROR] {words} [json-pointer:{pointer}]" for words, pointer in faults]
        raise SlackError("invalid_blocks", response_metadata={"messages": messages})
    if sum(map(len, seen_texts(blocks))) > rules.MOST_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
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


Fault = tuple[str, str]


def _faults(blocks: list[Json]) -> Iterator[Fault]:
    if len(blocks) > rules.MOST_BLOCKS:
        yield f"no more than {rules.MOST_BLOCKS} items allowed", "/blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id already exists", "/blocks"
    if sum(block.get("type") == "data_visualization" for block in blocks) > rules.CHARTS_A_MESSAGE:
        yield f"no more than {rules.CHARTS_A_MESSAGE} data_visualization blocks allowed", "/blocks"
    for number, block in enumerate(blocks):
        pointer = f"/blocks/{number}"
        faults = list(_block(block, pointer))
        yield from faults or _second_opinion(block, pointer)


def _block(block: Json, at: str) -> Iterator[Fault]:
    kind = block.get("type")
    if not isinstance(kind, str):
        yield "missing required field: type", at
    elif kind in rules.MODAL_ONLY or kind not in rules.BLOCKS:
        yield f"unsupported type: {kind}", f"{at}/type"
    else:
        yield from _shape(block, rules.BLOCKS[kind], at)
        yield from _identifier(block, "block_id", at)
        yield from _inside(kind, block, at)


def _inside(kind: str, block: Json, at: str) -> Iterator[Fault]:
    """What only some kinds contain."""
    match kind:
        case "section":
            yield from _each(block.get("fields"), rules.FIELD, f"{at}/fields")
            if "accessory" in block:
                yield from _element(block["accessory"], f"{at}/accessory", rules.ACCESSORIES)
        case "context":
            yield from _context(block, at)
        case "actions" | "context_actions":
            yield from _actions(block, at)
        case "table" | "data_table":
            yield from _table(block, at)
        case "plan":
            for number, task in enumerate(_items(block.get("tasks"))):
                yield from _block(task, f"{at}/tasks/{number}")
        case "container":
            yield from _container(block, at)
        case _:
            return


def _shape(thing: Json, shape: Shape, at: str) -> Iterator[Fault]:
    """What any kind can get wrong: absent keys, lengths, counts, words."""
    for key in shape.required:
        if thing.get(key) in (None, ""):
            yield f"missing required field: {key}", at
    if shape.any_of and not any(thing.get(key) for key in shape.any_of):
        yield f"missing required field: {' or '.join(shape.any_of)}", at
    for key, most in shape.texts.items():
        kinds = ("plain_text",) if key in shape.plain else rules.TEXT_OBJECTS
        if key in thing and key in shape.plain + shape.objects and not isinstance(thing[key], dict):
            yield "must be an object", f"{at}/{key}"
        yield from _text(thing.get(key), most, kinds, f"{at}/{key}")
    for key, (fewest, most) in shape.lists.items():
        yield from _count(thing.get(key), fewest, most, f"{at}/{key}")
    for key, words in shape.choices.items():
        if key in thing and thing[key] not in words:
            yield f"must be one of: {', '.join(words)}", f"{at}/{key}"


def _text(value: Any, most: int, kinds: tuple[str, ...], at: str) -> Iterator[Fault]:
    """A plain string or a text object of one of the kinds."""
    if isinstance(value, dict):
        if value.get("type") not in kinds:
            yield f"unsupported type: {value.get('type')}", f"{at}/type"
        value, at = value.get("text"), f"{at}/text"
        if not value:
            yield "must be more than 0 characters", at
    if isinstance(value, str) and len(value) > most:
        yield f"must be less than {most + 1} characters", at


def _count(value: Any, fewest: int, most: int, at: str) -> Iterator[Fault]:
    if value is None:
        return
    if not isinstance(value, list):
        yield "must be an array", at
    elif len(value) > most:
        yield f"no more than {most} items allowed", at
    elif len(value) < fewest:
        yield f"no fewer than {fewest} items allowed", at


def _items(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _each(value: Any, shape: Shape, at: str) -> Iterator[Fault]:
    for number, item in enumerate(_items(value)):
        yield from _shape(item, shape, f"{at}/{number}")


def _identifier(thing: Json, key: str, at: str) -> Iterator[Fault]:
    yield from _text(thing.get(key), rules.MOST_ID, (), f"{at}/{key}")


def _context(block: Json, at: str) -> Iterator[Fault]:
    for number, element in enumerate(_items(block.get("elements"))):
        pointer = f"{at}/elements/{number}"
        kind = element.get("type")
        if kind == "image":
            yield from _shape(element, rules.CONTEXT_IMAGE, pointer)
        elif kind in rules.TEXT_OBJECTS:
            yield from _shape(element, rules.CONTEXT_TEXT, pointer)
        else:
            yield f"unsupported type: {kind}", f"{pointer}/type"


def _actions(block: Json, at: str) -> Iterator[Fault]:
    elements = _items(block.get("elements"))
    ids = [element["action_id"] for element in elements if "action_id" in element]
    if len(ids) != len(set(ids)):
        yield "action_id already exists", f"{at}/elements"
    for number, element in enumerate(elements):
        yield from _element(element, f"{at}/elements/{number}", frozenset(rules.ELEMENTS))


def _element(element: Json, at: str, allowed: frozenset[str]) -> Iterator[Fault]:
    kind = element.get("type")
    if kind not in allowed:
        yield f"unsupported type: {kind}", f"{at}/type"
        return
    yield from _shape(element, rules.ELEMENTS.get(kind, rules.CONTEXT_IMAGE), at)
    yield from _identifier(element, "action_id", at)
    yield from _each(element.get("options"), rules.OPTION, f"{at}/options")
    if isinstance(element.get("confirm"), dict):
        yield from _shape(element["confirm"], rules.CONFIRM, f"{at}/confirm")


def _table(block: Json, at: str) -> Iterator[Fault]:
    rows = block.get("rows")
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        yield from _count(row, 1, rules.TABLE_COLUMNS, f"{at}/rows/{number}")
        for column, cell in enumerate(_items(row)):
            if cell.get("type") not in rules.TABLE_CELLS:
                yield f"unsupported type: {cell.get('type')}", f"{at}/rows/{number}/{column}/type"


def _container(block: Json, at: str) -> Iterator[Fault]:
    yield from _count(block.get("child_blocks"), 1, rules.CONTAINER_MOST, f"{at}/child_blocks")
    for number, child in enumerate(_items(block.get("child_blocks"))):
        if child.get("type") not in rules.CONTAINER_CHILDREN:
            yield f"unsupported type: {child.get('type')}", f"{at}/child_blocks/{number}/type"
        else:
            yield from _block(child, f"{at}/child_blocks/{number}")


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
