"""How a number, a share, a time and a span of time read in a sentence; the same words in every finding.

It knows no template and no vendor: values in, text out.
"""

import math
import re
from datetime import UTC, datetime

NBSP = "\u00a0"  # between number and unit, so that no line breaks there
MISSING = "…"


def one_line(text: str) -> str:
    """The text on one line; unlike `str.split` it keeps the space that holds number and unit together."""
    return re.sub(r"[ \t\r\n\v\f\u2028\u2029\x85]+", " ", text).strip(" ")


def number(value: float) -> str:
    """Three significant figures, thousands with a comma: `412`, `0.31`, `1,765`."""
    if not math.isfinite(value):
        return MISSING
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}"


def percent(share: float) -> str:
    """A share of 0 to 1 as `7.3 %` or `96 %`; one decimal below ten."""
    hundredfold = share * 100
    text = f"{hundredfold:.0f}" if abs(hundredfold) >= 10 else f"{hundredfold:.1f}".removesuffix(".0")
    return f"{text}{NBSP}%"


def quantity(value: float, unit: str) -> str:
    """The value with its unit; the unit `%` says that the value is a share of 0 to 1."""
    if unit == "%":
        return percent(value)
    return f"{number(value)}{NBSP}{unit}" if unit else number(value)


def span(seconds: float) -> str:
    """A length of time: `54 s`, `3 min 17 s`, `2 h 5 min`."""
    whole = round(abs(seconds))
    if whole < 60:
        return f"{whole}{NBSP}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min" + (f" {rest}{NBSP}s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{NBSP}h" + (f" {minutes}{NBSP}min" if minutes else "")


def moment(text: object) -> datetime | None:
    """The time that an ISO 8601 text with a zone names, in UTC; None for anything else."""
    if isinstance(text, datetime):
        return text.astimezone(UTC) if text.tzinfo else None
    if not isinstance(text, str) or len(text) < 16 or text[4:5] != "-":
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else None
