"""The shop's customers: real orders at a steady rate, whatever the answers; it judges nothing."""

import argparse
import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

import aiohttp

from playground.serving import serve
from playground.shop.carts import Customers

# Above this many unanswered orders new ones are left out: a hanging shop must not eat the machine.
MOST_AT_ONCE = 200


class Traffic:
    """Orders against `url` at `rate` a second, one after the other in time and many at once in flight."""

    def __init__(self, url: str, rate: float = 45.0, seed: int | None = None) -> None:
        self.url = url
        self.answers: Counter[int | str] = Counter()
        self._rate = rate
        self._customers = Customers(seed)
        self._in_flight: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=10)
        )
        self._sending = asyncio.create_task(self._send_steadily())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [self._sending, *self._in_flight]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def _send_steadily(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1 / self._rate
            # After a pause of the machine the missed orders are dropped, not sent in one burst.
            due = max(due, loop.time() - 1.0)
            await asyncio.sleep(max(0.0, due - loop.time()))
            if len(self._in_flight) < MOST_AT_ONCE:
                order = asyncio.create_task(self._order())
                self._in_flight.add(order)
                order.add_done_callback(self._in_flight.discard)
            else:
                self.answers["left out"] += 1

    async def _order(self) -> None:
        try:
            async with self._session.post(f"{self.url}/orders", json=self._customers.next_cart()) as response:
                await response.read()
                self.answers[response.status] += 1
        except (aiohttp.ClientError, TimeoutError) as failed:
            # A customer who finds the shop closed goes away; the next one comes all the same.
            self.answers[type(failed).__name__] += 1


def main() -> None:
    """Run the customers as a process; its ready line repeats the shop's URL."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True, help="the shop's URL")
    arguments.add_argument("--rate", type=float, default=45.0, help="orders a second")
    arguments.add_argument("--seed", type=int, default=None, help="makes the row of carts repeatable")
    asked = arguments.parse_args()
    serve(Traffic(asked.url, asked.rate, asked.seed))


if __name__ == "__main__":
    main()
