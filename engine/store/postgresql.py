"""PostgreSQL as the ledger's database: any number of replicas, a few worker threads with a connection each.

Every connection limits how long a lock, a statement or an idle transaction may last, because a process that is frozen
inside a transaction would otherwise keep everybody from vetoing.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

from engine.errors import Unavailable
from engine.store.migrate import migrate
from engine.store.tx import Tx

T = TypeVar("T")
WORKERS = 3
URGENT_WORKERS = 2  # their own, so that a decision never queues behind anything else
TRIES = 5
PAUSE = 0.05  # seconds, times the tries before; on a worker thread
LIMITS = "-c lock_timeout=4s -c statement_timeout=8s -c idle_in_transaction_session_timeout=2s "
WRITING = LIMITS + "-c default_transaction_isolation=read\\ committed"
READING = LIMITS + "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"


class PostgresDatabase:
    """See `Database`."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self.dsn = url.replace("postgresql+psycopg://", "postgresql://")
        migrate(self.dsn.replace("postgresql://", "postgresql+psycopg://"))
        self._writers = ThreadPoolExecutor(WORKERS, "ledger-writer")
        self._urgent = ThreadPoolExecutor(URGENT_WORKERS, "ledger-urgent")
        self._readers = ThreadPoolExecutor(1, "ledger-reader")
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []

    async def write(self, work: Callable[[Tx], T], *, urgent: bool = False) -> T:
        """See `Database`."""
        workers = self._urgent if urgent else self._writers
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(workers, self._run, work, WRITING))

    async def read(self, work: Callable[[Tx], T]) -> T:
        """See `Database`."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, work, READING)

    async def close(self) -> None:
        """See `Database`."""
        for workers in (self._writers, self._urgent, self._readers):
            await asyncio.to_thread(workers.shutdown)
        for connection in self._connections:
            connection.close()

    def _run(self, work: Callable[[Tx], T], options: str) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(work, options)
            except (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout) as err:
                # A deadlock, a lost connection, a wake-up after having been frozen; also a COMMIT whose answer was
                # lost: the keyed append is repeated with the same nonce.
                if attempt == TRIES:
                    raise Unavailable(f"PostgreSQL does not answer ({type(err).__name__})") from err
                time.sleep(PAUSE * attempt)
        raise AssertionError("unreachable")

    def _once(self, work: Callable[[Tx], T], options: str) -> T:
        connection = self._connection(options)
        try:
            with connection.cursor() as cursor:
                result = work(Tx(cursor, self.dialect))
            connection.commit()
        except BaseException:
            with suppress(psycopg.Error):  # a dead connection has nothing to roll back
                connection.rollback()
            raise
        return result

    def _connection(self, options: str) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed or connection.broken:
            if connection is not None:
                connection.close()
                self._connections.remove(connection)
                self._local.connection = None
            connection = psycopg.connect(self.dsn, connect_timeout=5, options=options)
            self._local.connection = connection
            self._connections.append(connection)
        return connection
