"""What must hold of every start, told by the entries and by what a witness saw, never by the code under test.

The witness looks at the ledger after every single access to it, so it knows the order of everything: also between an
incident and the system incident, and between two entries of the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.fold import fold
from engine.model import Entry, Kind, Verdict, Vote
from engine.oversight.freezes import Span

Pairs = Sequence[tuple[Entry, Vote]]
VOTES = {Kind.APPROVAL, Kind.VETO, Kind.WITHDRAWAL, Kind.WITHDRAWN}
NOTHING_RAN = {"waiting", "vetoed", "withdrawn", "denied", "expired", "aborted", "failed"}


@dataclass
class Around:
    """What stood around a proposal when a look at it began, and was in no entry."""

    vetoes: set[str] = field(default_factory=set)  # refs of whoever has a ⛔ on the card
    gone: set[str] = field(default_factory=set)  # actors whose ✅ has gone from the card
    left: set[str] = field(default_factory=set)  # actors who may not approve any more


class Witness:
    """Everything that was seen of one incident, in the order in which it happened."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.system = 0  # the newest entry of the system incident
        self.freeze: Span | None = None
        self.halted = False
        self._resumed: tuple[int, datetime | None] = (0, None)
        self._given: dict[int, int] = {}  # by vote: how many halts had ended when it was recorded

    def sees(self, system: Sequence[Entry], entries: Sequence[Entry], around: Around | None) -> None:
        """What is new in the ledger; `around` belongs to whoever has just gone on.

        Raises AssertionError for a start that must not be.
        """
        for entry in entries:
            if entry.kind in VOTES:
                self._given[entry.n] = self._resumed[0]
            if entry.kind == Kind.STARTED:
                self._may_start(entry, around or Around())
            self.entries.append(entry)
        for entry in system:
            self.system, self.halted = entry.n, entry.kind == Kind.HALTED
            if entry.kind == Kind.RESUMED:
                self._resumed = self._resumed[0] + 1, entry.at

    def votes_on(self, proposal: int) -> Pairs:
        """The votes on one proposal, in the order of their entries."""
        votes = [(e, Vote.model_validate(e.payload)) for e in self.entries if e.kind in VOTES]
        return [(e, vote) for e, vote in votes if vote.proposal == proposal]

    def _may_start(self, started: Entry, around: Around) -> None:
        of = started.payload["proposal"]
        proposed = self.entries[of - 1].payload
        votes = self.votes_on(of)
        counted = {e.kind for e, vote in votes if vote.verdict == Verdict.COUNTED}
        before = counted | {e.kind for e in self.entries if e.payload.get("proposal") == of and e.kind not in VOTES}
        forbids = before & {Kind.VETO, Kind.WITHDRAWN, Kind.DENIED, Kind.EXPIRED, Kind.STARTED}
        assert not forbids, f"started after {forbids}"
        assert started.at < datetime.fromisoformat(proposed["expires_at"]), "started after the deadline"
        assert not self.halted, "started while halted"
        assert self.freeze is None or not self.freeze.at(started.at), "started in a freeze"
        backing = [(e, vote) for e, vote in votes if e.n in started.payload["votes"]]
        people = {e.actor for e, vote in backing if self._stands(e, vote, votes)}
        assert len(people) == len(started.payload["votes"]) >= proposed["quorum"], "started without quorum"
        assert proposed["requester"] not in people, "approved by its requester"
        assert not around.vetoes, "a veto on the card was not seen"
        assert not {e.actor for e, vote in backing if vote.surface == "reaction"} & around.gone, "a reaction was gone"
        assert not people & around.left, "an approver was none any more"

    def _stands(self, approval: Entry, vote: Vote, votes: Pairs) -> bool:
        """Counted, given after the last halt ended, and newer than every withdrawal of the same way."""
        resumed, at = self._resumed
        fresh = self._given[approval.n] == resumed and (at is None or vote.event_at > at)
        back = [
            w.event_at
            for e, w in votes
            if e.kind == Kind.WITHDRAWAL and e.actor == approval.actor and w.place in ("*", vote.place)
        ]
        counted = approval.kind == Kind.APPROVAL and vote.verdict == Verdict.COUNTED
        return counted and fresh and all(vote.event_at > at for at in back)

    def tells_the_truth(self, incident: int, effects: Sequence[str]) -> None:
        """At the end: every start has an outcome, and it says of the effect what is true or that nobody knows."""
        for decided in fold(incident, self.entries).proposals.values():
            happened, status = effects.count(decided.proposal.op), decided.status
            assert status != "started", "nobody found out what became of it"
            assert happened <= 1, "it took effect twice"
            if status in NOTHING_RAN:
                assert happened == 0, f"{status}, and yet it took effect"
            if status == "succeeded":
                assert happened == 1, "succeeded, and nothing took effect"

    def folds_alike_in_any_order(self, incident: int) -> None:
        """The words of people commute as long as nothing is started or ended."""
        ends = [i for i, e in enumerate(self.entries) if e.kind in (Kind.STARTED, Kind.DENIED, Kind.EXPIRED)]
        entries = self.entries[: min(ends, default=len(self.entries))]
        votes, others = [e for e in entries if e.kind in VOTES], [e for e in entries if e.kind not in VOTES]
        seen = set()
        for order in (votes, votes[::-1], votes[::2] + votes[1::2], sorted(votes, key=lambda e: e.hash)):
            found = fold(incident, [*others, *order]).proposals
            seen.add(str([(d.n, d.status, sorted(a.entry.actor for a in d.approvals)) for d in found.values()]))
        assert len(seen) <= 1, "the decision depends on the order of arrival"
