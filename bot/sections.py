"""A connector's part of the configuration: its type, and options that only the connector's own `Config` can judge.

`validate_section` is the seam: `bot.app` loads the class and hands its `Config` in; this file knows no connector.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, Field, SkipValidation, ValidationError
from pydantic_core import PydanticCustomError

from bot.config_faults import config_error
from bot.config_file import ConfigFile, Where
from bot.settings_types import Group, seconds
from engine.errors import ConfigError

M = TypeVar("M", bound=BaseModel)
SOURCE = "#source"  # no plain YAML key can be called so
# Fields of a connector that hold seconds: written with a unit, as every other duration; a bare number is an error.
_DURATIONS = re.compile(r"(?:^|_)(?:seconds|interval|timeout|every|keep|late_write)$")


@dataclass(frozen=True, slots=True)
class Source:
    """Where in which file a section stands."""

    file: ConfigFile
    where: Where


class Section(Group):
    """One configured connector. `options` are its own, after interpolation, and may hold secrets: never print them."""

    type: str = Field(description="which connector it is", min_length=1)
    options: Mapping[str, Any] = Field(default_factory=dict, repr=False, description="the connector's own options")
    source: SkipValidation[Source] = Field(alias="#source", repr=False)

    @property
    def port(self) -> str:
        """`partners`; `reasoner` reads `reasoners`, as the registry names its kinds."""
        first = str(self.source.where[0])
        return "reasoners" if first == "reasoner" else first

    @property
    def name(self) -> str:
        """The name that the operator chose; the reasoner's is its type."""
        return str(self.source.where[1]) if len(self.source.where) > 1 else self.type

    def own(self) -> Mapping[str, Any]:
        """What stands beside the connector's options and is handed in where its `Config` has such a field."""
        return {}

    def options_at(self) -> Where:
        """The path of the options in the file."""
        return self.source.where

    def error(self, what: str, field: str = "", mend: str = "") -> ConfigError:
        """An error about this section, or one field of it, with file and line."""
        where = (*self.options_at(), field) if field else self.source.where
        return self.source.file.error(where, what, mend=mend)

    @contextmanager
    def located(self) -> Iterator[None]:
        """Give a `ConfigError` that knows no line this section's file and line."""
        try:
            yield
        except ConfigError as err:
            if err.line is not None:
                raise
            field = err.field.rpartition(".")[2]
            known = field if field == "type" or field in self.options else ""
            where = (
                (*self.source.where, field)
                if known == "type"
                else (*self.options_at(), known)
                if known
                else self.options_at()
            )
            raise self.source.file.error(where, str(err), mend=err.mend) from err


def validate_section(section: Section, model: type[M]) -> M:
    """The connector's own `Config`, from its section.

    A duration (`10s`) arrives in a number's field as seconds, at any depth; a relative `Path` is taken from the file's
    folder. Raises `ConfigError` with file, line, field, what was expected and the mend.
    """
    own = {name: value for name, value in section.own().items() if name in model.model_fields}
    options = _in_seconds(section, section.options_at(), section.options, model)
    try:
        config = model.model_validate({**own, **options})
    except ValidationError as err:
        # The chained error would print the options, which may hold a secret.
        raise config_error(err, section.source.file, section.options_at(), model) from None
    folder = section.source.file.path.parent
    moved = {name: _from(folder, getattr(config, name)) for name in model.model_fields}
    return config.model_copy(update={name: value for name, value in moved.items() if value != getattr(config, name)})


def _in_seconds(section: Section, where: Where, options: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The options with their durations as seconds, where the connector's field is a number of them."""
    found = dict(options)
    for name, field in model.model_fields.items():
        value = found.get(name)
        if value is None:
            continue
        inner = _model(field.annotation)
        if inner is not None and isinstance(value, Mapping):
            found[name] = _in_seconds(section, (*where, name), value, inner)
        elif _holds(field.annotation, (float, int)) and _DURATIONS.search(name):
            found[name] = _one(section, (*where, name), value, strict=True)
        elif _holds(field.annotation, (float,)) and isinstance(value, str):
            found[name] = _one(section, (*where, name), value, strict=False)
    return found


def _one(section: Section, where: Where, value: Any, *, strict: bool) -> Any:
    try:
        return seconds(value)
    except PydanticCustomError as err:
        if not strict:
            return value  # a number that is no duration: the connector's Config judges it
        file, mend = section.source.file, (err.context or {}).get("mend", "30s")
        raise file.error(where, err.message(), shown=file.written(where), mend=f"{where[-1]}: {mend}") from None


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model(inner))), None)


def _holds(annotation: Any, kinds: tuple[type, ...]) -> bool:
    return annotation in kinds or any(_holds(inner, kinds) for inner in get_args(annotation))


def _from(folder: Path, value: Any) -> Any:
    if isinstance(value, Path):
        return folder / value.expanduser()
    if isinstance(value, tuple) and value and all(isinstance(item, Path) for item in value):
        return tuple(folder / item.expanduser() for item in value)
    return value
