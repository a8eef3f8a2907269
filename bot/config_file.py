"""Read watchkeeper.yaml: a tree of plain values that knows on which line each of them stands.

It knows YAML, `${NAME}` and `file:…`, and no setting: what a value means is for `bot.settings`. It speaks YAML's core
schema, so that `on`, `12:30` and a date stay texts; a key that stands twice is an error, not a silent choice.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engine.errors import ConfigError
from engine.redact import Gate

Where = tuple[str | int, ...]
MAX_BYTES = 1_000_000
MAX_SHOWN = 60
_NAME = re.compile(r"\$(?:\$\{|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_FROM_FILE = re.compile(r"file:(?!//)(\S+)")
_CORE = {
    "null": re.compile(r"~|null|Null|NULL|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.nan"),
}


def dotted(where: Where) -> str:
    """`partners.logs.url`, `reasoner.files[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file as it was written: `tree` still holds `${NAME}`; `lines` gives each path's line, from 1."""

    path: Path
    tree: Mapping[str, Any]
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """The line of the path, or of the nearest thing around it that is in the file."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def written(self, where: Where) -> str:
        """The value as it stands in the file, for a message: never what `${NAME}` stands for, and cut."""
        value: Any = self.tree
        for part in where:
            if isinstance(value, str) and isinstance(part, int):
                break  # one written instead of a list of one
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return ""
        if isinstance(value, Mapping):
            return "a mapping"
        if isinstance(value, list):
            return f"a list of {len(value)}"
        text = Gate().clean(json.dumps(value, ensure_ascii=False))
        return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"

    def error(self, where: Where, what: str, *, shown: str = "", mend: str = "") -> ConfigError:
        """The error that names file, line and field; `shown` is the value where it may be seen."""
        line = self.line(where)
        head = f"{self.path}, line {line}: {dotted(where)}{f' = {shown}' if shown else ''}".rstrip(": ")
        words = f"{head}\n  {what}" + (f"\n  mend: {mend}" if mend else "")
        return ConfigError(words, field=dotted(where), line=line, mend=mend)

    def filled(self, environ: Mapping[str, str], where: Where = ()) -> tuple[Any, list[ConfigError]]:
        """The part at `where` with `${NAME}` and `file:…` replaced, and each that could not be. `$${` stands for `${`.

        A fault is a variable that is not set, or a file that cannot be read; with one the value is not to be used.
        """
        value: Any = self.tree
        for part in where:
            value = value[part]
        faults: list[ConfigError] = []
        return self._fill(value, environ, where, faults), faults

    def _fill(self, value: Any, environ: Mapping[str, str], where: Where, faults: list[ConfigError]) -> Any:
        if isinstance(value, Mapping):
            return {key: self._fill(item, environ, (*where, key), faults) for key, item in value.items()}
        if isinstance(value, list):
            return [self._fill(item, environ, (*where, i), faults) for i, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        names = dict.fromkeys(match[1] for match in _NAME.finditer(value) if match[1] is not None)
        missing = [name for name in names if name not in environ]
        for name in missing:
            says = f"the environment has no {name}"
            faults.append(self.error(where, says, shown=self.written(where), mend=_set(name)))
        if missing:
            return value
        text = _NAME.sub(lambda match: "${" if match[1] is None else environ[match[1]], value)
        # Only what the file itself calls a file is one: a variable's content is data.
        if value.startswith("file:") and (match := _FROM_FILE.fullmatch(text)):
            try:
                return self._content(match[1], where)
            except ConfigError as err:
                faults.append(err)
        return text

    def _content(self, name: str, where: Where) -> str:
        path = self.path.parent / name
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as err:
            reason = getattr(err, "strerror", None) or "it is not text"
            raise self.error(
                where, f"{path} cannot be read: {reason}", mend="create it, or let this user read it"
            ) from err
        if not text:
            raise self.error(where, f"{path} is empty", mend="write the value into it")
        return text


def _set(name: str) -> str:
    return f"export {name}=…, or write $${{{name}}} if these characters are meant"


class _Loader(yaml.SafeLoader):
    """PyYAML's parser with the core schema of YAML 1.2 in place of the guesses of 1.1."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own class attribute


for _tag, _pattern in _CORE.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern.pattern})\Z"), None)


def read(path: Path) -> ConfigFile:
    """Parse the file. Raises `ConfigError` when it cannot be read, is not YAML, or says a thing twice."""
    try:
        body = path.read_bytes()
        text = body.decode("utf-8")
    except OSError as err:
        mend = "name it with --config, or copy watchkeeper.example.yaml" if isinstance(err, FileNotFoundError) else ""
        raise _whole_file(path, f"it cannot be read: {err.strerror}", mend) from err
    except UnicodeDecodeError as err:
        raise _whole_file(path, "it is not UTF-8 text", "save it as UTF-8") from err
    if len(body) > MAX_BYTES:
        raise _whole_file(path, f"it has {len(body):,} bytes; at most {MAX_BYTES:,} are read", "")
    lines: dict[Where, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        tree = {} if node is None else _Reader(path, lines).value(node, (), ())
    except RecursionError:
        raise _whole_file(path, "it is nested too deeply", "remove brackets") from None
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(
            f"{path}, line {line}: this is not YAML\n  {err.problem or err.context}\n"
            "  mend: check the indentation, and quote a text that begins with a brace, a bracket or an @",
            line=line,
        ) from None  # the chained error would print the line, which may hold a secret
    except yaml.YAMLError:
        raise _whole_file(path, "it has characters that YAML does not allow", "save it as plain text") from None
    if not isinstance(tree, dict):
        raise _whole_file(path, "it must be a mapping of sections", "begin with `incidents:`")
    return ConfigFile(path, tree, lines)


def _whole_file(path: Path, what: str, mend: str) -> ConfigError:
    return ConfigError(f"{path}\n  {what}" + (f"\n  mend: {mend}" if mend else ""), mend=mend)


class _Reader:
    """Turns nodes into values and keeps their lines."""

    def __init__(self, path: Path, lines: dict[Where, int]) -> None:
        self._path = path
        self._lines = lines

    def value(self, node: yaml.Node, where: Where, around: tuple[int, ...]) -> Any:
        """The node's value; `around` are the nodes it stands in, to see an alias of itself."""
        self._lines.setdefault(where, node.start_mark.line + 1)
        if id(node) in around:
            raise self._fault(node, where, "this alias contains itself", "write it out")
        inside = (*around, id(node))
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, where, inside)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.value(item, (*where, i), inside) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, kind, where)
        raise self._unknown_tag(node, where)

    def _mapping(self, node: yaml.MappingNode, where: Where, inside: tuple[int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._fault(key, where, "a name must be a text", "quote it")
            name = key.value
            here = (*where, name)
            if name in found:
                first = self._lines[here]
                raise self._fault(key, here, f"it stands twice; first on line {first}", "keep one of the two")
            self._lines[here] = key.start_mark.line + 1
            found[name] = self.value(item, here, inside)
        return found

    def _scalar(self, node: yaml.ScalarNode, kind: str, where: Where) -> Any:
        text: str = node.value
        if kind == "null":
            return None
        if kind == "bool" and _CORE["bool"].fullmatch(text):
            return text.lower() == "true"
        if kind == "int" and _CORE["int"].fullmatch(text):
            return int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if kind == "float" and _CORE["float"].fullmatch(text):
            return float(
                text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").replace(".nan", "nan")
            )
        if kind == "str":
            return text
        raise self._unknown_tag(node, where)

    def _unknown_tag(self, node: yaml.Node, where: Where) -> ConfigError:
        return self._fault(node, where, f"the tag {node.tag} is not known here", "remove the tag")

    def _fault(self, node: yaml.Node, where: Where, what: str, mend: str) -> ConfigError:
        return ConfigFile(self._path, {}, {where: node.start_mark.line + 1}).error(where, what, mend=mend)
