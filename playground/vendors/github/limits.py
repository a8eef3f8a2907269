"""GitHub's primary rate limits, per account and resource; the secondary ones are faults, since GitHub publishes none.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import time
from dataclasses import dataclass

from playground.vendors.github.errors import Refusal, primary_limit
from playground.vendors.github.tracker import Account


@dataclass
class Budget:
    """What is left of one resource; `reset` in seconds since 1970."""

    limit: int
    seconds: int
    reset: float = 0.0
    used: int = 0

    def renewed(self) -> "Budget":
        """Begin a new period if the last one is over."""
        if time.time() >= self.reset:
            self.reset, self.used = time.time() + self.seconds, 0
        return self

    def as_json(self) -> dict[str, int]:
        """A `rate-limit`."""
        remaining = max(self.limit - self.used, 0)
        return {"limit": self.limit, "used": self.used, "remaining": remaining, "reset": int(self.reset)}


class Limits:
    """Requests an hour, and searches a minute, for every account."""

    def __init__(self, per_hour: int = 5000, searches_per_minute: int = 30) -> None:
        self._per_hour = per_hour
        self._searches = searches_per_minute
        self._budgets: dict[tuple[int, str], Budget] = {}

    def budget(self, account: Account, resource: str) -> Budget:
        """Look at a budget: `core` or `search`."""
        fresh = Budget(self._searches, 60) if resource == "search" else Budget(self._per_hour, 3600)
        return self._budgets.setdefault((account.id, resource), fresh).renewed()

    def spend(self, account: Account, resource: str) -> None:
        """Take one request; Refusal 403 when none is left."""
        budget = self.budget(account, resource)
        if budget.used >= budget.limit:
            raise primary_limit(account.id)
        budget.used += 1

    def headers(self, account: Account, resource: str) -> dict[str, str]:
        """The headers of every answer."""
        return _as_headers(self.budget(account, resource)) | {"X-RateLimit-Resource": resource}

    def overview(self, account: Account) -> dict[str, object]:
        """A `rate-limit-overview`, the answer to GET /rate_limit, which costs nothing."""
        resources = {name: self.budget(account, name).as_json() for name in ("core", "search")}
        return {"resources": resources, "rate": resources["core"]}


def used_up(account_id: int, seconds: int) -> Refusal:
    """Refuse as if the hour's requests were used up for `seconds` more."""
    refusal = primary_limit(account_id)
    refusal.headers |= _as_headers(Budget(5000, 3600, time.time() + seconds, used=5000))
    return refusal


def _as_headers(budget: Budget) -> dict[str, str]:
    return {f"X-RateLimit-{name.title()}": str(value) for name, value in budget.as_json().items()}
