"""The kinds of values that a setting can have beyond text and number: durations, names, people, patterns.

Each checks its own form and says what it expects; none knows which setting it belongs to.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.config_faults import expected

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_ALMOST = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOMENT = rf"({'|'.join(_DAYS)})[a-z]*\s+([01]?\d|2[0-3]):([0-5]\d)"
_WEEKLY = re.compile(rf"{_MOMENT}\s*[-–]\s*{_MOMENT}", re.IGNORECASE)
WEEKEND = '"Fri 16:00 - Mon 08:00"'
_LONG = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "milli": "ms"}


class Group(BaseModel):
    """One section of settings: frozen, and an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


def seconds(value: object) -> float:
    """The seconds that `30s`, `2m`, `3h`, `1d` or `500ms` means. Raises the setting's error for anything else."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        return float(match[1]) * UNITS[match[2]]
    raise expected("expected a duration with a unit, for example 30s or 2m", _mended(value))


def _mended(value: object) -> str:
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return f"{text}s"
    match = _ALMOST.fullmatch(text)
    unit = next((short for long, short in _LONG.items() if match and match[2].lower().startswith(long)), "")
    return f"{match[1]}{unit}" if match and unit else "30s"


def shown(value: float) -> str:
    """The shortest way to write so many seconds as a duration."""
    for unit in ("d", "h", "m", "s", "ms"):
        count = value / UNITS[unit]
        if count >= 1 and count == int(count):
            return f"{int(count)}{unit}"
    return f"{value:g}s"


def weekly(value: object) -> object:
    """`Fri 16:00 - Mon 08:00` as two spans from Monday 00:00. Raises the setting's error for anything else."""
    if value is None:
        return None
    match = _WEEKLY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise expected("expected two moments of the week, UTC", WEEKEND)
    first, second = (_of_week(*match.groups()[i : i + 3]) for i in (0, 3))
    if first == second:  # it would begin again in the moment in which it ends
        raise expected("expected an end that is another moment than the beginning; this never ends", WEEKEND)
    return first, second


def moment(value: object) -> object:
    """A moment with its zone, as ISO 8601. Raises the setting's error for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise expected("expected a moment with its zone", '"2026-11-23T08:00:00Z"')
    return found.astimezone(UTC)


def _of_week(day: str, hour: str, minute: str) -> timedelta:
    return timedelta(days=_DAYS.index(day.lower()), hours=int(hour), minutes=int(minute))


def placeholders(text: str) -> list[str]:
    """The names in braces: `{service}`, `{window.since:%H:%M}` gives `window`."""
    return re.findall(r"\{([A-Za-z_][A-Za-z0-9_-]*)[^{}]*\}", text)


def _pattern(value: str) -> str:
    try:
        compiled = re.compile(value)
    except re.error as err:
        raise expected(f"expected a regular expression; this one does not compile: {err}", _literal(value)) from err
    if compiled.search("") is not None:
        raise expected(
            "expected a pattern that does not match an empty text; this one would mask everything", "'[A-Z]{3}-[0-9]+'"
        )
    return value


def _literal(value: str) -> str:
    """The pattern that means these characters, as YAML takes it."""
    quoted = re.escape(value).replace("'", "''")
    return f"'{quoted}', if these characters are meant"


def _regular(value: str) -> str:
    try:
        re.compile(value)
    except re.error as err:
        raise expected(f"expected a regular expression; this one does not compile: {err}", _literal(value)) from err
    return value


def _form(pattern: str, words: str, example: str = "") -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise expected(f"expected {words}", example)
        return value

    return AfterValidator(check)


def _channel(value: str) -> str:
    if re.fullmatch(r"#[^\s#]{1,80}|[CG][A-Z0-9]{8,}", value) is None:
        named = f'"#{value}"' if re.fullmatch(r"[^\s#\"\\]{1,80}", value) else '"#incidents"'
        raise expected("expected a channel, by its name with # or by its ID", named)  # without quotes # is a comment
    return value


Duration = Annotated[float, BeforeValidator(seconds), Field(ge=0)]  # seconds, written 30s
Span = Annotated[float, BeforeValidator(seconds), Field(gt=0)]  # a duration that cannot be nothing
Moment = Annotated[datetime, BeforeValidator(moment)]  # UTC, whatever the zone it was written in
Name = Annotated[str, _form(r"[a-z][a-z0-9_-]{0,39}", "a name of a-z, 0-9, _ and -, at most 40 long")]
MaskName = Annotated[str, _form(r"[A-Z][A-Z0-9_]{0,39}", "a name of A-Z, 0-9 and _, for example ORDER_ID")]
MaskPattern = Annotated[str, AfterValidator(_pattern)]
Regex = Annotated[str, AfterValidator(_regular)]
Channel = Annotated[str, AfterValidator(_channel)]
UserId = Annotated[
    str, _form(r"[UW][A-Z0-9]{7,}", "a member ID; in Slack: the profile, ⋮, Copy member ID", "U07PRIYA0R1")
]
GroupId = Annotated[str, _form(r"(?:S[A-Z0-9]{7,})?", "a user group ID", "S07CHECKAP1")]
WorkspaceId = Annotated[str, _form(r"(?:T[A-Z0-9]{7,})?", "a workspace ID, T…", "T07SHOP0001")]
Command = Annotated[str, _form(r"/[a-z0-9_-]{1,31}", "a slash command", "/watch")]
