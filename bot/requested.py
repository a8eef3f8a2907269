"""What a person's `/watch run …` says: the arguments, the reason, and what the card must tell of earlier attempts."""

from engine.catalogue import CatalogueAction
from engine.incident import State


def second_times(state: State, action: str) -> list[str]:
    """What the card of a new attempt must say of the earlier ones whose outcome nobody knows."""
    unsure = [d for d in state.proposals.values() if d.proposal.action == action and d.status in ("started", "unknown")]
    return [f"{state.number}/{d.n} may already have happened, so this may be a second time." for d in unsure]


def arguments_of(action: CatalogueAction, rest: str) -> tuple[dict[str, str], str]:
    """`name=value` anywhere, or values in the catalogue's order; what is left is the reason."""
    words = rest.split()
    named = {k: v for k, _, v in (w.partition("=") for w in words) if k in action.arguments and v}
    others = [w for w in words if w.partition("=")[0] not in named]
    for name in action.arguments:
        if name not in named and others:
            named[name] = others.pop(0)
    return named, " ".join(others)
