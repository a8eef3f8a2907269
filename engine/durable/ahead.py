"""Whether a ticket knows more than the ledger: then the ledger forgot something, and all actions are halted.

A restored backup, or a standby that was promoted behind the primary, may have lost a start, and would do it twice. It
is looked at once at each start, before any action; a person who has seen it resumes. Nothing is mended here.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog

from engine.desk import Desk
from engine.durable.signed import told
from engine.errors import WatchkeeperError
from engine.ledger import Book, Draft
from engine.memory import Memory, Ticket
from engine.model import Kind
from engine.published import EPOCH, SYSTEM, label
from engine.store.control import halt
from engine.store.cursors import Cursors

log = structlog.get_logger()
FIRST = 5.0  # seconds that actions wait for the backends at a start; whoever is away then is compared later
LATER = 120.0  # seconds that such a later look may take
AGAIN = 30.0
ENOUGH = 10  # entries that are named
NEWEST = 20  # incidents that are looked at besides the open ones
BY = "watchkeeper"


class Ahead:
    """Compares every backend with the ledger, once each. `compared` is set when actions need not wait any more."""

    def __init__(self, desk: Desk, memories: Collection[Memory], key: bytes) -> None:
        self._desk = desk
        self._cursors = Cursors(desk.ledger.db)
        self._left = {memory.name: memory for memory in memories}
        self._key = key
        self.compared = asyncio.Event()

    async def run(self) -> None:
        """Until every backend was compared."""
        while self._left:
            await asyncio.gather(*(self._one(memory) for memory in list(self._left.values())))
            self.compared.set()
            if self._left:
                await self._desk.clock.sleep(AGAIN)
        self.compared.set()

    async def _one(self, memory: Memory) -> None:
        try:
            async with asyncio.timeout(LATER if self.compared.is_set() else FIRST):
                found = await self._more(memory)
        except (WatchkeeperError, TimeoutError) as err:
            log.warning("a record could not be compared with the ledger yet", backend=memory.name, says=str(err))
            return
        if found:
            await self._halt(memory, found)
        del self._left[memory.name]

    async def _more(self, memory: Memory) -> list[str]:
        """What its tickets say beyond the ledger, in words."""
        heads = {number: n for number, n, _ in await self._desk.ledger.heads()}
        open_ = {number for number, _, closed in await self._desk.ledger.heads(only_open=True) if closed is None}
        looked = open_ | set(sorted(heads, reverse=True)[:NEWEST]) | {SYSTEM}
        tickets: dict[str, Ticket] = {}
        for number in sorted(looked):
            cursor = (await self._cursors.of(number)).get(memory.name)
            if cursor is not None and cursor.ticket is not None:
                tickets[cursor.ticket.id] = cursor.ticket
        found: list[str] = []
        for ticket in tickets.values():
            found += await self._beyond(memory, ticket)
        if memory.capabilities.form_chars:  # elsewhere nothing tells our tickets from another installation's
            newest = max([await self._newest(number) for number in looked])
            since = max(EPOCH, newest - timedelta(seconds=memory.capabilities.lag_seconds + 60))
            for ticket in await memory.tickets(since):
                if ticket.id not in tickets and len(found) < ENOUGH:
                    found += await self._beyond(memory, ticket)
        return found[:ENOUGH]

    async def _newest(self, number: int) -> datetime:
        entries = (await self._desk.incidents.state(number)).entries
        return entries[-1].at if entries else EPOCH

    async def _beyond(self, memory: Memory, ticket: Ticket) -> list[str]:
        """The last entry of each note, where the ledger has none of that number, or another one."""
        found = []
        for note in told(await memory.read(ticket), self._key):
            if note.fault or note.bare == (memory.capabilities.form_chars > 0):
                continue
            number, n = int(note.marker.incident.rpartition("-")[2]), note.marker.n
            known = (await self._desk.incidents.state(number)).entry(n)
            if known is None or known.hash != note.marker.hash:
                found.append(f"{label(number)}, entry {n} ({ticket.label})")
        return found

    async def _halt(self, memory: Memory, found: Sequence[str]) -> None:
        """Once for what was found: a person who resumed has seen it."""
        seen = hashlib.sha256("\n".join([memory.name, *found]).encode()).hexdigest()[:16]
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        reason = f"{memory.label} knows what the ledger does not: {'; '.join(found[:3])}{more}. Was a backup restored?"
        draft = Draft(f"ahead/{seen}", Kind.HALTED, {"reason": reason}, BY)
        nonce = secrets.token_hex(8)

        def work(book: Book) -> bool:
            if book.has(SYSTEM, draft.key):
                return False
            halt(book.tx)
            return book.append(SYSTEM, draft, nonce).won

        if await self._desk.ledger.transact(work, urgent=True):
            log.critical("a record is ahead of the ledger; all actions are halted", backend=memory.name, says=found)
