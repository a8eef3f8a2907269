"""One comparison over what the sources found: `logs.share >= 0.5`, `errors.onset > releases.began`.

    rule     = [ "not" ] name | operand ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" ) operand
    operand  = name | number | 'text' | "text" | true | false | time (ISO 8601 with a zone) | "[" operand, … "]"
    name     = source "." fact, as in `logs.release`

A name that nobody filled makes the rule false, whatever it compares: what is not known supports nothing. Times compare
as times, numbers as numbers; everything else only for equality. There is no arithmetic, no call and no nesting.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.template import look_up
from engine.words import moment

_OPERAND = r"""(?:\[[^\]]*\]|'[^']*'|"[^"]*"|[^\s\[\]'"<>=!]+)"""
_RULE = re.compile(rf"\s*(?P<left>{_OPERAND})\s*(?P<op>==|!=|<=|>=|<|>|\bnot\s+in\b|\bin\b)\s*(?P<right>{_OPERAND})\s*")
_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)+")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Name:
    """A value to look up."""

    path: str


Operand = Name | str | int | float | bool | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One parsed comparison; `text` is as written."""

    text: str
    left: Operand
    op: str
    right: Operand

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names that it asks for."""
        sides = (*_flat(self.left), *_flat(self.right))
        return tuple(side.path for side in sides if isinstance(side, Name))

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Whether it is true of `names`; false when something is missing or cannot be compared."""
        left, right = _value(self.left, names), _value(self.right, names)
        if left is None or right is None or (isinstance(right, tuple) and None in right):
            return False
        return _compare(left, self.op, right)


def parse(text: str) -> Rule:
    """The rule in a text. Raises `ValueError` with an example."""
    stripped = text.strip()
    negated, _, rest = stripped.partition(" ")
    if _NAME.fullmatch(stripped):
        return Rule(text, Name(stripped), "==", True)
    if negated == "not" and _NAME.fullmatch(rest.strip()):
        return Rule(text, Name(rest.strip()), "==", False)
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no rule; one reads like: logs.share >= 0.5")
    op = " ".join(match["op"].split())
    right = _operand(match["right"])
    if (op in {"in", "not in"}) != isinstance(right, tuple):
        raise ValueError(f"`{text}`: `in` takes a list, and only `in` does: logs.release in ['a', 'b']")
    return Rule(text, _operand(match["left"]), op, right)


def _operand(text: str) -> Operand:
    if text[0] == "[":
        items = re.findall(r"'[^']*'|\"[^\"]*\"|[^\s,]+", text[1:-1])
        return tuple(_operand(item) for item in items)
    if text[0] in "'\"":
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    if moment(text) is not None:
        return text
    if _NAME.fullmatch(text):
        return Name(text)
    raise ValueError(f"`{text}` is no name (source.fact), number, time or 'text'")


def _flat(side: Operand) -> tuple[Any, ...]:
    return side if isinstance(side, tuple) else (side,)


def _value(side: Operand, names: Mapping[str, Any]) -> Any:
    if isinstance(side, tuple):
        return tuple(_value(item, names) for item in side)
    return look_up(names, side.path) if isinstance(side, Name) else side


def _compare(left: Any, op: str, right: Any) -> bool:
    if op in {"in", "not in"}:
        return any(_equal(left, item) for item in right) == (op == "in")
    if op in {"==", "!="}:
        return _equal(left, right) == (op == "==")
    pair = _times(left, right) or _numbers(left, right)
    return pair is not None and _ORDER[op](*pair)


def _equal(left: Any, right: Any) -> bool:
    pair = _times(left, right)
    if pair is not None:
        return bool(pair[0] == pair[1])
    # True == 1 in Python; a fact that says yes is not the number one.
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _times(left: Any, right: Any) -> tuple[Any, Any] | None:
    first, second = moment(left), moment(right)
    return (first, second) if first is not None and second is not None else None


def _numbers(left: Any, right: Any) -> tuple[Any, Any] | None:
    both = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))
    return (left, right) if both else None
