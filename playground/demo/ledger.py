"""Read the bot's SQLite ledger beside the running bot: read-only, one consistent view, no lock that anybody waits for.

Times are microseconds since 1970, as they are stored. A ledger that is not there yet is an empty one.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.published import SYSTEM, Stored, label, tampered


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `published` is the decoded form that the chain hashes."""

    n: int
    kind: str
    at: int
    published: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident with its entries. `acknowledged`: backend → entry → when; `waits`: backend → why, and until when.

    A backend without trouble is not in `waits`; its second part is 0 where nothing says until when.
    """

    number: int
    closed: bool
    entries: list[Entry] = field(default_factory=list)
    acknowledged: dict[str, dict[int, int]] = field(default_factory=dict)
    waits: dict[str, tuple[str, int]] = field(default_factory=dict)
    fault: str = ""

    @property
    def label(self) -> str:
        """`INC-2041`."""
        return label(self.number)

    @property
    def count(self) -> int:
        """How many entries it has."""
        return len(self.entries)

    def kinds(self, kind: str) -> list[Entry]:
        """Its entries of one kind."""
        return [entry for entry in self.entries if entry.kind == kind]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is in the ledger: every incident's number and whether it is closed, and the newest one whole."""

    incidents: list[tuple[int, bool]] = field(default_factory=list)
    newest: Incident | None = None


def read(path: Path, number: int | None = None) -> Ledger:
    """The ledger as it is; `number` names another incident than the newest, also the system's. Blocking."""
    if not path.exists():
        return Ledger()
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as database:
        try:
            database.execute("BEGIN")
            rows = database.execute("SELECT id, closed_at FROM incident ORDER BY opened_at, id").fetchall()
        except sqlite3.OperationalError:  # the file is there and its tables are not, for the first moments of a start
            return Ledger()
        every = [(int(row[0]), row[1] is not None) for row in rows]
        incidents = [found for found in every if found[0] != SYSTEM]
        named = every if number is not None else incidents
        wanted = next((found for found in reversed(named) if number in (None, found[0])), None)
        return Ledger(incidents, _incident(database, *wanted) if wanted else None)


def _incident(database: sqlite3.Connection, number: int, closed: bool) -> Incident:
    columns = "n, key, kind, at, hash, published"
    rows = [
        Stored(*row)
        for row in database.execute(f"SELECT {columns} FROM entry WHERE incident = ? ORDER BY n", (number,))  # noqa: S608  constants
    ]
    n, head = database.execute("SELECT n, head FROM incident WHERE id = ?", (number,)).fetchone()
    acknowledged: dict[str, dict[int, int]] = {}
    for backend, entry, at in database.execute(
        "SELECT backend, entry.n, carried.at FROM carried JOIN entry ON entry.incident = carried.incident "
        "AND entry.n BETWEEN carried.first AND carried.n WHERE carried.incident = ? AND part = parts",
        (number,),
    ):
        acknowledged.setdefault(backend, {})[entry] = at
    cursors = database.execute("SELECT backend, trouble, next_at FROM cursor WHERE incident = ?", (number,)).fetchall()
    return Incident(
        number,
        closed,
        [Entry(row.n, row.kind, row.at, json.loads(row.published)) for row in rows],
        acknowledged,
        {backend: (words, next_at) for backend, words, next_at in cursors if words},
        tampered(number, n, head, rows),
    )
