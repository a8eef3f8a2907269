"""Who is on call, from a schedule and a moment. Pure; it asks nobody and knows no name.

A rotation hands the watch on at a fixed interval from a fixed beginning, so that no calendar has to be kept; shifts are
written out one by one. In a gap nobody is on call, unless a user group is named to stand in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's watch. `user` is a ref; it ends before `until`."""

    user: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """`rotation` (refs) from `starts` on, each for `every`; or `shifts`. `group` stands in where nobody is on call."""

    rotation: tuple[str, ...] = ()
    starts: datetime | None = None
    every: timedelta = timedelta(days=7)
    shifts: tuple[Shift, ...] = ()
    group: str = ""

    def at(self, now: datetime) -> Shift | None:
        """The shift that is on at `now`; of two that overlap the one that began later."""
        if self.rotation and self.starts is not None and now >= self.starts:
            nth = (now - self.starts) // self.every
            since = self.starts + nth * self.every
            return Shift(self.rotation[nth % len(self.rotation)], since, since + self.every)
        return max((s for s in self.shifts if s.since <= now < s.until), key=lambda s: s.since, default=None)

    def changes(self, now: datetime) -> datetime | None:
        """When somebody else is on call than at `now`, at the earliest; None where nothing is known to come."""
        on = self.at(now)
        begins = [s.since for s in self.shifts if s.since > now]
        begins += [self.starts] if self.rotation and self.starts is not None and self.starts > now else []
        return min([*begins, *([on.until] if on else [])], default=None)
