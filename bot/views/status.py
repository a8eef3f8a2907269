"""The status in a few words, as the root's first field and `/watch status` say it."""

from bot.views.freezes import frozen_past
from bot.views.parts import outside, time
from bot.views.phase import Phase, phase, recovering, unprovable
from bot.views.scene import Scene
from bot.views.unmatched import unmatched
from engine.incident import Decided, State
from engine.proof import ending, opened, reading, settling
from engine.words import ordinal


def status(state: State, scene: Scene) -> str:
    """`Investigating, 4 of 6 answered` · `*Needs a decision* until 02:23` · `Closed, resolved 02:19`."""
    now, decided = phase(state), state.current
    match now:
        case Phase.TRIAGE:
            return _again(state) or "Triage"
        case Phase.INVESTIGATING:
            return "; ".join(part for part in (_again(state), _answered(state)) if part)
        case Phase.NEEDS_DECISION if decided:
            if decided.auto_at and not decided.has_quorum:
                return f"*Starts by itself* {time(decided.auto_at, seconds=True)}"
            if decided.has_quorum:
                return "Approved, not started yet"
            return frozen_past(scene, decided) or f"*Needs a decision* until {time(decided.proposal.expires_at)}"
        case Phase.ACTING:
            return _acting(decided)
        case Phase.VERIFYING:
            return _verifying(state, decided)
        case Phase.CLOSED:
            return _closed(state)
        case _:
            return f"*Needs a person*{_why(state, decided)}"


def _again(state: State) -> str:
    start = opened(state)
    return f"Reopened {time(start.at)}, {ordinal(state.reopened + 1)} time" if state.reopened and start else ""


def _answered(state: State) -> str:
    planned = state.planned
    answered = sum(1 for ask in planned if ask.finding)
    words = "Investigating" if not state.reopened else "investigating"
    return f"{words}, {answered} of {len(planned)} answered" if planned else words


def _acting(decided: Decided | None) -> str:
    outcome = decided.outcome if decided else None
    return f"Acting, {outside(outcome.says, 80)}" if outcome and outcome.status == "running" else "Acting"


def _verifying(state: State, decided: Decided | None) -> str:
    if decided and decided.status == "verified":
        return "Mitigated, reported as resolved" if state.alert_resolved else "Mitigated, not yet resolved"
    entry = state.recovery_settling if recovering(state) else decided.settling if decided else None
    return f"Verifying until {time(settling(entry).due)}" if entry else "Verifying"


def _closed(state: State) -> str:
    if state.closed is None:
        return "Closed"
    words = {"resolved": "resolved", "recovered": "recovered by itself", "person": "by a person"}[ending(state)]
    return f"Closed, {words} {time(state.closed.at)}"


def _why(state: State, decided: Decided | None) -> str:
    if decided is None:
        return ": no playbook matches" if unmatched(state) else ""
    if unprovable(decided):
        return ": no reading proves it"
    if decided.verified and decided.status == "ineffective":
        return ": it got worse" if reading(decided.verified).effect == "worse" else ": no effect"
    return {"unknown": ": outcome unknown", "failed": ": it failed", "aborted": ": nothing was sent"}.get(
        decided.status, ""
    )
