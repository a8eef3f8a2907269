"""What became of a reason for a veto, and which vetoes lack one. Pure."""

from dataclasses import dataclass

from engine.incident import Cast, Decided, State, Why
from engine.model import Entry, Kind, Verdict


@dataclass(frozen=True, slots=True)
class Given:
    """Counted, or stale (there is no such veto), outsider, no right (it is somebody else's).

    `before` is what the same person had said so far.
    """

    verdict: Verdict
    state: State
    decided: Decided | None = None
    cast: Cast | None = None
    entry: Entry | None = None
    before: Why | None = None


def vetoed(state: State, of: int) -> tuple[Decided | None, Cast | None]:
    """The veto that entry `of` is, counted or not, and its proposal."""
    for decided in state.proposals.values():
        for cast in decided.votes:
            if cast.entry.n == of and cast.kind == Kind.VETO:
                return decided, cast
    return None, None


def unexplained(state: State) -> list[Decided]:
    """The proposals that were vetoed without a reason, by somebody who was not asked again for it."""
    silent = [d for d in state.proposals.values() if d.veto and d.why(d.veto.entry.actor) is None]
    return [decided for decided in silent if decided.reason_asked is None]
