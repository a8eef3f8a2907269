"""Two databases behind one small interface: `write(work)` runs `work(tx)` in one short transaction on a worker thread.

The event loop never blocks. A transaction that the caller stopped waiting for still ends: what was begun is written.
`work` may run more than once (a deadlock, a lost connection), so it must be keyed or idempotent, and touch nothing but
the transaction.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from engine.ports import Clock
from engine.store.tx import Tx

T = TypeVar("T")


class Database(Protocol):
    """A database that the ledger can stand on."""

    dialect: str
    url: str

    async def write(self, work: Callable[[Tx], T], *, urgent: bool = False) -> T:
        """Run in one transaction; an exception from `work` rolls it back and is raised here. `urgent` goes first.

        Raises `Unavailable` when the database does not answer.
        """
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run against a consistent view; `work` must not write."""
        ...

    async def close(self) -> None:
        """End the workers and the connections."""
        ...


def connect(url: str, clock: Clock, *, beside: bool = False) -> Database:
    """Open `sqlite:///path` or `postgresql://…`, tables brought up to date. Blocking: before the loop or in a thread.

    `beside`: as a second process that writes little, also while the owner of an SQLite file runs.

    Raises `ConfigError` for a URL of another kind, and when a second process holds the same SQLite file.
    """
    from engine.errors import ConfigError  # noqa: PLC0415  the two drivers load only when they are asked for

    if url.startswith("sqlite:///"):
        from engine.store.sqlite import SqliteDatabase  # noqa: PLC0415

        return SqliteDatabase(url, clock, beside=beside)
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        from engine.store.postgresql import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(url)
    raise ConfigError("ledger.url is neither sqlite:///… nor postgresql://…", field="ledger.url")
