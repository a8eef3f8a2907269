"""The stand-in's two times: the real one that stamps messages, and Slack's waits, which a test may shorten.

Scaling never changes a timestamp: a bot compares those with its own clock and its database's.
"""

import asyncio
import time
from collections.abc import Callable


class Clock:
    """`now()` is Unix time in seconds; `wait(60)` is how long a wait of 60 s on Slack's side really lasts here."""

    def __init__(self, now: Callable[[], float] = time.time, scale: float = 1.0) -> None:
        self.now = now
        self.scale = scale

    def wait(self, seconds: float) -> float:
        """Shorten one of Slack's waits; at scale 60 the retry due after one minute comes after one second."""
        return seconds / self.scale

    def later(self, seconds: float, call: Callable[[], object]) -> asyncio.TimerHandle:
        """Call once after a scaled wait, on the running loop."""
        return asyncio.get_running_loop().call_later(self.wait(seconds), call)
