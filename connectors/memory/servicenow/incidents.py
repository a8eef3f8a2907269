"""ServiceNow incidents as shared memory, through pysnow: the description is the first entry, each work note one more.

https://www.servicenow.com/docs, Table API · https://pysnow.readthedocs.io
Surprises: a write answers without the id of the journal entry, so the journal is listed; nobody edits or deletes there.
One worker thread has one session. Lists are by incident or by `correlation_id`, from the database; only `search` looks
into texts.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from connectors.memory.servicenow import reading, rendering
from connectors.memory.servicenow.config import ServiceNowConfig
from connectors.memory.servicenow.pins import Pins
from connectors.memory.servicenow.refusals import judged
from connectors.memory.servicenow.session import Answered
from connectors.memory.servicenow.tables import JOURNAL, Row, Tables, term
from engine.errors import Ambiguous, Denied, Permanent, Unsupported, WatchkeeperError
from engine.memory import Hit, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.redact import Clean

T = TypeVar("T")
HITS = 20
NEWEST = 50  # journal entries among which one of a moment ago is found


class ServiceNow:
    """The incidents of one instance."""

    Config = ServiceNowConfig
    label = "ServiceNow"

    def __init__(self, name: str, config: ServiceNowConfig) -> None:
        self.name = name
        requests_of_a_write = 1 if config.password is not None else 2
        self.capabilities = MemoryCapabilities(
            late_write_seconds=config.late_write,
            write_seconds=requests_of_a_write * config.seconds + 2.0,
            note_chars=rendering.room(config.note_chars),
        )
        self._config = config
        self._table = config.table
        self._us = config.user.lower()
        self._looked_at = sorted({"correlation_display", *(name for one in config.severity.values() for name in one)})
        self._pins = Pins()
        self._begin()

    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        """See `Memory`."""
        values = {
            **self._config.fields,
            **rendering.looks(state, self._config),
            "correlation_id": incident,
            "description": rendering.written(note, self._config.note_chars, self.name),
            "state": self._config.states.open,
        }

        def send(tables: Tables) -> Ticket:
            row = tables.create(self._table, values, reading.TICKET)
            self._insist_on_user(row["sys_created_by"])
            self._pins.saw(row)
            return self._ticket(row)

        return await self._call(send, write=True)

    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        """See `Memory`. The list is by correlation id, so `since` is not needed."""
        order = ["ORDERBYsys_created_on", "ORDERBYnumber"]

        def look(tables: Tables) -> Ticket | None:
            rows = tables.every(self._table, [term("correlation_id", "=", incident), *order], reading.TICKET)
            found = (row for row in rows if row["correlation_id"] == incident and self._body_carries(row, op))
            return next((self._ticket(row) for row in found), None)

        return await self._call(look)

    async def append(self, ticket: Ticket, note: Note) -> str:
        """See `Memory`. Only the work note is sent; what a business rule moves on account of it is put back."""
        values = {"work_notes": rendering.written(note, self._config.note_chars, self.name)}

        def send(tables: Tables) -> bool:
            row = tables.change(self._table, ticket.id, values, reading.STATE)
            self._insist_on_user(row["sys_updated_by"])
            return self._pins.noted(row)

        if await self._call(send, write=True):
            # The note stands whatever becomes of this; `settle` does it again.
            with suppress(WatchkeeperError):
                await self._call(lambda tables: self._put_back(tables, ticket), write=True)
        return await self._written(ticket, note.op)

    async def look(self, ticket: Ticket, op: str) -> str | None:
        """See `Memory`."""

        def look(tables: Tables) -> str | None:
            rows = tables.every(JOURNAL, reading.entries_of(ticket.id, None), reading.ENTRY)
            return next((row["sys_id"] for row in rows if self._entry_carries(row, ticket, op)), None)

        return await self._call(look)

    def rendered(self, note: Note) -> str:
        """See `Memory`."""
        return rendering.text_of(note)

    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        """See `Memory`; the body comes whatever `since` says. Comments that customers see are heard too."""

        def look(tables: Tables) -> list[Remark]:
            row = tables.one(self._table, ticket.id, reading.TICKET)
            entries = tables.every(JOURNAL, reading.entries_of(ticket.id, since), reading.ENTRY)
            return reading.remarks(row, entries, self._us)

        return await self._call(look)

    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        """See `Memory`."""

        def look(tables: Tables) -> Remark | None:
            if id_ == reading.BODY:
                return reading.body(tables.one(self._table, ticket.id, reading.TICKET), self._us)
            if not reading.is_key(id_):
                return None
            try:
                row = tables.one(JOURNAL, id_, reading.ENTRY)
            except Answered as err:
                if err.status == 404:
                    return None
                raise
            return reading.remark(row, self._us) if row["element_id"] == ticket.id else None

        return await self._call(look)

    async def standing(self, ticket: Ticket) -> Standing:
        """See `Memory`."""

        def look(tables: Tables) -> Standing:
            row = tables.one(self._table, ticket.id, reading.STANDING, shown=True)
            return reading.standing(row, self._config.states.closed)

        return await self._call(look)

    async def remove(self, ticket: Ticket, id_: str) -> None:
        """See `Memory`."""
        raise Unsupported(f"{self.name}: a work note cannot be deleted")

    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        """See `Memory`."""
        start = [term("sys_created_on", ">=", reading.stored(since))] if since else []
        terms = [
            term("correlation_display", "STARTSWITH", rendering.OURS),
            term("sys_created_by", "=", self._config.user),
            *start,
            "ORDERBYsys_created_on",
            "ORDERBYnumber",
        ]

        def look(tables: Tables) -> list[Ticket]:
            rows = tables.every(self._table, terms, reading.TICKET)
            return [self._ticket(row) for row in rows if reading.marked(row, self._us)]

        return await self._call(look)

    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        """See `Memory`: newest first, by words in the short description and the description."""
        terms = reading.query(query, service, since)
        if not terms:
            return []

        def look(tables: Tables) -> list[Hit]:
            rows = tables.some(self._table, terms, reading.TICKET, HITS)
            return [reading.hit(row, self._ticket(row), self._us, self._config.states.closed) for row in rows]

        return await self._call(look)

    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        """See `Memory`. ServiceNow signs nothing: a business rule sends a token that both sides know."""
        token = self._config.webhook_token
        if token is None:
            raise Unsupported(f"{self.name}: no webhook_token is set, so no message is believed")
        sent = headers.get("x-watchkeeper-token", "")
        if not hmac.compare_digest(sent.encode(), token.get_secret_value().encode()):
            raise Denied(f"{self.name}: the message does not carry webhook_token")
        return reading.spoken_of(body, self._table)

    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        """See `Memory`. An open ticket keeps the open state that people gave it; a closed one is never closed again."""
        looks, states = rendering.looks(state, self._config), self._config.states

        def send(tables: Tables) -> None:
            row = tables.one(self._table, ticket.id, (*reading.TICKET, *self._looked_at))
            wanted, closed = rendering.difference(row, looks), row["state"] in states.closed
            if state.closed and not closed:
                wanted |= self._to(states.resolved)
            elif closed and not state.closed:
                wanted |= self._to(states.open)
            elif back := self._pins.back(row):
                wanted |= self._to(back)
            if wanted:
                row = tables.change(self._table, ticket.id, wanted, reading.STATE)
            self._pins.saw(row)

        await self._call(send, write=True)

    async def check(self) -> str:
        """See `Memory`. Rights to write show with the first write only; what can be read is tried."""

        def look(tables: Tables) -> str:
            tables.some(self._table, [], ["sys_id"], 1)
            tables.insist(JOURNAL, [term("sys_created_by", "=", self._config.user)])
            me = tables.some("sys_user", ["sys_id=javascript:gs.getUserID()"], ["sys_id", "user_name"], 1)
            if me:
                self._insist_on_user(me[0].get("user_name", ""))
            return f"may write {self._table} records at {self._config.url.host} as {self._config.user}"

        return await self._call(look)

    async def aclose(self) -> None:
        """See `Memory`."""
        self._end()

    def _begin(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        self._tables = Tables(self._config)

    def _end(self) -> None:
        self._thread.submit(self._tables.close)  # after whatever still runs
        self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[Tables], T], *, write: bool = False) -> T:
        limit = self.capabilities.write_seconds if write else 6 * self.capabilities.write_seconds
        tables, until = self._tables, time.monotonic() + limit

        def run() -> T:
            tables.session.until = until
            return work(tables)

        try:
            async with asyncio.timeout(limit):
                return await asyncio.get_running_loop().run_in_executor(self._thread, run)
        except Exception as err:
            if isinstance(err, TimeoutError):
                # An answer that drips passes every limit of the library's; the thread is left to it.
                self._end()
                self._begin()
            raise judged(self.name, err, self._config.secrets, write=write) from err

    async def _written(self, ticket: Ticket, op: str) -> str:
        """The id of a note that was just written: among the newest, or else, by clocks that differ, among all."""
        terms = [term("element_id", "=", ticket.id), "element=work_notes", "ORDERBYDESCsys_created_on"]
        try:
            rows = await self._call(lambda tables: tables.some(JOURNAL, terms, reading.ENTRY, NEWEST))
            newest = (row["sys_id"] for row in rows if self._entry_carries(row, ticket, op))
            found = next(newest, None) or await self.look(ticket, op)
        except WatchkeeperError as err:
            raise Ambiguous(f"the note was taken, and its id is not known: {err}") from err
        if found is None:
            raise Ambiguous(f"{self.name} took the note and does not list it")
        return found

    def _put_back(self, tables: Tables, ticket: Ticket) -> None:
        row = tables.one(self._table, ticket.id, reading.STATE)
        if back := self._pins.back(row):
            self._pins.saw(tables.change(self._table, ticket.id, self._to(back), reading.STATE))

    def _to(self, state: str) -> dict[str, str]:
        resolution = self._config.resolution if state == self._config.states.resolved else {}
        return {"state": state, **resolution}

    def _insist_on_user(self, name: str) -> None:
        """A look finds only what `user` wrote: with another name nothing would ever be found."""
        if name.lower() != self._us:
            raise Permanent(f"the credentials are those of `{name}`; set it as `user`")

    def _ticket(self, row: Row) -> Ticket:
        url = f"{self._config.base}/{self._table}.do?sys_id={row['sys_id']}"
        return Ticket(id=row["sys_id"], label=f"ServiceNow {row['number']}", url=url)

    def _body_carries(self, row: Row, op: str) -> bool:
        return reading.carries(row["description"], row["sys_created_by"], op, self._us)

    def _entry_carries(self, row: Row, ticket: Ticket, op: str) -> bool:
        mine = row["element_id"] == ticket.id
        return mine and reading.carries(row["value"], row["sys_created_by"], op, self._us)
