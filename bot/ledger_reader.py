"""Read the ledger without owning it, also while the bot runs: one consistent view, no lock that anybody waits for.

It opens the database read-only and never creates, migrates or writes one; `engine.store` does that, with its locks.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import psycopg

from bot.settings import Ledger
from engine.errors import WatchkeeperError
from engine.ledger import broken, entry_of, label, moment
from engine.model import Entry
from engine.store.tx import Row, Tx

READ_ONLY = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read -c statement_timeout=60s"
)


class LedgerUnreadable(WatchkeeperError):
    """The ledger cannot be opened, or is not one."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One incident as the database holds it; `fault` says what is wrong with its chain, or is empty."""

    incident: int
    opened_at: datetime
    closed_at: datetime | None
    head: str
    entries: tuple[Entry, ...]
    fault: str

    @property
    def label(self) -> str:
        """`INC-2041`."""
        return label(self.incident)


@contextmanager
def reading(ledger: Ledger) -> Iterator[Tx]:
    """A read-only transaction. Raises `LedgerUnreadable`, also for what the database says while it is read."""
    path = ledger.sqlite_path
    try:
        if path is None:
            dsn = ledger.url.get_secret_value().replace("postgresql+psycopg://", "postgresql://")
            with psycopg.connect(dsn, connect_timeout=5, options=READ_ONLY) as connection, connection.cursor() as rows:
                yield Tx(rows, "postgresql")
            return
        if not path.exists():
            raise LedgerUnreadable(f"there is no ledger at {path}; `watchkeeper run` makes it at the first start")
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)) as database:
            database.execute("PRAGMA query_only=ON")
            database.execute("BEGIN")
            with closing(database.cursor()) as cursor:
                yield Tx(cursor, "sqlite")
    except (sqlite3.Error, psycopg.Error) as err:
        where = str(path) if path is not None else "the PostgreSQL ledger"
        raise LedgerUnreadable(f"{where} cannot be read: {_first_line(err)}") from err


def incidents(tx: Tx, only: int | None = None) -> Iterator[Stored]:
    """Every incident, or one, oldest first, each with its whole chain checked."""
    rows = tx.all("SELECT id, n, head, opened_at, closed_at FROM incident ORDER BY id")
    for row in rows:
        if only is None or row[0] == only:
            yield _stored(tx, row)


def missing(tx: Tx) -> list[int]:
    """Numbers that were given out and have no incident; none, unless somebody removed it."""
    counted = tx.one("SELECT value FROM counter WHERE name = 'incident'")
    known = {int(row[0]) for row in tx.all("SELECT id FROM incident WHERE id > 0")}
    return [] if counted is None or not known else [n for n in range(min(known), int(counted[0]) + 1) if n not in known]


def names(tx: Tx) -> dict[str, str]:
    """The people whose names are still kept, by pseudonym."""
    return {str(row[0]): str(row[1]) for row in tx.all("SELECT pseudonym, name FROM personal")}


def _stored(tx: Tx, row: Row) -> Stored:
    incident, count, head, opened, closed = row
    entries: list[Entry] = []
    fault = ""
    for n, key, kind, hash_, nonce, published in tx.all(
        "SELECT n, key, kind, hash, nonce, published FROM entry WHERE incident = :i ORDER BY n", i=incident
    ):
        try:
            entry = entry_of(bytes(published), hash_, nonce)
        except (ValueError, KeyError, TypeError):
            fault = fault or f"entry {n} cannot be read"
            continue
        if (entry.incident, entry.n, entry.key, entry.kind) != (incident, n, key, kind):
            fault = fault or f"entry {n} was altered: its row is not what its published form says"
        entries.append(entry)
    fault = fault or broken(entries) or _end(entries, count, head)
    return Stored(incident, moment(opened), moment(closed) if closed else None, head, tuple(entries), fault)


def _end(entries: list[Entry], count: int, head: str) -> str:
    """The chain itself cannot tell that its last entries were cut off; the incident's row can."""
    if len(entries) != count:
        return f"{count} entries were written, {len(entries)} are there"
    if entries and entries[-1].hash != head:
        return f"entry {count} is not the one that was written last"
    return ""


def _first_line(err: Exception) -> str:
    return (str(err).strip().splitlines() or [type(err).__name__])[0]
