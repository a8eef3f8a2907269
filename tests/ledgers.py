"""Short words for tests that write into a ledger, and a way behind its back."""

import sqlite3
from typing import Any

import psycopg

from engine.ledger import Draft, Ledger
from engine.model import Kind, Owner
from engine.published import Stored, tampered
from engine.store.tx import Row, Tx

OWNER = Owner("p1", 1)


def draft(key: str, kind: Kind = Kind.NOTE, payload: dict[str, Any] | None = None, **more: Any) -> Draft:
    """A draft by the responder; `more` are an actor, a cause or guards."""
    return Draft(key, kind, {"text": key} if payload is None else payload, more.pop("actor", "responder"), **more)


async def opened(ledger: Ledger, owner: Owner | None = OWNER) -> int:
    """A new incident's number; the first is 2041."""
    return await ledger.transact(lambda book: book.open_incident(2041, owner))


async def change(ledger: Ledger, statement: str, **parameters: Any) -> None:
    """One statement in a transaction of its own, past the ledger."""

    def work(tx: Tx) -> None:
        tx.run(statement, **parameters)

    await ledger.db.write(work, urgent=True)


async def verify(ledger: Ledger, incident: int) -> str:
    """What is wrong with the incident as it is stored, or an empty string."""

    def work(tx: Tx) -> tuple[Row | None, list[Row]]:
        columns = "n, key, kind, at, hash, published"
        return (
            tx.one("SELECT n, head FROM incident WHERE id = :i", i=incident),
            tx.all(f"SELECT {columns} FROM entry WHERE incident = :i ORDER BY n", i=incident),
        )

    row, rows = await ledger.db.read(work)
    assert row is not None
    return tampered(incident, row[0], row[1], [Stored(*stored) for stored in rows])


def behind_its_back(url: str, *statements: str, parameters: tuple[Any, ...] = ()) -> None:
    """Somebody with the file or the superuser's password: no triggers, then these statements (`?` as placeholder)."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as file:
            for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                file.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                file.execute(statement.replace("bytea", "blob"), parameters)
        file.close()
        return
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE entry DISABLE TRIGGER USER")
        for statement in statements:
            connection.execute(statement.replace("?", "%s").encode(), parameters)
        connection.execute("ALTER TABLE entry ENABLE TRIGGER USER")
    connection.close()
