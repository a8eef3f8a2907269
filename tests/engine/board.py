"""For the tests of reading back: a backend in memory in which people write, and a process that mirrors and reads.

Its clock has whole seconds and stands still until `passes`. What is in `hidden` stands there and is in no list yet.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from connectors.actions.http import HttpAction
from engine.durable.mirror import Mirror
from engine.durable.publish import Publisher
from engine.durable.readback import Readback
from engine.errors import Permanent, Retryable, Unsupported
from engine.hearing import Hearing
from engine.ledger import Ledger
from engine.memory import Marker, Memory, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.model import Entry
from engine.oversight.recheck import Recheck
from engine.ports import Clock
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room

US = "watchkeeper"
TICKET = Ticket("T1", "Board #1", "https://board.example.com/1")
LAG = 3.0


class Board(Memory):
    """One ticket. `asks`: whether one remark can be asked for; `during`: what happens while a list is on its way."""

    name, label = "board", "Board"
    capabilities = MemoryCapabilities(late_write_seconds=0.0, lag_seconds=LAG)

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
        self.remarks: dict[str, Remark] = {}
        self.hidden: set[str] = set()
        self.state = Standing(False, "open")
        self.asks = True
        self.down = False
        self.reads: list[datetime | None] = []
        self.during: Callable[[], Awaitable[None]] | None = None
        self.while_written: Callable[[], Awaitable[None]] | None = None
        self._next = 0

    # people

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def writes(self, author: str, text: str, *, ours: bool = False, marker: Marker | None = None) -> str:
        self._next += 1
        self.remarks[f"c{self._next}"] = Remark(f"c{self._next}", author, author, ours, text, self.now, marker=marker)
        return f"c{self._next}"

    def edits(self, id_: str, text: str) -> None:
        self.remarks[id_] = replace(self.remarks[id_], text=text, edited_at=self.now)

    def reacts(self, author: str, id_: str, content: str) -> None:
        mine = self.remarks[id_].reactions
        self.remarks[id_] = replace(self.remarks[id_], reactions={**mine, content: (*mine.get(content, ()), author)})

    def unreacts(self, id_: str) -> None:
        self.remarks[id_] = replace(self.remarks[id_], reactions={})

    def note_of(self, n: int) -> str:
        return next(r.id for r in self.remarks.values() if r.ours and r.marker and r.marker.n == n)

    # the port

    def _put(self, id_: str, note: Note) -> str:
        marker = Marker(note.incident, note.n, note.kind, note.op, note.hash, part=note.part, parts=note.parts)
        self.remarks[id_] = Remark(id_, US, US, True, note.text, self.now, marker=marker)
        return id_

    @override
    def rendered(self, note: Note) -> str:
        return note.text

    @override
    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        self._put("body", note)
        return TICKET

    @override
    async def append(self, ticket: Ticket, note: Note) -> str:
        self._next += 1
        found = self._put(f"c{self._next}", note)
        if self.while_written is not None:
            await self.while_written()
        return found

    @override
    async def look(self, ticket: Ticket, op: str) -> str | None:
        return next((r.id for r in self.remarks.values() if r.marker and r.marker.op == op), None)

    @override
    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        self.state = Standing(state.closed, "closed" if state.closed else "open", US, self.now)

    @override
    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        self.reads.append(since)
        self._up()
        seen = [r for r in self.remarks.values() if r.id not in self.hidden]
        listed = [r for r in seen if since is None or r.id == "body" or (r.edited_at or r.at) >= since]
        during, self.during = self.during, None
        if during is not None:
            await during()
        return listed

    @override
    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        self._up()
        if not self.asks:
            raise Unsupported("no such question")
        return self.remarks.get(id_)

    @override
    async def standing(self, ticket: Ticket) -> Standing:
        self._up()
        return self.state

    def _up(self) -> None:
        if self.down:
            raise Retryable("no answer")


class Desk:
    """One process that mirrors to the board and reads it back; `office` is the one that decides."""

    def __init__(self, ledger: Ledger, clock: Clock, action: HttpAction, board: Board, room: Room) -> None:
        self.board, self.room = board, room
        self.office = Office(ledger, clock, room, action)
        mapped = {"board": {p.name.casefold(): p.user_id for p in (PRIYA, MAYA, TOM)}}
        hearing = Hearing(self.office.desk, self.office.decisions, room, mapped, 60.0)
        self.readback = Readback(board, self.office.desk, hearing)
        self.mirror = Mirror(board, self.office.desk, Publisher(ledger, self.office.desk.people, b"key"), 5.0)
        self.incident = 0

    async def opens(self) -> int:
        """An incident with a proposal that waits, mirrored; the proposal's number."""
        self.incident = await self.office.opened()
        proposal = await self.office.proposed(self.incident)
        await self.mirrors()
        return proposal

    async def mirrors(self) -> None:
        owner = self.office.desk.lease.owner(self.incident)
        due: float | None = 0.0
        while due is not None:
            due = await self.mirror._next(self.incident, owner)

    async def reads(self, *, full: bool = False) -> bool:
        return await self.readback.read(self.incident, full=full)

    async def reread(self, incident: int, backend: str) -> bool:
        assert backend == "board"
        try:
            return await self.readback.read(incident, full=True)
        except Permanent as err:
            raise Retryable(str(err)) from err

    @property
    def recheck(self) -> Recheck:
        office = self.office
        return Recheck(office.ledger, office.desk.people, self.room, office.decisions, 60.0, self)

    async def entries(self) -> list[Entry]:
        """What was read in the ticket."""
        return [e for e in await self.office.ledger.entries(self.incident) if "read" in e.payload]

    async def kinds(self) -> list[str]:
        return [e.payload.get("what") or e.kind for e in await self.entries()]
