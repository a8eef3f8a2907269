"""The summary in the thread when an incident closes: cause, what was done, overridden, ruled out, how long it took."""

from datetime import datetime

from bot.views.chart import Chart, chart_blocks, chart_of
from bot.views.fit import message
from bot.views.judgement import closing_cause, confidence, correction, likely, ruled_out, silent, stopped
from bot.views.marks import marks, service
from bot.views.measured import change, value
from bot.views.parts import (
    Block,
    actions,
    as_spoken,
    button,
    code,
    context,
    date,
    fields,
    header,
    outside,
    said,
    section,
    spoken,
)
from bot.views.people import let_go, name
from bot.views.places import entries
from bot.views.proposal_outcome import undecided
from bot.views.records import complete, state_of_record, tickets, where
from bot.views.scene import Message, Scene
from bot.views.unmatched import unmatched
from engine.durable.note_words import outcome_says
from engine.incident import Decided, State
from engine.model import Entry
from engine.proof import acted, decided_at, ending, opened, reading
from engine.words import clock, count, lasted, past, sentence, span, took, upper_first, utc

_MOST_RUNS = 5
_NOT_DONE = {"failed": "Failed", "aborted": "Not sent", "unknown": "Outcome unknown", "started": "Outcome unknown"}


def summary_message(state: State, scene: Scene, closed: Entry) -> Message:
    """The last message of the round that `closed` ends."""
    start = opened(state)
    spent = lasted((closed.at - start.at).total_seconds()) if start else "an unknown time"
    how = {"resolved": "resolved in", "recovered": "recovered by itself in", "person": "by a person after"}[
        ending(state)
    ]
    drawn = _recovery(state)
    blocks = [
        header(f"✔️ {state.label} closed: {how} {spent}"),
        section(*_story(state, scene)),
        fields(*_times(state, start)) if start else section(""),
        *chart_blocks(drawn),
        *_row(state),
        context(*_foot(state, scene, closed)),
    ]
    payload, charts = {"incident": state.label}, (drawn,) if drawn else ()
    text = _text(state, scene, closed, how, spent)
    return message(
        f"summary/{state.round}", text, blocks, "watchkeeper_closed", state.n, payload=payload, charts=charts
    )


def _recovery(state: State) -> Chart | None:
    """Of an incident that went away by itself; an action's own chart stands with its result."""
    if state.recovery_verified is None:
        return None
    read = reading(state.recovery_verified)
    return chart_of(read.series, service(state), marks(state), read.measure)


def _row(state: State) -> list[Block]:
    """A conclusion can be wrong, and is often found to be so the morning after."""
    if state.conclusion_entry is None or unmatched(state):
        return []
    says = f"Correct a conclusion of {state.label}"
    return [actions(button("Correct a conclusion", "wk_correct_open", str(state.number), says=says))]


def _story(state: State, scene: Scene) -> list[str]:
    conclusion = state.conclusion
    lines = [closing_cause(state, scene)]
    if conclusion and conclusion.likely and ending(state) == "resolved" and not correction(state):
        found = conclusion.likely
        where_ = f"{entries(found.entries)}; " if found.entries else ""
        lines = [f"*Cause:* {likely(conclusion)} ({where_}confidence {confidence(found)})."]
    lines += _ran(state, scene)
    lines += [_overridden(d, scene) for d in _vetoed(state)]
    lines += _expired(state)
    reason = str(state.closed.payload.get("says") or "") if state.closed and ending(state) == "person" else ""
    lines += [f"*Why it was closed:* {said(reason)}"] if reason else []
    last = []
    if conclusion and conclusion.ruled_out:
        last.append(f"*Ruled out:* {', '.join(f'~{words}~' for words in ruled_out(conclusion))}.")
    if conclusion and conclusion.silent:
        last.append(f"*Silent:* {', '.join(silent(conclusion))}.")
    if conclusion and conclusion.stopped:
        last.append(f"*Stopped:* {', '.join(stopped(conclusion))}.")
    return [*lines, " ".join(last)]


def _ran(state: State, scene: Scene) -> list[str]:
    """Every action that was started in this round, the failed ones too, newest last."""
    start = opened(state)
    ran = [d for d in state.proposals.values() if d.started and start and d.n > start.n]
    return [_done(done, scene) for done in ran[-_MOST_RUNS:]] or ["*Done:* nothing ran."]


def _done(done: Decided, scene: Scene) -> str:
    if done.status in _NOT_DONE:
        entry = done.result or done.aborted or done.unknown or done.entry
        says = outcome_says(done.outcome) if done.outcome else str(entry.payload.get("says", ""))
        said_ = sentence(outside(says, 200)) or "nothing more is known."
        who = f"{outside(done.proposal.title, 200)}, {let_go(done, scene)}"
        return f"*{_NOT_DONE[done.status]}:* {who}: {said_} ({entries([entry.n])})"
    words = f"*Done:* {past(outside(done.proposal.title, 200))}, {let_go(done, scene)}"
    if done.verified:
        read = reading(done.verified)
        at_ = value(read.after, read.measure)
        word = "verified" if read.effect == "verified" else "no effect" if read.effect == "no_effect" else "worse"
        return f"{words}, {word} {clock(read.at)} UTC at {at_} ({entries([done.verified.n])})."
    return f"{words} ({entries([(done.result or done.entry).n])}), not verified."


def _vetoed(state: State) -> list[Decided]:
    start = opened(state)
    return [d for d in state.proposals.values() if d.status == "vetoed" and start and d.n > start.n][:3]


def _expired(state: State) -> list[str]:
    """What somebody approved in vain, the last one."""
    start = opened(state)
    made = [d for d in state.proposals.values() if d.status == "expired" and start and d.n > start.n]
    vain = [d for d in made if "did not count" in undecided(d)]
    return [f"*Expired* ({entries([d.n])}){undecided(d)}" for d in vain[-1:]]


def _overridden(decided: Decided, scene: Scene) -> str:
    veto = decided.veto
    who = name(scene, veto.entry.actor) if veto else "a person"
    why = decided.why_vetoed
    return f"*Overridden:* {code(decided.proposal.action)}, vetoed by {who}{f': {said(why.says)}' if why else '.'}"


def _times(state: State, start: Entry) -> list[tuple[str, str]]:
    """How long each step took from the alert on; a step that did not happen is left out."""
    done = acted(state)
    asked = _first(state, start)
    findings = [ask.answer.at for ask in state.asks.values() if ask.finding and ask.answer and ask.answer.n > start.n]
    triage = state.triage_entry.at if state.triage_entry and not state.reopened else None
    verified = done.verified.at if done and done.verified and done.status == "verified" else None
    return [
        ("To triage", _after(start, triage)),
        ("To first finding", _after(start, min(findings, default=None))),
        ("To proposal", _after(start, asked.entry.at if asked else None)),
        ("To decision", _decision(start, done)),
        ("To mitigation", _after(start, verified)),
        ("Outcome", _outcome(state, done)),
    ]


def _first(state: State, start: Entry) -> Decided | None:
    """The first proposal that the investigation made; where it made none, the first that a person requested."""
    made = [d for d in state.proposals.values() if d.n > start.n]
    return next((d for d in made if not d.proposal.requester), made[0] if made else None)


def _after(start: Entry, at: datetime | None) -> str:
    if at is None:
        return ""
    seconds = (at - start.at).total_seconds()
    return took(seconds) if seconds < 60 else span(seconds)


def _decision(start: Entry, done: Decided | None) -> str:
    at = decided_at(done) if done else None
    if done is None or at is None:
        return ""
    waited = (at - done.entry.at).total_seconds()
    return f"{_after(start, at)}, of which {took(waited) if waited < 60 else span(waited)} waiting"


def _outcome(state: State, done: Decided | None) -> str:
    match ending(state):
        case "resolved":
            if done and done.by_itself:
                return "Resolved, by itself: nobody stopped it"
            people = len(done.approvals) if done else 0
            return f"Resolved, assisted: {'a person' if people == 1 else f'{people} people'} approved"
        case "recovered":
            return "Recovered by itself"
        case "person":
            return "Closed by hand"


def _foot(state: State, scene: Scene, closed: Entry) -> list[str]:
    at = date(closed.at)
    source = outside(upper_first(state.alert.source), 40) if state.alert else "the source"
    how = {
        "resolved": f"Closed by verification and by {source}’s resolve, {at}",
        "recovered": f"Closed by {source}’s resolve and a reading after it, {at}",
        "person": f"Closed by {name(scene, closed.actor)}, {at}",
    }[ending(state)]
    if complete(scene, state.n):
        return [how, tickets(scene), f"{count(state.n, 'entry', 'entries')} in {where(scene)}"]
    return [how, tickets(scene), *state_of_record(scene, state.n)]


def _text(state: State, scene: Scene, closed: Entry, how: str, spent: str) -> str:
    done = acted(state)
    cause = as_spoken(closing_cause(state, scene))
    did = done if done and done.status not in _NOT_DONE else None
    fix = f" Done: {past(spoken(did.proposal.title, 200))}." if did else ""
    if done and not did:
        fix = f" {_NOT_DONE[done.status]}: {spoken(done.proposal.title, 200)}."
    if done and done.verified:
        read = reading(done.verified)
        fix += f" {upper_first(as_spoken(change(read)))}."
    return f"{state.label} closed: {how} {spent}, {utc(closed.at)}. {cause}{fix}"
