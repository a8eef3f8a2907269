"""What the shop calls while it serves an order: database, stock, payment provider; all three are simulated time.

Their failures are spread evenly instead of drawn: one in a thousand, every thousandth call, so that the share that
always fails is as flat in a window of four seconds as in one of an hour.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playground.shop.measures import Measures

FAILS_EVERY = 1000
MOST_CONNECTIONS = 100
POOL_PER_POD = 5


class DependencyFailed(Exception):
    """Something the shop needs did not do its part; the words name it."""


class Database:
    """A database behind a pool: every pod keeps five connections open, a running query takes one more."""

    def __init__(self, measures: Measures, slowness: float) -> None:
        self._measures = measures
        self._slowness = slowness
        measures.connections_max.set(MOST_CONNECTIONS)

    def pods_up(self, count: int) -> None:
        """Take note of how many pods hold their pool."""
        self._measures.pods_up.set(count)
        self._measures.connections.set(count * POOL_PER_POD)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        """Hold one connection for the time of a query, 2 to 4 ms."""
        self._measures.connections.inc()
        began = time.perf_counter()
        try:
            await asyncio.sleep(random.uniform(0.002, 0.004) * self._slowness)
            yield
        finally:
            self._measures.queries.observe(time.perf_counter() - began)
            self._measures.connections.dec()


class Payments:
    """The payment provider: 60 to 260 ms, and one call in a thousand answered 503."""

    def __init__(self, measures: Measures, slowness: float) -> None:
        self._measures = measures
        self._slowness = slowness
        self._calls = 0

    async def charge(self, amount: int) -> None:
        """Charge an amount; raises DependencyFailed when the provider answers 503."""
        if amount < 0:
            raise ValueError("an amount to charge is not negative")
        self._calls += 1
        fails = self._calls % FAILS_EVERY == 0
        await asyncio.sleep(random.uniform(0.06, 0.26) * self._slowness)
        self._measures.payments.labels("503" if fails else "200").inc()
        if fails:
            raise DependencyFailed("PaymentUnavailable: provider answered 503")


class Stock:
    """The stock service: one reservation in a thousand is not answered in time."""

    def __init__(self, slowness: float) -> None:
        self._slowness = slowness
        # Half a period away from the payment provider's, so that the two never fall into one second.
        self._calls = FAILS_EVERY // 2

    async def reserve(self) -> None:
        """Reserve the goods; raises DependencyFailed when the stock service is too slow."""
        self._calls += 1
        if self._calls % FAILS_EVERY == 0:
            await asyncio.sleep(0.4 * self._slowness)
            raise DependencyFailed("TimeoutError: stock did not answer in 0.4 s")
        await asyncio.sleep(0.005 * self._slowness)
