"""Print the generated pages of the documentation: `python -m bot.reference settings` and `… commands`.

What the code knows is written once, in the code; a test compares the pages under docs/ with this output.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo

from bot.__main__ import app
from bot.actions import ActionSettings
from bot.grammar import WORDS
from bot.settings import DEFAULT_FILE, Settings
from bot.settings_channel import seconds_or_never
from bot.settings_types import seconds, shown, weekly

SETTINGS = f"""# Settings

<!-- generated: python -m bot.reference settings > docs/settings.md -->

Everything that `{DEFAULT_FILE}` can say, section by section; `watchkeeper.example.yaml` has all of it, with comments.
`${{NAME}}` is taken from the environment, `file:path` as a whole value from a file, and durations carry their unit:
`500ms`, `30s`, `2m`, `3h`, `1d`. A setting without a default must be given. Relative paths start at the file's folder.

The sections under `alerts`, `tools`, `partners`, `reasoner` and `memory` carry their connector's own options beside
the settings here; an action has them under `options`. What each connector takes: [connectors/](connectors/).
"""
COMMANDS = """# Commands

<!-- generated: python -m bot.reference commands > docs/commands.md -->

## In Slack

`/watch` in a channel. In a thread, where Slack takes no slash commands, write `@watchkeeper` instead and leave the
incident out: `@watchkeeper approve 19`. `/watch help` lists what you may do where you are.

"""
_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    SecretStr: "secret",
    Path: "path",
    datetime: "moment",
}


def settings_page() -> str:
    """docs/settings.md."""
    return SETTINGS + "".join(_section(name, field) for name, field in _fields(Settings))


def commands_page() -> str:
    """docs/commands.md."""
    words = "".join(f"- `{usage}`\n" for usage in WORDS.values())
    command_line = "".join(_command(typer.main.get_command(app), "watchkeeper"))
    return f"{COMMANDS}{words}\n## On the command line\n{command_line}"


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """The fields that people write; those that begin with # are noted while reading."""
    named = [(field.alias or name, field) for name, field in model.model_fields.items()]
    return [(name, field) for name, field in named if not name.startswith("#")]


def _section(name: str, field: FieldInfo) -> str:
    model = _model(field.annotation)
    if model is None:
        return ""
    title = f"{name}.<name>" if get_origin(field.annotation) is not None else name
    rows = "".join(_rows(model, ""))
    return f"\n## `{title}`\n\n{_sentence(field)}\n\n| Setting | Type | Default | Meaning |\n|---|---|---|---|\n{rows}"


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in _fields(model):
        inner = _model(field.annotation)
        if inner is not None:
            if words := _choices(field.annotation):
                yield f"| `{prefix}{name}` | {words}, or as below | {_default(field)} | {_sentence(field)} |\n"
            step = _step(field.annotation)
            yield from _rows(inner, f"{prefix}{name}{step}")
        elif name == "options" and model is not ActionSettings:
            yield f"| … | | | {_sentence(field)} |\n"
        else:
            yield f"| `{prefix}{name}` | {_type(field)} | {_default(field)} | {_sentence(field)} |\n"


def _step(annotation: Any) -> str:
    """What stands between a setting and those inside it: `.<name>.` of a mapping, `[].` of a list."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return ".<name>."
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return "[]."
    return next((_step(one) for one in inner if _model(one) is not None), ".")


def _choices(annotation: Any) -> str:
    """The words that may stand instead of a group of settings."""
    words = [word for one in get_args(annotation) if get_origin(one) is Literal for word in get_args(one)]
    return ", ".join(f"`{word}`" for word in words)


def _sentence(field: FieldInfo) -> str:
    words = field.description or ""
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model(inner))), None)


def _is_duration(field: FieldInfo) -> bool:
    return any(
        isinstance(rule, BeforeValidator) and rule.func in (seconds, seconds_or_never) for rule in field.metadata
    )


def _type(field: FieldInfo) -> str:
    if any(isinstance(rule, BeforeValidator) and rule.func is weekly for rule in field.metadata):
        return "two moments of a week"
    return "duration" if _is_duration(field) else _name(field.annotation)


def _name(annotation: Any) -> str:
    if hasattr(annotation, "__metadata__"):
        if any(isinstance(rule, BeforeValidator) and rule.func is seconds for rule in annotation.__metadata__):
            return "duration"
        annotation = annotation.__origin__
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, inner = get_origin(annotation), [one for one in get_args(annotation) if one not in (type(None), ...)]
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inner)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{one.value}`" for one in annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "mapping"
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return f"list of {_name(inner[0])}"
    return " or ".join(dict.fromkeys(_name(one) for one in inner)) or "any"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none, required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if _is_duration(field):
        return f"`{shown(value)}`"
    return "" if value is None or value in ("", (), {}) else f"`{value}`"


def _command(command: Any, path: str) -> Iterator[str]:
    """Every command below `command` with its help, as the program itself prints it."""
    for name, one in getattr(command, "commands", {}).items():
        yield from _command(one, f"{path} {name}")
    if getattr(command, "commands", None):
        return
    context = command.context_class(command, info_name=path, terminal_width=100)
    yield f"\n### {path}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    pages = {"settings": settings_page, "commands": commands_page}
    if sys.argv[1:] not in ([name] for name in pages):
        sys.exit(f"one of: {', '.join(pages)}")
    sys.stdout.write(pages[sys.argv[1]]())
