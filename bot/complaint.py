"""Whether a fault that lasts is worth another line in the log: when its words change, and then ever more rarely."""

import time
from collections.abc import Callable

FIRST, LONGEST = 60.0, 3600.0  # seconds between two equal lines


class Complaint:
    """What was said last, and when it may be said again: after 1, 2, 4 … min, at most an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = ""
        self._pause = FIRST
        self._again = 0.0

    def is_news(self, says: str) -> bool:
        """Whether to say it now; True counts as said."""
        now = self._clock()
        if says == self._last and now < self._again:
            return False
        self._pause = min(self._pause * 2, LONGEST) if says == self._last else FIRST
        self._last, self._again = says, now + self._pause
        return True
