"""YAML with line numbers, so that a wrong setting can be named by file, line, field and mend. It knows no schema."""

import difflib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from engine.errors import ConfigError

Place = tuple[str | int, ...]
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and on which line each value begins."""

    file: str
    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Sequence[str | int]) -> int:
        """The line of the value at `place`, or of the nearest thing around it."""
        return self.lines[self.known(place)]

    def known(self, place: Sequence[str | int]) -> Place:
        """The longest beginning of `place` that is in the file: validators add steps of their own at the end."""
        steps = tuple(place)
        while steps not in self.lines and steps:
            steps = steps[:-1]
        return steps

    def error(self, place: Sequence[str | int], says: str, mend: str = "") -> ConfigError:
        """The error for one value, in the words of the command line."""
        known = self.known(place)
        field = ".".join(str(step) for step in (known if len(known) >= len(place) - 1 else place))
        value = _at(self.data, known)
        shown = f" = {json.dumps(value, ensure_ascii=False)}" if isinstance(value, str | int | float) else ""
        text = f"{self.file}, line {self.line(known)}: {field or 'the file'}{shown}\n  {says}"
        return ConfigError(f"{text}\n  mend: {mend}" if mend else text, field=field, line=self.line(known), mend=mend)

    def invalid(self, err: ValidationError, names: Sequence[str] = ()) -> ConfigError:
        """The most telling of pydantic's complaints; `names` are what an unknown field may have meant to be."""
        errors = err.errors(include_url=False, include_input=False)
        # A misspelt field is also a missing one; the misspelling is what the person has to see.
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        place = first["loc"]
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(place[-1]), names, n=1)
            mend = f"{near[0]}:" if near else "take it out"
            return self.error(place, f"there is no setting `{place[-1]}` here", mend)
        if first["type"] == "missing":
            return self.error(place, f"`{place[-1]}` is missing", f"{place[-1]}: …")
        return self.error(place, first["msg"].removeprefix("Value error, "))


def load(path: Path) -> Document:
    """The document in a file. Raises `ConfigError` when it cannot be read, is no YAML, or says a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{path}: it cannot be read ({type(err).__name__})", field=str(path)) from err
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Place, int] = {(): 1}
        if node is not None:
            _walk(str(path), node, (), lines)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        raise ConfigError(
            f"{path}, line {line}: it is no YAML: {err.problem}\n  mend: a text that holds `: ` or ` #` goes in quotes",
            line=line,
        ) from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: it is no YAML ({type(err).__name__})") from err
    finally:
        loader.dispose()
    return Document(str(path), data, lines)


def _walk(file: str, node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if len(place) > _MAX_DEPTH:
        raise ConfigError(f"{file}, line {line}: it is nested too deep", line=line)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(file, item, (*place, index), lines)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, item in node.value:
            name: Hashable = key.value
            if name in seen:
                line = key.start_mark.line + 1
                raise ConfigError(f"{file}, line {line}: `{name}` is said twice", field=str(name), line=line)
            seen.add(name)
            lines[(*place, str(name))] = key.start_mark.line + 1
            _walk(file, item, (*place, str(name)), lines)


def _at(data: Any, place: Place) -> Any:
    for step in place:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
