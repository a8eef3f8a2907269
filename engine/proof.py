"""What the entries of the proof say: when a reading is due, what it showed, and how an incident ended.

It reads entries that have no noun of their own, so that Slack and the tickets say the same; it measures nothing.

    settling   {"proposal": 19 | null, "measure": Measure, "due_at": ISO 8601, "now": 0.046 | null}
    verified   {"proposal": 19 | null, "measure": Measure, "before": 0.073 | null, "after": 0.002, "effect": Effect,
                "series": Series | null}
    closed     {"how": "resolved" | "recovered" | …}; a person's pseudonym as its actor says that a person closed it
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.incident import Decided, State
from engine.model import Entry, Kind, Measure, Series
from engine.words import moment

Effect = Literal["verified", "no_effect", "worse"]
Ending = Literal["resolved", "recovered", "person"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The symptom's own measure before and after; numbers as the tool gave them, shares 0 to 1."""

    effect: Effect
    at: datetime
    measure: Measure | None
    before: float | None
    after: float | None
    series: Series | None = None  # the way to it


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _measure(entry: Entry) -> Measure | None:
    found = entry.payload.get("measure")
    return Measure.model_validate(found) if found else None


@dataclass(frozen=True, slots=True)
class Settling:
    """The wait for the reading that counts: when it is due, and what the measure showed at its beginning."""

    entry: Entry
    measure: Measure | None
    due: datetime
    now: float | None


def settling(entry: Entry) -> Settling:
    """What a settling entry says; without a due time it is due at once."""
    due = moment(entry.payload.get("due_at")) or entry.at
    return Settling(entry, _measure(entry), due, _float(entry.payload.get("now")))


def reading(entry: Entry) -> Reading:
    """What the reading after the settling time showed."""
    effect: Effect = "no_effect"
    if entry.payload.get("effect") in ("verified", "worse"):
        effect = "verified" if entry.payload["effect"] == "verified" else "worse"
    before, after = (_float(entry.payload.get(key)) for key in ("before", "after"))
    way = entry.payload.get("series")
    return Reading(effect, entry.at, _measure(entry), before, after, Series.model_validate(way) if way else None)


def opened(state: State) -> Entry | None:
    """Where the incident began, or began again."""
    again = [entry for entry in state.entries if entry.kind == Kind.REOPENED]
    return again[-1] if again else state.alert_entry


def acted(state: State) -> Decided | None:
    """The action that was started last since the incident began, or began again."""
    start = opened(state)
    done = [d for d in state.proposals.values() if d.started and start and d.n > start.n]
    return done[-1] if done else None


def ending(state: State) -> Ending:
    """How a closed incident ended: by a proof, by itself, or by a person's word."""
    if state.closed is None or state.closed.actor.startswith("person:"):
        return "person"
    return "resolved" if state.closed.payload.get("how") == "resolved" else "recovered"


def decided_at(decided: Decided) -> datetime | None:
    """When the last approval that was needed came; of what started by itself, when it did."""
    if decided.by_itself and decided.started:
        return decided.started.at
    needed = decided.approvals[: max(1, decided.proposal.quorum)]
    return max(cast.entry.at for cast in needed) if needed and decided.has_quorum else None
