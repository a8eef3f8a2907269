"""The mirror: every entry to every backend, in order, retried until it is there.

One worker a backend, one cursor per incident. The attempt is recorded, then sent once; after any unknown outcome the
mirror looks in the ticket before it sends again, and a negative look counts only after the target's late-write bound.
Nothing overtakes; a backend that fails only makes its own lag grow. It starts with the first finding and never stands
on the fast path.
"""

import asyncio
import hashlib

import structlog

from engine.desk import Desk
from engine.durable.notes import ticket_labels, ticket_title
from engine.durable.publish import Publisher
from engine.errors import Ambiguous, NotOwner, Permanent, Retryable, Unavailable, WatchkeeperError
from engine.fold import fold
from engine.incident import State
from engine.ledger import Draft
from engine.life import Pauses
from engine.memory import Memory, Note, TicketState
from engine.model import Kind, Owner
from engine.published import canonical
from engine.store.cursors import Cursor, Cursors

log = structlog.get_logger()
IDLE = 1.0  # seconds between two sweeps without news
FAST_FIRST = 0.1  # seconds that news wait here, so that whoever answers people or acts on it has the process to himself
LOOK_SOON = 1.0
SENDS = 5  # each looked for in vain: then it is parked and people are told
BACKOFF = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)


class Mirror:
    """Carries the ledger to one backend."""

    def __init__(self, memory: Memory, desk: Desk, publisher: Publisher, guard: float) -> None:
        """`guard`: seconds after recording an attempt in which it may be sent (G); the backend names its own L."""
        self.memory = memory
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._clock = desk.clock
        self._publisher = publisher
        self._guard = guard
        self._cursors = Cursors(desk.ledger.db)
        self._held: dict[int, tuple[Owner, Cursor]] = {}  # a cursor is known only for as long as one adoption
        self._pauses = Pauses()

    async def run(self) -> None:
        """Follow the ledger until cancelled."""
        watch = self._ledger.hub.watch()
        wanted: set[int] = set(self._lease.epochs)
        while True:
            due = IDLE
            for incident in sorted(wanted & self._lease.epochs.keys()):
                left = await self._carefully(incident)
                if left is None:
                    wanted.discard(incident)
                else:
                    due = min(due, left)
            news = await watch.changed(due)
            if news:
                await asyncio.sleep(FAST_FIRST)
            for incident in self._held.keys() - self._lease.epochs.keys():
                del self._held[incident]
            wanted = (wanted | news | (self._lease.epochs.keys() - self._held.keys())) & self._lease.epochs.keys()

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
        return carried and cursor.settled == _digest(self._ticket_state(state))

    async def _carefully(self, incident: int) -> float | None:
        """One incident; what goes wrong with it keeps no other from being carried. As `_carry`."""
        name = str(incident)
        if left := self._pauses.left(name):
            return left
        try:
            due = await self._carry(incident)
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

    async def _carry(self, incident: int) -> float | None:
        """Send what is due. Seconds until something is due again, or None: only news will change anything."""
        owner = self._lease.owner(incident)
        while True:
            left = await self._next(incident, owner)
            if left != 0.0:
                return left
            self._ledger.hub.wake([incident], outward=False)

    async def _next(self, incident: int, owner: Owner) -> float | None:
        state = await self._incidents.state(incident)
        cursor = await self._cursor(incident, owner)
        if not state.has_results or cursor.parked_at is not None:
            return None
        if cursor.next_at is not None:
            left = (cursor.next_at - await self._ledger.now()).total_seconds()
            if left > 0:
                return left
        if cursor.acked >= state.n and cursor.inflight is None:
            moved = await self._settle(state, cursor, owner)
        else:
            moved = await self._one(state, cursor, owner)
        if moved is None:
            return None
        self._held[incident] = (owner, moved)
        return 0.0

    async def _cursor(self, incident: int, owner: Owner) -> Cursor:
        whose, held = self._held.get(incident, (None, None))
        if held is None or whose != owner:
            await self._cursors.release(incident, self.memory.name, owner)
            held = (await self._cursors.of(incident)).get(self.memory.name) or Cursor(incident, self.memory.name)
            self._held[incident] = (owner, held)
        return held

    async def _one(self, state: State, cursor: Cursor, owner: Owner) -> Cursor:
        """One step for the next entry: look for what may have landed, or record an attempt and send it."""
        n = cursor.inflight.n if cursor.inflight else cursor.acked + 1
        note = await self._publisher.note(fold(state.number, state.entries[:n]), self.memory.name)
        if cursor.inflight is not None:
            looked = await self._look(cursor, owner, note)
            if looked is not None:
                return looked
        return await self._send(state, cursor, owner, note)

    async def _look(self, cursor: Cursor, owner: Owner, note: Note) -> Cursor | None:
        """What became of the attempt under way. None: it did not land, and may be sent again."""
        flight = cursor.inflight
        assert flight is not None  # noqa: S101  the caller looked
        age = (await self._ledger.now() - flight.at).total_seconds()  # before the look, which sees nothing later
        try:
            if cursor.ticket is None:
                ticket = await self.memory.find(note.incident, flight.op, note.at)
                if ticket is not None:
                    return await self._cursors.acked(cursor, owner, ticket.id, ticket)
            else:
                ref = await self.memory.look(cursor.ticket, flight.op)
                if ref is not None:
                    return await self._cursors.acked(cursor, owner, ref, None)
        except WatchkeeperError as err:  # no look, no conclusion: nothing is sent or counted
            return await self._wait(cursor, owner, err, definite=False)
        left = self._guard + self.memory.capabilities.late_write_seconds - age
        if left > 0:
            return await self._cursors.wait(cursor, owner, min(left, LOOK_SOON), cursor.trouble, definite=False)
        if flight.attempt >= SENDS:
            says = f"sent {flight.attempt} times, looked for in vain each time"
            return await self._park(cursor, owner, note.n, says, definite=False)
        return None

    async def _send(self, state: State, cursor: Cursor, owner: Owner, note: Note) -> Cursor:
        begun = self._clock.boottime()
        digest = hashlib.sha256(note.text.encode()).hexdigest()
        cursor = await self._cursors.attempt(cursor, owner, note.op, digest, note.n)
        if self._clock.boottime() - begun > self._guard:
            return await self._cursors.wait(cursor, owner, LOOK_SOON, "the sender was too slow", definite=True)
        try:
            if cursor.ticket is None:
                ticket = await self.memory.create(note.incident, self._ticket_state(state), note)
                return await self._cursors.acked(cursor, owner, ticket.id, ticket)
            ref = await self.memory.append(cursor.ticket, note)
            return await self._cursors.acked(cursor, owner, ref, None)
        except Permanent as err:
            return await self._park(cursor, owner, note.n, str(err), definite=True)
        except Retryable as err:
            return await self._wait(cursor, owner, err, definite=True)
        except Ambiguous as err:
            return await self._cursors.wait(cursor, owner, LOOK_SOON, str(err), definite=False)

    async def _wait(self, cursor: Cursor, owner: Owner, err: WatchkeeperError, *, definite: bool) -> Cursor:
        after = err.after if isinstance(err, Retryable) else 0.0
        seconds = max(after, BACKOFF[min(cursor.failures, len(BACKOFF) - 1)])
        return await self._cursors.wait(cursor, owner, seconds, str(err), definite=definite)

    async def _park(self, cursor: Cursor, owner: Owner, n: int, says: str, *, definite: bool) -> Cursor:
        """A permanent refusal is news: an entry, and a message to people; the other backends go on."""
        cursor = await self._cursors.wait(cursor, owner, 0.0, says, definite=definite, park=True)
        payload = {"backend": self.memory.name, "label": self.memory.label, "entry": n, "says": says}
        key = f"record_refused/{self.memory.name}/{n}"
        await self._ledger.append(cursor.incident, Draft(key, Kind.RECORD_REFUSED, payload, "mirror", n))
        log.warning("a record refused an entry for good", incident=cursor.incident, backend=self.memory.name, says=says)
        return cursor

    async def _settle(self, state: State, cursor: Cursor, owner: Owner) -> Cursor | None:
        """Title, labels and open or closed, once everything is there; repeatable, so it needs no attempt record."""
        wanted = self._ticket_state(state)
        digest = _digest(wanted)
        if cursor.ticket is None or cursor.settled == digest:
            return None
        try:
            await self.memory.settle(cursor.ticket, wanted)
        except Permanent as err:
            log.warning("a record keeps its old title or state", backend=self.memory.name, says=str(err))
        except WatchkeeperError as err:
            return await self._wait(cursor, owner, err, definite=True)
        return await self._cursors.settled(cursor, owner, digest)

    def _ticket_state(self, state: State) -> TicketState:
        gate = self._ledger.gate
        labels = tuple(gate.clean(text) for text in ticket_labels(state))
        return TicketState(gate.clean(ticket_title(state)), labels, closed=state.closed is not None)


def _digest(wanted: TicketState) -> str:
    return hashlib.sha256(canonical([wanted.title, wanted.labels, wanted.closed]).encode()).hexdigest()
