"""The shape in which both specialists answer; it knows neither of them."""

from datetime import UTC, datetime
from typing import Self

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

NBSP = "\u00a0"
Fact = str | int | float | bool | None


class Window(BaseModel):
    """The time the answer speaks of, ISO 8601 in UTC."""

    from_: str = Field(alias="from")
    to: str

    @classmethod
    def between(cls, since: datetime, until: datetime) -> Self:
        """Make a window of two times."""
        return cls.model_validate({"from": stamped(since), "to": stamped(until)})


class Link(BaseModel):
    """Where a person can look."""

    text: str
    url: str


class Answer(BaseModel):
    """One finding: a sentence for people, facts for machines, and what it rests on."""

    says: str
    facts: dict[str, Fact]
    window: Window
    confidence: float | None = Field(default=None, ge=0, le=1)
    links: list[Link] = []
    examples: list[str] = []


def parsed(time: str) -> datetime:
    """Read an ISO 8601 time with a zone; raises ToolError, whose words the asker sees, for anything else."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        raise ToolError(f"not a time in ISO 8601: {time[:40]!r}") from None
    if moment.tzinfo is None:
        raise ToolError(f"a time needs its zone: {time[:40]!r}")
    return moment.astimezone(UTC)


def stamped(moment: datetime) -> str:
    """Write a time as the log does, `2026-11-24T02:05:12.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(moment: datetime, *, seconds: bool = True) -> str:
    """Write the time of day, as people compare it with logs: `02:05:12`, without the zone."""
    return moment.astimezone(UTC).strftime("%H:%M:%S" if seconds else "%H:%M")


def percent(share: float) -> str:
    """Write a share with U+00A0 before the sign, so that no line breaks there: `96 %`; small ones as `0.3 %`."""
    shown = f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"
    return f"{shown[:-1]}{NBSP}%"
