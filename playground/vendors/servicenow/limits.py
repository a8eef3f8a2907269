"""ServiceNow's rate limit rule: requests an hour, per user; every answer says what the rule is.

https://www.servicenow.com/docs, Inbound REST API rate limiting
"""

import time

from playground.vendors.servicenow.accounts import User, sys_id
from playground.vendors.servicenow.errors import Refusal, rate_limit

RULE = sys_id("sys_rate_limit_rules watchkeeper")
HOUR = 3_600


class Limits:
    """One rule for every user; the hour begins anew at the full hour, by the true clock."""

    def __init__(self, per_hour: int) -> None:
        self.per_hour = per_hour
        self._used: dict[tuple[str, int], int] = {}

    def spend(self, user: User) -> None:
        """Take one request; Refusal 429 when none is left."""
        key = (user.user_name, int(time.time()) // HOUR)
        if self._used.get(key, 0) >= self.per_hour:
            raise self.used_up(int((key[1] + 1) * HOUR - time.time()) + 1)
        self._used[key] = self._used.get(key, 0) + 1

    def used_up(self, retry_after: int) -> Refusal:
        """The refusal, for `retry_after` seconds."""
        return rate_limit(self.per_hour, retry_after, self.headers())

    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        reset = (int(time.time()) // HOUR + 1) * HOUR
        return {
            "X-RateLimit-Limit": str(self.per_hour),
            "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Rule": RULE,
        }
