"""What came of an action: posted with the result, edited with the proof. Done is not fixed, mitigated not resolved."""

from bot.views.chart import Chart, chart_blocks, chart_of
from bot.views.fit import message
from bot.views.marks import marks, service
from bot.views.measured import change, named, value
from bot.views.parts import Block, as_spoken, code, context, date, link, outside, section, spoken, table, time
from bot.views.people import approvers
from bot.views.places import entries, proposal_number
from bot.views.proposal_outcome import ran_for
from bot.views.scene import Message, Scene
from engine.durable.note_words import outcome_says
from engine.incident import Decided, State
from engine.model import Entry, Outcome
from engine.proof import Reading, reading, settling
from engine.words import clock, lasted, past, sentence, upper_first, utc


def result_message(state: State, decided: Decided, result: Entry, outcome: Outcome) -> Message:
    """The result of one action; with the reading that proves it, once there is one."""
    blocks: list[Block]
    drawn: Chart | None = None
    if outcome.status == "failed":
        head = f"*Failed: {outside(decided.proposal.title, 200)}* · {entries([result.n])}"
        blocks = [section(head, *_failure(decided, result, outcome))]
        text = f"Failed: {spoken(decided.proposal.title, 200)}. {sentence(spoken(outcome_says(outcome), 300))}"
        seq = result.n
    elif decided.verified:
        read = reading(decided.verified)
        drawn = chart_of(read.series, service(state), marks(state, decided), read.measure)
        blocks = _proven(state, decided, result, outcome, read, chart_blocks(drawn))
        text, seq = _proof_text(decided, read), decided.verified.n
    else:
        blocks = _done(decided, result, outcome)
        ran = past(spoken(decided.proposal.title, 200))
        text = f"Done: {ran}. {sentence(spoken(outcome_says(outcome), 300))} Not proven yet."
        seq = decided.settling.n if decided.settling else result.n
    text += f" {state.label}, {entries([seq])}."
    payload = {"incident": state.label, "proposal": decided.n}
    charts = (drawn,) if drawn else ()
    return message(f"result/{decided.n}", text, blocks, "watchkeeper_verification", seq, payload=payload, charts=charts)


def _what_happened(decided: Decided, result: Entry, outcome: Outcome) -> str:
    """What the target said, how long it took, from when to when, and the run."""
    says = upper_first(outside(outcome.says, 400).rstrip(". "))
    return f"{says} in {ran_for(decided, outcome)}{_since(decided, result)} ({_run(outcome, result)})."


def _failure(decided: Decided, result: Entry, outcome: Outcome) -> list[str]:
    says = sentence(upper_first(outside(outcome_says(outcome), 400)))
    ended = f"Ended after {ran_for(decided, outcome)}{_since(decided, result)} ({_run(outcome, result)})."
    return [says, f"{ended} A person decides what to do."]


def _since(decided: Decided, result: Entry) -> str:
    if decided.started is None:
        return ""
    return f", {clock(decided.started.at, seconds=True)} to {clock(result.at, seconds=True)} UTC"


def _run(outcome: Outcome, result: Entry) -> str:
    """`run 8846, entry 23`."""
    if not outcome.run:
        return entries([result.n])
    run = f"run {outside(outcome.run, 80)}"
    return f"{link(outcome.link, run) if outcome.link else run}, {entries([result.n])}"


def _done(decided: Decided, result: Entry, outcome: Outcome) -> list[Block]:
    head = f"*Done: {past(outside(decided.proposal.title, 200))}* · {entries([result.n])}"
    if decided.settling:
        waits = settling(decided.settling)
        named = outside(waits.measure.name, 60) if waits.measure else "measure"
        foot = f"The {named} is read again at {time(waits.due)}. Until then nothing is called fixed"
    elif decided.proposal.measure:
        foot = "It is read again after it settled. Until then nothing is called fixed"
    else:
        foot = "No reading of this alert is known, so nothing is called fixed"
    return [section(head, _what_happened(decided, result, outcome)), context(foot)]


def _proven(
    state: State, decided: Decided, result: Entry, outcome: Outcome, read: Reading, chart: list[Block]
) -> list[Block]:
    after = f", {lasted((read.at - result.at).total_seconds())} after it ended"
    number = entries([decided.verified.n]) if decided.verified else ""
    changed = change(read)
    word = {
        "verified": f"*Verified: {changed}*",
        "no_effect": f"*No effect:* {changed}",
        "worse": f"✋ *Worse:* {changed}",
    }
    head = f"{word[read.effect]}, read {date(read.at)}{after} · {number}"
    foot = [_mitigated(state) if read.effect == "verified" else _stands(decided), _same_measure(read)]
    return [section(head, _what_happened(decided, result, outcome)), *_before_after(read), *chart, context(*foot)]


def _before_after(read: Reading) -> list[Block]:
    """Only what was really measured."""
    if read.before is None or read.after is None:
        return []
    row = [upper_first(named(read.measure)), value(read.before, read.measure), value(read.after, read.measure)]
    head = ["Measure", "Before", f"After, {clock(read.at)} UTC"]
    if read.measure and read.measure.threshold is not None:
        head.append("Threshold")
        row.append(f"{'below' if read.measure.below else 'above'} {value(read.measure.threshold, read.measure)}")
    return [table(head, [row], numbers=range(1, len(head)))]


def _mitigated(state: State) -> str:
    if state.declared:
        return "Mitigated, not yet resolved: a person opened it, and closes it"
    source = outside(upper_first(state.alert.source), 40) if state.alert else "The source"
    if state.alert_resolved:
        number = entries([state.alert_resolved.n])
        return f"{source} reported the alert as resolved {time(state.alert_resolved.at)} ({number})"
    return f"Mitigated, not yet resolved: {source} still has to report the alert as resolved"


def _same_measure(read: Reading) -> str:
    return f"measure: {named(read.measure)}, read by {code(read.measure.tool, 60)}" if read.measure else ""


def _stands(decided: Decided) -> str:
    undo = decided.proposal.undo
    return f"What was done stands. Undo: {outside(undo, 200)}" if undo else "What was done stands"


def _proof_text(decided: Decided, read: Reading) -> str:
    word = {"verified": "Verified", "no_effect": "No effect", "worse": "Worse"}[read.effect]
    rest = " Mitigated." if read.effect == "verified" else ""
    ran = upper_first(past(spoken(decided.proposal.title, 150)))
    return f"{word}: {as_spoken(change(read))}, read {utc(read.at)}. {ran}.{rest}"


def unknown_message(state: State, scene: Scene, decided: Decided, unknown: Entry) -> Message:
    """Nobody knows whether it happened: people are asked, with what is known and what can be done."""
    title = outside(decided.proposal.title, 200)
    foot = context(f"proposal {proposal_number(state, decided.n)}", f"operation {code(decided.proposal.op, 60)}")
    if decided.result and decided.outcome:
        seq = decided.result.n
        late = f"*Late result:* {outside(decided.outcome.says, 300).rstrip('.')} · {entries([seq])}"
        lines = [f"*Outcome was unknown, and is known now: {title}* · {entries([unknown.n])}", late]
        text = (
            f"Late result, {spoken(decided.proposal.title, 200)}: {spoken(decided.outcome.says, 300)}. {state.label}."
        )
    else:
        seq = unknown.n
        lines = [f"✋ *Outcome unknown: {title}* · {entries([seq])}", *_asked_of_people(state, scene, decided, unknown)]
        rest = "It may have happened; it is not sent again. A person is needed."
        text = f"Outcome unknown: {spoken(decided.proposal.title, 200)}. {rest} {state.label}."
    payload = {"incident": state.label, "proposal": decided.n}
    blocks = [section(*lines), foot]
    return message(f"unknown/{decided.n}", text, blocks, "watchkeeper_unknown", seq, payload=payload)


def _asked_of_people(state: State, scene: Scene, decided: Decided, unknown: Entry) -> list[str]:
    proposal = decided.proposal
    started = f"Started {date(decided.started.at, seconds=True)}, sent at most once." if decided.started else ""
    says = sentence(upper_first(outside(str(unknown.payload.get("says", "")), 300)))
    note = code(f"{scene.command} note {state.number} …")
    again = code(f"{scene.command} run {proposal.action} …")
    who = approvers(proposal, scene)
    return [
        f"*Known:* {started} {says}",
        f"*To do,* {who}: look at {outside(proposal.where, 150)}; {note} records what is found.",
        f"It is not sent again by itself; {again} proposes it anew, and it may then happen a second time.",
    ]
