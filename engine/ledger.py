"""The ledger: append, read, follow, own. The only writer of entries.

`append` is one short transaction: [control row, if an action starts] → the incident's row → the key → the entry. The
row lock makes the sequence gapless and in commit order; the unique (incident, key) makes the first writer win; `owner`,
`expect` and `before` are compared under the lock, so nothing checks first and writes later. Entries are never changed:
a correction is a new entry. The chain hashes the published form, which is computed once and kept as bytes.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from engine.errors import Halted, Moved, NotOwner, TooLate
from engine.model import CRITICAL, DECISIONS, Entry, Kind, Owner
from engine.published import FORMAT, GENESIS, SYSTEM, canonical, entry_of, label, micros, moment
from engine.redact import Gate, scrub
from engine.store.control import Control, control_row, make_control_row
from engine.store.database import Database
from engine.store.tx import Row, Tx
from engine.wake import Hub

__all__ = ["Appended", "Book", "Draft", "Ledger", "canonical", "label", "micros", "moment"]

log = structlog.get_logger()
T = TypeVar("T")
CODE = 1  # what this code understands; an incident may demand more
FIELDS = "incident, n, hash, nonce, published"
URGENT = DECISIONS | {Kind.STARTED, Kind.ABORTED, Kind.RESULT}


@dataclass(frozen=True, slots=True)
class Appended:
    """The entry under that key, and whether it is this call's. `differs`: another content stands there, and is told."""

    entry: Entry
    won: bool
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended. `key` names it in its incident, first writer wins; the guards are optional.

    `since` is when the oldest approval that a start counts was given: a halt that was lifted later voids it.
    """

    key: str
    kind: Kind
    payload: Mapping[str, Any]
    actor: str
    cause: int | None = None
    owner: Owner | None = None
    expect: int | None = None
    before: datetime | None = None
    since: datetime | None = None


def _entry(row: Row) -> Entry:
    return entry_of(bytes(row[4]), row[2], row[3])


class Book:
    """The ledger inside one transaction. Incidents are locked in ascending order, the control row before them."""

    def __init__(self, tx: Tx, gate: Gate, generation: int) -> None:
        self.tx = tx
        self.touched: set[int] = set()
        self.conflicts: list[Entry] = []  # the entries that stand where another content was to be appended
        self._gate = gate
        self._generation = generation

    def now(self) -> datetime:
        """The database's clock."""
        return moment(self.tx.now())

    def open_incident(self, first_number: int, owner: Owner | None) -> int:
        """A new incident's number, with no entries yet."""
        number = self._next_number(first_number)
        self.tx.run(
            """INSERT INTO incident (id, n, head, owner, epoch, opened_at, min_code, quiet_n)
               VALUES (:id, 0, :head, :owner, :epoch, {now}, 1, 0)""",
            id=number,
            head=GENESIS,
            owner=owner.process if owner else None,
            epoch=owner.epoch if owner else 0,
        )
        return number

    def _next_number(self, first: int) -> int:
        self.tx.run("INSERT INTO counter VALUES ('incident', :first) ON CONFLICT (name) DO NOTHING", first=first - 1)
        row = self.tx.one("UPDATE counter SET value = value + 1 WHERE name = 'incident' RETURNING value")
        return int(row[0]) if row else first

    def incident_of(self, identity: str) -> tuple[int, datetime | None] | None:
        """The incident that last took alerts of this identity, and when it was closed; locks both rows.

        The identity's row is made first, so that of two replicas one opens the incident and the other finds it.
        """
        self.tx.run("INSERT INTO fingerprint VALUES (:f, 0) ON CONFLICT (fingerprint) DO NOTHING", f=scrub(identity))
        row = self.tx.one("SELECT incident FROM fingerprint WHERE fingerprint = :f {update}", f=scrub(identity))
        if row is None or not row[0]:
            return None
        closed = self.tx.one("SELECT closed_at FROM incident WHERE id = :id {update}", id=row[0])
        return int(row[0]), moment(closed[0]) if closed and closed[0] else None

    def bind(self, identity: str, incident: int) -> None:
        """From now on alerts of this identity belong to this incident."""
        self.tx.run("UPDATE fingerprint SET incident = :i WHERE fingerprint = :f", f=scrub(identity), i=incident)

    def has(self, incident: int, key: str) -> bool:
        """Whether an entry with this key stands in the incident."""
        return self.tx.one("SELECT 1 FROM entry WHERE incident = :i AND key = :k", i=incident, k=scrub(key)) is not None

    def append(self, incident: int, draft: Draft, nonce: str) -> Appended:
        """See `Ledger.append`. A repetition of what this nonce has written finds it, whatever the guards say by now."""
        payload = self._gate.tree(draft.payload).value  # before any lock: it takes time, and it may refuse
        key = scrub(draft.key)
        halted = self._halted(draft) if draft.kind == Kind.STARTED else ""
        n, head, owned, code = self._lock(incident)
        found = self.tx.one(
            """SELECT {now}, e.incident, e.n, e.hash, e.nonce, e.published FROM (SELECT 1 AS one) AS x
                LEFT JOIN entry AS e ON e.incident = :incident AND e.key = :key""",
            incident=incident,
            key=key,
        )
        assert found is not None  # noqa: S101  a LEFT JOIN from one row has one row
        mine = found[4] == nonce
        if draft.owner and not mine and (owned != draft.owner or code > CODE):
            raise NotOwner(f"{label(incident)} is owned by another process, or needs newer code than this")
        if found[1] is not None:
            if mine:  # the COMMIT's answer was lost: the followers do not know it yet
                self.touched.add(incident)
            entry = _entry(found[1:])
            differs = canonical(entry.payload) != canonical(payload)
            self.conflicts += [entry] * differs
            return Appended(entry, won=mine, differs=differs)
        if halted:
            raise Halted(halted)
        if draft.expect is not None and n != draft.expect:
            raise Moved(f"{label(incident)} has {n} entries, not {draft.expect}")
        entry = self._publish(incident, (n, head), replace(draft, key=key, payload=payload), found[0], nonce)
        self._insert(entry, draft)
        self.touched.add(incident)
        return Appended(entry, won=True)

    def _halted(self, draft: Draft) -> str:
        now = control_row(self.tx, "{share}")
        if now.halted_at is not None:
            return "all actions are halted"
        void = draft.since is not None and now.voids(draft.since)
        return "it was approved before the halt was lifted" if void else ""

    def _lock(self, incident: int) -> tuple[int, str, Owner | None, int]:
        row = self.tx.one("SELECT n, head, owner, epoch, min_code FROM incident WHERE id = :id {update}", id=incident)
        if row is None:
            raise LookupError(f"{label(incident)} is not in this ledger")
        return row[0], row[1], Owner(row[2], row[3]) if row[2] else None, row[4]

    def _publish(self, incident: int, head: tuple[int, str], draft: Draft, at: int, nonce: str) -> Entry:
        form = {
            "v": FORMAT,
            "generation": self._generation,
            "incident": label(incident),
            "n": head[0] + 1,
            "key": draft.key,
            "kind": draft.kind.value,
            "critical": draft.kind in CRITICAL,
            "at": moment(at).isoformat(timespec="microseconds"),
            "actor": scrub(draft.actor),
            "cause": draft.cause,
            "payload": draft.payload,
            "prev": head[1],
        }
        published = canonical(form).encode()
        return entry_of(published, hashlib.sha256(published).hexdigest(), nonce)

    def _insert(self, entry: Entry, draft: Draft) -> None:
        written = self.tx.run(
            """INSERT INTO entry (incident, n, key, kind, at, nonce, hash, published)
               SELECT :incident, :n, :key, :kind, :at, :nonce, :hash, :published
               WHERE :free = 1 OR {now} < :before""",
            incident=entry.incident,
            n=entry.n,
            key=entry.key,
            kind=entry.kind,
            at=micros(entry.at),
            nonce=entry.nonce,
            hash=entry.hash,
            published=entry.published,
            free=int(draft.before is None),
            before=micros(draft.before) if draft.before else 0,
        )
        if not written:
            raise TooLate(f"the deadline of {draft.key} has passed")
        self.tx.run(
            """UPDATE incident SET n = :n, head = :head,
               closed_at = CASE WHEN :reopened = 1 THEN NULL ELSE coalesce(:closed, closed_at) END WHERE id = :id""",
            n=entry.n,
            head=entry.hash,
            closed=micros(entry.at) if entry.kind == Kind.CLOSED else None,
            reopened=int(entry.kind == Kind.REOPENED),
            id=entry.incident,
        )


class Ledger:
    """What the rest of the engine sees of the database."""

    def __init__(self, database: Database, gate: Gate, hub: Hub) -> None:
        self.db = database
        self.gate = gate
        self.hub = hub
        self.generation = 1
        self.installation = ""

    async def start(self) -> None:
        """Read, or on the first start write, the installation's row and the system incident."""

        def work(tx: Tx) -> Control:
            make_control_row(tx, secrets.token_hex(8))
            tx.run(
                """INSERT INTO incident (id, n, head, owner, epoch, opened_at, min_code, quiet_n)
                   VALUES (:id, 0, :head, NULL, 0, {now}, 1, 0) ON CONFLICT (id) DO NOTHING""",
                id=SYSTEM,
                head=GENESIS,
            )
            return control_row(tx)

        found = await self.db.write(work)
        self.installation, self.generation = found.installation, found.generation

    async def append(self, incident: int, draft: Draft, nonce: str | None = None) -> Appended:
        """Append one entry, or return the one that has its key.

        Raises `NotOwner`, `Moved`, `TooLate` or `Halted` when a guard says no; then nothing was written.
        """
        nonce = nonce or secrets.token_hex(8)
        return await self.transact(lambda book: book.append(incident, draft, nonce), urgent=draft.kind in URGENT)

    async def transact(self, work: Callable[[Book], T], *, urgent: bool = False) -> T:
        """Several appends in one transaction; whoever follows the incidents is woken after the commit.

        What was begun ends, also when the caller is cancelled: then it is written, and the followers are woken.
        """

        def run(tx: Tx) -> tuple[T, Book]:
            book = Book(tx, self.gate, self.generation)
            return work(book), book

        async def write() -> T:
            result, book = await self.db.write(run, urgent=urgent)
            self.hub.wake(book.touched)
            for had in book.conflicts:
                log.warning("another content stands under the key", entry=f"{had.incident}/{had.n}", key=had.key)
            return result

        return await asyncio.shield(asyncio.create_task(write()))

    async def entries(self, incident: int, after: int = 0) -> list[Entry]:
        """The entries of an incident from `after` on, in order; empty for an unknown one."""
        statement = f"SELECT {FIELDS} FROM entry WHERE incident = :i AND n > :n ORDER BY n"  # noqa: S608  constants only
        rows = await self.db.read(lambda tx: tx.all(statement, i=incident, n=after))
        return [_entry(row) for row in rows]

    async def now(self) -> datetime:
        """The database's clock."""
        return moment(await self.db.read(lambda tx: tx.now()))

    async def control(self) -> Control:
        """Whether all actions are halted, and when the last halt ended."""
        return await self.db.read(control_row)

    async def heads(self, only_open: bool = False) -> list[tuple[int, int, datetime | None]]:
        """Every incident but the system's, with its number of entries and its closing time, newest first."""
        where = "AND closed_at IS NULL" if only_open else ""
        statement = f"SELECT id, n, closed_at FROM incident WHERE id <> :system {where} ORDER BY id DESC"  # noqa: S608
        rows = await self.db.read(lambda tx: tx.all(statement, system=SYSTEM))
        return [(int(i), int(n), moment(c) if c else None) for i, n, c in rows]

    async def keep_evidence(self, body: bytes) -> str:
        """Store a whole answer apart from the chain; returns its SHA-256 as hex."""
        digest = hashlib.sha256(body).hexdigest()
        await self.db.write(
            lambda tx: tx.run("INSERT INTO evidence VALUES (:d, :b) ON CONFLICT (digest) DO NOTHING", d=digest, b=body)
        )
        return digest

    async def evidence(self, digest: str) -> bytes | None:
        """A whole answer by its digest."""
        row = await self.db.read(lambda tx: tx.one("SELECT body FROM evidence WHERE digest = :d", d=digest))
        return bytes(row[0]) if row else None
