"""The answer to one word of one person on a question that is held: sent, stopped, or why it changed nothing."""

from collections.abc import Sequence

from bot.views.answers.word import Said
from bot.views.parts import code, outside, time
from bot.views.people import mentioned
from bot.views.question import stopper
from bot.views.scene import Scene
from engine.incident import Ask
from engine.model import Kind, Verdict
from engine.words import clock, listed


def question_voted(verdict: Verdict, ask: Ask, said: Said, scene: Scene, names: Sequence[str]) -> str:
    """What became of the word. `names`: whoever may let the question go; none in a veto window, where all may."""
    question = f"the question to {code(ask.question.source, 60)}"
    number = f"{ask.held.entry.incident}/{ask.held.n}" if ask.held else ""
    if said.kind == Kind.WITHDRAWAL:
        late = "It was already decided." if verdict != Verdict.COUNTED else "It goes on as if you had not given it."
        return f"Your ✅ on {question} is withdrawn. {late}"
    match verdict:
        case Verdict.COUNTED if said.kind == Kind.VETO:
            return f"Your veto counts: {question} ({number}) is stopped and not sent in this round."
        case Verdict.COUNTED:
            return f"Counted: {question} ({number}) is sent now; its answer comes in the thread."
        case Verdict.EXPIRED:
            return f"Nobody let {question} ({number}) go in time; it was not sent.\n{_again(ask, scene)}"
        case Verdict.DECIDED:
            return f"{_decided(ask, question, scene)}\nYour {said.way} changed nothing."
        case Verdict.NOT_A_PERSON | Verdict.OUTSIDER:
            only = "guests, outside and deactivated accounts read here, they do not decide"
            return f"{said.words} {number} does not count: {only}."
        case Verdict.REQUESTER:
            return f"{said.words} {number} does not count: you asked it. {_who(names)} may let it go."
        case _:
            who = f"{_who(names)} may let {question} go"
            return f"{said.words} {number} does not count: {who}.\n⛔ by any member stops it."


def _who(names: Sequence[str]) -> str:
    return listed([outside(name, 60) for name in names[:8]]) or "Nobody, as the list of approvers is empty,"


def _again(ask: Ask, scene: Scene) -> str:
    return f"{code(f'{scene.command} ask {ask.question.source} …')} asks anew."


def _decided(ask: Ask, question: str, scene: Scene) -> str:
    first = question[:1].upper() + question[1:]
    by = stopper(ask)
    if by is not None:
        return f"{first} was already stopped by {mentioned(scene, by[0])}, {clock(by[2], seconds=True)} UTC."
    if ask.asked is not None:
        return f"{first} was already sent, {time(ask.asked.at, seconds=True)}; it cannot be taken back."
    return f"{first} was already decided."
