"""What the demo page is told about everything that is not chat, and what it may ask for.

Only shapes: who fills them (the demo) and who draws them (the page) do not know each other.
"""

from typing import Literal, NotRequired, Protocol, TypedDict

State = Literal["open", "closed"]


class Comment(TypedDict):
    """One comment of an issue; `at` is ISO 8601 in UTC, `body` is Markdown as the author wrote it."""

    author: str
    at: str
    body: str


class Record(TypedDict):
    """How much of the ledger a backend holds: entries in it, entries behind, and why behind in a few words."""

    entries: int
    behind: int
    note: NotRequired[str]


class IssueRecord(Record):
    """The GitHub issue; `number` 0 until there is one. The issue's own text is the first of `comments`."""

    url: str
    title: str
    number: int
    state: State
    labels: list[str]
    comments: list[Comment]


class FileRecord(Record):
    """The Markdown file; `text` is empty until there is one."""

    path: str
    text: str


class Entry(TypedDict):
    """One ledger entry: number, kind, time (ISO 8601 in UTC, microseconds), whether a person decided something.

    `slack_ms` and each of `records` (keys as in `WorldState.records`) say how many milliseconds after `at` the entry
    became visible there; None while it waits; absent where the entry is not shown at all.
    """

    n: int
    kind: str
    at: str
    decision: bool
    slack_ms: NotRequired[float | None]
    records: dict[str, float | None]


class IncidentLine(TypedDict):
    """An incident of this run: id such as `INC-2041` and its state in one word."""

    id: str
    state: str


class Fault(TypedDict):
    """A fault one can switch; `name` is the menu's words, `short` the bar's, `key` is what `do` gets."""

    name: str
    short: str
    key: str
    on: bool


class Release(TypedDict):
    """The release that runs, whether it is the bad one, and what is under way; nothing is shipped meanwhile."""

    current: str
    bad: bool
    run: Literal["deploy", "rollback"] | None


class Shop(TypedDict):
    """The shop as measured now; `error_rate` is a share from 0 to 1."""

    healthy: bool
    error_rate: float


class WorldState(TypedDict):
    """Everything the page draws besides chat; `incident` is the newest one, and `entries` are its.

    `ended` says that Watchkeeper ended, and how; absent while it runs.
    """

    incident: str | None
    incidents: list[IncidentLine]
    entries: list[Entry]
    chain: str
    records: dict[str, IssueRecord | FileRecord]
    faults: list[Fault]
    release: Release
    shop: Shop
    ended: NotRequired[str]


class Refused(Exception):
    """The world does not do that now; the text is shown to the person as it is."""


class World(Protocol):
    """What the page needs from the demo."""

    async def state(self) -> WorldState:
        """What is true now; asked up to five times a second while somebody watches."""

    async def ship_bad_release(self) -> None:
        """Break the shop. Raises `Refused`."""

    async def switch_fault(self, key: str, *, on: bool) -> None:
        """Switch a fault of `WorldState.faults`. Raises `Refused`."""
