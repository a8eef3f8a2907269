"""What people said of one entry: which words count, which stand, and which were taken back, whatever their order.

It judges nobody: the policy's verdict stands in each vote.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.model import Category, Entry, Kind, Verdict, Vote


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote with its entry."""

    entry: Entry
    vote: Vote

    @property
    def kind(self) -> Kind:
        """Approval, veto or withdrawal."""
        return Kind(self.entry.kind)

    @property
    def given(self) -> datetime:
        """When it was said: a click from before a halt that is recorded after its end is still from before."""
        return min(self.entry.at, self.vote.event_at)


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody vetoed, in their words; without a category where it was said with the veto itself."""

    entry: Entry
    says: str
    category: Category | None = None
    lesson: bool = False


class Ballot:
    """The votes on one entry: on a proposal, or on a question that is held."""

    __slots__ = ()
    entry: Entry
    votes: tuple[Cast, ...]

    @property
    def n(self) -> int:
        """The number that a vote names."""
        return self.entry.n

    def approvals_after(self, resumed: datetime | None) -> tuple[Cast, ...]:
        """One approval a person that stands now and was given after that; whatever the order of arrival."""
        standing: dict[str, Cast] = {}
        for cast in self.votes:
            counts = cast.kind == Kind.APPROVAL and cast.vote.verdict == Verdict.COUNTED
            if counts and not self._withdrawn(cast) and (resumed is None or cast.given > resumed):
                standing.setdefault(cast.entry.actor, cast)
        return tuple(standing.values())

    def _withdrawn(self, approval: Cast) -> bool:
        """Taken back by the same way (or by all, `*`) at the same time or later, by the chat's own clock."""
        return any(
            cast.kind == Kind.WITHDRAWAL
            and cast.entry.actor == approval.entry.actor
            and cast.vote.place in ("*", approval.vote.place)
            and cast.vote.event_at >= approval.vote.event_at
            for cast in self.votes
        )

    @property
    def approvals(self) -> tuple[Cast, ...]:
        """One counted approval a person that stands, however many ways they gave it."""
        return self.approvals_after(None)

    @property
    def veto(self) -> Cast | None:
        """The first counted veto; terminal until the start, and not lifted by anything."""
        return next((c for c in self.votes if c.kind == Kind.VETO and c.vote.verdict == Verdict.COUNTED), None)

    @property
    def refused(self) -> tuple[Cast, ...]:
        """The words that did not count, the last of each person."""
        last = {c.entry.actor: c for c in self.votes if c.kind != Kind.WITHDRAWAL and c.vote.verdict != Verdict.COUNTED}
        return tuple(last.values())
