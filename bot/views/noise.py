"""How much of an incident stands in the channel: as configured, and never less than what people must decide.

What is kept out is in the ledger and in every record all the same.
"""

from dataclasses import dataclass
from typing import Literal

from engine.incident import Ask, State
from engine.model import Kind, Severity, Triage


@dataclass(frozen=True, slots=True)
class Noise:
    """`quiet`: single findings stay in the plan's message. Below `min_severity` an incident is not shown by itself."""

    thread: Literal["full", "quiet"] = "full"
    min_severity: Severity = Severity.SEV4


EVERYTHING = Noise()


def kept_out(state: State, noise: Noise) -> bool:
    """Whether the incident needs no message: it is slight, was so from the start, and nobody has to decide anything."""
    if state.declared:
        return False  # whoever opened it wants it seen
    judged = [Triage.model_validate(e.payload) for e in state.entries if e.kind == Kind.TRIAGE]
    if any(triage.severity.value <= noise.min_severity.value for triage in judged):
        return False
    return not (state.proposals or state.surfaced or any(ask.held for ask in state.asks.values()))


def has_own_message(ask: Ask, noise: Noise) -> bool:
    """Whether an answer stands in a message of its own: what a person asked does, a tool of the plan never."""
    return bool(ask.person) or (ask.question.by == "partner" and noise.thread == "full")
