"""The ledger: append, read, follow, own. The only writer of entries.

`append` is one short transaction: [control row, if an action starts] → the incident's row → the key → the entry. The
row lock makes the sequence gapless and in commit order; the unique (incident, key) makes the first writer win; `owner`,
`expect` and `before` are compared under the lock, so nothing checks first and writes later. Entries are never changed:
a correction is a new entry. The chain hashes the published form, which is computed once and kept as bytes.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from engine.errors import Halted, Moved, NotOwner, TooLate
from engine.model import CRITICAL, DECISIONS, Entry, Kind, Owner
from engine.redact import Gate
from engine.store.database import Database
from engine.store.tx import Row, Tx
from engine.wake import Hub

T = TypeVar("T")
FORMAT = 1  # of the published form; `verify` reads every older one
CODE = 1  # what this code understands; an incident may demand more
GENESIS = "0" * 64
FIELDS = "incident, n, hash, nonce, published"
URGENT = DECISIONS | {Kind.STARTED, Kind.ABORTED, Kind.RESULT}


@dataclass(frozen=True, slots=True)
class Appended:
    """The entry under that key, and whether it is this call's. `differs`: another content stands under the key."""

    entry: Entry
    won: bool
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended. `key` names it in its incident, first writer wins; the guards are optional."""

    key: str
    kind: Kind
    payload: Mapping[str, Any]
    actor: str
    cause: int | None = None
    owner: Owner | None = None
    expect: int | None = None
    before: datetime | None = None


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The inverse of `micros`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value is always the same text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def label(incident: int) -> str:
    """`INC-2041`."""
    return f"INC-{incident}"


def entry_of(published: bytes, hash_: str, nonce: str) -> Entry:
    """An entry from its published form. Raises `ValueError` when that is not one."""
    form = json.loads(published)
    return Entry(
        incident=int(form["incident"].removeprefix("INC-")),
        n=form["n"],
        key=form["key"],
        kind=form["kind"],
        at=datetime.fromisoformat(form["at"]),
        actor=form["actor"],
        cause=form["cause"],
        payload=form["payload"],
        nonce=nonce,
        published=published,
        hash=hash_,
        prev=form["prev"],
    )


def _entry(row: Row) -> Entry:
    return entry_of(bytes(row[4]), row[2], row[3])


class Book:
    """The ledger inside one transaction. Incidents are locked in ascending order, the control row before them."""

    def __init__(self, tx: Tx, gate: Gate, generation: int) -> None:
        self.tx = tx
        self.touched: set[int] = set()
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

    def incident_of(self, fingerprint: str) -> tuple[int, datetime | None] | None:
        """The incident that last took this fingerprint, locked, and when it was closed."""
        row = self.tx.one("SELECT incident FROM fingerprint WHERE fingerprint = :f {update}", f=fingerprint)
        if row is None:
            return None
        closed = self.tx.one("SELECT closed_at FROM incident WHERE id = :id {update}", id=row[0])
        return int(row[0]), moment(closed[0]) if closed and closed[0] else None

    def bind(self, fingerprint: str, incident: int) -> bool:
        """Make the fingerprint this incident's; False when another transaction did so first for a new one."""
        return (
            self.tx.run(
                """INSERT INTO fingerprint VALUES (:f, :i)
               ON CONFLICT (fingerprint) DO UPDATE SET incident = excluded.incident""",
                f=fingerprint,
                i=incident,
            )
            == 1
        )

    def append(self, incident: int, draft: Draft, nonce: str) -> Appended:
        """See `Ledger.append`."""
        if draft.kind == Kind.STARTED:
            self._nothing_halted()
        head = self._lock(incident, draft)
        found = self.tx.one(
            """SELECT {now}, e.incident, e.n, e.hash, e.nonce, e.published FROM (SELECT 1 AS one) AS x
                LEFT JOIN entry AS e ON e.incident = :incident AND e.key = :key""",
            incident=incident,
            key=draft.key,
        )
        assert found is not None  # noqa: S101  a LEFT JOIN from one row has one row
        payload = self._gate.tree(draft.payload).value
        if found[1] is not None:
            entry = _entry(found[1:])
            same = canonical(entry.payload) == canonical(payload)
            return Appended(entry, won=entry.nonce == nonce, differs=not same)
        if draft.expect is not None and head[0] != draft.expect:
            raise Moved(f"{label(incident)} has {head[0]} entries, not {draft.expect}")
        entry = self._publish(incident, head, draft, payload, found[0], nonce)
        self._insert(entry, draft)
        self.touched.add(incident)
        return Appended(entry, won=True)

    def _nothing_halted(self) -> None:
        row = self.tx.one("SELECT halted_at, resumed_at FROM control WHERE id = 1 {share}")
        if row and row[0] is not None:
            raise Halted("all actions are halted")

    def _lock(self, incident: int, draft: Draft) -> tuple[int, str]:
        row = self.tx.one("SELECT n, head, owner, epoch, min_code FROM incident WHERE id = :id {update}", id=incident)
        if row is None:
            raise LookupError(f"{label(incident)} is not in this ledger")
        if draft.owner and ((row[2], row[3]) != (draft.owner.process, draft.owner.epoch) or row[4] > CODE):
            raise NotOwner(f"{label(incident)} is owned by another process, or needs newer code than this")
        return row[0], row[1]

    def _publish(self, incident: int, head: tuple[int, str], draft: Draft, payload: Any, at: int, nonce: str) -> Entry:
        form = {
            "v": FORMAT,
            "generation": self._generation,
            "incident": label(incident),
            "n": head[0] + 1,
            "key": draft.key,
            "kind": draft.kind.value,
            "critical": draft.kind in CRITICAL,
            "at": moment(at).isoformat(timespec="microseconds"),
            "actor": draft.actor,
            "cause": draft.cause,
            "payload": payload,
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
        closed = micros(entry.at) if entry.kind == Kind.CLOSED else None
        reopened = entry.kind == Kind.REOPENED
        self.tx.run(
            """UPDATE incident SET n = :n, head = :head,
               closed_at = CASE WHEN :reopened = 1 THEN NULL ELSE coalesce(:closed, closed_at) END WHERE id = :id""",
            n=entry.n,
            head=entry.hash,
            closed=closed,
            reopened=int(reopened),
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
        """Read, or on the first start write, the installation's row."""
        fresh = secrets.token_hex(8)

        def work(tx: Tx) -> Row | None:
            tx.run("INSERT INTO control VALUES (1, :fresh, 1, 1, NULL, NULL) ON CONFLICT (id) DO NOTHING", fresh=fresh)
            return tx.one("SELECT installation, generation FROM control WHERE id = 1")

        row = await self.db.write(work)
        if row:
            self.installation, self.generation = row

    async def append(self, incident: int, draft: Draft, nonce: str | None = None) -> Appended:
        """Append one entry, or return the one that has its key.

        Raises `NotOwner`, `Moved`, `TooLate` or `Halted` when a guard says no; then nothing was written.
        """
        token = nonce or secrets.token_hex(8)
        return await self.transact(lambda book: book.append(incident, draft, token), urgent=draft.kind in URGENT)

    async def transact(self, work: Callable[[Book], T], *, urgent: bool = False) -> T:
        """Several appends in one transaction; whoever follows the incidents is woken after the commit."""

        def run(tx: Tx) -> tuple[T, set[int]]:
            book = Book(tx, self.gate, self.generation)
            return work(book), book.touched

        result, touched = await self.db.write(run, urgent=urgent)
        self.hub.wake(touched)
        return result

    async def entries(self, incident: int, after: int = 0) -> list[Entry]:
        """The entries of an incident from `after` on, in order; empty for an unknown one."""
        rows = await self.db.read(
            lambda tx: tx.all(
                f"SELECT {FIELDS} FROM entry WHERE incident = :i AND n > :n ORDER BY n",  # noqa: S608  constants only
                i=incident,
                n=after,
            )
        )
        return [_entry(row) for row in rows]

    async def now(self) -> datetime:
        """The database's clock."""
        return moment(await self.db.read(lambda tx: tx.now()))

    async def heads(self, only_open: bool = False) -> list[tuple[int, int, datetime | None]]:
        """Every incident with its number of entries and its closing time, newest first."""
        where = "WHERE closed_at IS NULL" if only_open else ""
        rows = await self.db.read(
            lambda tx: tx.all(f"SELECT id, n, closed_at FROM incident {where} ORDER BY id DESC")  # noqa: S608
        )
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


def broken(entries: Sequence[Entry]) -> str:
    """What is wrong with a chain, or an empty string. Reads the published bytes only."""
    prev = GENESIS
    for i, entry in enumerate(entries, 1):
        if entry.n != i:
            return f"entry {i} is missing"
        if entry.prev != prev:
            return f"entry {i} does not follow entry {i - 1}"
        if hashlib.sha256(entry.published).hexdigest() != entry.hash:
            return f"entry {i} was altered"
        prev = entry.hash
    return ""
