"""How far a decision is: the approvals that count against what is needed, and which other proposals wait."""

from bot.views.places import proposal_number
from engine.incident import Decided, State
from engine.words import listed

_MOST = 6


def tally(decided: Decided) -> str:
    """`1 of 2`; an approval beyond what is needed adds nothing."""
    needed = decided.proposal.quorum
    return f"{min(len(decided.approvals), needed)} of {needed}"


def also_waiting(state: State) -> str:
    """`2 more wait: 2041/29, 2041/30`, beside the one the root speaks of; empty where it is the only one."""
    others = [d.n for d in state.active if d.status == "waiting" and d is not state.current]
    if not others:
        return ""
    numbers = ", ".join(proposal_number(state, n) for n in others[:_MOST])
    spare = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
    return f"{len(others)} more {'waits' if len(others) == 1 else 'wait'}: {numbers}{spare}"


def some(names: list[str]) -> str:
    """`a, b and 3 more`: at most six of them."""
    return listed(names) if len(names) <= _MOST else f"{', '.join(names[:_MOST])} and {len(names) - _MOST} more"
