"""The two lines of the root that say what is known and what comes next, for every state of an incident."""

import re

from bot.views.freezes import not_now
from bot.views.judgement import cause_line, closing_cause
from bot.views.measured import change, named, threshold, value
from bot.views.parts import code, outside, said, time
from bot.views.people import let_go, name
from bot.views.phase import Phase, phase, recovering
from bot.views.places import entries, entry, proposal_number
from bot.views.proposal_lines import starts_by_itself
from bot.views.proposal_outcome import ran_for, undecided
from bot.views.scene import Scene
from bot.views.tally import also_waiting, tally
from bot.views.unmatched import opened_by, unmatched, unmatched_lines, unproven_resolve
from engine.durable.note_words import outcome_says
from engine.incident import Decided, State
from engine.model import Finding, Kind
from engine.proof import acted, ending, opened, reading, settling
from engine.words import count, past, progressive, sentence, span, upper_first


def standing(state: State, scene: Scene) -> list[str]:
    """One to four lines; the recurrence of the alert is the second while the incident is open."""
    first, *rest = _lines(state, scene)
    return [first, "" if state.closed else _received(state), *rest]


def _lines(state: State, scene: Scene) -> list[str]:
    now, decided = phase(state), state.current
    if now is Phase.CLOSED:
        return _closed(state, scene)
    if now is Phase.NEEDS_DECISION and decided:
        return [
            f"{_proposed(decided, scene)}{_others(state)}",
            not_now(scene, decided),
            starts_by_itself(scene, decided),
            cause_line(state, scene),
        ]
    if now is Phase.ACTING and decided:
        return _acting(decided)
    if now is Phase.VERIFYING:
        return _verifying(state, decided, scene)
    if now is Phase.NEEDS_PERSON and unmatched(state) and decided is None:
        return [*unmatched_lines(state, scene), *_findings(state, scene)]
    if now is Phase.NEEDS_PERSON:
        first = _observed(state, decided, scene) or _stuck(state, decided, scene)
        return [first, unproven_resolve(state, scene), cause_line(state, scene)]
    return [*(_findings(state, scene) or [_summary(state, scene)]), *_held(state)]


def _held(state: State) -> list[str]:
    """What can still be stopped, three questions at most."""
    lines = []
    for ask in state.holding[:3]:
        until = f" until {time(ask.waits.until, seconds=True)}" if ask.waits and ask.waits.until else ""
        lines.append(f"The question to {code(ask.question.source, 60)} is held{until}; ⛔ in the thread stops it.")
    return lines


def _received(state: State) -> str:
    if state.received < 2 or state.last_received is None:
        return ""
    least = "at least " if any(e.kind == Kind.RECURRED for e in state.entries) else ""  # one entry an interval
    return f"Alert received {least}{state.received} times, last {time(state.last_received)}."


def _summary(state: State, scene: Scene) -> str:
    alert = state.alert
    words = sentence(outside(state.triage.summary)) if state.triage else ""
    if not alert:
        return words or "An alert without a name."
    if state.declared:
        return f"{words} {opened_by(state, scene)}".strip()
    once = ", received once" if state.received == 1 else ""
    return f"{words} Alert {code(alert.name)}{once}.".strip()


def _findings(state: State, scene: Scene) -> list[str]:
    """The newest answers, three at most, each with its entry; a reading that shows no change is in the plan."""
    start = opened(state)
    after = start.n if start else 0
    news = [h for h in state.heard if h.entry > after and not (h.finding and h.finding.facts.get("changed") is False)]
    lines = []
    for heard in news[-3:]:
        number = entry(heard.entry, state, scene)
        source = code(heard.question.source, 60)
        if heard.finding:
            wrong = state.corrections.get(heard.entry)
            says = str(wrong.payload["says"]) if wrong else _gist(heard.finding)
            words = outside(says, 160).rstrip(". ")
            words += f", corrected by {name(scene, wrong.actor)}" if wrong else ""
            lines.append(f"{source}: {words} ({number}).")
        else:
            reason = heard.silence.reason if heard.silence else ""
            fates = {"stopped": "was stopped", "expired": "was stopped", "skipped": "was skipped"}
            lines.append(f"{source} {fates.get(reason, 'did not answer')} ({number}).")
    return [" ".join(lines)] if lines else []


def _gist(finding: Finding) -> str:
    """The first sentence: what is short enough for a task of the plan says nothing without its question."""
    return re.split(r"(?<=[.!?])\s", finding.says, maxsplit=1)[0] or finding.short


def _others(state: State) -> str:
    others = also_waiting(state)
    return f" *{others}.*" if others else ""


def _proposed(decided: Decided, scene: Scene) -> str:
    proposal = decided.proposal
    approvals = f"{tally(decided)} approvals" if decided.approvals else count(proposal.quorum, "approval")
    if decided.has_quorum:
        approvals = f"approved, {tally(decided)}"
    undo = f" *Undo:* {sentence(outside(proposal.undo, 200))}" if proposal.undo else ""
    what = f"{outside(proposal.title, 200)}. Risk {proposal.risk}, {approvals}.{undo}"
    if decided.has_quorum and not not_now(scene, decided):
        return f"*Approved, not started:* {what} The state is read again, then it starts."
    return f"*Proposed:* {what}"


def _acting(decided: Decided) -> list[str]:
    started = f", started {time(decided.started.at, seconds=True)}" if decided.started else ""
    measure = decided.proposal.measure
    again = f"The {named(measure)} is read again {span(measure.settle_seconds)} after it ends." if measure else ""
    return [f"{upper_first(progressive(outside(decided.proposal.title, 200)))}{started}.", again]


def _verifying(state: State, decided: Decided | None, scene: Scene) -> list[str]:
    if decided and decided.status == "verified" and decided.verified:
        source = upper_first(state.alert.source) if state.alert else "The source"
        read = reading(decided.verified)
        proof = f"{change(read)}, read {time(read.at)} ({entries([decided.verified.n])})"
        said_ = "reported" if state.alert_resolved else "still has to report"
        if state.declared:
            return [f"*Verified:* {proof}.", f"No alert ends it; {code(f'{scene.command} close {state.number}')} does."]
        return [f"*Verified:* {proof}.", f"{outside(source, 60)} {said_} the alert as resolved."]
    if recovering(state) and state.recovery_settling:
        waits = settling(state.recovery_settling)
        return ["The alert went away; nothing ran.", f"The reading that counts is due at {time(waits.due)}."]
    return _settling(decided) if decided else [_summary(state, scene)]


def _settling(decided: Decided) -> list[str]:
    outcome, entry_ = decided.outcome, decided.settling
    ended = f"*Finished:* {outside(outcome.says, 240).rstrip('. ')}, {ran_for(decided, outcome)}." if outcome else ""
    if entry_ is None:
        return [ended, "Until it is read again nothing is called fixed."]
    waits = settling(entry_)
    measure = waits.measure
    if waits.now is not None:
        now = f"{value(waits.now, measure)}{threshold(measure)}"
        ended += f" {upper_first(named(measure))} at {time(entry_.at)}: {now}."
    return [ended, f"The reading that counts is due at {time(waits.due)}. Until then nothing is called fixed."]


def _observed(state: State, decided: Decided | None, scene: Scene) -> str:
    """What would have been proposed last; empty where something was proposed, or found impossible, since."""
    last = max(decided.n if decided else 0, state.not_proposed.n if state.not_proposed else 0)
    if not state.observed or state.observed[-1][0].n < last or state.recovery_verified:
        return ""
    entry_, proposal = state.observed[-1]
    what = f"{outside(proposal.title, 200)} ({entry(entry_.n, state, scene)})"
    close = f"{code(f'{scene.command} close {state.number}')} closes by hand."
    return f"*Would propose:* {what}. The mode is observe, so nothing starts. {close}"


def _stuck(state: State, decided: Decided | None, scene: Scene) -> str:
    """Why a person is needed, and what can be done."""
    close = f"{code(f'{scene.command} close {state.number}')} closes by hand."
    if state.recovery_verified and state.alert_resolved:
        read = reading(state.recovery_verified)
        shown = f"{change(read)}, read {time(read.at)}"
        return f"*Not proven:* the alert went away, but {shown}. {close}"
    if decided is None or (state.not_proposed and state.not_proposed.n > decided.n):
        says = str(state.not_proposed.payload.get("says", "")) if state.not_proposed else ""
        return f"*No proposal:* {sentence(outside(says, 300)) or 'none follows from what was found.'} {close}"
    what = f"{outside(decided.proposal.title, 200)} ({proposal_number(state, decided.n)})."
    anew = f"{code(f'{scene.command} run {decided.proposal.action} …')} proposes it anew."
    match decided.status:
        case "vetoed" | "withdrawn" as word if stopped := decided.veto or decided.withdrawn:
            why = decided.why_vetoed
            who = f"{name(scene, stopped.entry.actor)}{f', {said(why.says, 200)}' if why else ''}"
            return f"*{upper_first(word)}* by {who}: {what} Nothing else is proposed. {_way_on(state, scene)} {close}"
        case "expired":
            return f"*Expired:* {what} {upper_first(undecided(decided).lstrip('. '))} {anew}"
        case "denied" if decided.denied:
            return f"*Denied* by the gate: {what} {_says(decided.denied.payload.get('says'))} Nothing ran. {anew}"
        case "aborted" if decided.aborted:
            return f"*Not sent:* {what} {_says(decided.aborted.payload.get('says'))} {anew}"
        case "failed" if decided.outcome:
            return f"*Failed:* {what} {_says(outcome_says(decided.outcome))} {close}"
        case "unknown" if decided.unknown:
            return f"*Outcome unknown:* {what} {_says(decided.unknown.payload.get('says'))} It is not sent again."
        case _ if decided.verified:
            return _ineffective(decided)
        case _:
            return f"*Done, not proven:* {what} No reading of this alert is known. {close}"


def _way_on(state: State, scene: Scene) -> str:
    run, ask = code(f"{scene.command} run {state.number} …"), code(f"{scene.command} ask {state.number} …")
    return f"{run} proposes another action, {ask} asks a partner;"


def _says(value: object) -> str:
    return sentence(upper_first(outside(str(value or ""), 300)))


def _ineffective(decided: Decided) -> str:
    if decided.verified is None:
        return ""
    read = reading(decided.verified)
    word = "Worse" if read.effect == "worse" else "No effect"
    undo = decided.proposal.undo
    stands = f"What was done stands. *Undo:* {sentence(outside(undo, 200))}" if undo else "What was done stands."
    return f"*{word}:* {change(read)}, read {time(read.at)}. {stands}"


def _closed(state: State, scene: Scene) -> list[str]:
    done, how = acted(state), ending(state)
    cause = closing_cause(state, scene)
    if how == "resolved" and done and done.verified:
        read = reading(done.verified)
        fix = f"{past(outside(done.proposal.title, 200))}; {change(read)}"
        return [f"{cause} *Fix:* {fix}, verified {time(read.at)}, {let_go(done, scene)}."]
    if how == "recovered":
        return [f"{_recovered(state)} {cause}"]
    who = name(scene, state.closed.actor) if state.closed else "a person"
    reason = str(state.closed.payload.get("says") or "") if state.closed else ""
    return [f"*Closed by {who}*{f': {said(reason)}' if reason else '.'}", _unproven(done), cause]


def _unproven(done: Decided | None) -> str:
    if done is None or done.status != "succeeded" or done.result is None:
        return ""
    return f"*Done:* {past(outside(done.proposal.title, 200))} ({entries([done.result.n])}), not verified."


def _recovered(state: State) -> str:
    done = acted(state)
    ran = f"{upper_first(past(outside(done.proposal.title)))}, without effect." if done else ""
    nothing = ran or "Nothing ran and nobody decided."
    if state.recovery_verified is None:
        return nothing
    read = reading(state.recovery_verified)
    return f"{upper_first(change(read))}{threshold(read.measure)}. {nothing}"
