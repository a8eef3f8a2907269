"""The clock of a stand-in, which may go wrong as a vendor's does: ahead of the true time, or behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def _true_time() -> datetime:
    return datetime.now(UTC)


@dataclass
class Clock:
    """`ahead` in seconds, below zero when it is late."""

    true_time: Callable[[], datetime] = _true_time
    ahead: float = 0.0

    def __call__(self) -> datetime:
        """The time by this clock, UTC."""
        return self.true_time() + timedelta(seconds=self.ahead)
