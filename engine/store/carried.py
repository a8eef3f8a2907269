"""What a backend acknowledged of an incident, note by note and part by part."""

from dataclasses import dataclass
from datetime import datetime

from engine.published import micros, moment
from engine.store.tx import Row, Tx


@dataclass(frozen=True, slots=True)
class Part:
    """One note of a ticket, or one part of a long one; `digest` is of its text, empty where people edited it."""

    n: int
    first: int
    part: int
    parts: int
    op: str
    digest: str
    ref: str
    at: datetime


def of(tx: Tx, incident: int, backend: str) -> list[Part]:
    """Every part that this backend acknowledged, in the order of the entries."""
    rows = tx.all(
        """SELECT n, first, part, parts, op, digest, ref, at FROM carried
           WHERE incident = :i AND backend = :b ORDER BY n, part""",
        i=incident,
        b=backend,
    )
    return [_part(row) for row in rows]


def put(tx: Tx, incident: int, backend: str, part: Part) -> None:
    """Enter one part; what stood there for the same entry and part is replaced: this one counts from now on."""
    tx.run(
        """INSERT INTO carried (incident, backend, n, part, first, parts, op, digest, ref, attempts, at)
           VALUES (:i, :b, :n, :part, :first, :parts, :op, :digest, :ref, 1, :at)
           ON CONFLICT (incident, backend, n, part) DO UPDATE
           SET first = excluded.first, parts = excluded.parts, op = excluded.op, digest = excluded.digest,
               ref = excluded.ref, at = excluded.at""",
        i=incident,
        b=backend,
        n=part.n,
        part=part.part,
        first=part.first,
        parts=part.parts,
        op=part.op,
        digest=part.digest,
        ref=part.ref,
        at=micros(part.at),
    )


def cut(tx: Tx, incident: int, backend: str, n: int, parts: int) -> None:
    """The note that ends with entry `n` has so many parts from now on."""
    tx.run(
        "DELETE FROM carried WHERE incident = :i AND backend = :b AND n = :n AND part > :parts",
        i=incident,
        b=backend,
        n=n,
        parts=parts,
    )


def _part(row: Row) -> Part:
    n, first, part, parts, op, digest, ref, at = row
    return Part(n, first, part, parts, op, digest, ref, moment(at))
