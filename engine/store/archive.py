"""What a rebuild found in tickets and no chain proves: read, searched and shown, never part of the chain.

Rows are written by a rebuild alone, and by nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.published import micros, moment
from engine.store.tx import Row, Tx

_COLUMNS = "incident, n, first, kind, at, hash, backend, text"


@dataclass(frozen=True, slots=True)
class Kept:
    """One note as people read it in its ticket: the entries `first` to `n`, and the hash that it says it has."""

    incident: int
    n: int
    first: int
    kind: str
    at: datetime
    hash: str
    backend: str
    text: str


def put(tx: Tx, kept: Iterable[Kept]) -> None:
    """Write the rows; of several backends with the same note the first one's."""
    for one in kept:
        tx.run(
            """INSERT INTO archive (incident, n, first, kind, at, hash, backend, text)
               VALUES (:i, :n, :first, :kind, :at, :hash, :backend, :text)
               ON CONFLICT (incident, n, hash) DO NOTHING""",
            i=one.incident,
            n=one.n,
            first=one.first,
            kind=one.kind,
            at=micros(one.at),
            hash=one.hash,
            backend=one.backend,
            text=one.text,
        )


def of(tx: Tx, incident: int) -> list[Kept]:
    """The notes of one incident, in their order."""
    statement = f"SELECT {_COLUMNS} FROM archive WHERE incident = :i ORDER BY n, first"  # noqa: S608  constants
    return [_kept(row) for row in tx.all(statement, i=incident)]


def incidents(tx: Tx) -> list[tuple[int, int, datetime, str]]:
    """Number, how many notes, when the first was written, and in which backend, of each incident that has any."""
    rows = tx.all("SELECT incident, count(*), min(at), min(backend) FROM archive GROUP BY incident ORDER BY incident")
    return [(int(i), int(n), moment(int(at)), str(backend)) for i, n, at, backend in rows]


def _kept(row: Row) -> Kept:
    incident, n, first, kind, at, hash_, backend, text = row
    return Kept(int(incident), int(n), int(first), kind, moment(at), hash_, backend, text)
