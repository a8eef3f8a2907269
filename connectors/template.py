"""Texts with names in braces: `{logs.error}`, `{window.since:%H:%M}`, `{logs.share:%}`.

A name is looked up in plain mappings, one part per dot. There is no attribute access, no call and no expression, so
that neither a playbook nor a value can reach anything but what was handed in. Braces without a name stay as they are.

Formats: `%` a share in per cent · `n` a number · a `strftime` pattern for a time (UTC) · `after other.name` the span
between two times · none: numbers and texts as they are.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.words import moment, number, percent, span

MISSING = "…"
_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)(?::(?! )([^{}]*))?\}")


def look_up(names: Mapping[str, Any], path: str) -> Any:
    """The value at the dotted `path`, or None where there is none."""
    value: Any = names
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def fields(template: str) -> list[str]:
    """The dotted names that the template asks for."""
    return [match[1] for match in _FIELD.finditer(template)]


def tree_fields(tree: Any) -> list[str]:
    """The dotted names that the texts of a JSON tree ask for."""
    if isinstance(tree, str):
        return fields(tree)
    items = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list | tuple) else ()
    return [name for item in items for name in tree_fields(item)]


def fill(template: str, names: Mapping[str, Any], missing: str | None = MISSING) -> str:
    """The template with its names replaced; a name that is not known reads `missing`, or stays as it is for None."""

    def value_of(match: re.Match[str]) -> str:
        value = look_up(names, match[1])
        instead = match[0] if missing is None else missing
        return instead if value is None or isinstance(value, Mapping) else _shown(value, match[2] or "", names, instead)

    return _FIELD.sub(value_of, template)


def substitute(template: str, value_of: Callable[[str], str]) -> str:
    """The template with each name replaced by what `value_of` says, which may raise for an unknown one."""
    return _FIELD.sub(lambda match: value_of(match[1]), template)


def fill_tree(tree: Any, names: Mapping[str, Any], missing: str | None = MISSING) -> Any:
    """A JSON tree with its texts filled; a text that is one bare name becomes that value with its own type."""
    if isinstance(tree, str):
        whole = _FIELD.fullmatch(tree)
        value = look_up(names, whole[1]) if whole and not whole[2] else None
        return fill(tree, names, missing) if value is None else value
    if isinstance(tree, Mapping):
        return {key: fill_tree(item, names, missing) for key, item in tree.items()}
    if isinstance(tree, list | tuple):
        return [fill_tree(item, names, missing) for item in tree]
    return tree


def _shown(value: Any, form: str, names: Mapping[str, Any], missing: str) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if form == "%":
        return percent(value) if is_number else missing
    if form == "n":
        return number(value) if is_number else str(value)
    if not form:
        return value.isoformat() if isinstance(value, datetime) else str(value)
    at = moment(value)
    if at is None:
        return missing
    if form.startswith("after "):
        other = moment(look_up(names, form.removeprefix("after ").strip()))
        return missing if other is None else span((at - other).total_seconds())
    return at.strftime(form)
