"""What each entry after a decision says in a ticket: started, done, unknown, verified, resolved, closed; notes, halts.

Done and verified stand only in the entry that records them.
"""

from collections.abc import Mapping
from typing import Any

from engine.durable.markdown import code, link, outside, said
from engine.durable.note_decisions import decided_of, of_proposal
from engine.durable.note_remarks import read_in
from engine.durable.note_words import Names, Paragraphs, Words, entries, outcome_says, says
from engine.incident import State
from engine.model import Alert, Entry, Kind, Outcome
from engine.proof import Reading, ending, opened, reading
from engine.words import clock, count, lasted, past, progressive, quantity, sentence, took, upper_first, utc


def _started(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = decided_of(state, entry)
    again: Mapping[str, Any] = entry.payload.get("read_again") or {}
    same = [f"{outside(str(k), 40)} still {outside(str(v), 80)}" for k, v in list(again.items())[:5]]
    votes = [n for n in entry.payload.get("votes") or [] if isinstance(n, int)]
    by = f" Approved in {entries(votes)}." if votes else ""
    if decided and decided.by_itself:
        by = f" It started by itself: nobody stopped it in {took(decided.proposal.auto_seconds)}."
    title = outside(decided.proposal.title, 200) if decided else "an action"
    return Paragraphs(
        "Started",
        of_proposal(decided),
        "The result is recorded here.",
        f"Read again {utc(entry.at, seconds=True)}: {', '.join([*same, 'no veto'])}.{by}",
        f"{upper_first(progressive(title))}, operation {code(entry.payload.get('op', ''), 60)}.",
    )


def _aborted(state: State, entry: Entry, who: Names) -> Paragraphs:
    return Paragraphs(
        "Not sent",
        of_proposal(decided_of(state, entry)),
        "A person decides what to do.",
        says(entry),
        "Nothing was sent.",
    )


def _result(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = decided_of(state, entry)
    outcome = Outcome.model_validate(entry.payload["outcome"])
    run = link(outcome.link, f"Run {outcome.run}") if outcome.run else ""
    word = {"succeeded": "Done", "failed": "Failed", "running": "Running"}[outcome.status]
    measure = decided.proposal.measure if decided else None
    following = (
        "A person decides what to do."
        if outcome.status == "failed"
        else "Until it is read again nothing is called fixed."
    )
    if outcome.status == "succeeded" and measure is None:
        following = "Until a reading shows it nothing is called fixed; where none is known, a person closes it."
    return Paragraphs(
        word,
        of_proposal(decided),
        following,
        f"{sentence(upper_first(outside(outcome_says(outcome))))}{f' {run}.' if run else ''}",
        f"Ended {clock(entry.at, seconds=True)} UTC, {took(outcome.seconds)} after the start.",
    )


def _unknown(state: State, entry: Entry, who: Names) -> Paragraphs:
    op = code(entry.payload.get("op", ""), 60)
    action = f"It may have happened. It is not sent again; operation {op}."
    return Paragraphs(
        "Outcome unknown", of_proposal(decided_of(state, entry)), "A person looks at the target.", says(entry), action
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
    decided = decided_of(state, entry)
    context = "The alert went away by itself; nothing ran."
    if decided and decided.result:
        ended = f"ended {utc(decided.result.at, seconds=True)} ({entries([decided.result.n])})"
        context = f"{upper_first(past(outside(decided.proposal.title, 200)))}, {ended}."
    evidence = f"{upper_first(_change(read))}, read {utc(read.at, seconds=True)}{_threshold(read)}."
    title = {"verified": "Verified", "no_effect": "No effect", "worse": "Worse"}[read.effect]
    source = upper_first(outside(state.alert.source, 60)) if state.alert else "the source"
    following = (
        f"Mitigated. Closes when {source} reports the alert as resolved."
        if read.effect == "verified"
        else "What was done stands. A person decides what to do."
    )
    if read.effect == "verified" and state.declared:
        following = "Mitigated. A person opened it, and closes it."
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
        f"{who.of(entry.actor)} wrote in {read_in(entry) or 'Slack'}.",
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


def _halted(state: State, entry: Entry, who: Names) -> Paragraphs:
    running = [outside(str(number), 40) for number in entry.payload.get("started") or []]
    which = f": {', '.join(running[:20])}" if running else ""
    return Paragraphs(
        f"Halted by {who.of(entry.actor)}",
        f"{said(str(entry.payload.get('reason', '')))}.",
        "Investigations and the record go on. It lasts until a person resumes.",
        f"{count(len(running), 'action')} had been started and had no outcome yet{which}.",
        "Nothing starts from now on.",
    )


def _resumed(state: State, entry: Entry, who: Names) -> Paragraphs:
    begun = next((e for e in reversed(state.entries[: entry.n]) if e.kind == Kind.HALTED), None)
    context = "An earlier halt."
    if begun:
        after = lasted((entry.at - begun.at).total_seconds())
        context = f"Halted by {who.of(begun.actor)} in {entries([begun.n])}, {after} before."
    return Paragraphs(
        f"Resumed by {who.of(entry.actor)}",
        context,
        "What was approved before does not count; what still waits needs its approvals anew.",
        action="Actions may start again.",
    )


RESULTS: Mapping[str, Words] = {
    Kind.STARTED: _started,
    Kind.ABORTED: _aborted,
    Kind.RESULT: _result,
    Kind.UNKNOWN: _unknown,
    Kind.VERIFIED: _verified,
    Kind.ALERT_RESOLVED: _resolved,
    Kind.REOPENED: _reopened,
    Kind.NOTE: _note,
    Kind.CLOSED: _closed,
    Kind.HALTED: _halted,
    Kind.RESUMED: _resumed,
}
