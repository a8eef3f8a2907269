"""A clock that stands still until a test moves it; it never waits for real time."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TURNS = 20  # of the event loop after each waking, so that the woken one can go on and sleep again


class MovableClock:
    """Implements `engine.ports.Clock`: wall, monotonic and boot time move together, by `advance` only.

    Other threads may read it. It is told in whole microseconds, so that sums stay exact.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0
        self._order = count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(microseconds=self._passed)

    def monotonic(self) -> float:
        return 1_000 + self._passed / 1_000_000

    def boottime(self) -> float:
        return 5_000 + self._passed / 1_000_000

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + round(seconds * 1_000_000), next(self._order), future))
        await future

    @property
    def sleeping(self) -> int:
        """How many wait for this clock: a test may wait for a sleeper before it moves the clock."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass. Each sleeper wakes at its own moment, in order, also one that falls asleep meanwhile.

        A woken task runs until it waits for something else; what it does in threads is not waited for.
        """
        target = self._passed + round(seconds * 1_000_000)
        await _let_others_run()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            self._passed = max(self._passed, due)
            if not future.done():  # a cancelled sleeper needs no waking
                future.set_result(None)
                await _let_others_run()
        self._passed = target


async def _let_others_run() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)
