"""Jira's limit on bursts, per account, as its answers tell it; how much it grants is nowhere promised.

https://developer.atlassian.com/cloud/jira/platform/rate-limiting
"""

import time
from dataclasses import dataclass
from math import ceil

from playground.vendors.jira.errors import too_fast
from playground.vendors.jira.model import Account


@dataclass
class Window:
    """What one account has used since `began`, in seconds of the monotonic clock."""

    began: float
    used: int = 0


class Limits:
    """So many requests in so many seconds, for every account."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._windows: dict[str, Window] = {}

    def spend(self, account: Account) -> None:
        """Take one request; Refusal 429 when none is left."""
        now = time.monotonic()
        window = self._windows.get(account.id)
        if window is None or now - window.began >= self.seconds:
            window = self._windows[account.id] = Window(now)
        if window.used >= self.most:
            raise too_fast(max(ceil(window.began + self.seconds - now), 1))
        window.used += 1

    def headers(self, account: Account) -> dict[str, str]:
        """The headers of every answer; near the end Jira says so."""
        left = self.most - self._windows[account.id].used if account.id in self._windows else self.most
        near = {"X-RateLimit-NearLimit": "true"} if left < self.most / 5 else {}
        return {"X-RateLimit-Limit": str(self.most), "X-RateLimit-Remaining": str(max(left, 0)), **near}
