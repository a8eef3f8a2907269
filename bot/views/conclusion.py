"""What the findings add up to: agreement, contradiction and silence in one column, so that nobody has to infer them."""

from bot.views.chart import Chart, chart_blocks, chart_of
from bot.views.fit import message
from bot.views.judgement import confidence, likely, no_likely_cause, ruled_out
from bot.views.marks import marks, service
from bot.views.parts import Block, clip, code, context, outside, section, spoken, table
from bot.views.people import name
from bot.views.places import entries
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Conclusion, Entry, Evidence, Hypothesis
from engine.words import count, sentence, stretch


def conclusion_message(state: State, scene: Scene, entry: Entry, conclusion: Conclusion) -> Message:
    """The conclusion that stands in `entry`. What was ruled out stays visible, struck through, with its reason."""
    blocks = [section(_first_line(state, entry, conclusion))]
    if conclusion.evidence:
        blocks.append(_table(state, scene, conclusion))
    drawn = _symptom(state, conclusion)
    blocks += chart_blocks(drawn)
    blocks += [section(f"*Contradiction:* {sentence(outside(c))}") for c in conclusion.contradictions[:5]]
    blocks += _others(scene, conclusion)
    seq = entry.n
    if state.not_proposed and state.conclusion_entry == entry:
        says = outside(str(state.not_proposed.payload.get("says", "")), 300).rstrip(".")
        blocks.append(section(f"*No proposal:* {says} · {entries([state.not_proposed.n])}"))
        seq = state.not_proposed.n
    seq = max([seq, *(wrong.n for e in conclusion.evidence if (wrong := state.corrections.get(e.entry)))])
    unexplained = f"Not explained: {outside(conclusion.unexplained, 300)}" if conclusion.unexplained else ""
    mend = (code(f"{scene.command} correct {state.number}/{entry.n} …"), code(f"{scene.command} focus …"))
    blocks.append(context(" · ".join(part for part in (unexplained, *mend) if part)))
    slot = f"conclusion/{conclusion.round}"
    payload, charts = {"incident": state.label}, (drawn,) if drawn else ()
    text = _text(state, conclusion)
    return message(slot, text, blocks, "watchkeeper_correlation", seq, payload=payload, charts=charts)


def _first_line(state: State, entry: Entry, conclusion: Conclusion) -> str:
    if conclusion.likely is None:
        return f"{no_likely_cause(state, conclusion.round).rstrip('.')} · {entries([entry.n])}"
    cause = likely(conclusion, 600)
    return f"*Likely cause: {cause}.* Confidence {confidence(conclusion.likely)} · {entries([entry.n])}"


def _symptom(state: State, conclusion: Conclusion) -> Chart | None:
    """The first reading of the plan that left what is normal; where none did, there is nothing to see in a chart."""
    for ask in state.asks.values():
        of_round = ask.round == conclusion.round and ask.question.by == "tool"
        if of_round and ask.finding and ask.finding.series and ask.finding.facts.get("changed"):
            return chart_of(ask.finding.series, service(state), marks(state)[:1])
    return None


def _table(state: State, scene: Scene, conclusion: Conclusion) -> Block:
    head = ("Source", "Says", "Window (UTC)", "Bears on the cause", "Entry")
    return table(head, [_row(state, scene, e) for e in conclusion.evidence], numbers=(4,))


def _row(state: State, scene: Scene, evidence: Evidence) -> tuple[str, ...]:
    window = stretch(evidence.window.since, evidence.window.until, "–") if evidence.window else "–"
    says, wrong = evidence.says, state.corrections.get(evidence.entry)
    if wrong is not None:
        says = f"{clip(says.rstrip('. '), 200)}; corrected by {scene.name(wrong.actor)}, {entries([wrong.n])}"
    return (evidence.source, says, window, evidence.bears, str(evidence.entry))


def _others(scene: Scene, conclusion: Conclusion) -> list[Block]:
    blocks = []
    possible = [h for h in conclusion.others if not h.ruled_out][:5]
    if possible:
        lines = [f"{outside(h.says, 200)} ({_by(scene, h)}confidence {confidence(h)})" for h in possible]
        blocks.append(section("*Also possible*", *lines))
    excluded = conclusion.ruled_out[:8]
    if excluded:
        lines = [
            f"~{outside(h.says.rstrip('. '), 200)}~  {outside(h.ruled_out, 200).rstrip('. ')}{_ruled_by(scene, h)}"
            for h in excluded
        ]
        blocks.append(section("*Ruled out*", *lines))
    return blocks


def _by(scene: Scene, hypothesis: Hypothesis) -> str:
    return f"by {name(scene, hypothesis.by)}, " if hypothesis.by else ""


def _ruled_by(scene: Scene, hypothesis: Hypothesis) -> str:
    by = f", by {name(scene, hypothesis.by)}" if hypothesis.by else ""
    return f"{by}{_in(hypothesis.entries)}"


def _in(numbers: tuple[int, ...]) -> str:
    return f" ({entries(numbers)})" if numbers else ""


def _text(state: State, conclusion: Conclusion) -> str:
    head = f"What the sources say about {state.label}:"
    if conclusion.likely:
        says = spoken(conclusion.likely.says.rstrip(". "), 300)
        head += f" likely cause: {says} (confidence {confidence(conclusion.likely)})."
    else:
        head += " no likely cause."
    tally = [count(len(conclusion.contradictions), "contradiction")] if conclusion.contradictions else []
    tally += [count(len(conclusion.silent), "silence")] if conclusion.silent else []
    head += f" {', '.join(tally)}." if tally else ""
    return head + (f" Ruled out: {', '.join(ruled_out(conclusion))}." if conclusion.ruled_out else "")
