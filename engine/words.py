"""How a number, a share, a span and a time read in a sentence, the same in Slack and in every ticket.

Values in, plain text out: it escapes nothing and knows no surface.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

NBSP = "\u00a0"  # between number and unit, so that no line breaks there
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # whatever the locale
ORDINALS = ("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def number(value: float) -> str:
    """`412`, `1,765`, `0.92`: thousands with a comma, at most three figures that count; `?` for what is no number."""
    if not math.isfinite(value):
        return "?"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """A share of 0 to 1: `7.3 %`, `96 %`, `1 %`; never rounded up to a whole or down to nothing."""
    if not math.isfinite(share):
        return "?"
    value = abs(share) * 100
    if math.isclose(value, round(value), abs_tol=1e-9):
        text = f"{value:.0f}"
    elif value < 0.1:
        text = f"{value:.2f}".removesuffix("0") if value >= 0.01 else "under 0.01"
    elif value < 10 or 99.5 <= value < 100:
        text = f"{min(value, 99.9) if value < 100 else value:.1f}"
    else:
        text = f"{value:.0f}"
    return f"{'-' if share < 0 else ''}{text}{NBSP}%"


def quantity(value: float, unit: str) -> str:
    """The value with its unit; the unit `%` says that the value is a share of 0 to 1."""
    if unit == "%":
        return percent(value)
    return f"{number(value)}{NBSP}{unit}" if unit else number(value)


def count(n: int, noun: str, plural: str = "") -> str:
    """`1 entry`, `11 entries`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def ordinal(n: int) -> str:
    """`second`; from eleven on `11th`."""
    if 0 <= n < len(ORDINALS):
        return ORDINALS[n]
    last = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th") if n % 100 not in (11, 12, 13) else "th"
    return f"{n}{last}"


def took(seconds: float) -> str:
    """How long one piece of work took: `0.1 s`, `6.4 s`, `73 s`, then `3 min 17 s`."""
    if seconds >= 120:
        return span(seconds)
    if seconds < 0.05:
        return f"under 0.1{NBSP}s"
    return f"{seconds:.0f}{NBSP}s" if seconds >= 9.95 or f"{seconds:.1f}".endswith(".0") else f"{seconds:.1f}{NBSP}s"


def span(seconds: float) -> str:
    """A length of time to the second: `54 s`, `3 min 17 s`, `2 h 5 min`."""
    whole = round(abs(seconds))
    if whole < 60:
        return f"{whole}{NBSP}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min" + (f" {rest}{NBSP}s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{NBSP}h" + (f" {minutes}{NBSP}min" if minutes else "")


def lasted(seconds: float) -> str:
    """A length of time as one remembers it, to the minute from two minutes on: `54 s`, `12 min`."""
    return span(seconds) if seconds < 120 else span(round(seconds / 60) * 60)


def day(at: datetime) -> str:
    """`24 Nov 2026`, UTC."""
    at = at.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def utc(at: datetime, *, seconds: bool = False) -> str:
    """`24 Nov 2026 02:07 UTC`, or with seconds."""
    return f"{day(at)} {clock(at, seconds=seconds)} UTC"


def clock(at: datetime, *, seconds: bool = False) -> str:
    """`02:07`, or `02:07:12`, UTC; the zone is the sentence's business."""
    return f"{at.astimezone(UTC):%H:%M:%S}" if seconds else f"{at.astimezone(UTC):%H:%M}"


def stretch(since: datetime, until: datetime, joint: str = " to ") -> str:
    """`02:05 to 02:07`, UTC: with seconds inside one minute, with the days where they differ."""
    if day(since) != day(until):
        return f"{day(since)} {clock(since)}{joint}{day(until)} {clock(until)}"
    short = clock(since) == clock(until)
    return f"{clock(since, seconds=short)}{joint}{clock(until, seconds=short)}"


def moment(value: object) -> datetime | None:
    """The time that an ISO 8601 text with a zone names, in UTC; None for anything else, a bare date or number too."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else None
    if not isinstance(value, str) or len(value) < 16 or value[4:5] != "-":
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else None


def one_line(text: str) -> str:
    """The text on one line; unlike `str.split` it keeps the space that holds number and unit together."""
    return re.sub(r"[ \t\r\n\v\f\u2028\u2029\x85]+", " ", text).strip(" ")


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def lower_first(text: str) -> str:
    """For the middle of a sentence: `Payment provider down` → `payment provider down`; `KeyError` stays."""
    return (
        text[:1].lower() + text[1:]
        if text[1:2].islower() and not any(c.isupper() for c in text[1:].split(" ", maxsplit=1)[0])
        else text
    )


def upper_first(text: str) -> str:
    """For the start of a sentence."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text, closed by a full stop unless it closes itself."""
    text = text.rstrip()
    return text if not text or text[-1] in ".!?…:”" else f"{text}."


# The verbs that titles of actions begin with: `roll back checkout` was done, or is being done.
_VERBS = {
    "roll back": ("rolled back", "rolling back"),
    "roll out": ("rolled out", "rolling out"),
    "fail over": ("failed over", "failing over"),
    "turn off": ("turned off", "turning off"),
    "turn on": ("turned on", "turning on"),
    "cancel": ("cancelled", "cancelling"),
    "deploy": ("deployed", "deploying"),
    "disable": ("disabled", "disabling"),
    "drain": ("drained", "draining"),
    "enable": ("enabled", "enabling"),
    "kill": ("killed", "killing"),
    "pause": ("paused", "pausing"),
    "purge": ("purged", "purging"),
    "restart": ("restarted", "restarting"),
    "scale": ("scaled", "scaling"),
    "start": ("started", "starting"),
    "stop": ("stopped", "stopping"),
}


def _inflected(title: str, form: int) -> str:
    for verb, forms in _VERBS.items():
        if title.lower().startswith(f"{verb} "):
            return forms[form] + title[len(verb) :]
    return title


def past(title: str) -> str:
    """`roll back checkout` → `rolled back checkout`; a title with an unknown verb stays as it is."""
    return _inflected(title, 0)


def progressive(title: str) -> str:
    """`roll back checkout` → `rolling back checkout`; a title with an unknown verb stays as it is."""
    return _inflected(title, 1)
