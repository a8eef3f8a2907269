"""PagerDuty incidents as shared memory: one per incident of ours, found by its key, and one note per entry.

https://developer.pagerduty.com/api-reference · https://github.com/PagerDuty/pdpyras
Creating an incident calls people; an open one with our key is used instead, whoever opened it, and PagerDuty refuses
a second one itself. So the incident comes first and entry 1 follows as its first note: if only the incident came
about, the next try finds it. Notes show every character: plain text, the marker as the last line.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from connectors.marker import last_line, plain
from connectors.memory.pagerduty import reading, writing
from connectors.memory.pagerduty.client import Answered, Client, Json
from connectors.memory.pagerduty.config import PagerDutyConfig
from connectors.memory.pagerduty.directory import Directory
from connectors.memory.pagerduty.listing import created, keyed
from connectors.memory.pagerduty.refusals import judged
from connectors.plain_text import from_markdown
from engine.errors import Denied, Permanent, Retryable, Unsupported
from engine.memory import Hit, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.redact import Clean
from engine.words import one_line

T = TypeVar("T")
MAX_TITLE, MARKER_ROOM = 255, 300
HITS, SEARCHED, SEARCHED_DAYS = 20, 1_000, 180
_INCIDENT = "incident"  # the label of every ticket that is about one
LONG_READ = 600.0  # seconds for a list of everything


class PagerDuty:
    """The incidents of one service."""

    Config = PagerDutyConfig
    label = "PagerDuty"

    def __init__(self, name: str, config: PagerDutyConfig) -> None:
        self.name = name
        self.capabilities = MemoryCapabilities(
            # Before a note its incident is looked for, which may take as long as one request.
            late_write_seconds=config.late_write + config.seconds,
            write_seconds=2.0 * config.seconds + 2.0,
            note_chars=config.note_chars - MARKER_ROOM,
            removes=True,
            calls_people=True,
            per_minute=config.writes_per_minute,
        )
        self._config = config
        self._directory = Directory(name, config)
        self._begin()

    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        """See `Memory`."""
        key, content = self._key(incident), self._content(note)

        def send(client: Client) -> Ticket:
            begun = time.monotonic()
            there = writing.there(client, self._config.service, key, note.at)
            ticket = reading.ticket(there or writing.opened(client, self._incident(client, incident, state), note.at))
            if time.monotonic() - begun > self._config.seconds:
                raise Retryable(f"{self.name} is slow: {ticket.label} is there, its first note was not sent")
            writing.note(client, self.name, ticket, content)
            return ticket

        return await self._call(send, write=True)

    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        """See `Memory`: by the incident's key, whenever it was opened."""
        key = self._key(incident)

        def look(client: Client) -> Ticket | None:
            tickets = (reading.ticket(one) for one in keyed(client, self._config.service, key))
            return next((one for one in tickets if reading.carries(self._remarks(client, one), op)), None)

        return await self._call(look)

    async def append(self, ticket: Ticket, note: Note) -> str:
        """See `Memory`."""
        content = self._content(note)
        return await self._call(lambda client: writing.note(client, self.name, ticket, content), write=True)

    async def look(self, ticket: Ticket, op: str) -> str | None:
        """See `Memory`."""
        return await self._call(lambda client: reading.carries(self._remarks(client, ticket), op))

    def rendered(self, note: Note) -> str:
        """See `Memory`."""
        return plain(from_markdown(note.text))

    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        """See `Memory`; all notes are read whatever `since` says."""
        return reading.since(await self._call(lambda client: self._remarks(client, ticket)), since)

    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        """See `Memory`: by the list of all notes, which is whole."""
        return next((one for one in await self.read(ticket) if one.id == id_), None)

    async def standing(self, ticket: Ticket) -> Standing:
        """See `Memory`."""
        return await self._call(lambda client: reading.standing(client.ask("GET", writing.path(ticket))["incident"]))

    async def remove(self, ticket: Ticket, id_: str) -> None:
        """See `Memory`; what is gone already is fine."""
        if id_ == reading.BODY:
            raise Permanent(f"{self.name}: the note with entry 1 is the ticket's body and stays")

        def send(client: Client) -> None:
            try:
                client.ask("DELETE", f"{writing.path(ticket)}/notes/{id_}")
            except Answered as answered:
                if answered.status != 404:
                    raise

        await self._call(send, write=True)

    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        """See `Memory`: of every incident with a key of ours, or raised by an alert, the notes are read."""
        ours = reading.key_pattern(self._config.key)

        def look(client: Client) -> list[Ticket]:
            found = created(client, self._config.service, since)
            tickets = [reading.ticket(one) for one in found if reading.may_be_ours(one, ours)]
            return [one for one in tickets if reading.begun(self._remarks(client, one))]

        return await self._call(look, limit=LONG_READ)

    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        """See `Memory`. PagerDuty has no search for words: the titles of its newest incidents are compared here."""
        words = [word.lower() for word in [*one_line(query).split(), *one_line(service).split()]]
        start, ours = since or datetime.now(UTC) - timedelta(days=SEARCHED_DAYS), reading.key_pattern(self._config.key)

        def look(client: Client) -> list[Hit]:
            newest = islice(created(client, self._config.service, start, newest_first=True), SEARCHED)
            found = (one for one in newest if all(word in one["title"].lower() for word in words))
            return [reading.hit(one, ours) for one in islice(found, HITS)]

        return await self._call(look)

    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        """See `Memory` (developer.pagerduty.com, verifying signatures): one of several signatures must hold."""
        secret = self._config.webhook_secret
        if secret is None:
            raise Unsupported(f"{self.name}: no webhook_secret is set, so no webhook is believed")
        signed = f"v1={hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()}".encode()
        given = [one.strip().encode() for one in headers.get("x-pagerduty-signature", "").split(",")]
        if not any([hmac.compare_digest(signed, one) for one in given]):  # all are compared: the time tells nothing
            raise Denied(f"{self.name}: the webhook is not signed with webhook_secret")
        return reading.spoken_of(body)

    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        """See `Memory`: title, priority, resolved or not; labels PagerDuty has none."""

        def send(client: Client) -> None:
            us, priority = self._directory.us(client), self._directory.priority(client, state)
            now = client.ask("GET", writing.path(ticket))["incident"]
            wanted = reading.change(now, _title(state), priority, closed=state.closed, us=us)
            if wanted:
                client.ask("PUT", writing.path(ticket), {"incident": {"type": "incident_reference", **wanted}})

        await self._call(send, write=True)

    async def check(self) -> str:
        """See `Memory`. Whether the key may write is asked of an incident that does not exist: nothing is written."""

        def look(client: Client) -> str:
            self._directory.forget()
            self._directory.us(client)
            service = client.ask("GET", f"services/{self._config.service}")["service"]
            if service.get("status") == "disabled":
                raise Permanent(f"{self.name}: the service {service['name']} is disabled and takes no incidents")
            if missing := self._directory.missing(client):
                raise Permanent(f"{self.name}: there is no priority {', '.join(missing)}")
            try:
                client.ask("POST", "incidents/WATCHKEEPER/notes", {"note": {"content": "asked by the doctor"}})
            except Answered as answered:
                if answered.status != 404:
                    raise
            return f"may write incidents of {service['name']} as {self._config.account} (nothing was written)"

        return await self._call(look)

    async def aclose(self) -> None:
        """See `Memory`."""
        self._end()

    def _begin(self) -> None:
        config = self._config
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        url, token = str(config.url).rstrip("/"), config.token.get_secret_value()
        self._client = Client(url, token, config.account, config.seconds)

    def _end(self) -> None:
        self._client.abandon()
        self._thread.submit(self._client.close)  # after whatever still runs
        self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[Client], T], *, write: bool = False, limit: float = 0.0) -> T:
        client = self._client
        limit = limit or self.capabilities.write_seconds * (1 if write else 6)
        try:
            async with asyncio.timeout(limit):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work, client)
        except Exception as err:
            if isinstance(err, TimeoutError):
                # An answer that drips passes every limit of the library's; the thread is left to it.
                self._end()
                self._begin()
            raise judged(self.name, err, self._config.token.get_secret_value(), write=write) from err

    def _incident(self, client: Client, incident: str, state: TicketState) -> Json:
        wanted: Json = {
            "type": "incident",
            "title": _title(state),
            "service": {"id": self._config.service, "type": "service_reference"},
            "incident_key": self._key(incident),
            "body": {"type": "incident_body", "details": f"{incident}: the notes of this incident are its record."},
        }
        if _INCIDENT not in state.labels:
            wanted["urgency"] = "low"  # the ticket of halts and resumes: nobody has to get up for it
        if priority := self._directory.priority(client, state):
            wanted["priority"] = {"id": priority, "type": "priority_reference"}
        return wanted

    def _key(self, incident: str) -> str:
        return self._config.key.format(incident=incident)

    def _remarks(self, client: Client, ticket: Ticket) -> list[Remark]:
        us = self._directory.us(client)
        return reading.remarks(client.ask("GET", f"{writing.path(ticket)}/notes")["notes"], us)

    def _content(self, note: Note) -> str:
        content = f"{self.rendered(note)}\n{last_line(note)}".lstrip()
        if len(content) > (most := self._config.note_chars):
            raise Permanent(f"{self.name} takes {most:,} characters; entry {note.n} has {len(content):,}")
        return content


def _title(state: TicketState) -> str:
    line = one_line(state.title)
    return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1]}…"
