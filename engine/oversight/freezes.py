"""Freezes: spans of time in which nothing starts, once or every week, UTC. Pure; it judges no vote.

A freeze means not now, a denial is for ever. All of it is a function of the moment, so that every replica agrees.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

WEEK = timedelta(days=7)
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  only a difference of wall times in UTC is taken from it


@dataclass(frozen=True, slots=True)
class Span:
    """From `since`, before `until`."""

    since: datetime
    until: datetime

    def at(self, now: datetime) -> datetime | None:
        """The end of it where it is on at `now`."""
        return self.until if self.since <= now < self.until else None

    def next(self, now: datetime) -> datetime | None:
        """When it begins, where that is still to come."""
        return self.since if self.since > now else None


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week: `since` and `until` count from Monday 00:00 UTC; where `until` is not later, it ends next week."""

    since: timedelta
    until: timedelta

    def _passed(self, now: datetime) -> timedelta:
        """Since it last began."""
        return (now.replace(tzinfo=None) - _MONDAY - self.since) % WEEK

    def at(self, now: datetime) -> datetime | None:
        """As `Span.at`."""
        passed, length = self._passed(now), (self.until - self.since) % WEEK or WEEK
        return now + (length - passed) if passed < length else None

    def next(self, now: datetime) -> datetime | None:
        """As `Span.next`; a weekly one always comes again."""
        return now + (WEEK - self._passed(now))


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze in force: what it is called, and when it ends."""

    name: str
    until: datetime

    @property
    def words(self) -> str:
        """For a log and for the reason of a refusal; what people read is made by the views."""
        return f"freeze “{self.name}” until {self.until:%d %b %Y %H:%M} UTC"
