"""A backend on paper: tickets whose notes can be edited, copied, forged and torn out, with markers as vendors' are.

`shows`: everything is seen by people, so that the marker is the plain last line and carries no form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from typing_extensions import override

from connectors import marker
from engine.errors import Permanent, Retryable, Unsupported, WatchkeeperError
from engine.memory import Hit, Memory, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.redact import Clean

AT = datetime(2026, 11, 24, 2, 13, 44, tzinfo=UTC)


@dataclass
class Sheet:
    """One note as it lies there."""

    id: str
    text: str
    ours: bool = True
    at: datetime = AT
    edited_at: datetime | None = None


@dataclass
class Folder:
    """One ticket."""

    ticket: Ticket
    incident: str
    state: TicketState
    sheets: list[Sheet] = field(default_factory=list)


class Paper(Memory):
    """Does as it is told, at once. `fails`: what every call raises while it is set; the next writes raise `wrong`."""

    def __init__(self, name: str = "paper", *, shows: bool = False, removes: bool = True, **more: object) -> None:
        self.name = name
        self.label = name.capitalize()
        room = 0 if shows else 44_000
        self.capabilities = replace(
            MemoryCapabilities(late_write_seconds=0.0, form_chars=room, removes=removes),
            **more,  # type: ignore[arg-type]
        )
        self.folders: list[Folder] = []
        self.fails: WatchkeeperError | None = None
        self.wrong: list[WatchkeeperError] = []
        self.writes = 0
        self._shows = shows
        self._ids = 0

    def notes(self, incident: str) -> list[Sheet]:
        return next(folder.sheets for folder in self.folders if folder.incident == incident)

    def sheet(self, incident: str, n: int) -> Sheet:
        """The first note whose marker says this entry."""
        return next(s for s in self.notes(incident) if (m := marker.read(s.text)) and (m.first or m.n) <= n <= m.n)

    @override
    def rendered(self, note: Note) -> str:
        return marker.plain(note.text)

    @override
    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        self._write()
        number = len(self.folders) + 1
        self.folders.append(Folder(Ticket(str(number), f"{self.label} #{number}"), incident, state))
        self._put(self.folders[-1], note, "body")
        return self.folders[-1].ticket

    @override
    async def append(self, ticket: Ticket, note: Note) -> str:
        self._write()
        self._ids += 1
        self._put(self._folder(ticket), note, str(self._ids))
        return str(self._ids)

    @override
    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        self._ask()
        return next((f.ticket for f in self.folders if self._has(f.sheets[0], op)), None)

    @override
    async def look(self, ticket: Ticket, op: str) -> str | None:
        self._ask()
        return next((sheet.id for sheet in self._folder(ticket).sheets if self._has(sheet, op)), None)

    @override
    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        self._folder(ticket).state = state

    @override
    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        self._ask()
        return [_remark(sheet) for sheet in self._folder(ticket).sheets]

    @override
    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        return next((one for one in await self.read(ticket) if one.id == id_), None)

    @override
    async def standing(self, ticket: Ticket) -> Standing:
        return Standing(self._folder(ticket).state.closed, "")

    @override
    async def remove(self, ticket: Ticket, id_: str) -> None:
        self._ask()
        if not self.capabilities.removes:
            raise Unsupported(f"{self.name}: nothing is removed")
        folder = self._folder(ticket)
        folder.sheets = [sheet for sheet in folder.sheets if sheet.id != id_]

    @override
    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        self._ask()
        return [folder.ticket for folder in self.folders if marker.read(folder.sheets[0].text)]

    @override
    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        self._ask()
        words = query.lower().split()
        return [
            Hit(folder.ticket, folder.state.title, folder.incident, folder.state.closed, folder.sheets[0].at)
            for folder in self.folders
            if all(w in f"{folder.state.title} {' '.join(s.text for s in folder.sheets)}".lower() for w in words)
        ]

    @override
    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        raise Unsupported(f"{self.name}: paper sends none")

    @override
    async def check(self) -> str:
        return "fine"

    @override
    async def aclose(self) -> None:
        return None

    def _put(self, folder: Folder, note: Note, id_: str) -> None:
        line = marker.last_line(note) if self._shows else marker.html_comment(note)
        folder.sheets.append(Sheet(id_, f"{marker.plain(note.text)}\n{line}"))

    def _folder(self, ticket: Ticket) -> Folder:
        found = next((folder for folder in self.folders if folder.ticket.id == ticket.id), None)
        if found is None:
            raise Permanent(f"{self.name}: {ticket.label} is gone")
        return found

    def _has(self, sheet: Sheet, op: str) -> bool:
        found = marker.read(sheet.text)
        return sheet.ours and found is not None and found.op == op

    def _ask(self) -> None:
        if self.fails:
            raise self.fails

    def _write(self) -> None:
        self._ask()
        self.writes += 1
        if self.wrong:
            raise self.wrong.pop(0)


def _remark(sheet: Sheet) -> Remark:
    text, found = marker.parted(sheet.text)
    who = "watchkeeper" if sheet.ours else "maya"
    return Remark(sheet.id, who, who, sheet.ours, text, sheet.at, sheet.edited_at, found)


def busy() -> Retryable:
    return Retryable("paper is busy")
