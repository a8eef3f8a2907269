"""What each entry of a decision says in a ticket: proposed, approved, vetoed, started, done, verified, closed.

A decision names its person and the way it was given; done and verified stand only in the entry that records it.
"""

from collections.abc import Mapping
from typing import Any

from engine.durable.markdown import code, link, outside, said
from engine.durable.note_words import Names, Paragraphs, Words, entries, says
from engine.incident import Decided, State
from engine.model import Alert, Entry, Kind, Outcome, Proposal, Verdict, Vote
from engine.proof import Reading, ending, opened, reading
from engine.words import clock, count, lasted, quantity, sentence, took, upper_first, utc

_NOT_COUNTED = {
    Verdict.COUNTED: "",
    Verdict.NO_RIGHT: "no right to decide this",
    Verdict.REQUESTER: "the requester does not approve their own request",
    Verdict.HIGH_RISK: "the risk is high, so a reaction does not approve",
    Verdict.NOT_A_PERSON: "only people decide",
    Verdict.OUTSIDER: "guests, outside and deactivated accounts do not decide",
    Verdict.DECIDED: "it was already decided",
    Verdict.EXPIRED: "it had expired",
    Verdict.STALE: "it was for another proposal",
    Verdict.HALTED: "all actions were halted",
}


def _decided(state: State, entry: Entry) -> Decided | None:
    return state.proposals.get(int(entry.payload.get("proposal") or 0))


def _of(decided: Decided | None) -> str:
    if decided is None:
        return "A proposal that is not in this record."
    return (
        f"Proposal {decided.n}: {outside(decided.proposal.title, 200)}, bound to {code(decided.proposal.digest[:8])}."
    )


def _proposed(state: State, entry: Entry, who: Names) -> Paragraphs:
    proposal = Proposal.model_validate(entry.payload)
    why = sentence(outside(proposal.why)) or "not stated."
    if proposal.requester:
        why = f"requested by {who.of(proposal.requester)}{f': {said(proposal.why)}' if proposal.why else ''}."
    dry = "This action has no dry run."
    if proposal.dry_run_passed is not None:
        dry = f"Dry run, {'passed' if proposal.dry_run_passed else 'failed'}: {sentence(outside(proposal.dry_run))}"
    what = outside(proposal.what, 400)
    facts = [
        what if proposal.action in proposal.what else f"{code(proposal.action)} {what}",
        f"Where: {outside(proposal.where, 300)}",
        f"Blast radius: {outside(proposal.blast_radius, 300) or 'not stated'}",
        f"Undo: {outside(proposal.undo, 300) or 'not stated'}",
        f"Risk {proposal.risk}",
    ]
    from_ = f" from {outside(proposal.approvers_name, 80)}" if proposal.approvers_name else ""
    return Paragraphs(
        f"Proposal {state.number}/{entry.n}: {outside(proposal.title, 200)}",
        f"Why: {why}",
        f"Needs {count(proposal.quorum, 'approval')}{from_} until {utc(proposal.expires_at)}; then nothing runs.",
        f"{'. '.join(facts)}. {dry} Bound to {code(proposal.digest[:8])}.",
        "None yet; it waits for people.",
    )


def _not_proposed(state: State, entry: Entry, who: Names) -> Paragraphs:
    action = str(entry.payload.get("action", ""))
    context = f"{code(action)} cannot be proposed." if action else "The findings were judged."
    return Paragraphs("Nothing proposed", context, "A person decides what to do.", says(entry))


def _way(vote: Vote, kind: str) -> str:
    emoji = {Kind.APPROVAL: "✅", Kind.VETO: "⛔"}.get(Kind(kind), "✅")
    return {"reaction": emoji, "button": "Button", "command": "Command"}[vote.surface]


def _vote(state: State, entry: Entry, who: Names) -> Paragraphs:
    vote = Vote.model_validate(entry.payload)
    decided = _decided(state, entry)
    person = who.of(entry.actor)
    counted = vote.verdict == Verdict.COUNTED
    verb = {Kind.APPROVAL: "Approved", Kind.VETO: "Vetoed"}.get(Kind(entry.kind), "Withdrawn")
    title = f"{verb} by {person}" if counted else f"Not counted: {verb.lower()} by {person}"
    evidence = f"{_way(vote, entry.kind)} by {person} in Slack"
    if not counted:
        evidence += f": {_NOT_COUNTED[vote.verdict]}."
    else:
        evidence += _weight(decided, entry, vote)
    if vote.reason:
        evidence += f" Reason: {said(vote.reason)}"
    return Paragraphs(title, _of(decided), _after(decided, entry, counted), evidence, _effect(entry, decided, counted))


def _weight(decided: Decided | None, entry: Entry, vote: Vote) -> str:
    if decided is None or entry.kind == Kind.WITHDRAWAL:
        return "."
    group = decided.proposal.approvers_name
    given = f"; {len(decided.approvals)} of {decided.proposal.quorum}" if entry.kind == Kind.APPROVAL else ""
    of = f", of {outside(group, 80)}" if group and entry.kind == Kind.APPROVAL else ""
    return f"{of}, in time{given}."


def _effect(entry: Entry, decided: Decided | None, counted: bool) -> str:
    if entry.kind == Kind.VETO and counted:
        return "It will not run." if decided and not decided.started else "It had already started."
    return "None yet." if counted and entry.kind == Kind.APPROVAL else "None."


def _after(decided: Decided | None, entry: Entry, counted: bool) -> str:
    if decided is None or not counted or entry.kind == Kind.VETO:
        return "Nothing changes." if not counted else "It stays stopped; another action needs a new proposal."
    missing = decided.proposal.quorum - len(decided.approvals)
    if missing > 0:
        return f"{count(missing, 'more approval')} needed until {utc(decided.proposal.expires_at)}."
    return "The state is read again, then it runs."


def _denied(state: State, entry: Entry, who: Names) -> Paragraphs:
    return Paragraphs(
        "Denied by the gate",
        _of(_decided(state, entry)),
        "A new look makes a new proposal.",
        says(entry),
        "Nothing ran.",
    )


def _expired(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = _decided(state, entry)
    given = (
        f"{len(decided.approvals)} of {decided.proposal.quorum} approved."
        if decided and decided.approvals
        else "Nobody decided."
    )
    return Paragraphs(
        "Expired", _of(decided), "A person may propose it anew.", f"{given} Expired is not denied.", "Nothing ran."
    )


def _started(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = _decided(state, entry)
    again: Mapping[str, Any] = entry.payload.get("read_again") or {}
    same = [f"{outside(str(k), 40)} still {outside(str(v), 80)}" for k, v in list(again.items())[:5]]
    votes = [n for n in entry.payload.get("votes") or [] if isinstance(n, int)]
    by = f" Approved in {entries(votes)}." if votes else ""
    title = outside(decided.proposal.title, 200) if decided else "an action"
    return Paragraphs(
        "Started",
        _of(decided),
        "The result is recorded here.",
        f"Read again {utc(entry.at, seconds=True)}: {', '.join([*same, 'no veto'])}.{by}",
        f"Started: {title}, operation {code(entry.payload.get('op', ''), 60)}.",
    )


def _aborted(state: State, entry: Entry, who: Names) -> Paragraphs:
    return Paragraphs(
        "Not sent", _of(_decided(state, entry)), "A person decides what to do.", says(entry), "Nothing was sent."
    )


def _result(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = _decided(state, entry)
    outcome = Outcome.model_validate(entry.payload["outcome"])
    run = link(outcome.link, f"run {outcome.run}") if outcome.run else ""
    word = {"succeeded": "Done", "failed": "Failed", "running": "Running"}[outcome.status]
    measure = decided.proposal.measure if decided else None
    following = (
        "A person decides what to do."
        if outcome.status == "failed"
        else "Until it is read again nothing is called fixed."
    )
    if outcome.status == "succeeded" and measure is None:
        following = "No reading of this alert is known; a person closes it."
    return Paragraphs(
        word,
        _of(decided),
        following,
        f"{sentence(upper_first(outside(outcome.says)))}{f' {run}.' if run else ''}",
        f"Ended {clock(entry.at, seconds=True)} UTC, {took(outcome.seconds)} after the start.",
    )


def _unknown(state: State, entry: Entry, who: Names) -> Paragraphs:
    op = code(entry.payload.get("op", ""), 60)
    action = f"It may have happened. It is not sent again; operation {op}."
    return Paragraphs(
        "Outcome unknown", _of(_decided(state, entry)), "A person looks at the target.", says(entry), action
    )


def _value(number: float | None, read: Reading) -> str:
    """`7.3 %`; the unit is outside text."""
    return outside(quantity(number, read.measure.unit if read.measure else ""), 60) if number is not None else ""


def _change(read: Reading) -> str:
    values = [shown for shown in (_value(read.before, read), _value(read.after, read)) if shown]
    named = outside(read.measure.name, 60) if read.measure else "the alert's measure"
    return f"{named} {' → '.join(values) or 'not measured'}"


def _threshold(read: Reading) -> str:
    limit = _value(read.measure.threshold, read) if read.measure else ""
    return f"; the threshold is {limit}" if limit else ""


def _verified(state: State, entry: Entry, who: Names) -> Paragraphs:
    read = reading(entry)
    decided = _decided(state, entry)
    context = "The alert went away by itself; nothing ran."
    if decided and decided.result:
        ended = f"ended {utc(decided.result.at, seconds=True)} ({entries([decided.result.n])})"
        context = f"{upper_first(outside(decided.proposal.title, 200))}, {ended}."
    evidence = f"{upper_first(_change(read))}, read {utc(read.at, seconds=True)}{_threshold(read)}."
    title = {"verified": "Verified", "no_effect": "No effect", "worse": "Worse"}[read.effect]
    source = upper_first(outside(state.alert.source, 60)) if state.alert else "the source"
    following = (
        f"Mitigated. Closes when {source} reports the alert as resolved."
        if read.effect == "verified"
        else "What was done stands. A person decides what to do."
    )
    if read.effect == "verified" and state.alert_resolved:
        following = f"{source} reported the alert as resolved in {entries([state.alert_resolved.n])}; it closes."
    return Paragraphs(title, context, following, evidence)


def _resolved(state: State, entry: Entry, who: Names) -> Paragraphs:
    alert = Alert.model_validate(entry.payload)
    source = upper_first(outside(alert.source, 60))
    still = f" {count(len(state.firing), 'alert')} of this incident still fire." if state.firing else ""
    return Paragraphs(
        f"{source} reports the alert as resolved",
        f"{code(alert.name)}{f', ended {utc(alert.ends_at, seconds=True)}' if alert.ends_at else ''}.",
        "Closes by a reading of the alert’s own measure, or by a person.",
        f"As {source} sent it.{still}",
    )


def _reopened(state: State, entry: Entry, who: Names) -> Paragraphs:
    alert = Alert.model_validate(entry.payload)
    return Paragraphs(
        f"Reopened: {code(alert.name)} came back",
        f"{code(alert.name)}: {sentence(outside(alert.summary)) or 'no summary.'}",
        "The earlier work is above; a new plan follows.",
        f"As {who.of(entry.actor)} sent it.",
    )


def _note(state: State, entry: Entry, who: Names) -> Paragraphs:
    return Paragraphs(
        f"Note by {who.of(entry.actor)}",
        f"{who.of(entry.actor)} wrote in Slack.",
        "None.",
        said(str(entry.payload.get("says", "")), 2000),
    )


def _closed(state: State, entry: Entry, who: Names) -> Paragraphs:
    start = opened(state)
    spent = lasted((entry.at - start.at).total_seconds()) if start else ""
    proof, resolve = entry.payload.get("proof"), entry.payload.get("resolve")
    numbers = [n for n in (proof, resolve) if isinstance(n, int)]
    words = str(entry.payload.get("says") or "")
    how = {
        "resolved": "resolved",
        "recovered": "recovered by itself",
        "person": f"by {who.of(entry.actor)}",
    }[ending(state)]
    evidence = f"Proof and resolve: {entries(numbers)}." if numbers else ""
    return Paragraphs(
        f"Closed, {how}",
        f"Open for {spent}." if spent else "Open for an unknown time.",
        "If the alert comes back, the incident is reopened here.",
        f"{evidence} {said(words) if words else ''}".strip(),
        "Closed.",
    )


DECISIONS: Mapping[str, Words] = {
    Kind.PROPOSED: _proposed,
    Kind.NOT_PROPOSED: _not_proposed,
    Kind.APPROVAL: _vote,
    Kind.VETO: _vote,
    Kind.WITHDRAWAL: _vote,
    Kind.DENIED: _denied,
    Kind.EXPIRED: _expired,
    Kind.STARTED: _started,
    Kind.ABORTED: _aborted,
    Kind.RESULT: _result,
    Kind.UNKNOWN: _unknown,
    Kind.VERIFIED: _verified,
    Kind.ALERT_RESOLVED: _resolved,
    Kind.REOPENED: _reopened,
    Kind.NOTE: _note,
    Kind.CLOSED: _closed,
}
