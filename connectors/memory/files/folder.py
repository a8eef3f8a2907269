"""A folder as shared memory: `<root>/2026/11/INC-2041.md` to read and `INC-2041.jsonl` beside it to rebuild from.

An entry is named by its number, so writing it twice changes nothing: exactly once without condition, also after a lost
answer. Every write is complete on the disk (fsync) before it counts. The Markdown is people's too: what they add to it
stays. The folder may lie on a shared volume if that has POSIX locks; it is not for two machines without them.
"""

import asyncio
import errno
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path, PurePath
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, HttpUrl

from connectors.memory.files.document import MAX_CHARS, Document
from connectors.memory.files.reading import BODY, hit, remark
from engine.errors import Permanent, Retryable, Unsupported, WatchkeeperError
from engine.memory import Hit, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.redact import Clean
from engine.words import one_line

T = TypeVar("T")
HITS = 20
_TICKET = re.compile(r"\d{4}/\d{2}/[A-Z][A-Z0-9]*-\d+\.md")
# What a person has to mend; anything else (a full disk, a share that is away) passes by itself.
_FOR_GOOD = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG}


class FilesConfig(BaseModel):
    """`root` is made when it is missing; `url` is where people can open it, if anywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: Path
    url: HttpUrl | None = None


class Files:
    """One folder of incidents."""

    Config = FilesConfig
    label = "Files"
    capabilities = MemoryCapabilities(
        late_write_seconds=0.0, write_seconds=10.0, note_chars=MAX_CHARS, form_chars=MAX_CHARS, groups=False
    )

    def __init__(self, name: str, config: FilesConfig) -> None:
        self.name = name
        self._root = config.root.expanduser()
        self._writing = asyncio.Lock()
        self._url = str(config.url).rstrip("/") if config.url else ""

    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        """See `Memory`. The year and month are the first note's."""
        ticket = self._ticket(f"{note.at:%Y/%m}/{incident}.md")

        def write() -> Ticket:
            document = self._document(ticket)
            document.folder.mkdir(parents=True, exist_ok=True)
            with document.locked():
                document.put(note, state)
            return ticket

        async with self._writing:
            return await self._in_thread(write)

    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        """See `Memory`."""

        def look() -> Ticket | None:
            months = sorted(self._root.glob(f"[0-9][0-9][0-9][0-9]/[0-9][0-9]/{incident}.jsonl"))
            # A month is kept when its last day is not before `since`; 31 days are enough for any.
            early = f"{since - timedelta(days=31):%Y/%m}"
            for path in months:
                relative = path.relative_to(self._root).with_suffix(".md").as_posix()
                if relative[:7] >= early and self._document(self._ticket(relative)).number_of(op) is not None:
                    return self._ticket(relative)
            return None

        self._ticket(f"0000/00/{incident}.md")  # a name that is no incident never becomes a pattern
        return await self._in_thread(look)

    async def append(self, ticket: Ticket, note: Note) -> str:
        """See `Memory`; the note's id is the entry's number."""

        def write() -> str:
            document = self._there(ticket)
            with document.locked():
                document.put(note, None)
            return str(note.n)

        async with self._writing:
            return await self._in_thread(write)

    async def look(self, ticket: Ticket, op: str) -> str | None:
        """See `Memory`."""
        number = await self._in_thread(lambda: self._document(ticket).number_of(op))
        return None if number is None else str(number)

    def rendered(self, note: Note) -> str:
        """See `Memory`."""
        return note.text

    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        """See `Memory`. Only entries stand here: what people add to the Markdown is theirs and is not read back."""
        incident = PurePath(ticket.id).stem
        found = await self._in_thread(lambda: [remark(entry, incident) for entry in self._there(ticket).entries()])
        return [one for one in found if since is None or one.id == BODY or one.at >= since]

    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        """See `Memory`."""
        return next((one for one in await self.read(ticket) if one.id == id_), None)

    async def standing(self, ticket: Ticket) -> Standing:
        """See `Memory`."""
        _, closed = await self._in_thread(lambda: self._there(ticket).header())
        return Standing(closed, "Closed" if closed else "Open")

    async def remove(self, ticket: Ticket, id_: str) -> None:
        """See `Memory`: an entry is named by its number, so there is never a copy to remove."""
        raise Unsupported(f"{self.name}: an entry is here once; nothing is removed")

    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        """See `Memory`."""

        def look() -> list[tuple[datetime, Ticket]]:
            found = []
            for path in self._root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*.jsonl"):
                ticket = self._ticket(path.relative_to(self._root).with_suffix(".md").as_posix())
                first = next(iter(self._document(ticket).entries()), None)
                if first is not None:
                    found.append((remark(first, path.stem).at, ticket))
            return sorted(found, key=lambda one: (one[0], one[1].id))

        return [ticket for at, ticket in await self._in_thread(look) if since is None or at >= since]

    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        """See `Memory`: every word of the query, in title or entries; newest first."""
        words = one_line(query).lower().split() + ([service.lower()] if service else [])

        def look(tickets: Sequence[Ticket]) -> list[Hit]:
            found = (hit(ticket, self._document(ticket), words) for ticket in reversed(tickets))
            return list(islice((one for one in found if one is not None), HITS))

        tickets = await self.tickets(since)
        return await self._in_thread(lambda: look(tickets))

    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        """See `Memory`."""
        raise Unsupported(f"{self.name}: files send no webhook")

    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        """See `Memory`; rewrites the header alone."""

        def write() -> None:
            document = self._there(ticket)
            with document.locked():
                document.set_header(state)

        async with self._writing:
            await self._in_thread(write)

    async def check(self) -> str:
        """See `Memory`: whether the folder is there, or can be made, and takes writes."""
        return await self._in_thread(self._probe)

    async def aclose(self) -> None:
        """See `Memory`: nothing is held open between two writes."""

    def _probe(self) -> str:
        place = next(path for path in (self._root, *self._root.absolute().parents) if path.exists())
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            raise Permanent(f"{self.name}: {self._root} cannot be written")
        return f"may write files in {self._root}" + ("" if self._root.exists() else ", which will be made")

    def _ticket(self, path: str) -> Ticket:
        if not _TICKET.fullmatch(path):
            raise Permanent(f"{self.name}: `{path}` is not the name of an incident's file")
        return Ticket(id=path, label="file", url=f"{self._url}/{path}" if self._url else "")

    def _document(self, ticket: Ticket) -> Document:
        return Document(self.name, self._root / self._ticket(ticket.id).id)

    def _there(self, ticket: Ticket) -> Document:
        document = self._document(ticket)
        if not document.exists():
            raise Permanent(f"{self.name}: {ticket.id} is gone")
        return document

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except WatchkeeperError:
            raise
        except OSError as err:
            # Repeating is safe whatever had been written: entries have names.
            kind = Permanent if err.errno in _FOR_GOOD else Retryable
            raise kind(f"{self.name}: {self._root} cannot be written ({err.strerror or type(err).__name__})") from err
