"""The plan of one investigation: one message, edited in place, in which the tools answer.

Partners answer in messages of their own; here they have their line too, so that one look shows who is still silent.
"""

from bot.views.fit import message
from bot.views.parts import Block, code, context, date, plain, plan, spoken, task
from bot.views.question import stopper
from bot.views.scene import Message, Scene
from engine.incident import Ask, State
from engine.model import Entry, Kind
from engine.words import NBSP, clock, lower_first, sentence, took, utc

_MOST = 40


def plan_message(state: State, scene: Scene, round_: int, entry: Entry, concluded: Entry | None) -> Message:
    """The plan of round `round_`, which stands in `entry`; `concluded` is the conclusion drawn from it."""
    asks = [ask for ask in state.asks.values() if ask.round == round_ and not ask.person]
    answered = sum(1 for ask in asks if ask.finding)
    counted = f"{answered} of {len(asks)} sources answered" if asks else "no source is configured"
    title = f"Investigating: {counted}"
    if concluded:
        title = f"Investigation finished in {took((concluded.at - entry.at).total_seconds())}: {counted}"
    runs = not concluded and round_ == state.round and not state.closed
    if not concluded and not runs:
        title = f"Investigation ended: {counted}"
    word = f" · {code(f'{scene.command} stop {state.number}')} ends it" if runs else ""
    word = f" · {code(f'{scene.command} rerun {state.number}')} repeats it" if concluded and not state.closed else word
    foot = context(f"{state.label} · started {date(entry.at, seconds=True)}{word}")
    blocks = [plan(title, [_task(scene, ask) for ask in asks[:_MOST]]), foot]
    later = [e.n for ask in asks for e in (ask.held.entry if ask.held else None, ask.asked, ask.answer) if e]
    seq = max([entry.n, *later, concluded.n if concluded else 0])
    text = _text(state, asks, title, concluded)
    return message(
        f"plan/{round_}",
        text,
        blocks,
        "watchkeeper_plan",
        seq,
        payload={"incident": state.label},
        written_for=_reader(state, scene) if runs else "",
    )


def _reader(state: State, scene: Scene) -> str:
    """Whom Slack may write it for: who asked for a round, is on call, or may approve, in this order; or nobody."""
    asked = [scene.people.get(entry.actor) for entry in state.entries if entry.kind == Kind.RERUN]
    refs = [person.ref for person in asked[-1:] if person]
    refs += [scene.watch.ref if scene.watch else "", scene.listed]
    return next((ref.removeprefix("slack:") for ref in refs if ref.startswith("slack:")), "")


def _task(scene: Scene, ask: Ask) -> Block:
    question = ask.question
    title = f"{question.source}: {lower_first(question.question)}"
    links = [(link.text, link.url) for link in ask.finding.links[:2]] if ask.finding and question.by == "tool" else []
    return task(ask.id, title, _status(ask), _output(scene, ask), links)


def _status(ask: Ask) -> str:
    if ask.finding:
        return "complete"
    if ask.silence or ask.status == "stopped":
        return "error"
    return "in_progress" if ask.asked or ask.question.by == "tool" else "pending"


def _output(scene: Scene, ask: Ask) -> str:
    if ask.finding and ask.answer:
        said = sentence(plain(ask.finding.short or ask.finding.says, 200))
        return f"{said} Entry{NBSP}{ask.answer.n}, {took(ask.finding.seconds)}."
    if ask.status in ("stopped", "expired"):
        return _unsent(scene, ask)
    if ask.silence and ask.answer:
        return f"{silence_words(ask)}. Entry{NBSP}{ask.answer.n}."
    if ask.asked:
        within = took(ask.question.seconds)
        return f"Asked {clock(ask.asked.at, seconds=True)} UTC, answer due in {within}. Entry{NBSP}{ask.asked.n}."
    if ask.held:
        until = f"until {clock(ask.held.until, seconds=True)} UTC" if ask.held.until else "until it is shown"
        return f"Held {until}, see below. Entry{NBSP}{ask.held.n}."
    return "Reading." if ask.question.by == "tool" else "Not asked yet."


def _unsent(scene: Scene, ask: Ask) -> str:
    by, entry = stopper(ask), ask.answer or (ask.held.veto.entry if ask.held and ask.held.veto else None)
    who = f"Stopped by {scene.name(by[0])}" if by else "Nobody approved it"
    sent = "its answer is not waited for" if ask.asked or ask.question.by == "tool" else "it was not sent"
    return f"{who}; {sent}.{f' Entry{NBSP}{entry.n}.' if entry else ''}"


def silence_words(ask: Ask) -> str:
    """`No answer in 20 s`, or what else stood in the way."""
    reason = ask.silence.reason if ask.silence else "timeout"
    if reason == "timeout":
        return f"No answer in {took(ask.question.seconds)}"
    if reason == "skipped" and ask.silence:
        return f"Not asked, {ask.silence.says}"
    return {"failed": "It failed", "unreadable": "Its answer cannot be read", "unreachable": "Not reached"}.get(
        reason, "Stopped"
    )


def _fate(ask: Ask) -> str:
    if ask.waits:
        return f"is held until {utc(ask.waits.until, seconds=True)}" if ask.waits.until else "is held"
    if ask.silence and ask.silence.reason == "skipped":
        return "was skipped"
    return {"stopped": "was stopped", "expired": "was not approved"}.get(ask.status, "did not answer")


def _text(state: State, asks: list[Ask], title: str, concluded: Entry | None) -> str:
    said = [sentence(plain(ask.finding.short or ask.finding.says, 160)) for ask in asks if ask.finding][-6:]
    quiet = [f"{ask.question.source} {_fate(ask)}." for ask in asks if ask.silence or ask.waits][:6]
    verb = "Investigation of" if concluded else "Investigating"
    rest = title.partition(":")[2].strip()
    took_ = title.partition(":")[0].partition("finished")[2]
    head = f"{verb} {state.label}{' finished' + took_ if concluded else ''}: {rest}."
    return spoken(" ".join([head, *said, *quiet]), 1500)
