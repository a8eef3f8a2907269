"""The cursors of the mirrors: per incident and backend what is acknowledged, what is under way and why it waits.

Every change is made by the incident's owner, checked under the lock of the incident's row: one writer of the cursor.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from statistics import median
from typing import Literal, TypeVar

from engine.errors import NotOwner
from engine.memory import Note, Ticket
from engine.model import Owner
from engine.published import micros, moment
from engine.store.database import Database
from engine.store.tx import Row, Tx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Inflight:
    """One note that may have landed: which entries, which part, its operation id, the digest of what was rendered.

    `attempt` 0 is a part whose turn has come and that was not sent yet: the range stays as it was chosen.
    """

    first: int
    n: int
    part: int
    parts: int
    op: str
    digest: str
    why: str
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one backend is. `next_at`: not before; `parked_at`: only a new owner tries again.

    `failures` in a row, the first of them at `failing_since`.
    """

    incident: int
    backend: str
    acked: int = 0
    ticket: Ticket | None = None
    inflight: Inflight | None = None
    settled: str = ""
    failures: int = 0
    next_at: datetime | None = None
    trouble: str = ""
    parked_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """One note that a backend acknowledged: which entries, and the digest of its text as the backend gives it back."""

    first: int
    n: int
    part: int
    op: str
    digest: str
    ref: str


_COLUMNS = "incident, backend, acked, ticket, inflight, settled, failures, next_at, trouble, parked_at, failing_since"
NEWEST_INCIDENTS, NEWEST_DELIVERIES = 20, 20
_UNFINISHED = f"""SELECT {_COLUMNS} FROM cursor WHERE incident IN
    (SELECT id FROM incident WHERE closed_at IS NULL OR quiet_n < n)"""  # noqa: S608  constants only
_LAG = """SELECT d.backend, d.at - e.at FROM carried AS d JOIN entry AS e ON e.incident = d.incident AND e.n = d.n
    WHERE d.incident"""
_LAGS = f"{_LAG} = :i ORDER BY d.at DESC"
_NEWEST_LAGS = f"{_LAG} > (SELECT coalesce(max(id), 0) FROM incident) - :span ORDER BY d.at DESC"  # noqa: S608  constants


def _cursor(row: Row) -> Cursor:
    ticket = Ticket(**json.loads(row[3])) if row[3] else None
    inflight = None
    if row[4]:
        raw = json.loads(row[4])
        alone = {"first": raw["n"], "part": 1, "parts": 1, "why": ""}  # as versions before groups wrote it
        inflight = Inflight(**{**alone, **raw, "at": moment(raw["at"])})
    return Cursor(
        incident=int(row[0]),
        backend=row[1],
        acked=row[2],
        ticket=ticket,
        inflight=inflight,
        settled=row[5],
        failures=row[6],
        next_at=moment(row[7]) if row[7] else None,
        trouble=row[8] or "",
        parked_at=moment(row[9]) if row[9] else None,
        failing_since=moment(row[10]) if row[10] else None,
    )


def cursors(tx: Tx, incident: int) -> dict[str, Cursor]:
    """The cursors of an incident by backend."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM cursor WHERE incident = :i", i=incident)  # noqa: S608  constants
    return {row[1]: _cursor(row) for row in rows}


class Cursors:
    """Reads and moves cursors."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, incident: int) -> dict[str, Cursor]:
        """The cursors of an incident by backend."""
        return await self._db.read(lambda tx: cursors(tx, incident))

    async def carried(self, incident: int, backend: str) -> list[Carried]:
        """What one backend acknowledged of an incident, in order."""
        statement = """SELECT first, n, part, op, digest, ref FROM carried WHERE incident = :i AND backend = :b
                       ORDER BY n, part"""
        rows = await self._db.read(lambda tx: tx.all(statement, i=incident, b=backend))
        return [Carried(*row) for row in rows]

    async def unfinished(self) -> list[Cursor]:
        """The cursors of every incident that is open, or that some record has not all of."""
        rows = await self._db.read(lambda tx: tx.all(_UNFINISHED))
        return [_cursor(row) for row in rows]

    async def lags(self, incident: int | None = None) -> dict[str, float]:
        """Backend → median seconds from entry to record of the newest deliveries: of one incident, or of the newest."""
        if incident is None:
            rows = await self._db.read(lambda tx: tx.all(_NEWEST_LAGS, span=NEWEST_INCIDENTS))
        else:
            rows = await self._db.read(lambda tx: tx.all(_LAGS, i=incident))
        found: dict[str, list[float]] = {}
        for backend, lag in rows:
            found.setdefault(backend, []).append(lag / 1e6)
        return {backend: median(lags[:NEWEST_DELIVERIES]) for backend, lags in found.items()}

    async def attempt(self, cursor: Cursor, owner: Owner, note: Note, digest: str, why: str) -> Cursor:
        """Record one attempt before it is sent; the database says when. Raises `NotOwner`.

        `digest`: of the text as the backend will give it back. `why`: why the entries share a note.
        """
        known = cursor.inflight
        number = known.attempt + 1 if known and known.op == note.op else 1
        first = note.first or note.n

        def work(tx: Tx) -> Inflight:
            at = moment(tx.now())
            inflight = Inflight(first, note.n, note.part, note.parts, note.op, digest, why, number, at)
            _ensure(tx, cursor)
            _set(tx, cursor, "inflight = :value", value=_json(inflight))
            return inflight

        inflight = await self._guarded(cursor, owner, work)
        return replace(cursor, inflight=inflight)

    async def acked(self, cursor: Cursor, owner: Owner, ref: str, ticket: Ticket | None) -> Cursor:
        """The backend has the note under way: move on, to its next part if it has one. Raises `NotOwner`."""
        flight = cursor.inflight
        assert flight is not None  # noqa: S101  only what was sent can be acknowledged
        body = json.dumps({"id": ticket.id, "label": ticket.label, "url": ticket.url}) if ticket else None
        more = flight.part < flight.parts
        following = replace(flight, part=flight.part + 1, op="", digest="", attempt=0) if more else None
        acked = cursor.acked if more else flight.n

        def work(tx: Tx) -> None:
            _set(
                tx,
                cursor,
                "acked = :n, inflight = :next, failures = 0, next_at = 0, trouble = NULL, parked_at = NULL, "
                "failing_since = NULL, ticket = coalesce(:ticket, ticket)",
                n=acked,
                next=_json(following) if following else None,
                ticket=body,
            )
            _enter(tx, cursor, flight, ref)

        await self._guarded(cursor, owner, work)
        return Cursor(
            cursor.incident, cursor.backend, acked, ticket or cursor.ticket, following, settled=cursor.settled
        )

    async def at(self, incident: int, backend: str, owner: Owner, ticket: Ticket) -> None:
        """Its notes go into this ticket, which stands there already and holds none of them yet. Raises `NotOwner`."""
        cursor = Cursor(incident, backend)
        body = json.dumps({"id": ticket.id, "label": ticket.label, "url": ticket.url})

        def work(tx: Tx) -> None:
            _ensure(tx, cursor)
            _set(tx, cursor, "ticket = coalesce(ticket, :ticket)", ticket=body)

        await self._guarded(cursor, owner, work)

    async def obey(self, cursor: Cursor, owner: Owner, order: Literal["retry", "skip", "new"]) -> Cursor:
        """What a person decided about a parked cursor: try again, leave out this entry, or begin a new ticket."""
        change = {
            "retry": "failures = 0",
            "skip": "acked = acked + 1, inflight = NULL, failures = 0, trouble = NULL, failing_since = NULL",
            "new": "acked = 0, inflight = NULL, ticket = NULL, settled = '', failures = 0, trouble = NULL",
        }[order]
        await self._guarded(cursor, owner, lambda tx: _set(tx, cursor, f"next_at = 0, parked_at = NULL, {change}"))
        return (await self.of(cursor.incident))[cursor.backend]

    async def wait(
        self, cursor: Cursor, owner: Owner, seconds: float, trouble: str, *, definite: bool, park: bool = False
    ) -> Cursor:
        """Not now: when to look again, and why. `definite`: it was refused, so nothing is under way any more."""
        failures = cursor.failures + 1

        def work(tx: Tx) -> tuple[int, int]:
            now = tx.now()
            due = now + int(seconds * 1_000_000)
            _ensure(tx, cursor)
            _set(
                tx,
                cursor,
                "failures = :failures, next_at = :due, trouble = :trouble, parked_at = :parked, "
                "failing_since = coalesce(failing_since, :now), "
                "inflight = CASE WHEN :definite = 1 THEN NULL ELSE inflight END",
                failures=failures,
                due=due,
                now=now,
                trouble=trouble,
                parked=now if park else None,
                definite=int(definite),
            )
            return now, due

        now, due = await self._guarded(cursor, owner, work)
        inflight = None if definite else cursor.inflight
        parked = moment(now) if park else None
        return replace(
            cursor, inflight=inflight, failures=failures, next_at=moment(due), trouble=trouble, parked_at=parked
        )

    async def settled(self, cursor: Cursor, owner: Owner, digest: str) -> Cursor:
        """The ticket's title, labels and state are as `digest` says."""
        await self._guarded(
            cursor,
            owner,
            lambda tx: _set(tx, cursor, "settled = :d, failures = 0, trouble = NULL, failing_since = NULL", d=digest),
        )
        return replace(cursor, settled=digest, failures=0, trouble="")

    async def release(self, incident: int, backend: str, owner: Owner) -> None:
        """A new owner tries a parked or waiting cursor once more: whoever restarted it may have mended the cause."""
        cursor = Cursor(incident, backend)
        await self._guarded(cursor, owner, lambda tx: _set(tx, cursor, "next_at = 0, parked_at = NULL"))

    async def _guarded(self, cursor: Cursor, owner: Owner, work: Callable[[Tx], T]) -> T:
        def run(tx: Tx) -> T:
            row = tx.one("SELECT owner, epoch FROM incident WHERE id = :i {share}", i=cursor.incident)
            if row is None or (row[0], row[1]) != (owner.process, owner.epoch):
                raise NotOwner(f"INC-{cursor.incident} is owned by another process")
            return work(tx)

        return await self._db.write(run)


def _ensure(tx: Tx, cursor: Cursor) -> None:
    tx.run(
        """INSERT INTO cursor (incident, backend, acked, settled, failures, next_at) VALUES (:i, :b, 0, '', 0, 0)
           ON CONFLICT (incident, backend) DO NOTHING""",
        i=cursor.incident,
        b=cursor.backend,
    )


def _enter(tx: Tx, cursor: Cursor, flight: Inflight, ref: str) -> None:
    tx.run(
        """INSERT INTO carried (incident, backend, n, part, first, parts, op, digest, ref, attempts, at)
           VALUES (:i, :b, :n, :part, :first, :parts, :op, :digest, :ref, :attempts, {now})
           ON CONFLICT (incident, backend, n, part) DO UPDATE
           SET first = excluded.first, parts = excluded.parts, op = excluded.op, digest = excluded.digest,
               ref = excluded.ref, attempts = excluded.attempts, at = excluded.at""",
        i=cursor.incident,
        b=cursor.backend,
        n=flight.n,
        part=flight.part,
        first=flight.first,
        parts=flight.parts,
        op=flight.op,
        digest=flight.digest,
        ref=ref,
        attempts=flight.attempt,
    )


def _json(flight: Inflight) -> str:
    return json.dumps({**asdict(flight), "at": micros(flight.at)})


def _set(tx: Tx, cursor: Cursor, what: str, **values: object) -> None:
    statement = f"UPDATE cursor SET {what} WHERE incident = :i AND backend = :b"  # noqa: S608  constants only
    tx.run(statement, i=cursor.incident, b=cursor.backend, **values)
