"""Reading back: what people write in the tickets of one backend becomes entries, each version of it once.

A timer and a hint only say which ticket is read; text comes from the backend's own list. The recorded versions are
folded before the list is fetched, and the mark is saved after the appends. Whoever owns an incident reads its ticket;
of a closed one that nobody owns any more, whoever claims it. Nothing on the fast path waits for it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from engine.desk import Desk
from engine.durable.differences import Differences, Listed, Seen
from engine.durable.ours import Sent
from engine.durable.wanted import turned, wanted
from engine.errors import Retryable, TooLate, Unsupported
from engine.incident import State
from engine.ledger import Book, Draft
from engine.memory import Memory, Remark, Ticket
from engine.model import Owner
from engine.store.cursors import Cursor, Cursors
from engine.store.readings import Reading, Readings

log = structlog.get_logger()
FULL_EVERY = timedelta(minutes=5)
TRIES = 5  # of one reading, when another process records faster


class Hears(Protocol):
    """What a version means."""

    async def drafts(self, state: State, seen: Seen) -> Sequence[Draft]:
        """What is appended for it, in one transaction; the first has its key. Raises `Retryable`."""
        ...


class Lost(Exception):
    """The list is out of date by now."""


class Readback:
    """Reads the tickets of one backend."""

    def __init__(self, memory: Memory, desk: Desk, hears: Hears) -> None:
        self.memory = memory
        self.readings = Readings(desk.ledger.db, memory.name)
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._hears = hears
        self._cursors = Cursors(desk.ledger.db)
        self._overlap = timedelta(
            seconds=memory.capabilities.lag_seconds + 1
        )  # many a vendor's times are whole seconds
        self._absent: dict[tuple[int, str], float] = {}
        self._clock = desk.clock

    async def read(self, incident: int, *, full: bool = False) -> bool:
        """Read the incident's ticket, if it has one; whether anything was recorded.

        `full`: the whole list, not only what is new. Raises what the backend's reads raise, `Retryable` where the chat
        cannot say who somebody is, and `NotOwner`. What was read so far is recorded then, and the mark stays.
        """
        appended = False
        for _ in range(TRIES):
            try:
                return await self._read(incident, full=full) or appended
            except (Lost, TooLate):
                appended = full = True
        raise Retryable(f"{self.memory.name}: others record what is read here")

    async def _read(self, incident: int, *, full: bool) -> bool:
        state = await self._incidents.state(incident)  # before the list
        cursor = (await self._cursors.of(incident)).get(self.memory.name)
        if cursor is None or cursor.ticket is None:
            return False
        reading, began = await self.readings.of(incident), await self._ledger.now()
        since = None if full else self._since(reading, began)
        remarks = list(await self.memory.read(cursor.ticket, since))
        if since is not None:
            remarks += await self._waiting_notes(state, cursor.ticket, remarks)
        standing = await self.memory.standing(cursor.ticket)
        sent = await self._sent(state, cursor, cursor.ticket)
        found = Differences(self.memory.name, state, sent, remarks)
        listed = found.listed()
        news = [*listed.seen, *found.reactions(self._ledger.installation, await self._ledger.now())]
        ours = wanted(await self._incidents.state(incident), self._ledger.gate)  # as the mirror may be setting it now
        if cursor.settled == sent.cursor.settled and (one := turned(self.memory.name, state, sent, ours, standing)):
            news.append(one)
        if since is None:
            news += await self._deleted(found, cursor.ticket)
        for seen in news:
            await self._record(incident, seen)
        await self._save(incident, began, listed, reading, full=since is None)
        return bool(news)

    def _since(self, reading: Reading, now: datetime) -> datetime | None:
        """What the list begins with; None for a full one."""
        if reading.mark is None or reading.full_at is None or now - reading.full_at > FULL_EVERY:
            return None
        return reading.mark - self._overlap

    async def _waiting_notes(self, state: State, ticket: Ticket, remarks: Sequence[Remark]) -> list[Remark]:
        """The notes on which an emoji can decide: a reaction makes no comment newer."""
        sent = await self._sent(state, Cursor(state.number, self.memory.name), ticket)
        waiting = Differences(self.memory.name, state, sent, ()).waiting()
        ids = [sent.id_of(note) for n in waiting for note in sent.of_entry(n)]
        listed, found = {remark.id for remark in remarks}, []
        for id_ in ids:
            if id_ not in listed and (note := await self._one(ticket, id_)) is not None:
                found.append(note)
        return found

    async def _sent(self, state: State, cursor: Cursor, ticket: Ticket) -> Sent:
        """Read after the list: what lands while it is fetched is known as under way, or as acknowledged."""
        now = (await self._cursors.of(state.number)).get(self.memory.name, cursor)
        return Sent(state, ticket, await self._cursors.carried(state.number, self.memory.name), now)

    async def _one(self, ticket: Ticket, id_: str) -> Remark | None:
        try:
            return await self.memory.one(ticket, id_)
        except Unsupported:
            return None

    async def _deleted(self, found: Differences, ticket: Ticket) -> list[Seen]:
        """What is missing in a full list and is gone: the backend says so, or a second list does later."""
        incident, missing, gone = found.state.number, found.missing(), []
        now = await self._ledger.now()
        for key in [key for key in self._absent if key[0] == incident and key[1] not in missing]:
            del self._absent[key]
        for id_ in missing:
            try:
                if await self.memory.one(ticket, id_) is None:
                    gone.append(found.gone(id_, now))
            except Unsupported:
                first = self._absent.setdefault((incident, id_), self._clock.monotonic())
                if self._clock.monotonic() - first >= self._overlap.total_seconds():
                    gone.append(found.gone(id_, now))
        return gone

    async def _record(self, incident: int, seen: Seen) -> None:
        """Append what it means. Raises `Lost` where another process recorded a version under this number."""
        drafts = await self._hears.drafts(await self._incidents.state(incident), seen)
        owner = self._lease.owner(incident) if incident in self._lease.epochs else None
        nonce = secrets.token_hex(8)

        def work(book: Book) -> None:
            _append_all(book, incident, drafts, owner, nonce)

        await self._ledger.transact(work, urgent=True)
        log.info("read in a ticket", incident=incident, backend=seen.backend, what=seen.what, how=seen.how)

    async def _save(self, incident: int, began: datetime, listed: Listed, reading: Reading, *, full: bool) -> None:
        mark = reading.mark if listed.unsure else listed.latest or reading.mark
        await self.readings.save(incident, began, mark, full=full and not listed.unsure)


def _append_all(book: Book, incident: int, drafts: Sequence[Draft], owner: Owner | None, nonce: str) -> None:
    for i, draft in enumerate(drafts):
        appended = book.append(incident, replace(draft, owner=owner), nonce)
        if i == 0 and not appended.won:
            raise Lost
