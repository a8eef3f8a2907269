"""`ledger_append` and `ledger_append_postgresql`: an append by the ledger beside its bare SQL.

The bare transactions are not written by hand: a first ledger's statements and parameters are noted as they reach the
driver, and replayed in an equal, empty database. So the floor has the same SQL by construction, and nothing around it:
no thread, no redaction, no hashing.
"""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import psycopg

from bench.figure import Figure, Pair, figure
from bench.site import Site
from engine.ledger import Book, Draft, Ledger
from engine.model import Kind, Owner
from engine.ports import SystemClock
from engine.redact import Gate
from engine.store.database import Database, connect
from engine.store.postgresql import WRITING
from engine.store.tx import Cursor, Tx
from engine.wake import Hub
from tests.postgres import Server

OWNER = Owner("bench", 1)
WARM = 20
Statement = tuple[Any, Any]
Replay = Callable[[list[Statement]], None]
FINDING = {
    "of": "1/partner:logs",
    "source": "logs",
    "role": "log specialist",
    "question": "what do the failed requests have in common?",
    "says": "`KeyError: 'currency'` in 412 of 430 failed requests (96 %), every one on release 2026.11.24-3.",
    "facts": {"requests": 5890, "failed": 430, "error": "KeyError: 'currency'", "matching": 412, "share": 0.958},
    "window": {"since": "2026-11-24T17:29:00Z", "until": "2026-11-24T17:59:00Z"},
    "confidence": 0.95,
    "seconds": 1.204,
}


class Noting:
    """A cursor that notes what passes through it."""

    def __init__(self, cursor: Cursor, noted: list[Statement]) -> None:
        self._cursor = cursor
        self._noted = noted

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, statement: Any, parameters: Any, /) -> Any:
        self._noted.append((statement, dict(parameters)))
        return self._cursor.execute(statement, parameters)

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> Any:
        return self._cursor.fetchall()


async def ledger_append(site: Site, pairs: int = 400) -> Figure:
    """One append at a time, SQLite; milliseconds."""

    def url(name: str) -> str:
        return f"sqlite:///{site.folder / name}.db"

    statements = await noted(url("noted"), pairs)
    await _prepared(url("bare"))
    bare = sqlite3.connect(site.folder / "bare.db", isolation_level=None, cached_statements=256)
    bare.create_function("watch_now", 0, lambda: time.time_ns() // 1000)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "recursive_triggers=ON", "foreign_keys=ON"):
        bare.execute(f"PRAGMA {pragma}")
    cursor = bare.cursor()

    def replay(statements: list[Statement]) -> None:
        cursor.execute("BEGIN IMMEDIATE")
        for statement, parameters in statements:
            if cursor.execute(statement, parameters).description:
                cursor.fetchone()
        cursor.execute("COMMIT")

    try:
        taken = await _taken(url("ledger"), statements, replay)
    finally:
        bare.close()
    return figure(
        "ledger_append",
        "ms",
        taken,
        "One entry appended to an SQLite ledger with `synchronous=FULL` and awaited, redaction and hash chain "
        "included. Floor: the same statements in a bare `sqlite3` transaction in the calling thread.",
        tail=True,
    )


async def ledger_append_postgresql(site: Site, pairs: int = 200) -> Figure:
    """One append at a time, PostgreSQL; milliseconds. Raises `tests.postgres.Unavailable`."""
    server = await asyncio.to_thread(Server)
    try:
        names = [await asyncio.to_thread(server.create_database) for _ in range(3)]
        statements = await noted(server.url(names[0]), pairs)
        await _prepared(server.url(names[1]))
        with psycopg.connect(server.url(names[1]), options=WRITING) as bare, bare.cursor() as cursor:

            def replay(statements: list[Statement]) -> None:
                for statement, parameters in statements:
                    cursor.execute(statement, parameters)
                    if cursor.description:
                        cursor.fetchone()
                bare.commit()

            taken = await _taken(server.url(names[2]), statements, replay)
    finally:
        await asyncio.to_thread(server.stop)
    return figure(
        "ledger_append_postgresql",
        "ms",
        taken,
        "The same on a PostgreSQL server with `fsync=on`. Floor: the same statements in a bare `psycopg` transaction.",
        tail=True,
    )


async def noted(url: str, count: int) -> list[list[Statement]]:
    """The statements of each append, as the driver got them."""
    database, ledger, incident = await _opened(url)
    appends: list[list[Statement]] = [[] for _ in range(count + WARM)]
    for turn, statements in enumerate(appends):
        await database.write(_noting(ledger, incident, turn, statements))
    await database.close()
    return appends


def _noting(ledger: Ledger, incident: int, turn: int, statements: list[Statement]) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        noting = Tx(Noting(tx._cursor, statements), tx.dialect)
        Book(noting, ledger.gate, ledger.generation).append(incident, _draft(turn), secrets.token_hex(8))

    return work


async def _prepared(url: str) -> None:
    """An equal database: the tables, and the incident without entries."""
    database, _, _ = await _opened(url)
    await database.close()


async def _opened(url: str) -> tuple[Database, Ledger, int]:
    database = await asyncio.to_thread(connect, url, SystemClock())
    ledger = Ledger(database, Gate(), Hub())
    await ledger.start()
    return database, ledger, await ledger.transact(lambda book: book.open_incident(2041, OWNER))


async def _taken(url: str, appends: list[list[Statement]], replay: Replay) -> list[Pair]:
    database, ledger, incident = await _opened(url)
    taken = []
    for turn, statements in enumerate(appends):
        if turn % 2:
            value, floor = await _appended(ledger, incident, turn), _replayed(replay, statements)
        else:
            floor, value = _replayed(replay, statements), await _appended(ledger, incident, turn)
        taken.append(Pair(value, floor))
    await database.close()
    return taken[WARM:]


async def _appended(ledger: Ledger, incident: int, turn: int) -> float:
    began = time.perf_counter()
    await ledger.append(incident, _draft(turn))
    return (time.perf_counter() - began) * 1000


def _replayed(replay: Replay, statements: list[Statement]) -> float:
    began = time.perf_counter()
    replay(statements)
    return (time.perf_counter() - began) * 1000


def _draft(turn: int) -> Draft:
    return Draft(f"answer/{turn}", Kind.FINDING, {**FINDING, "turn": turn}, "partner:logs", owner=OWNER)
