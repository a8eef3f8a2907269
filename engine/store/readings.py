"""How far each backend's tickets were read back: per incident the mark, the last full list, the last hint.

What was read is in the ledger; these rows only spare requests, and keep a hint until the ticket was read.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.published import micros, moment
from engine.store.database import Database
from engine.store.tx import Row, Tx

CLAIM = 120 * 1_000_000  # microseconds; longer than one reading may take


@dataclass(frozen=True, slots=True)
class Reading:
    """`mark`: the vendor's time up to which everything is recorded. `full_at`, `read_at`: by the database's clock."""

    mark: datetime | None = None
    full_at: datetime | None = None
    read_at: datetime | None = None


class Readings:
    """The rows of one backend."""

    def __init__(self, database: Database, backend: str) -> None:
        self._db = database
        self._backend = backend

    async def of(self, incident: int) -> Reading:
        """How far this ticket was read."""
        statement = "SELECT mark, full_at, read_at FROM reading WHERE incident = :i AND backend = :b"
        row = await self._db.read(lambda tx: tx.one(statement, i=incident, b=self._backend))
        mark, full, read = row or (None, None, None)
        return Reading(*(moment(at) if at else None for at in (mark, full, read)))

    async def save(self, incident: int, began: datetime, mark: datetime | None, *, full: bool) -> None:
        """Everything that the list of `began` brought is recorded. A mark never goes back."""

        def work(tx: Tx) -> None:
            tx.run(
                """INSERT INTO reading (incident, backend, mark, full_at, read_at, hinted_at, claimed_until)
                   VALUES (:i, :b, :mark, :full, :began, 0, 0)
                   ON CONFLICT (incident, backend) DO UPDATE SET claimed_until = 0,
                   mark = CASE WHEN excluded.mark > reading.mark THEN excluded.mark ELSE reading.mark END,
                   full_at = CASE WHEN excluded.full_at > reading.full_at THEN excluded.full_at
                                  ELSE reading.full_at END,
                   read_at = CASE WHEN excluded.read_at > reading.read_at THEN excluded.read_at
                                  ELSE reading.read_at END""",
                i=incident,
                b=self._backend,
                mark=micros(mark) if mark else 0,
                full=micros(began) if full else 0,
                began=micros(began),
            )

        await self._db.write(work)

    async def hint(self, incident: int) -> datetime:
        """Somebody says that there is news in this ticket; when, so that a reading after it can be told."""

        def work(tx: Tx) -> int:
            now = tx.now()
            tx.run(
                """INSERT INTO reading (incident, backend, mark, full_at, read_at, hinted_at, claimed_until)
                   VALUES (:i, :b, 0, 0, 0, :now, 0)
                   ON CONFLICT (incident, backend) DO UPDATE SET hinted_at = :now""",
                i=incident,
                b=self._backend,
                now=now,
            )
            return now

        return moment(await self._db.write(work))

    async def hinted(self) -> list[int]:
        """The incidents with a hint that nobody has followed yet."""
        statement = "SELECT incident FROM reading WHERE backend = :b AND hinted_at > read_at ORDER BY hinted_at"
        rows = await self._db.read(lambda tx: tx.all(statement, b=self._backend))
        return [int(incident) for (incident,) in rows]

    async def of_ticket(self, ticket: str) -> list[int]:
        """The incidents that have this ticket."""
        statement = "SELECT incident, ticket FROM cursor WHERE backend = :b AND ticket LIKE :part"
        part = f"%{ticket}%"  # what it finds too much is told by the id itself
        rows = await self._db.read(lambda tx: tx.all(statement, b=self._backend, part=part))
        return [int(incident) for incident, found in rows if _id(found) == ticket]

    async def unowned(self, closed_within: timedelta, every: timedelta) -> list[int]:
        """Closed incidents that nobody owns any more, whose ticket was not read for so long; the longest first."""

        def work(tx: Tx) -> list[Row]:
            now = tx.now()
            return tx.all(
                """SELECT c.incident FROM cursor AS c JOIN incident AS i ON i.id = c.incident
                   LEFT JOIN reading AS r ON r.incident = c.incident AND r.backend = c.backend
                   WHERE c.backend = :b AND c.ticket IS NOT NULL AND i.owner IS NULL AND i.closed_at > :since
                     AND coalesce(r.read_at, 0) < :before AND coalesce(r.claimed_until, 0) < :now
                   ORDER BY coalesce(r.read_at, 0) LIMIT 1""",
                b=self._backend,
                since=now - closed_within // timedelta(microseconds=1),
                before=now - every // timedelta(microseconds=1),
                now=now,
            )

        return [int(incident) for (incident,) in await self._db.read(work)]

    async def claim(self, incident: int) -> bool:
        """Whether this process shall read the ticket of an incident that nobody owns."""

        def work(tx: Tx) -> bool:
            row = tx.one("SELECT owner FROM incident WHERE id = :i {share}", i=incident)
            if row is None or row[0] is not None:
                return False
            claimed = tx.run(
                """INSERT INTO reading (incident, backend, mark, full_at, read_at, hinted_at, claimed_until)
                   VALUES (:i, :b, 0, 0, 0, 0, {now} + :claim)
                   ON CONFLICT (incident, backend) DO UPDATE SET claimed_until = excluded.claimed_until
                   WHERE reading.claimed_until < {now}""",
                i=incident,
                b=self._backend,
                claim=CLAIM,
            )
            return claimed == 1

        return await self._db.write(work)


def _id(ticket: str) -> str:
    return str(json.loads(ticket)["id"])
