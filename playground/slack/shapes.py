"""What any block, element or object can get wrong: absent keys, lengths, counts, words. It knows no kind by name.

A fault is what is wrong, in Slack's words, and the JSON pointer to where; every check yields its faults.
"""

from collections.abc import Iterator
from typing import Any

from playground.slack import block_rules as rules
from playground.slack.block_rules import Shape
from playground.slack.model import Json

Fault = tuple[str, str]


def shaped(thing: Json, shape: Shape, at: str) -> Iterator[Fault]:
    """Everything a `Shape` says about one thing."""
    for key in shape.required:
        if thing.get(key) in (None, ""):
            yield f"missing required field: {key}", at
    if shape.any_of and not any(thing.get(key) for key in shape.any_of):
        yield f"missing required field: {' or '.join(shape.any_of)}", at
    for key, most in shape.texts.items():
        kinds = ("plain_text",) if key in shape.plain else rules.TEXT_OBJECTS
        if thing.get(key) is not None and key in shape.plain + shape.objects and not isinstance(thing[key], dict):
            yield "must be an object", f"{at}/{key}"
        yield from worded(thing.get(key), most, kinds, f"{at}/{key}")
    for key, (fewest, most) in shape.lists.items():
        yield from counted(thing.get(key), fewest, most, f"{at}/{key}")
    for key, words in shape.choices.items():
        if key in thing and thing[key] not in words:
            yield f"must be one of: {', '.join(words)}", f"{at}/{key}"
    for key, (least, greatest) in shape.numbers.items():
        yield from bounded(thing.get(key), least, greatest, f"{at}/{key}")


def worded(value: Any, most: int, kinds: tuple[str, ...], at: str) -> Iterator[Fault]:
    """A plain string or a text object of one of the kinds."""
    if isinstance(value, dict):
        if value.get("type") not in kinds:
            yield f"unsupported type: {value.get('type')}", f"{at}/type"
        value, at = value.get("text"), f"{at}/text"
        if not value:
            yield "must be more than 0 characters", at
    if isinstance(value, str) and len(value) > most:
        yield f"must be less than {most + 1} characters", at


def counted(value: Any, fewest: int, most: int, at: str) -> Iterator[Fault]:
    """A list with so many items, if it is there."""
    if value is None:
        return
    if not isinstance(value, list):
        yield "must be an array", at
    elif len(value) > most:
        yield f"no more than {most} items allowed", at
    elif len(value) < fewest:
        yield f"no fewer than {fewest} items allowed", at


def bounded(value: Any, least: int, greatest: int, at: str) -> Iterator[Fault]:
    """A whole number within bounds, if it is there."""
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        yield "must be an integer", at
    elif value < least:
        yield f"must be greater than or equal to {least}", at
    elif value > greatest:
        yield f"must be less than or equal to {greatest}", at


def identified(thing: Json, key: str, at: str) -> Iterator[Fault]:
    """A `block_id` or `action_id` that is not too long."""
    yield from worded(thing.get(key), rules.MOST_ID, (), f"{at}/{key}")


def each(value: Any, shape: Shape, at: str) -> Iterator[Fault]:
    """Every object of a list against one shape."""
    for number, item in enumerate(objects(value)):
        yield from shaped(item, shape, f"{at}/{number}")


def objects(value: Any) -> list[Json]:
    """The objects of what should be a list of objects."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
