"""Rows of a ledger that is made again from tickets: only into an empty one, and all of them in one transaction.

Everything that is written day by day goes through `engine.ledger`; this is the one exception, for entries that were
published long ago and whose bytes must stay as they were.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.memory import Ticket
from engine.model import Entry
from engine.published import GENESIS, SYSTEM, micros
from engine.store import carried
from engine.store.carried import Part
from engine.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one backend is with one incident: its ticket, and what stands there in its place."""

    incident: int
    backend: str
    ticket: Ticket
    acked: int
    parts: tuple[Part, ...] = field(repr=False)


def is_empty(tx: Tx) -> bool:
    """Whether the ledger has no entry and no incident."""
    used = tx.one("SELECT 1 FROM incident WHERE id <> :system OR n > 0", system=SYSTEM)
    return used is None and tx.one("SELECT 1 FROM entry LIMIT 1") is None


def put_control(tx: Tx, installation: str, generation: int, resumed_at: datetime | None) -> None:
    """The control row of the new generation."""
    tx.run("DELETE FROM control WHERE id = 1")
    tx.run(
        "INSERT INTO control VALUES (1, :name, :generation, 1, NULL, :resumed)",
        name=installation,
        generation=generation,
        resumed=micros(resumed_at) if resumed_at else None,
    )


def put_incident(tx: Tx, number: int, entries: Sequence[Entry], closed_at: datetime | None, opened_at: int) -> None:
    """One incident with its entries, byte for byte; nobody owns it."""
    tx.run("DELETE FROM incident WHERE id = :id", id=number)
    tx.run(
        """INSERT INTO incident (id, n, head, owner, epoch, opened_at, closed_at, min_code, quiet_n)
           VALUES (:id, :n, :head, NULL, 0, :opened, :closed, 1, 0)""",
        id=number,
        n=len(entries),
        head=entries[-1].hash if entries else GENESIS,
        opened=opened_at,
        closed=micros(closed_at) if closed_at else None,
    )
    for entry in entries:
        tx.run(
            """INSERT INTO entry (incident, n, key, kind, at, nonce, hash, published)
               VALUES (:i, :n, :key, :kind, :at, :nonce, :hash, :published)""",
            i=number,
            n=entry.n,
            key=entry.key,
            kind=entry.kind,
            at=micros(entry.at),
            nonce=entry.nonce,
            hash=entry.hash,
            published=entry.published,
        )


def put_reached(tx: Tx, reached: Reached) -> None:
    """The cursor of one backend, and what it acknowledged, so that nothing is sent a second time."""
    ticket = reached.ticket
    tx.run(
        """INSERT INTO cursor (incident, backend, acked, ticket, settled, failures, next_at)
           VALUES (:i, :b, :acked, :ticket, '', 0, 0)""",
        i=reached.incident,
        b=reached.backend,
        acked=reached.acked,
        ticket=json.dumps({"id": ticket.id, "label": ticket.label, "url": ticket.url}),
    )
    for part in reached.parts:
        carried.put(tx, reached.incident, reached.backend, part)


def put_number(tx: Tx, last: int) -> None:
    """The last incident number that was given out."""
    tx.run(
        """INSERT INTO counter VALUES ('incident', :last)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
        last=last,
    )


def put_identity(tx: Tx, identity: str, incident: int) -> None:
    """Alerts of this identity belong to this incident; the later one wins."""
    tx.run(
        """INSERT INTO fingerprint VALUES (:f, :i)
           ON CONFLICT (fingerprint) DO UPDATE SET incident = excluded.incident""",
        f=identity,
        i=incident,
    )


def rest(tx: Tx) -> None:
    """What is closed needs no owner: its messages and its tickets are as they were."""
    tx.run("UPDATE incident SET quiet_n = n WHERE closed_at IS NOT NULL")
