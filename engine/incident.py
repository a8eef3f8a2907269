"""What is true now of one incident: the questions, the proposals with their votes, the close.

Frozen; `engine.fold` makes it from entries. The decision on a proposal is computed here from its votes, whatever the
order in which they arrived.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from engine.ballot import Ballot, Cast, Why
from engine.model import (
    PERSON,
    Alert,
    Conclusion,
    Entry,
    Focus,
    Heard,
    Kind,
    Mode,
    Outcome,
    OwnChannel,
    Plan,
    Proposal,
    Triage,
    Verdict,
)
from engine.published import SYSTEM, label
from engine.question import Ask, Held
from engine.remarks import Known

__all__ = ["Ask", "Cast", "Decided", "Held", "State", "Why"]


@dataclass(frozen=True, slots=True)
class Decided(Ballot):
    """One proposal with everything people and the target said of it."""

    entry: Entry
    proposal: Proposal
    votes: tuple[Cast, ...] = ()
    reasons: tuple[Why, ...] = ()  # given after a veto, each by its author
    reason_asked: Entry | None = None  # at the close, of whoever vetoed without one
    shown: Entry | None = None  # of one that may start by itself: its card stands in the chat
    auto_ended: Entry | None = None  # from then on it waits for people
    reminded: Entry | None = None
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
    @override
    def approvals(self) -> tuple[Cast, ...]:
        """One counted approval a person, however many ways they gave it; once started, those it was started with."""
        if self.started is not None and "votes" in self.started.payload:
            return tuple(cast for cast in self.votes if cast.entry.n in self.started.payload["votes"])
        return self.approvals_after(None)

    @property
    def withdrawn(self) -> Cast | None:
        """The requester's first counted word that it shall not run; as final as a veto, which outranks it."""
        return next((c for c in self.votes if c.kind == Kind.WITHDRAWN and c.vote.verdict == Verdict.COUNTED), None)

    @property
    def whys(self) -> tuple[Why, ...]:
        """Every reason of a veto, with it or after it, in the order of the entries."""
        at_once = [Why(c.entry, c.vote.reason) for c in self.votes if c.kind == Kind.VETO and c.vote.reason]
        return tuple(sorted([*at_once, *self.reasons], key=lambda why: why.entry.n))

    def why(self, actor: str) -> Why | None:
        """What this person said last: a second reason corrects the first, and both are kept."""
        return next((why for why in reversed(self.whys) if why.entry.actor == actor), None)

    @property
    def why_vetoed(self) -> Why | None:
        """The reason of whoever vetoed; while they gave none, the first of anybody whose veto was not refused."""
        if self.veto is None:
            return None
        in_force = (Verdict.COUNTED, Verdict.DECIDED)
        heard = {c.entry.actor for c in self.votes if c.kind == Kind.VETO and c.vote.verdict in in_force}
        return self.why(self.veto.entry.actor) or next((w for w in self.whys if w.entry.actor in heard), None)

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

    @property
    def auto(self) -> bool:
        """Whether it waits to start by itself."""
        return self.proposal.mode is Mode.AUTO and self.status == "waiting" and self.auto_ended is None

    @property
    def auto_at(self) -> datetime | None:
        """When its veto window ends; None where nothing starts by itself, or nobody could see it yet."""
        if not self.auto or self.shown is None:
            return None
        return self.shown.at + timedelta(seconds=self.proposal.auto_seconds)

    @property
    def by_itself(self) -> bool:
        """It was started at the end of its veto window, without an approval."""
        return self.started is not None and not self.approvals

    def stops_since(self, n: int) -> tuple[Cast, ...]:
        """The vetoes and withdrawals after entry `n` by whoever had the right, too late or not."""
        stops, verdicts = (Kind.VETO, Kind.WITHDRAWN), (Verdict.COUNTED, Verdict.DECIDED)
        return tuple(c for c in self.votes if c.entry.n > n and c.kind in stops and c.vote.verdict in verdicts)

    @property
    def objections(self) -> tuple[Cast, ...]:
        """The vetoes of people who may not veto this, the last of each."""
        last = {c.entry.actor: c for c in self.votes if c.kind == Kind.VETO and c.vote.verdict == Verdict.NO_RIGHT}
        return tuple(last.values())


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
    round: int = 1
    outbreak: int = 1  # the round in which it was opened, or reopened last
    asks: Mapping[str, Ask] = field(default_factory=dict)
    conclusion: Conclusion | None = None
    conclusion_entry: Entry | None = None
    not_proposed: Entry | None = None
    proposals: Mapping[int, Decided] = field(default_factory=dict)
    observed: tuple[tuple[Entry, Proposal], ...] = ()  # what would have been proposed, in mode observe
    recovery_settling: Entry | None = None
    recovery_verified: Entry | None = None
    notes: tuple[Entry, ...] = ()
    remarks: Mapping[str, Known] = field(default_factory=dict)  # what was read in tickets, the last version of each
    own_channel: OwnChannel | None = None
    surfaced: Entry | None = None  # a person asked for it in the channel
    focus: tuple[tuple[Entry, Focus], ...] = ()
    corrections: Mapping[int, Entry] = field(default_factory=dict)  # the newest, by the entry that it corrects
    closed: Entry | None = None
    halted: Entry | None = None  # of the system incident: the halt in force
    reopened: int = 0
    reopened_entry: Entry | None = None
    blind: bool = False

    @property
    def home(self) -> str:
        """The id of the channel of its own in which its messages stand; empty where that is the shared one's thread."""
        return self.own_channel.id if self.own_channel and self.own_channel.takes_messages else ""

    @property
    def label(self) -> str:
        """`INC-2041`."""
        return label(self.number)

    @property
    def declared(self) -> bool:
        """A person opened it: no source will ever report its end."""
        return self.alert is not None and self.alert.source == PERSON

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Every answer so far, in order of the entries."""
        answers = [ask.heard for ask in self.asks.values()]
        return tuple(sorted((h for h in answers if h is not None), key=lambda h: h.entry))

    @property
    def heard_now(self) -> tuple[Heard, ...]:
        """The answers since it was opened, or reopened: an earlier outbreak's are no evidence for this one.

        Of several to one question of the plans the newest counts; of people's own questions each does.
        """
        newest: dict[str, Heard] = {}
        for ask in self.asks.values():
            heard, key = ask.heard, ask.id if ask.person else f"{ask.question.source}/{ask.question.key}"
            if heard is not None and ask.round >= self.outbreak:
                newest[key] = max(heard, newest.get(key, heard), key=lambda h: h.entry)
        return tuple(sorted(newest.values(), key=lambda h: h.entry))

    @property
    def holding(self) -> tuple[Ask, ...]:
        """The questions that wait for people."""
        return tuple(ask for ask in self.asks.values() if ask.waits)

    def held(self, n: int) -> Ask | None:
        """The question that is, or was, held by this entry."""
        return next((ask for ask in self.asks.values() if ask.held and ask.held.n == n), None)

    def twins(self, proposal: Proposal) -> tuple[Decided, ...]:
        """The proposals that wait and would do exactly this."""
        return tuple(d for d in self.waiting if _same(d.proposal, proposal))

    def again(self, decided: Decided) -> Decided | None:
        """A later proposal of exactly this, whatever became of it."""
        return next(
            (d for d in self.proposals.values() if d.n > decided.n and _same(d.proposal, decided.proposal)), None
        )

    def successor(self, decided: Decided) -> Decided | None:
        """What a later conclusion proposes in place of an earlier one's: the same action, otherwise."""
        mine = decided.proposal
        for later in self.waiting:
            other = later.proposal
            both = later.n > decided.n and not mine.requester and not other.requester and other.action == mine.action
            if both and dict(other.arguments) != dict(mine.arguments):
                return later
        return None

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


def _same(one: Proposal, other: Proposal) -> bool:
    return one.action == other.action and dict(one.arguments) == dict(other.arguments)
