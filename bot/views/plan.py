"""The plan of one investigation: one message, edited in place, in which the tools answer.

Partners answer in messages of their own; here they have their line too, so that one look shows who is still silent.
"""

from bot.views.fit import message
from bot.views.parts import Block, context, date, plain, plan, spoken, task
from bot.views.scene import Message, Scene
from engine.incident import Ask, State
from engine.model import Entry
from engine.words import NBSP, clock, lower_first, sentence, took

_MOST = 40


def plan_message(state: State, scene: Scene, round_: int, entry: Entry, concluded: Entry | None) -> Message:
    """The plan of round `round_`, which stands in `entry`; `concluded` is the conclusion drawn from it."""
    asks = [ask for ask in state.asks.values() if ask.round == round_ and not ask.person]
    answered = sum(1 for ask in asks if ask.finding)
    counted = f"{answered} of {len(asks)} sources answered" if asks else "no source is configured"
    title = f"Investigating: {counted}"
    if concluded:
        title = f"Investigation finished in {took((concluded.at - entry.at).total_seconds())}: {counted}"
    foot = context(f"{state.label} · started {date(entry.at, seconds=True)}")
    blocks = [plan(title, [_task(ask) for ask in asks[:_MOST]]), foot]
    seq = max([entry.n, *(ask.answer.n for ask in asks if ask.answer), concluded.n if concluded else 0])
    text = _text(state, asks, title, concluded)
    return message(f"plan/{round_}", text, blocks, "watchkeeper_plan", seq, payload={"incident": state.label})


def _task(ask: Ask) -> Block:
    question = ask.question
    title = f"{question.source}: {lower_first(question.question)}"
    links = [(link.text, link.url) for link in ask.finding.links[:2]] if ask.finding and question.by == "tool" else []
    return task(ask.id, title, _status(ask), _output(ask), links)


def _status(ask: Ask) -> str:
    if ask.finding:
        return "complete"
    if ask.silence:
        return "error"
    return "in_progress" if ask.asked or ask.question.by == "tool" else "pending"


def _output(ask: Ask) -> str:
    if ask.finding and ask.answer:
        said = sentence(plain(ask.finding.short or ask.finding.says, 200))
        return f"{said} Entry{NBSP}{ask.answer.n}, {took(ask.finding.seconds)}."
    if ask.silence and ask.answer:
        return f"{silence_words(ask)}. Entry{NBSP}{ask.answer.n}."
    if ask.asked:
        within = took(ask.question.seconds)
        return f"Asked {clock(ask.asked.at, seconds=True)} UTC, answer due in {within}. Entry{NBSP}{ask.asked.n}."
    return "Reading." if ask.question.by == "tool" else "Not asked yet."


def silence_words(ask: Ask) -> str:
    """`No answer in 20 s`, or what else stood in the way."""
    reason = ask.silence.reason if ask.silence else "timeout"
    if reason == "timeout":
        return f"No answer in {took(ask.question.seconds)}"
    return {"failed": "It failed", "unreadable": "Its answer cannot be read", "unreachable": "Not reached"}[reason]


def _text(state: State, asks: list[Ask], title: str, concluded: Entry | None) -> str:
    said = [sentence(plain(ask.finding.short or ask.finding.says, 160)) for ask in asks if ask.finding][-6:]
    quiet = [f"{ask.question.source} did not answer." for ask in asks if ask.silence][:6]
    verb = "Investigation of" if concluded else "Investigating"
    rest = title.partition(":")[2].strip()
    took_ = title.partition(":")[0].partition("finished")[2]
    head = f"{verb} {state.label}{' finished' + took_ if concluded else ''}: {rest}."
    return spoken(" ".join([head, *said, *quiet]), 1500)
