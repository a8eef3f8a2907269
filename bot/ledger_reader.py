"""Read the ledger without owning it, also while the bot runs: one consistent view, no lock that anybody waits for.

It opens the database read-only and never creates, migrates or writes one; `engine.store` does that, with its locks.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import psycopg

from bot.rows import plain
from bot.settings_groups import Ledger
from engine.errors import WatchkeeperError
from engine.evidence import answer_text
from engine.model import Entry, Kind
from engine.published import SYSTEM, Stored, entry_of, label, moment, tampered
from engine.store import archive
from engine.store.archive import Kept
from engine.store.tx import Row, Tx

READ_ONLY = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read -c statement_timeout=60s"
)


class LedgerUnreadable(WatchkeeperError):
    """The ledger cannot be opened, or is not one."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One incident as the database holds it; `fault` says what is wrong with it, or is empty.

    `entries` are the readable ones; `count` is how many rows there are.
    """

    incident: int
    opened_at: datetime
    closed_at: datetime | None
    head: str
    count: int
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


def chains(tx: Tx, only: int | None = None) -> Iterator[Chain]:
    """Every incident, or one, oldest first, each checked whole; the system's only when something was halted."""
    for row in tx.all("SELECT id, n, head, opened_at, closed_at FROM incident ORDER BY id"):
        if only is None or row[0] == only:
            chain = _chain(tx, row)
            if chain.incident != SYSTEM or chain.count or chain.fault:
                yield chain


def missing(tx: Tx) -> list[int]:
    """Numbers that were given out and have no incident; none, unless somebody removed it.

    What a rebuild said of such a number is known, and not told again.
    """
    counted = tx.one("SELECT value FROM counter WHERE name = 'incident'")
    known = {int(row[0]) for row in tx.all("SELECT id FROM incident WHERE id <> :system", system=SYSTEM)}
    if counted is None or not known:
        return []
    told = _told_by_a_rebuild(tx)
    return [n for n in range(min(known), int(counted[0]) + 1) if n not in known and n not in told]


def archived(tx: Tx, incident: int) -> list[Kept]:
    """What a rebuild found of it in tickets and could not prove."""
    return archive.of(tx, incident) if _has_archive(tx) else []


def archived_incidents(tx: Tx) -> list[tuple[int, int, datetime, str]]:
    """Number, notes, first time and backend of each incident of which there is such text."""
    return archive.incidents(tx) if _has_archive(tx) else []


def _has_archive(tx: Tx) -> bool:
    """Whether the ledger has that table yet: it may wait for its next start to get it."""
    if tx.dialect == "sqlite":
        return tx.one("SELECT 1 FROM sqlite_master WHERE name = 'archive'") is not None
    return tx.one("SELECT 1 WHERE to_regclass('archive') IS NOT NULL") is not None


def names(tx: Tx) -> dict[str, str]:
    """The people whose names are still kept, by pseudonym."""
    return {str(row[0]): str(row[1]) for row in tx.all("SELECT pseudonym, name FROM personal")}


def whole_answer(tx: Tx, incident: int, n: int) -> str | None:
    """The answer that entry `n` enters by its digest, as text; None where it has none, or another stands there."""
    row = tx.one("SELECT published FROM entry WHERE incident = :i AND n = :n", i=incident, n=n)
    digest = entry_of(bytes(row[0]), "", "").payload.get("evidence") if row else None
    kept = tx.one("SELECT body FROM evidence WHERE digest = :d", d=digest) if digest else None
    body = bytes(kept[0]) if kept else b""
    return plain(answer_text(body)) if body and hashlib.sha256(body).hexdigest() == digest else None


def _told_by_a_rebuild(tx: Tx) -> set[int]:
    """The numbers of which a rebuild said that they are lost, or kept as text."""
    rows = tx.all(
        "SELECT hash, published FROM entry WHERE incident = :system AND kind = :halted",
        system=SYSTEM,
        halted=Kind.HALTED,
    )
    told = [entry_of(bytes(row[1]), row[0], "").payload.get("rebuilt") or {} for row in rows]
    return {int(n) for one in told for n in [*one.get("lost", ()), *one.get("texts", ())]}


def _chain(tx: Tx, row: Row) -> Chain:
    incident, n, head, opened, closed = row
    columns = "n, key, kind, at, hash, published"
    found = tx.all(f"SELECT {columns} FROM entry WHERE incident = :i ORDER BY n", i=incident)  # noqa: S608  constants
    rows = [Stored(*row) for row in found]
    fault = tampered(incident, n, head, rows)
    entries = tuple(_readable(rows))
    return Chain(incident, moment(opened), moment(closed) if closed else None, head, len(rows), entries, fault)


def _readable(rows: list[Stored]) -> Iterator[Entry]:
    for row in rows:
        if isinstance(row.published, str):
            continue
        try:
            yield entry_of(row.published, row.hash, "")
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # `tampered` names it


def _first_line(err: Exception) -> str:
    return (str(err).strip().splitlines() or [type(err).__name__])[0]
