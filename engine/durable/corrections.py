"""An entry once more in a ticket, as a correction: the note that was altered or lost is not touched, a new one counts.

Before it is sent it is looked for, so that a command which is repeated adds nothing.
"""

import hashlib

from engine.desk import Desk
from engine.durable.budget import Budget
from engine.durable.publish import Publisher, Span
from engine.errors import Ambiguous, Permanent, Retryable
from engine.incident import State
from engine.memory import Memory, Note, Ticket
from engine.store import carried
from engine.store.carried import Part
from engine.store.cursors import Cursors
from engine.store.tx import Tx

TRIES = 5
LOOK_EVERY = 1.0


class Corrections:
    """Adds notes to one backend's tickets."""

    def __init__(self, memory: Memory, desk: Desk, publisher: Publisher, guard: float) -> None:
        """`guard`: as the mirror's (G); a negative look counts only after it and the backend's own bound."""
        self._memory = memory
        self._desk = desk
        self._publisher = publisher
        self._guard = guard
        can = memory.capabilities
        self._budget = Budget(desk.ledger.db, memory.name, can.per_minute, can.per_hour, desk.clock)

    async def send(self, incident: int, n: int) -> tuple[Ticket, Span]:
        """Where, and which entries went: all of the note that entry `n` was in.

        Raises `Permanent` where there is nothing to correct, and what the backend raises.
        """
        state = await self._desk.incidents.state(incident)
        cursor = (await Cursors(self._desk.ledger.db).of(incident)).get(self._memory.name)
        if state.n < n:
            raise Permanent(f"{state.label} has no entry {n}")
        if cursor is None or cursor.ticket is None or cursor.acked < n:
            raise Permanent(f"{self._memory.name} was not sent entry {n} yet; the mirror brings it")
        parts = await self._desk.ledger.db.read(lambda tx: carried.of(tx, incident, self._memory.name))
        stood = next((part for part in parts if part.first <= n <= part.n), None)
        span = Span(stood.first, stood.n) if stood else Span(n, n)
        notes = await self._publisher.notes(state, span, self._memory, corrects=stood.op if stood else "nothing")
        refs = [await self._put(cursor.ticket, note) for note in notes]
        await self._enter(state, span, notes, refs)
        return cursor.ticket, span

    async def _put(self, ticket: Ticket, note: Note) -> str:
        """The id of the note, which stands there once."""
        for _ in range(TRIES):
            if (ref := await self._memory.look(ticket, note.op)) is not None:
                return ref
            while left := await self._budget.take():
                await self._desk.clock.sleep(left)
            try:
                await self._memory.append(ticket, note)
            except Retryable as err:
                await self._desk.clock.sleep(max(err.after, LOOK_EVERY))
                continue
            except Ambiguous:
                if (ref := await self._landed(ticket, note)) is None:
                    continue
                return ref
            if (ref := await self._landed(ticket, note)) is None:
                raise Permanent(
                    f"{self._memory.name} keeps what stands there for entry {note.n}; put it back from a copy"
                )
            return ref
        raise Retryable(f"{self._memory.name} did not take it in {TRIES} attempts")

    async def _landed(self, ticket: Ticket, note: Note) -> str | None:
        until = self._desk.clock.monotonic() + self._guard + self._memory.capabilities.late_write_seconds
        while self._desk.clock.monotonic() < until:
            if (ref := await self._memory.look(ticket, note.op)) is not None:
                return ref
            await self._desk.clock.sleep(LOOK_EVERY)
        return None

    async def _enter(self, state: State, span: Span, notes: list[Note], refs: list[str]) -> None:
        at = await self._desk.ledger.now()
        texts = [hashlib.sha256(self._memory.rendered(note).encode()).hexdigest() for note in notes]

        def work(tx: Tx) -> None:
            carried.cut(tx, state.number, self._memory.name, span.n, len(notes))
            for note, text, ref in zip(notes, texts, refs, strict=True):
                part = Part(span.n, span.first, note.part, note.parts, note.op, text, ref, at)
                carried.put(tx, state.number, self._memory.name, part)

        await self._desk.ledger.db.write(work)
