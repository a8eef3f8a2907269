"""Tell the other replicas that something changed, and hear them: PostgreSQL's LISTEN and NOTIFY.

A NOTIFY inside an append's transaction would serialise the commits of the whole server, so wake-ups are gathered for a
few milliseconds and sent on a connection of their own. A lost one costs a second: the sweep finds it.
"""

import asyncio
from collections.abc import Callable, Iterable

import psycopg
import structlog

log = structlog.get_logger()
CHANNEL = "watchkeeper"
GATHER = 0.005
RETRY = 1.0
MOST_IDS = 500  # a payload of 8,000 bytes would abort; an empty one means "look at everything"


class Notifier:
    """One listening and one sending connection; reconnects for ever, and says `all changed` after each gap."""

    def __init__(self, dsn: str, heard: Callable[[Iterable[int] | None], None]) -> None:
        """`heard` is called on the loop with the incidents that changed elsewhere, or None for "look at everything"."""
        self._dsn = dsn
        self._heard = heard
        self._pending: set[int] = set()
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin on the running loop."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._send())]

    async def close(self) -> None:
        """Stop both."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def tell(self, incidents: Iterable[int]) -> None:
        """Gather; sent within a few milliseconds."""
        self._pending.update(incidents)
        self._something.set()

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._heard(None)
                    async for notice in connection.notifies():
                        self._heard(_named(notice.payload))
            except (psycopg.Error, OSError) as err:
                log.warning("news from other replicas do not come through", says=type(err).__name__)
                await asyncio.sleep(RETRY)

    async def _send(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(GATHER)
            try:
                async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
                    await self._send_on(connection)
            except (psycopg.Error, OSError) as err:
                log.warning("news for other replicas do not get through", says=type(err).__name__)
                await asyncio.sleep(RETRY)

    async def _send_on(self, connection: psycopg.AsyncConnection) -> None:
        await connection.execute("SET synchronous_commit = off")
        while True:
            await self._something.wait()
            await asyncio.sleep(GATHER)
            self._something.clear()
            ids, self._pending = self._pending, set()
            payload = ",".join(map(str, sorted(ids))) if len(ids) <= MOST_IDS else ""
            try:
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
            except psycopg.Error:
                self.tell(ids)  # on the next connection
                raise


def _named(payload: str) -> list[int] | None:
    """The incidents that a notification names; None, everything, for what is none of ours."""
    parts = payload.split(",")
    return [int(part) for part in parts] if all(part.isdecimal() and len(part) < 19 for part in parts) else None
