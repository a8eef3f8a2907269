"""What happened to an incident, as marks on its chart: the alert, the decision, the action, its end, the proof."""

from bot.views.chart import Mark
from engine.incident import Decided, State
from engine.model import Entry
from engine.proof import decided_at, opened, reading

_PROOF = {"verified": "verified", "no_effect": "no effect", "worse": "worse"}


def marks(state: State, decided: Decided | None = None) -> list[Mark]:
    """The marks of one action, or of an incident that nothing was done about."""
    start, found = opened(state), []
    if start:
        found.append(Mark(start.at, "alert"))
    if decided:
        approved = decided_at(decided)
        found += [Mark(approved, "approved")] if approved else []
        found += _marks((decided.started, "started"), (decided.result, "done"))
        found += [Mark(decided.verified.at, _PROOF[reading(decided.verified).effect])] if decided.verified else []
    else:
        found += _marks((state.alert_resolved, "alert ended"), (state.recovery_verified, "read again"))
    return found


def service(state: State) -> str:
    """The service that the chart speaks of."""
    return state.triage.service if state.triage else ""


def _marks(*entries: tuple[Entry | None, str]) -> list[Mark]:
    return [Mark(entry.at, word) for entry, word in entries if entry]
