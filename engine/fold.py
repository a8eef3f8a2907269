"""Fold: entries become a `State`. Pure, incremental, and the same on every replica.

A state is never changed once it was handed out; `advance` returns a new one. Unknown kinds are skipped, unless they are
critical: then `blind` says that this code must not start anything in this incident.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.incident import Ask, Cast, Decided, Held, State, Why
from engine.ledger import Ledger
from engine.model import (
    Alert,
    Conclusion,
    Entry,
    Finding,
    Focus,
    Hold,
    Kind,
    Outcome,
    OwnChannel,
    Plan,
    Proposal,
    Question,
    Silence,
    Triage,
    VetoReason,
    Vote,
)
from engine.remarks import with_version

Change = dict[str, Any]
Reader = Callable[[State, Entry], Change]


def _alert(state: State, entry: Entry) -> Change:
    alert = Alert.model_validate(entry.payload)
    change: Change = {
        "firing": {**state.firing, alert.fingerprint: alert},
        "received": state.received + 1,
        "last_received": entry.at,
        "alert_resolved": None,
        "recovery_settling": None,
        "recovery_verified": None,
    }
    begun, again = state.alert_entry, state.reopened_entry
    if begun is None or (again is not None and begun.n < again.n):
        change |= {"alert": alert, "alert_entry": entry}  # the one that opened it, or opened it again
    return change


def _reopened(state: State, entry: Entry) -> Change:
    fresh = {"closed": None, "conclusion": None, "conclusion_entry": None, "not_proposed": None}
    recovery = {"recovery_settling": None, "recovery_verified": None}
    again = {"reopened": state.reopened + 1, "reopened_entry": entry, "round": state.round + 1}
    return fresh | recovery | again | {"outbreak": state.round + 1}


def _recurred(state: State, entry: Entry) -> Change:
    return {"received": state.received + int(entry.payload.get("times", 1)), "last_received": entry.at}


def _alert_resolved(state: State, entry: Entry) -> Change:
    alert = Alert.model_validate(entry.payload)
    firing = {k: v for k, v in state.firing.items() if k != alert.fingerprint}
    ended = {"alert_resolved": entry, "recovery_settling": None, "recovery_verified": None}
    return {"firing": firing, **({} if firing else ended)}


def _triage(state: State, entry: Entry) -> Change:
    return {"triage": Triage.model_validate(entry.payload), "triage_entry": entry}


def _plan(state: State, entry: Entry) -> Change:
    plan = Plan.model_validate(entry.payload)
    asks = {f"{plan.round}/{q.key}": Ask(f"{plan.round}/{q.key}", q, plan.round) for q in plan.questions}
    return {"plan": plan, "round": plan.round, "asks": {**state.asks, **asks}}


def _asked(state: State, entry: Entry) -> Change:
    id_ = str(entry.payload.get("of") or f"ask/{entry.n}")
    person = str(entry.payload.get("person", ""))
    known = state.asks.get(id_)
    question = known.question if known else Question.model_validate(entry.payload["question"])
    ask = replace(known, asked=entry) if known else Ask(id_, question, state.round, asked=entry, person=person)
    return {"asks": {**state.asks, id_: ask}}


def _held(state: State, entry: Entry) -> Change:
    hold = Hold.model_validate(entry.payload)
    known = state.asks.get(hold.of)
    if known is None:
        question = Question.model_validate(entry.payload["question"])
        person = str(entry.payload.get("person", ""))
        known = Ask(f"ask/{entry.n}", question, state.round, person=person)
    return {"asks": {**state.asks, known.id: replace(known, held=Held(entry, hold))}}


def _of_held(state: State, entry: Entry, n: object, **change: Any) -> Change:
    ask = state.held(n) if isinstance(n, int) else None
    if ask is None or ask.held is None:
        return {}
    return {"asks": {**state.asks, ask.id: replace(ask, held=replace(ask.held, **change))}}


def _shown(state: State, entry: Entry) -> Change:
    if entry.payload.get("proposal"):
        return _of_proposal(state, entry, shown=entry)
    return _of_held(state, entry, entry.payload.get("held"), shown=entry)


def _answer(state: State, entry: Entry) -> Change:
    ask = state.asks.get(str(entry.payload.get("of", "")))
    if ask is None:
        return {}
    finding = Finding.model_validate(entry.payload) if entry.kind == Kind.FINDING else None
    silence = Silence.model_validate(entry.payload) if entry.kind != Kind.FINDING else None
    return {"asks": {**state.asks, ask.id: replace(ask, answer=entry, finding=finding, silence=silence)}}


def _conclusion(state: State, entry: Entry) -> Change:
    return {"conclusion": Conclusion.model_validate(entry.payload), "conclusion_entry": entry}


def _proposed(state: State, entry: Entry) -> Change:
    decided = Decided(entry, Proposal.model_validate(entry.payload))
    return {"proposals": {**state.proposals, entry.n: decided}}


def _not_proposed(state: State, entry: Entry) -> Change:
    """What a person asked for twice says nothing of what the investigation found."""
    return {} if "same" in entry.payload else {"not_proposed": entry}


def _of_proposal(state: State, entry: Entry, **change: Any) -> Change:
    decided = state.proposals.get(int(entry.payload.get("proposal") or 0))
    if decided is None:
        return {}
    return {"proposals": {**state.proposals, decided.n: replace(decided, **change)}}


def _vote(state: State, entry: Entry) -> Change:
    vote = Vote.model_validate(entry.payload)
    decided = state.proposals.get(vote.proposal)
    if decided is not None:
        return _of_proposal(state, entry, votes=(*decided.votes, Cast(entry, vote)))
    ask = state.held(vote.proposal)
    return _of_held(state, entry, vote.proposal, votes=(*ask.held.votes, Cast(entry, vote))) if ask and ask.held else {}


def _veto_reason(state: State, entry: Entry) -> Change:
    given = VetoReason.model_validate(entry.payload)
    decided = state.proposals.get(given.proposal)
    if decided is None:
        return {}
    why = Why(entry, given.says, given.category, given.lesson)
    return _of_proposal(state, entry, reasons=(*decided.reasons, why))


def _expired(state: State, entry: Entry) -> Change:
    return _answer(state, entry) if entry.payload.get("held") else _of_proposal(state, entry, expired=entry)


def _rerun(state: State, entry: Entry) -> Change:
    return {"conclusion": None, "conclusion_entry": None, "not_proposed": None, "round": state.round + 1}


def _focus(state: State, entry: Entry) -> Change:
    return {"focus": (*state.focus, (entry, Focus.model_validate(entry.payload)))}


def _correction(state: State, entry: Entry) -> Change:
    return {"corrections": {**state.corrections, int(entry.payload["corrects"]): entry}}


def _result(state: State, entry: Entry) -> Change:
    outcome = Outcome.model_validate(entry.payload["outcome"])
    return _of_proposal(state, entry, result=entry, outcome=outcome)


def _settling(state: State, entry: Entry) -> Change:
    return _of_proposal(state, entry, settling=entry) if entry.payload.get("proposal") else {"recovery_settling": entry}


def _verified(state: State, entry: Entry) -> Change:
    return _of_proposal(state, entry, verified=entry) if entry.payload.get("proposal") else {"recovery_verified": entry}


READERS: Mapping[str, Reader] = {
    Kind.ALERT: _alert,
    Kind.RECURRED: _recurred,
    Kind.ALERT_RESOLVED: _alert_resolved,
    Kind.REOPENED: _reopened,
    Kind.TRIAGE: _triage,
    Kind.PLAN: _plan,
    Kind.HELD: _held,
    Kind.SHOWN: _shown,
    Kind.ASKED: _asked,
    Kind.FINDING: _answer,
    Kind.SILENT: _answer,
    Kind.STOPPED: _answer,
    Kind.RERUN: _rerun,
    Kind.FOCUS: _focus,
    Kind.CORRECTION: _correction,
    Kind.CONCLUSION: _conclusion,
    Kind.PROPOSED: _proposed,
    Kind.NOT_PROPOSED: _not_proposed,
    Kind.WOULD_PROPOSE: lambda state, entry: {
        "observed": (*state.observed, (entry, Proposal.model_validate(entry.payload)))
    },
    Kind.AUTO_ENDED: lambda state, entry: _of_proposal(state, entry, auto_ended=entry),
    Kind.REMINDED: lambda state, entry: _of_proposal(state, entry, reminded=entry),
    Kind.APPROVAL: _vote,
    Kind.VETO: _vote,
    Kind.WITHDRAWAL: _vote,
    Kind.WITHDRAWN: _vote,
    Kind.REASON: _veto_reason,
    Kind.REASON_ASKED: lambda state, entry: _of_proposal(state, entry, reason_asked=entry),
    Kind.DENIED: lambda state, entry: _of_proposal(state, entry, denied=entry),
    Kind.EXPIRED: _expired,
    Kind.STARTED: lambda state, entry: _of_proposal(state, entry, started=entry),
    Kind.ABORTED: lambda state, entry: _of_proposal(state, entry, aborted=entry),
    Kind.RESULT: _result,
    Kind.UNKNOWN: lambda state, entry: _of_proposal(state, entry, unknown=entry),
    Kind.SETTLING: _settling,
    Kind.VERIFIED: _verified,
    Kind.NOTE: lambda state, entry: {"notes": (*state.notes, entry)},
    Kind.REMARKED: lambda state, entry: {},
    Kind.CHANNEL: lambda state, entry: {"own_channel": OwnChannel.model_validate(entry.payload)},
    Kind.SURFACED: lambda state, entry: {"surfaced": entry},
    Kind.RECORD_REFUSED: lambda state, entry: {},
    Kind.RECORD_ORDERED: lambda state, entry: {},
    Kind.CLOSED: lambda state, entry: {"closed": entry},
    Kind.HALTED: lambda state, entry: {"halted": entry},
    Kind.RESUMED: lambda state, entry: {"halted": None},
}


def advance(state: State, entries: Sequence[Entry]) -> State:
    """The state after these entries, which follow it without a gap."""
    for entry in entries:
        reader = READERS.get(entry.kind)
        change: Change = reader(state, entry) if reader else {"blind": state.blind or entry_is_critical(entry)}
        if "read" in entry.payload:
            change = {**change, "remarks": with_version(state.remarks, entry)}
        state = replace(state, n=entry.n, entries=(*state.entries, entry), **change)
    return state


def entry_is_critical(entry: Entry) -> bool:
    """Whether an entry of a kind we do not know forbids us to start anything."""
    return b'"critical":true' in entry.published


def fold(number: int, entries: Sequence[Entry]) -> State:
    """From the first entry on."""
    return advance(State(number), entries)


class Incidents:
    """The folded incidents of this process; each call folds only what is new."""

    def __init__(self, ledger: Ledger, keep: int = 2000) -> None:
        self.ledger = ledger
        self._keep = keep
        self._states: dict[int, State] = {}

    async def state(self, number: int) -> State:
        """What is true now; `n == 0` for an incident that is not in the ledger."""
        known = self._states.pop(number, None) or State(number)
        new = await self.ledger.entries(number, after=known.n)
        current = advance(known, new)
        latest = self._states.pop(number, None)  # another task may have folded further meanwhile
        if latest is not None and latest.n > current.n:
            current = latest
        self._states[number] = current
        if len(self._states) > self._keep:
            self._states.pop(next(iter(self._states)))
        return current

    async def open(self) -> list[State]:
        """Every open incident but the system's, newest first."""
        return [await self.state(number) for number, _, _ in await self.ledger.heads(only_open=True)]
