"""Say what is wrong with a setting: file, line, field, what was expected, and the mend.

It turns pydantic's errors into our words and knows no setting. A value is shown as it stands in the file, and never
where the field holds a secret.
"""

import difflib
import json
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.config_file import ConfigFile, Where, dotted
from engine.errors import ConfigError

MOST_SHOWN = 10
_ADDRESS = "expected an address that begins with http:// or https://"
_PLACE = re.compile(r"(?!\w+://)[^\s/@\"]+(?::\d+)?(?:/[^\s@\"]*)?")  # a host, perhaps with port and path, no scheme
_RANGES = ("less_than", "less_than_equal", "greater_than", "greater_than_equal")
_OURS = {
    "a dictionary": "a mapping",
    "an integer": "a whole number",
    "a boolean": "true or false",
    "a tuple": "a list",
    "a string": "a text",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_TIMED = re.compile(r"^\W?\d+(?:\.\d+)?(?:ms|s|m|h|d)\W?$")  # what is written with a unit was read as seconds
_SECRET = re.compile(r"token|secret|passw|authorization|credential|api_?key|cookie|^headers$", re.IGNORECASE)


def expected(words: str, mend: str = "") -> PydanticCustomError:
    """What a validator of a setting raises: `words` go on after "expected"; `mend` is the value to write."""
    return PydanticCustomError("setting", "{expected}", {"expected": words, "mend": mend})


def config_error(err: ValidationError, file: ConfigFile, where: Where, model: type[BaseModel]) -> ConfigError:
    """Every fault of `model` as one error, in the file's order; its field, line and mend are those of the first."""
    found = [(_written(model, one["loc"]), one) for one in err.errors(include_url=False)]
    # Where a value may be of several kinds each kind complains: the deepest complaint counts, else the first.
    kept = {
        loc: one for loc, one in reversed(found) if not any(other[: len(loc)] == loc != other for other, _ in found)
    }
    faults = [_fault(one, loc, file, where, model) for loc, one in reversed(kept.items())]
    return together(sorted(faults, key=lambda fault: fault.line or 0))


def together(faults: Sequence[ConfigError]) -> ConfigError:
    """Several faults as one error; the first ten are told."""
    if len(faults) == 1:
        return faults[0]
    words = [words_of(fault) for fault in faults[:MOST_SHOWN]]
    if len(faults) > MOST_SHOWN:
        words.append(f"and {len(faults) - MOST_SHOWN} more")
    first = faults[0]
    return ConfigError("\n".join(words), field=first.field, line=first.line, mend=first.mend)


def words_of(err: ConfigError) -> str:
    """The whole text of an error, its mend included even where the message left it out."""
    text = str(err)
    return text if not err.mend or f"mend: {err.mend}" in text else f"{text}\n  mend: {err.mend}"


def _fault(details: ErrorDetails, loc: Where, file: ConfigFile, around: Where, model: type[BaseModel]) -> ConfigError:
    where = (*around, *loc)
    name = str(loc[-1]) if loc else dotted(around)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(file, where, _names(model, loc[:-1]))
    if kind == "missing":
        field = _field(model, loc)
        example = (field.examples or ["…"])[0] if field is not None else "…"
        what = f"it is missing: {field.description}" if field is not None and field.description else "it is missing"
        return file.error(where, what, mend=f"{name}: {example}")
    shown = "" if _is_secret(model, loc, where) else file.written(where)
    if kind in ("setting", "value_error") and shown == "a mapping":  # a rule between fields, not a wrong type
        shown = ""
    field = _field(model, loc)
    mend = context.get("mend", "") or _mend(details, field, shown)
    if mend and loc and isinstance(loc[-1], int):  # one of a list is mended in its list
        name, mend = str(where[-2]), f"[{mend}]"
    what = _range(field, timed=_TIMED.search(shown) is not None) if kind in _RANGES and field is not None else ""
    what = _ADDRESS if kind.startswith("url_") else what
    return file.error(where, what or _words(details["msg"]), shown=shown, mend=f"{name}: {mend}" if mend else "")


def _mend(details: ErrorDetails, field: Any, shown: str) -> str:
    """A value to write instead: the nearest choice, the address with its scheme, the example or the default."""
    kind = details["type"]
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']+)'", str(details.get("ctx", {}).get("expected", "")))
        near = difflib.get_close_matches(str(details["input"]), choices, n=1) if shown else []
        return near[0] if near else " or ".join(filter(None, [", ".join(choices[:-1]), *choices[-1:]]))
    if kind.startswith("url_"):
        written = shown.strip('"')  # what may be shown, never the value itself: an address can hold a password
        return f'"http://{written}"' if _PLACE.fullmatch(written) else '"http://127.0.0.1:9090"'
    if field is not None and field.examples:
        return str(field.examples[0])
    default = field.default if field is not None else None
    # A number with a fraction may be a duration, which is written with its unit.
    return json.dumps(default) if default and isinstance(default, int | str) else ""


def _range(field: Any, *, timed: bool) -> str:
    """What a number must be, or of a `timed` value its seconds, from the bounds of its field."""
    bounds = {name: getattr(rule, name) for rule in field.metadata for name in _BOUNDS if hasattr(rule, name)}
    whole = "duration" if timed else "whole number" if field.annotation is int else "number"
    unit = "s" if timed else ""
    if "ge" in bounds and "le" in bounds:
        return f"expected a {whole} from {bounds['ge']:g}{unit} to {bounds['le']:g}{unit}"
    each = [f"{_BOUNDS[name]} {bound:g}{unit}" for name, bound in bounds.items()]
    return f"expected a {whole}, {' and '.join(each)}"


def _words(message: str) -> str:
    """Pydantic's sentence in our voice."""
    text = re.sub(r"^(?:Value error|Assertion failed), ", "", message)
    text = re.sub(r"^Input should be (?:a )?valid (?=[aeiou])", "expected an ", text)
    text = re.sub(r"^Input should be (?:a )?valid ", "expected a ", text)
    text = re.sub(r"^(?:Input|String|URL|Value) should (?:be |have |match )?", "expected ", text)
    text = re.sub(r", unable to (?:parse|interpret) .*$| or instance of \w+$", "", text)
    for theirs, ours in _OURS.items():
        text = text.replace(theirs, ours)
    return text


def _unknown(file: ConfigFile, where: Where, known: Sequence[str]) -> ConfigError:
    section = dotted(where[:-1]) or "the file"
    near = difflib.get_close_matches(str(where[-1]), known, n=1, cutoff=0.5)
    if near:
        return file.error(where, f"{section} has no such setting", mend=f"{near[0]}: …")
    listed = f"; it has {', '.join(sorted(known))}" if known else ""
    return file.error(where, f"{section} has no such setting{listed}", mend="remove the line")


def _inside(annotation: Any, part: str | int) -> list[Any]:
    """The annotations that can stand one step further inside."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        by_name = {field.alias or name: field for name, field in annotation.model_fields.items()}
        field = by_name.get(str(part)) or annotation.model_fields.get(str(part))
        return [field.annotation] if field is not None else []
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return [found for one in arguments for found in _inside(one, part)]
    if isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) == 2:
        return [arguments[1]]
    if isinstance(origin, type) and issubclass(origin, Sequence) and arguments:
        return [arguments[0]]
    return _inside(arguments[0], part) if hasattr(annotation, "__metadata__") else []


def _written(model: Any, loc: Where) -> Where:
    """`loc` as the file has it: pydantic adds which kind of a union it tried, and marks keys."""
    found, written = [model], []
    for part in loc:
        inner = [one for annotation in found for one in _inside(annotation, part)]
        kinds = [kind for annotation in found for kind in get_args(annotation) if kind is not types.NoneType]
        if not inner and len(kinds) > 1 and any(get_origin(one) in (Union, types.UnionType) for one in found):
            found = kinds
        elif part != "[key]":
            written.append(part)
            found = inner
    return tuple(written)


def _at(model: Any, loc: Where) -> list[Any]:
    found = [model]
    for part in loc:
        found = [inner for annotation in found for inner in _inside(annotation, part)]
    return found


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def _names(model: type[BaseModel], loc: Where) -> list[str]:
    models = [found for annotation in _at(model, loc) for found in _models(annotation)]
    names = [field.alias or name for found in models for name, field in found.model_fields.items()]
    return [name for name in names if not name.startswith("#")]  # those are noted by us, not written by people


def _field(model: type[BaseModel], loc: Where) -> Any:
    for annotation in _at(model, loc[:-1]):
        for found in _models(annotation):
            if loc and str(loc[-1]) in found.model_fields:
                return found.model_fields[str(loc[-1])]
    return None


def _is_secret(model: type[BaseModel], loc: Where, where: Where) -> bool:
    if any(_SECRET.search(str(part)) for part in where):
        return True
    return any(_holds_secret(annotation) for i in range(len(loc) + 1) for annotation in _at(model, loc[:i]) if i)


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(inner) for inner in get_args(annotation))
