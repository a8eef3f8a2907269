"""The mirror: every entry to every backend, in order, retried until it is there.

One worker a backend, one cursor per incident. The attempt is recorded, then sent once; after any unknown outcome the
mirror looks in the ticket before it sends again, and a negative look counts only after the target's late-write bound.
Nothing overtakes; a backend that fails only makes its own lag grow. It starts with the first finding and never stands
on the fast path.
"""

import asyncio
import hashlib
from collections.abc import Set as AbstractSet
from contextlib import suppress

import structlog

from engine.desk import Desk
from engine.durable.budget import Budget
from engine.durable.grouping import Waiting, last_of_group, why_grouped
from engine.durable.publish import Publisher, Span
from engine.durable.queue import Queue, ordered, orders, rank
from engine.durable.wanted import settled, wanted
from engine.errors import Ambiguous, NotOwner, Permanent, Retryable, Unavailable, WatchkeeperError
from engine.incident import State
from engine.ledger import Draft
from engine.life import Pauses
from engine.memory import Memory, Note, Ticket
from engine.model import Kind, Owner
from engine.store.cursors import Cursor, Cursors

log = structlog.get_logger()
IDLE = 1.0  # seconds between two sweeps without news
FAST_FIRST = 0.1  # seconds that news wait here, so that whoever answers people or acts on it has the process to himself
LOOK_SOON = 1.0
SENDS = 5  # each looked for in vain: then it is parked and people are told
GIVE_UP = 8  # failures in a row, when the past is sent
BACKOFF = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)


class Mirror:
    """Carries the ledger to one backend."""

    def __init__(self, memory: Memory, desk: Desk, publisher: Publisher, guard: float, *, past: bool = False) -> None:
        """`guard`: seconds after recording an attempt in which it may be sent (G); the backend names its own L.

        `past`: it carries what is over, so that entries share notes from the first one on.
        """
        self._past = past
        self.memory = memory
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._clock = desk.clock
        self._publisher = publisher
        self._guard = guard
        self._cursors = Cursors(desk.ledger.db)
        can = memory.capabilities
        self._budget = Budget(desk.ledger.db, memory.name, can.per_minute, can.per_hour, desk.clock)
        self._held: dict[int, tuple[Owner, Cursor]] = {}  # a cursor is known only for as long as one adoption
        self._pauses = Pauses()
        self._queue = Queue(desk.clock)
        self._failures = 0  # in a row, of whatever incident: then the backend rests, and is not asked for each of them
        self._rests_until = 0.0
        self._singly: set[int] = set()  # incidents of which a group was refused: the next note is one entry

    async def run(self) -> None:
        """Follow the ledger until cancelled."""
        watch = self._ledger.hub.watch()
        news: set[int] = set(self._lease.epochs)
        while True:
            wait = await self.turn(news)
            news = await watch.changed(wait)
            if news and wait:
                await asyncio.sleep(FAST_FIRST)

    async def turn(self, news: AbstractSet[int]) -> float:
        """Carry one note, of the incident that matters most. `news`: incidents that changed since the last turn.

        Seconds until there may be another one, 0.0 for at once.
        """
        owned = self._lease.epochs.keys()
        for incident in self._held.keys() - owned:
            del self._held[incident]
        self._queue.keep(owned)
        for incident in (news | (owned - self._held.keys())) & owned:
            await self._enqueue(incident)
        rests = max(0.0, self._rests_until - self._clock.monotonic())
        due = None if rests else self._queue.due()
        if due is None:
            return max(rests, self._queue.wait(IDLE))
        self._queue.put_back(due, await self._carefully(due))
        return 0.0

    async def carry(self, incident: int) -> bool:
        """One incident of ours, now, as far as it goes; whether everything is there. For whoever sends the past."""
        while (left := await self._carefully(incident)) is not None and self._failures <= GIVE_UP:
            await self._clock.sleep(left)
        return self.done(await self._incidents.state(incident))

    async def _enqueue(self, incident: int) -> None:
        with suppress(Unavailable):  # then it is ranked as it was, and `_carefully` says what is wrong
            state = await self._incidents.state(incident)
            _, cursor = self._held.get(incident, (None, None))
            self._queue.rank(incident, rank(state, cursor.acked if cursor else 0))
        self._queue.put(incident)

    def done(self, state: State) -> bool:
        """Nothing is left to do for this incident: everything is there and the ticket looks as it should.

        What was refused for good is not done: its incident keeps its owner, so that the next start tries once more.
        """
        _, cursor = self._held.get(state.number, (None, Cursor(state.number, self.memory.name)))
        if not state.has_results:
            return True
        if cursor.parked_at is not None:
            return False
        carried = cursor.acked >= state.n and cursor.inflight is None
        return carried and cursor.settled == settled(wanted(state, self._ledger.gate))

    async def _carefully(self, incident: int) -> float | None:
        """One incident; what goes wrong with it keeps no other from being carried. As `_next`."""
        name = str(incident)
        if left := self._pauses.left(name):
            return left
        try:
            due = await self._next(incident, self._lease.owner(incident))
        except NotOwner:
            self._lease.lost(incident)
            return None
        except Unavailable as err:
            log.warning("the ledger does not answer", backend=self.memory.name, says=str(err))
        except Exception:  # a fault of ours; said, and tried again: the lag shows it
            log.exception("an incident could not be carried", incident=incident, backend=self.memory.name)
        else:
            self._pauses.succeeded(name)
            return due
        self._held.pop(incident, None)  # how far its last step came is in the database
        self._pauses.failed(name)
        return self._pauses.left(name)

    async def _next(self, incident: int, owner: Owner) -> float | None:
        """One step. Seconds until the next, or None: only news will change anything."""
        state = await self._incidents.state(incident)
        cursor = await self._cursor(incident, owner)
        if not state.has_results:
            return None
        if cursor.parked_at is not None:
            order = ordered(state, self.memory.name, cursor)
            if order is None:
                return None
            self._held[incident] = (owner, await self._cursors.obey(cursor, owner, order))
            return 0.0
        if cursor.next_at is not None:
            left = (cursor.next_at - await self._ledger.now()).total_seconds()
            if left > 0:
                return left
        idle = cursor.acked >= state.n and cursor.inflight is None
        step = self._settle if idle else self._one
        moved = await step(state, cursor, owner)
        if not isinstance(moved, Cursor):
            return moved
        self._held[incident] = (owner, moved)
        self._queue.rank(incident, rank(state, moved.acked))
        self._ledger.hub.wake([incident], outward=False)
        return 0.0

    async def _cursor(self, incident: int, owner: Owner) -> Cursor:
        whose, held = self._held.get(incident, (None, None))
        if held is None or whose != owner:
            await self._cursors.release(incident, self.memory.name, owner)
            held = (await self._cursors.of(incident)).get(self.memory.name) or Cursor(incident, self.memory.name)
            self._held[incident] = (owner, held)
        return held

    async def _one(self, state: State, cursor: Cursor, owner: Owner) -> Cursor | float | None:
        """One step for the next note: look for what may have landed, or record an attempt and send it.

        Seconds where the vendor grants no write now.
        """
        flight = cursor.inflight
        span = Span(flight.first, flight.n, flight.why) if flight else await self._span(state, cursor)
        notes = await self._publisher.notes(state, span, self.memory)
        note = notes[min(flight.part if flight else 1, len(notes)) - 1]
        if flight is not None and flight.attempt > 0:
            looked = await self._look(cursor, owner, note)
            if looked is not None:
                return looked
        if left := await self._budget.take():
            return left
        return await self._send(state, cursor, owner, note, span.why)

    async def _span(self, state: State, cursor: Cursor) -> Span:
        """The entries of the next note."""
        oldest = (await self._ledger.now() - state.entries[cursor.acked].at).total_seconds()
        waiting = Waiting(cursor.acked, state.n, oldest, bool(cursor.failures), self._budget.room, self._past)
        groups = self.memory.capabilities.groups and state.number not in self._singly
        last = last_of_group(waiting, groups=groups)
        if last == cursor.acked + 1:
            self._singly.discard(state.number)
            return Span(last, last)
        return Span(cursor.acked + 1, last, "" if self._past else why_grouped(self.memory.label, cursor.trouble))

    async def _look(self, cursor: Cursor, owner: Owner, note: Note) -> Cursor | None:
        """What became of the attempt under way. None: it did not land, and may be sent again."""
        flight = cursor.inflight
        assert flight is not None  # noqa: S101  the caller looked
        age = (await self._ledger.now() - flight.at).total_seconds()  # before the look, which sees nothing later
        try:
            if cursor.ticket is None:
                ticket = await self.memory.find(note.incident, flight.op, note.at)
                if ticket is not None:
                    return await self._acked(cursor, owner, ticket.id, ticket)
            else:
                ref = await self.memory.look(cursor.ticket, flight.op)
                if ref is not None:
                    return await self._acked(cursor, owner, ref, None)
        except WatchkeeperError as err:  # no look, no conclusion: nothing is sent or counted
            return await self._wait(cursor, owner, err, definite=False)
        left = self._guard + self.memory.capabilities.late_write_seconds - age
        if left > 0:
            return await self._cursors.wait(cursor, owner, min(left, LOOK_SOON), cursor.trouble, definite=False)
        if flight.attempt >= SENDS:
            says = f"sent {flight.attempt} times, looked for in vain each time"
            return await self._park(cursor, owner, note.n, says, definite=False)
        return None

    async def _send(self, state: State, cursor: Cursor, owner: Owner, note: Note, why: str) -> Cursor:
        begun = self._clock.boottime()
        digest = hashlib.sha256(self.memory.rendered(note).encode()).hexdigest()
        cursor = await self._cursors.attempt(cursor, owner, note, digest, why)
        if self._clock.boottime() - begun > self._guard:
            return await self._cursors.wait(cursor, owner, LOOK_SOON, "the sender was too slow", definite=True)
        try:
            if cursor.ticket is None:
                ticket = await self.memory.create(note.incident, wanted(state, self._ledger.gate), note)
                return await self._acked(cursor, owner, ticket.id, ticket)
            ref = await self.memory.append(cursor.ticket, note)
            return await self._acked(cursor, owner, ref, None)
        except Permanent as err:
            if note.first:  # perhaps the group alone is too much: an entry by itself tells
                self._singly.add(cursor.incident)
                return await self._cursors.wait(cursor, owner, 0.0, str(err), definite=True)
            return await self._park(cursor, owner, note.n, str(err), definite=True)
        except Retryable as err:
            return await self._wait(cursor, owner, err, definite=True)
        except Ambiguous as err:
            self._failed(0.0)
            return await self._cursors.wait(cursor, owner, LOOK_SOON, str(err), definite=False)

    async def _acked(self, cursor: Cursor, owner: Owner, ref: str, ticket: Ticket | None) -> Cursor:
        self._failures = 0
        return await self._cursors.acked(cursor, owner, ref, ticket)

    def _failed(self, after: float) -> None:
        self._failures += 1
        seconds = max(after, BACKOFF[min(self._failures, len(BACKOFF)) - 1])
        self._rests_until = self._clock.monotonic() + seconds

    async def _wait(self, cursor: Cursor, owner: Owner, err: WatchkeeperError, *, definite: bool) -> Cursor:
        after = err.after if isinstance(err, Retryable) else 0.0
        self._failed(after)
        seconds = max(after, BACKOFF[min(cursor.failures, len(BACKOFF) - 1)])
        return await self._cursors.wait(cursor, owner, seconds, str(err), definite=definite)

    async def _park(self, cursor: Cursor, owner: Owner, n: int, says: str, *, definite: bool) -> Cursor:
        """A permanent refusal is news: an entry, and a message to people; the other backends go on."""
        state = await self._incidents.state(cursor.incident)
        payload = {"backend": self.memory.name, "label": self.memory.label, "entry": n, "says": says}
        key = f"record_refused/{self.memory.name}/{n}"
        if again := orders(state, self.memory.name):
            key = f"{key}/{again}"
        await self._ledger.append(cursor.incident, Draft(key, Kind.RECORD_REFUSED, payload, "mirror", n))
        log.warning("a record refused an entry for good", incident=cursor.incident, backend=self.memory.name, says=says)
        return await self._cursors.wait(cursor, owner, 0.0, says, definite=definite, park=True)

    async def _settle(self, state: State, cursor: Cursor, owner: Owner) -> Cursor | float | None:
        """Title, labels and open or closed, once everything is there; repeatable, so it needs no attempt record."""
        ticket = wanted(state, self._ledger.gate)
        digest = settled(ticket)
        if cursor.ticket is None or cursor.settled == digest:
            return None
        try:
            await self.memory.settle(cursor.ticket, ticket)
        except Permanent as err:
            log.warning("a record keeps its old title or state", backend=self.memory.name, says=str(err))
        except WatchkeeperError as err:
            return await self._wait(cursor, owner, err, definite=True)
        return await self._cursors.settled(cursor, owner, digest)
