"""What is in the ledger and not in a backend, sent there: open incidents first, newest first, then the past in groups.

It is the mirror's work, with its cursors, its attempts and its budget, so that it can be cut short and begun anew. What
a running watch owns is left to it. A backend that calls people gets the past only where the incident exists there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.desk import Desk
from engine.durable.mirror import Mirror
from engine.durable.publish import Publisher
from engine.errors import NotOwner
from engine.incident import State
from engine.memory import Memory, Ticket
from engine.store.cursors import Cursor, Cursors

Outcome = Literal["sent", "left to the watch", "not in it", "unfinished"]


@dataclass(frozen=True, slots=True)
class Owed:
    """One incident that the backend has not all of: `entries` more."""

    incident: int
    closed: bool
    entries: int


class Sending:
    """Sends to one backend."""

    def __init__(self, memory: Memory, desk: Desk, publisher: Publisher, guard: float) -> None:
        """`guard`: as the mirror's (G)."""
        self._memory = memory
        self._desk = desk
        self._cursors = Cursors(desk.ledger.db)
        self._mirrors = {past: Mirror(memory, desk, publisher, guard, past=past) for past in (True, False)}

    async def owed(self) -> Sequence[Owed]:
        """What is to be sent, in its order."""
        found = []
        for number, n, closed in await self._desk.ledger.heads():
            cursor = (await self._cursors.of(number)).get(self._memory.name) or Cursor(number, self._memory.name)
            state = await self._desk.incidents.state(number)
            if state.has_results and (cursor.acked < n or cursor.inflight):
                found.append(Owed(number, closed is not None, n - cursor.acked))
        return sorted(found, key=lambda owed: (owed.closed, -owed.incident))

    async def send(self, owed: Owed) -> tuple[Outcome, Ticket | None]:
        """One incident, as far as it goes."""
        desk = self._desk
        if not await desk.lease.claim(owed.incident):
            return "left to the watch", None
        state = await desk.incidents.state(owed.incident)
        over = state.closed is not None
        try:
            if over and self._memory.capabilities.calls_people and not await self._exists(state):
                return "not in it", None
            done = await self._mirrors[over].carry(owed.incident)
        except NotOwner:
            return "left to the watch", None
        cursor = (await self._cursors.of(owed.incident)).get(self._memory.name)
        return "sent" if done else "unfinished", cursor.ticket if cursor else None

    async def trouble(self, owed: Owed) -> str:
        """Why it is unfinished."""
        cursor = (await self._cursors.of(owed.incident)).get(self._memory.name)
        return cursor.trouble if cursor else ""

    async def _exists(self, state: State) -> bool:
        """Whether the incident has a ticket there, which its notes then go to: opening one would call somebody."""
        cursor = (await self._cursors.of(state.number)).get(self._memory.name)
        if cursor is not None and cursor.ticket is not None:
            return True
        hits = await self._memory.search(self._desk.ledger.gate.clean(state.label))
        ticket = next((hit.ticket for hit in hits if hit.incident == state.label), None)
        if ticket is None:
            return False
        owner = self._desk.lease.owner(state.number)
        await self._cursors.at(state.number, self._memory.name, owner, ticket)
        return True
