"""Which incident is carried next: decisions first, then what is open and bad, and what people ordered for a refusal."""

from collections.abc import Set as AbstractSet
from typing import Literal

from engine.incident import State
from engine.model import DECISIONS, Kind
from engine.ports import Clock
from engine.store.cursors import Cursor

Rank = tuple[int, str, int]
# What people wait to read in the ticket: a word on a proposal, and what came of it.
_URGENT = (
    DECISIONS
    | {Kind.PROPOSED, Kind.STARTED, Kind.RESULT, Kind.UNKNOWN, Kind.VERIFIED, Kind.HALTED}
    | {Kind.REMARKED, Kind.CORRECTION}
)


def rank(state: State, acked: int) -> Rank:
    """The lowest goes first: open ones with a decision to carry, by severity, then the newest; closed ones last."""
    decides = any(entry.kind in _URGENT for entry in state.entries[acked:])
    severity = state.triage.severity.value if state.triage else "SEV9"
    order = 2 if state.closed else 0 if decides else 1
    return (order, severity, -state.number)


def ordered(state: State, backend: str, cursor: Cursor) -> Literal["retry", "skip", "new"] | None:
    """What a person decided about a refusal, if nobody obeyed it yet: each refusal is told, so it follows an order."""
    for entry in reversed(state.entries):
        if entry.payload.get("backend") != backend or entry.kind not in (Kind.RECORD_ORDERED, Kind.RECORD_REFUSED):
            continue
        if entry.kind == Kind.RECORD_REFUSED:
            return None
        how: Literal["retry", "skip", "new"] = entry.payload["how"]
        return how if how != "skip" or entry.payload["entry"] == cursor.acked + 1 else None
    return None


def orders(state: State, backend: str) -> int:
    """How many orders people gave about this backend."""
    return sum(e.kind == Kind.RECORD_ORDERED and e.payload["backend"] == backend for e in state.entries)


class Queue:
    """Incidents with something to carry, now or at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[int, float] = {}
        self._ranks: dict[int, Rank] = {}

    def rank(self, incident: int, rank: Rank) -> None:
        """How much it matters from now on."""
        self._ranks[incident] = rank

    def put(self, incident: int) -> None:
        """There is news of it."""
        self._at[incident] = 0.0

    def put_back(self, incident: int, seconds: float | None) -> None:
        """Something is due then; None: nothing but news will change anything."""
        if seconds is None:
            self._at.pop(incident, None)
        else:
            self._at[incident] = self._clock.monotonic() + seconds

    def keep(self, owned: AbstractSet[int]) -> None:
        """Forget what another process carries."""
        for incident in self._at.keys() - owned:
            del self._at[incident]
        for incident in self._ranks.keys() - owned:
            del self._ranks[incident]

    def due(self) -> int | None:
        """Of those that are due now the one that matters most."""
        now = self._clock.monotonic()
        ready = [incident for incident, at in self._at.items() if at <= now]
        return min(ready, key=lambda incident: self._ranks.get(incident, (1, "SEV9", -incident)), default=None)

    def wait(self, most: float) -> float:
        """Seconds until something is due, at most `most`."""
        return max(0.0, min([most, *(at - self._clock.monotonic() for at in self._at.values())]))
