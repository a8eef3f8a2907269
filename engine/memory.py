"""The seam to the shared memory: what a backend must be able to do, and what is written to it and read from it.

Every write is one send; the mirror decides about retries. A backend raises the errors of `engine.errors` and nothing
else. Its capabilities are data, so that nobody asks a backend what type it is. The contract is a class of tests that
every backend passes, also one from outside this repository: `playground/conformance/memory.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.redact import Clean


@dataclass(frozen=True, slots=True)
class MemoryCapabilities:
    """How a backend behaves.

    `late_write_seconds`: L of the protocol, how long after sending a write may still land. `note_chars`: the longest
    text of one note, its marker not counted. `form_chars`: room for `Note.data` where people do not see it, so that a
    rebuild is hash for hash; 0 where the backend shows everything. `groups`: several entries may share one note.
    `removes`: a note can be deleted. `calls_people`: opening a ticket calls somebody, so that nothing of the past may
    open one. `per_minute`, `per_hour`: writes that the vendor grants, 0 where it grants any number or says so in its
    answers. `lag_seconds`: how late a remark may appear in a list.
    """

    late_write_seconds: float = 30.0
    write_seconds: float = 10.0
    note_chars: int = 1_000_000
    form_chars: int = 0
    groups: bool = True
    removes: bool = False
    calls_people: bool = False
    per_minute: int = 0
    per_hour: int = 0
    lag_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket in a backend: `id` is what its API takes, `label` and `url` are what people read."""

    id: str
    label: str  # "GitHub #318"
    url: str = ""


@dataclass(frozen=True, slots=True)
class TicketState:
    """How a ticket should look now; setting it twice changes nothing."""

    title: Clean
    labels: tuple[Clean, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """One entry as a note, or several that follow each other; the connector adds the marker in its backend's best form.

    `text` is Markdown for people. `n` is the last entry, `first` the first one of a group, 0 for a single entry; a
    text over the ceiling is sent as `parts` notes. `op` is this note's operation id, `hash` the last entry's. `data`
    holds the published forms, one a line, compressed and base64; `sig` is the HMAC over those lines. A backend that
    shows everything to people carries `op` and `hash` only.
    """

    incident: str  # "INC-2041"
    n: int
    kind: str
    op: str
    hash: str
    sig: str
    data: str
    text: Clean
    at: datetime
    published: bytes = b""
    first: int = 0
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Marker:
    """What a note says of itself in its last line or where people do not see it. The fields are those of `Note`."""

    incident: str
    n: int
    kind: str
    op: str
    hash: str
    sig: str = ""
    data: str = ""
    first: int = 0
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that stands in a ticket: its body (id `body`), a comment, a note, a work note.

    `text` is without the marker. `ours` says who wrote it (the account that the bot writes as), `marker` what it says
    of itself: neither alone makes it a note of ours, since people may share the account or quote a note. `at` and
    `edited_at` are the vendor's times, UTC. `reactions`: emoji name → the vendor's ids of who put it there.
    """

    id: str
    author: str
    author_name: str
    ours: bool
    text: str
    at: datetime
    edited_at: datetime | None = None
    marker: Marker | None = None
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ticket stands in its own backend's words: `Resolved`, by whom and since when, as far as it says so."""

    closed: bool
    status: str
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One ticket that the backend's own search found. `incident` is empty where the ticket is none of ours."""

    ticket: Ticket
    title: str
    incident: str
    closed: bool
    at: datetime
    excerpt: str = ""


class Memory(Protocol):
    """Keeps the record where the team reads it.

    Writes raise `Retryable` (refused before it took effect, `after` says when), `Permanent` (gone, forbidden, too
    large), `Ambiguous` (time-out, reset after bytes, 5xx, unreadable answer). Reads raise `Retryable` or `Permanent`.
    Lists are the vendor's lists by parent, whole and in the order of creation; only `search` may lag.
    """

    name: str
    label: str
    capabilities: MemoryCapabilities

    def rendered(self, note: Note) -> str:
        """The text of the note as `read` gives it back, once written: how a copy or an alteration is told. Pure."""
        ...

    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        """Open the ticket whose body is `note`."""
        ...

    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        """The ticket whose body carries `op`: a list by creation time, never a search. Oldest first."""
        ...

    async def append(self, ticket: Ticket, note: Note) -> str:
        """Write one note; returns the backend's id of it."""
        ...

    async def look(self, ticket: Ticket, op: str) -> str | None:
        """The id of the note that carries `op`, by a list of the ticket's notes, or None."""
        ...

    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        """Make title, labels and open/closed so; repeatable."""
        ...

    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        """What stands in a ticket, its body first. `since`: only what is new or edited then or later, where it can."""
        ...

    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        """One remark by its id, or None: it is gone. Raises `Unsupported` where a backend cannot be asked for one."""
        ...

    async def standing(self, ticket: Ticket) -> Standing:
        """Whether people closed or reopened it. Raises `Permanent` when the ticket is gone."""
        ...

    async def remove(self, ticket: Ticket, id_: str) -> None:
        """Delete a copy of a note of ours. Raises `Unsupported` where `capabilities.removes` is false."""
        ...

    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        """Every ticket whose body carries a marker and is ours, oldest first; `since`: created then or later."""
        ...

    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        """What the backend's own search finds, best or newest first, at most 20; it may lag behind the writes."""
        ...

    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        """Ids of the tickets that a webhook speaks of; its text is not used. Header names are in lower case.

        Raises `Denied` unless it is signed as configured, `Unsupported` when the backend sends none.
        """
        ...

    async def check(self) -> str:
        """For the doctor: one sentence about what may be written where. Raises what a write would raise."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...
