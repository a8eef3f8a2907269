"""What is true now of one incident: the questions, the proposals with their votes, the close.

Frozen; `engine.fold` makes it from entries. The decision on a proposal is computed here from its votes, whatever the
order in which they arrived.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.model import (
    Alert,
    Conclusion,
    Entry,
    Finding,
    Heard,
    Kind,
    Outcome,
    Plan,
    Proposal,
    Question,
    Silence,
    Triage,
    Verdict,
    Vote,
)
from engine.published import SYSTEM, label


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what was asked, by whom, and what came back."""

    id: str  # "1/errors" of the plan, "ask/14" of a person
    question: Question
    round: int
    asked: Entry | None = None
    answer: Entry | None = None
    finding: Finding | None = None
    silence: Silence | None = None
    person: str = ""

    @property
    def heard(self) -> Heard | None:
        """The answer with its entry, once there is one."""
        if self.answer is None:
            return None
        return Heard(self.answer.n, self.question, self.finding, self.silence)


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote with its entry."""

    entry: Entry
    vote: Vote

    @property
    def kind(self) -> Kind:
        """Approval, veto, withdrawal, or withdrawn by the requester."""
        return Kind(self.entry.kind)


@dataclass(frozen=True, slots=True)
class Decided:
    """One proposal with everything people and the target said of it."""

    entry: Entry
    proposal: Proposal
    votes: tuple[Cast, ...] = ()
    started: Entry | None = None
    aborted: Entry | None = None
    denied: Entry | None = None
    expired: Entry | None = None
    result: Entry | None = None
    outcome: Outcome | None = None
    unknown: Entry | None = None
    settling: Entry | None = None
    verified: Entry | None = None

    @property
    def n(self) -> int:
        """The proposal's own number."""
        return self.entry.n

    @property
    def approvals(self) -> tuple[Cast, ...]:
        """One counted approval a person, however many ways they gave it; once started, those it was started with."""
        if self.started is not None and "votes" in self.started.payload:
            return tuple(cast for cast in self.votes if cast.entry.n in self.started.payload["votes"])
        return self.approvals_after(None)

    def approvals_after(self, resumed: datetime | None) -> tuple[Cast, ...]:
        """One approval a person that stands now and was given after that; whatever the order of arrival."""
        standing: dict[str, Cast] = {}
        for cast in self.votes:
            counts = cast.kind == Kind.APPROVAL and cast.vote.verdict == Verdict.COUNTED
            if counts and not self._withdrawn(cast) and (resumed is None or cast.entry.at > resumed):
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
    def veto(self) -> Cast | None:
        """The first counted veto; terminal until the start, and not lifted by anything."""
        return next((c for c in self.votes if c.kind == Kind.VETO and c.vote.verdict == Verdict.COUNTED), None)

    @property
    def withdrawn(self) -> Cast | None:
        """The requester's first counted word that it shall not run; as final as a veto, which outranks it."""
        return next((c for c in self.votes if c.kind == Kind.WITHDRAWN and c.vote.verdict == Verdict.COUNTED), None)

    @property
    def refused(self) -> tuple[Cast, ...]:
        """The words that did not count, the last of each person."""
        last = {c.entry.actor: c for c in self.votes if c.kind != Kind.WITHDRAWAL and c.vote.verdict != Verdict.COUNTED}
        return tuple(last.values())

    @property
    def status(self) -> str:
        """Before a start waiting, vetoed, withdrawn, denied or expired.

        After it started, aborted, unknown, failed, succeeded, running, verified or ineffective.
        """
        if self.verified is not None:
            return "verified" if self.verified.payload["effect"] == "verified" else "ineffective"
        if self.outcome is not None:
            return self.outcome.status
        for entry, word in (
            (self.aborted, "aborted"),  # by the only one who could have sent it; it outweighs "nobody knows"
            (self.unknown, "unknown"),
            (self.started, "started"),
            (self.denied, "denied"),
        ):
            if entry is not None:
                return word
        if self.veto is not None:
            return "vetoed"
        if self.withdrawn is not None:
            return "withdrawn"
        return "expired" if self.expired is not None else "waiting"

    @property
    def has_quorum(self) -> bool:
        """Enough people approved, and none of them took it back."""
        return len(self.approvals) >= self.proposal.quorum


@dataclass(frozen=True, slots=True)
class State:
    """What is true now of one incident."""

    number: int
    n: int = 0
    entries: tuple[Entry, ...] = ()
    alert: Alert | None = None
    alert_entry: Entry | None = None
    firing: Mapping[str, Alert] = field(default_factory=dict)
    received: int = 0
    last_received: datetime | None = None
    alert_resolved: Entry | None = None
    triage: Triage | None = None
    triage_entry: Entry | None = None
    plan: Plan | None = None
    plan_entry: Entry | None = None
    round: int = 1
    asks: Mapping[str, Ask] = field(default_factory=dict)
    conclusion: Conclusion | None = None
    conclusion_entry: Entry | None = None
    not_proposed: Entry | None = None
    proposals: Mapping[int, Decided] = field(default_factory=dict)
    recovery_settling: Entry | None = None
    recovery_verified: Entry | None = None
    notes: tuple[Entry, ...] = ()
    closed: Entry | None = None
    halted: Entry | None = None  # of the system incident: the halt in force
    reopened: int = 0
    reopened_entry: Entry | None = None
    blind: bool = False

    @property
    def label(self) -> str:
        """`INC-2041`."""
        return label(self.number)

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Every answer so far, in order of the entries."""
        answers = [ask.heard for ask in self.asks.values()]
        return tuple(sorted((h for h in answers if h is not None), key=lambda h: h.entry))

    @property
    def heard_now(self) -> tuple[Heard, ...]:
        """The answers of this round: what an earlier outbreak showed is no evidence for this one."""
        answers = [ask.heard for ask in self.asks.values() if ask.round == self.round]
        return tuple(sorted((h for h in answers if h is not None), key=lambda h: h.entry))

    @property
    def planned(self) -> tuple[Ask, ...]:
        """The questions of the plan in force."""
        return tuple(a for a in self.asks.values() if a.round == self.round and not a.person)

    @property
    def investigating(self) -> bool:
        """A question of the plan is still without an answer."""
        return any(ask.answer is None for ask in self.planned)

    @property
    def has_results(self) -> bool:
        """Something is worth the record: the mirrors start here (investigate first, persist second)."""
        if self.number == SYSTEM:
            return self.n > 0
        return bool(self.conclusion_entry or self.proposals or self.closed) or any(
            a.finding for a in self.asks.values()
        )

    @property
    def active(self) -> tuple[Decided, ...]:
        """The proposals since the incident was opened, or reopened: an earlier outbreak's proof proves nothing now."""
        since = self.reopened_entry.n if self.reopened_entry else 0
        return tuple(d for d in self.proposals.values() if d.n > since)

    @property
    def waiting(self) -> tuple[Decided, ...]:
        """The proposals that wait for people."""
        return tuple(d for d in self.proposals.values() if d.status == "waiting")

    @property
    def current(self) -> Decided | None:
        """The proposal that the root message speaks of: what waits, else what was started last, else the newest.

        Since the incident was opened or reopened: what an earlier outbreak ended with is not what stands now.
        """
        started = [d for d in self.active if d.started]
        waiting = [d for d in self.active if d.status == "waiting"]
        newest = list(self.active)
        return next((group[-1] for group in (waiting, started, newest) if group), None)

    def entry(self, n: int) -> Entry | None:
        """An entry by its number."""
        return self.entries[n - 1] if 0 < n <= len(self.entries) else None
