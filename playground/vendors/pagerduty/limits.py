"""PagerDuty's rate limit: 960 requests a minute for each key, told in the headers of every answer.

https://developer.pagerduty.com/docs/rest-api-rate-limits: `ratelimit-reset` is in seconds from now.
"""

import math
import time

from playground.vendors.pagerduty.errors import too_fast
from playground.vendors.pagerduty.people import Key

MINUTE = 60.0


class Limits:
    """What is left of the minute, for every key."""

    def __init__(self, per_minute: int = 960) -> None:
        self.per_minute = per_minute
        self._spent: dict[str, tuple[float, int]] = {}

    def spend(self, key: Key) -> dict[str, str]:
        """Take one request; the headers that tell what is left. Refusal 429 when nothing is."""
        began, used = self._minute(key)
        left = math.ceil(began + MINUTE - time.monotonic())
        if used >= self.per_minute:
            raise too_fast(self.per_minute, left)
        self._spent[key.value] = (began, used + 1)
        return {
            "ratelimit-limit": str(self.per_minute),
            "ratelimit-remaining": str(self.per_minute - used - 1),
            "ratelimit-reset": str(left),
        }

    def _minute(self, key: Key) -> tuple[float, int]:
        began, used = self._spent.get(key.value, (time.monotonic(), 0))
        return (began, used) if time.monotonic() - began < MINUTE else (time.monotonic(), 0)
