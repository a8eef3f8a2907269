"""For the mirror's tests: a backend in memory that goes wrong when it is told to, and a process that mirrors to it."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from typing_extensions import override

from engine.desk import Desk
from engine.durable.mirror import Mirror
from engine.durable.publish import Publisher
from engine.errors import Ambiguous, Permanent, Retryable
from engine.fold import Incidents
from engine.incident import State
from engine.lease import Lease
from engine.ledger import Draft, Ledger
from engine.memory import Memory, MemoryCapabilities, Note, Ticket, TicketState
from engine.model import Alert, Finding, Kind, Owner, Plan, Question, Window
from engine.people import People
from engine.store.cursors import Cursor, Cursors
from tests.clock import MovableClock

Wrong = Literal["lost-answer", "late", "cut", "busy", "refused", "bug"]
G, L = 5.0, 30.0


class Shelf(Memory):
    """Tickets and their notes by operation id. `wrong`: what goes wrong with the next writes; `land()`: late ones."""

    label = "Shelf"
    capabilities = MemoryCapabilities(late_write_seconds=L)

    def __init__(self, name: str = "shelf") -> None:
        self.name = name
        self.wrong: deque[Wrong] = deque()
        self.tickets: list[tuple[Ticket, str]] = []
        self.notes: list[tuple[int, str]] = []
        self.texts: list[str] = []
        self.ops: list[str] = []
        self.sends = 0
        self.blind = False
        self.settled: list[TicketState] = []
        self.during_look: Callable[[], Awaitable[None]] | None = None
        self._late: list[Callable[[], None]] = []

    def land(self) -> None:
        for write in self._late:
            write()
        self._late.clear()

    def _write(self, write: Callable[[], None]) -> None:
        self.sends += 1
        match self.wrong.popleft() if self.wrong else None:
            case None:
                write()
            case "lost-answer":
                write()
                raise Ambiguous("no answer")
            case "late":
                self._late.append(write)
                raise Ambiguous("no answer")
            case "cut":
                raise Ambiguous("no answer")
            case "busy":
                raise Retryable("too fast", after=7.0)
            case "refused":
                raise Permanent("gone")
            case "bug":
                raise KeyError("what nobody thought of")

    async def _see(self) -> None:
        if self.during_look is not None:
            await self.during_look()
        if self.blind:
            raise Retryable("no answer")

    @override
    def rendered(self, note: Note) -> str:
        return note.text

    def _put(self, note: Note) -> None:
        self.notes.extend((n, note.op) for n in range(note.first or note.n, note.n + 1) if note.part == note.parts)
        self.texts.append(note.text)
        self.ops.append(note.op)

    @override
    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        ticket = Ticket(str(len(self.tickets) + 1), f"Shelf #{len(self.tickets) + 1}")
        self._write(lambda: (self.tickets.append((ticket, note.op)), self._put(note))[0])
        return ticket

    @override
    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        seen = [ticket for ticket, of in self.tickets if of == op]
        await self._see()
        return seen[0] if seen else None

    @override
    async def append(self, ticket: Ticket, note: Note) -> str:
        self._write(lambda: self._put(note))
        return note.op

    @override
    async def look(self, ticket: Ticket, op: str) -> str | None:
        seen = op in self.ops or op in [of for _, of in self.notes]
        await self._see()
        return op if seen else None

    @override
    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        self.settled.append(state)

    @override
    async def check(self) -> str:
        return "fine"

    @override
    async def aclose(self) -> None:
        return None

    @property
    def numbers(self) -> list[int]:
        return [n for n, _ in self.notes]


class Process:
    """One process that mirrors one incident to its shelves."""

    def __init__(self, ledger: Ledger, clock: MovableClock) -> None:
        self.ledger, self.clock = ledger, clock
        self.desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
        self.incident = 0

    def mirror(self, shelf: Memory) -> Mirror:
        return Mirror(shelf, self.desk, Publisher(self.ledger, self.desk.people, b"key"), G)

    async def opens(self) -> int:
        """An incident with a finding, so that there is something worth the record: four entries."""
        owner = Owner(self.desk.lease.process, 1)
        self.incident = await self.ledger.transact(lambda book: book.open_incident(2041, owner))
        self.desk.lease.opened(self.incident)
        now = await self.ledger.now()
        alert = Alert(source="am", name="Errors", status="firing", fingerprint="f", service="checkout")
        question = Question(key="errors", source="metrics", by="tool", question="How many?")
        plan = Plan(window=Window(since=now, until=now), questions=(question,))
        finding = {"of": "1/errors", **Finding(source="metrics", says="many").to_json()}
        for key, kind, payload in (
            ("alert", Kind.ALERT, alert.to_json()),
            ("plan/1", Kind.PLAN, plan.to_json()),
            ("answer", Kind.FINDING, finding),
            ("note/1", Kind.NOTE, {"says": "one"}),
        ):
            await self.ledger.append(self.incident, Draft(key, kind, payload, "responder"))
        return self.incident

    async def notes(self, says: str) -> None:
        await self.ledger.append(self.incident, Draft(f"note/{says}", Kind.NOTE, {"says": says}, "responder"))

    async def state(self) -> State:
        return await self.desk.incidents.state(self.incident)

    async def cursor(self, backend: str = "shelf") -> Cursor:
        return (await Cursors(self.ledger.db).of(self.incident))[backend]

    async def carries(self, mirror: Mirror, seconds: float = 0.0) -> None:
        """Let the mirror work until nothing is due, and again as time passes."""
        until = self.clock.monotonic() + seconds
        owner = self.desk.lease.owner(self.incident)
        while True:
            left = await mirror._next(self.incident, owner)
            if left is None or self.clock.monotonic() + left > until:
                await self.clock.advance(max(0.0, until - self.clock.monotonic()))
                return
            await self.clock.advance(left)
