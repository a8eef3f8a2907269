"""SQLite as the ledger's database: one process, one writer thread, one reader thread.

The writer takes what waits (at most fifty, decisions first) into one BEGIN IMMEDIATE with a savepoint each, so that one
fsync carries all of them. It does not share the file: a side file is locked for as long as the process lives. Only a
command that writes a row or two beside the owner goes without that lock: SQLite's own keeps their writes apart.
"""

import asyncio
import fcntl
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import ConfigError, Unavailable
from engine.ports import Clock
from engine.store.migrate import migrate
from engine.store.tx import Tx

T = TypeVar("T")
BATCH = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_NOW = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
}


class _Job:
    """One piece of work with the future that waits for it."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Callable[[Tx], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():  # the waiter was cancelled; what it wrote is written
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def _told(err: BaseException) -> BaseException:
    """A fault of the disk as what it is for the callers; any other as it came."""
    if isinstance(err, sqlite3.OperationalError) and err.sqlite_errorcode & 0xFF in _NOT_NOW:
        failure = Unavailable(f"SQLite: {err}")
        failure.__cause__ = err
        return failure
    return err


class SqliteDatabase:
    """See `Database`."""

    dialect = "sqlite"

    def __init__(self, url: str, clock: Clock, *, beside: bool = False) -> None:
        """Raises `ConfigError` when another process holds the file, unless it works `beside` that one."""
        self.url = url
        self._path = Path(url.removeprefix("sqlite:///"))
        if beside and not self._path.exists():
            raise ConfigError(
                f"there is no ledger at {self._path}", field="ledger.url", mend="`watchkeeper run` makes it"
            )
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)  # names and raw alerts stand in it; SQLite gives its side files the same mode
        self._clock = clock
        self._began = ((clock.now() - EPOCH) // timedelta(microseconds=1), clock.monotonic())
        self._lock = None if beside else self._take_lock()
        try:
            if not beside:
                migrate(url)
        except BaseException:
            self._unlock()
            raise
        self._waiting: deque[_Job] = deque()
        self._urgent: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._writer = threading.Thread(target=self._write_forever, name="ledger-writer", daemon=True)
        self._reader = ThreadPoolExecutor(1, "ledger-reader")
        self._read_connection: sqlite3.Connection | None = None
        self._writer.start()

    async def write(self, work: Callable[[Tx], T], *, urgent: bool = False) -> T:
        """See `Database`."""
        job = _Job(work, asyncio.get_running_loop())
        with self._wake:
            if self._closing:
                raise RuntimeError("the ledger is closed")
            (self._urgent if urgent else self._waiting).append(job)
            self._wake.notify()
        result: T = await asyncio.shield(job.future)
        return result

    async def read(self, work: Callable[[Tx], T]) -> T:
        """See `Database`."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._read, work)

    async def close(self) -> None:
        """See `Database`; waits for what was begun. A second call does nothing."""
        with self._wake:
            if self._closing:
                return
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._writer.join)
        await asyncio.get_running_loop().run_in_executor(self._reader, self._close_reader)
        await asyncio.to_thread(self._reader.shutdown)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _take_lock(self) -> Any:
        side = self._path.with_name(self._path.name + ".lock").open("a")
        try:
            fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            side.close()
            raise ConfigError(
                f"another process holds {self._path.name}",
                field="ledger.url",
                mend="stop the other one, or use PostgreSQL for several replicas",
            ) from err
        return side

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        connection.create_function("watch_now", 0, self._micros)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "recursive_triggers=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _micros(self) -> int:
        """The wall clock, but never behind the monotonic one: a clock that is set back prolongs no deadline."""
        wall = (self._clock.now() - EPOCH) // timedelta(microseconds=1)
        return max(wall, self._began[0] + round((self._clock.monotonic() - self._began[1]) * 1_000_000))

    def _read(self, work: Callable[[Tx], T]) -> T:
        if self._read_connection is None:
            self._read_connection = self._open()
            self._read_connection.execute("PRAGMA query_only=ON")
        cursor = self._read_connection.cursor()
        try:
            cursor.execute("BEGIN")
            try:
                return work(Tx(cursor, self.dialect))
            finally:
                cursor.execute("COMMIT")
        except sqlite3.OperationalError as err:
            raise _told(err) from err.__cause__
        finally:
            cursor.close()

    def _close_reader(self) -> None:
        if self._read_connection is not None:
            self._read_connection.close()

    def _take(self) -> list[_Job]:
        with self._wake:
            while not (self._urgent or self._waiting or self._closing):
                self._wake.wait()
            jobs: list[_Job] = []
            while len(jobs) < BATCH and (self._urgent or self._waiting):
                jobs.append((self._urgent or self._waiting).popleft())
            return jobs

    def _write_forever(self) -> None:
        connection = self._open()
        cursor = connection.cursor()
        while jobs := self._take():
            self._write_batch(cursor, jobs)
            loops = {job.loop for job in jobs}
            for loop in loops:
                with suppress(RuntimeError):  # a closed loop: nobody waits any more, what is written is written
                    loop.call_soon_threadsafe(_settle, [job for job in jobs if job.loop is loop])
        cursor.close()
        connection.close()

    def _write_batch(self, cursor: sqlite3.Cursor, jobs: list[_Job]) -> None:
        try:
            cursor.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._write_one(cursor, job)
            cursor.execute("COMMIT")
        except BaseException as err:
            for job in jobs:
                job.error = job.error or _told(err)
            if cursor.connection.in_transaction:
                with suppress(sqlite3.Error):  # it is told already; the next BEGIN tells it again if it stays
                    cursor.execute("ROLLBACK")

    def _write_one(self, cursor: sqlite3.Cursor, job: _Job) -> None:
        cursor.execute("SAVEPOINT one")
        try:
            job.result = job.work(Tx(cursor, self.dialect))
        except BaseException as err:
            job.error = _told(err)
            cursor.execute("ROLLBACK TO one")
        cursor.execute("RELEASE one")
