"""Where an incident stands, as one word, and what the root message speaks of. It chooses no words for people."""

from enum import Enum

from engine.incident import Decided, State


class Phase(Enum):
    """The states that a person tells apart, each with the emoji of its header, one a message."""

    TRIAGE = ("triage", "🔔")
    INVESTIGATING = ("investigating", "🔎")
    NEEDS_DECISION = ("a decision is needed", "✋")
    NEEDS_PERSON = ("a person is needed", "✋")
    ACTING = ("acting", "⚙️")
    VERIFYING = ("verifying", "⏳")
    CLOSED = ("closed", "✔️")

    @property
    def words(self) -> str:
        """The state inside a sentence."""
        return self.value[0]

    @property
    def emoji(self) -> str:
        """What stands before the title."""
        return self.value[1]


_STARTED = {
    "started": Phase.ACTING,
    "running": Phase.ACTING,
    "succeeded": Phase.VERIFYING,
    "verified": Phase.VERIFYING,
}


def unprovable(decided: Decided) -> bool:
    """The action is done, and nothing can be read that would prove it."""
    return decided.status == "succeeded" and decided.proposal.measure is None and decided.settling is None


def recovering(state: State) -> bool:
    """The alert went away by itself and the reading that proves it is awaited."""
    return bool(state.alert_resolved and state.recovery_settling and not state.recovery_verified)


def phase(state: State) -> Phase:
    """What is going on now."""
    decided = state.current
    if state.closed:
        return Phase.CLOSED
    if decided and decided.status == "waiting":
        return Phase.NEEDS_DECISION
    if decided and decided.status in _STARTED and not unprovable(decided):
        return _STARTED[decided.status]
    if recovering(state):
        return Phase.VERIFYING
    if decided and decided.started:
        return Phase.NEEDS_PERSON
    if _work_goes_on(state, decided):
        return Phase.INVESTIGATING if state.plan and state.plan.round == state.round else Phase.TRIAGE
    return Phase.NEEDS_PERSON


def _work_goes_on(state: State, decided: Decided | None) -> bool:
    """Something is still being looked at, or what was found is still being judged."""
    concluded = state.conclusion_entry
    if concluded is None:
        return True
    if state.not_proposed or (state.observed and state.observed[-1][0].n > concluded.n):
        return False
    return decided is None or decided.n < concluded.n
