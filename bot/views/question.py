"""A question that is held before it goes to a partner: one message, counted down by edits, that later has the answer.

A countdown always stands beside its end, so that a missed edit misleads nobody.
"""

import math
from dataclasses import replace
from datetime import datetime

from bot.views.finding import finding_message, silence_message
from bot.views.fit import message
from bot.views.parts import (
    Block,
    actions,
    button,
    code,
    context,
    date,
    group_mention,
    outside,
    quote,
    section,
    spoken,
    time,
)
from bot.views.people import mentioned, name, way
from bot.views.places import entries
from bot.views.scene import Message, Scene
from engine.incident import Ask, Held, State
from engine.model import Entry, Verdict
from engine.words import clock, listed, took, upper_first, utc

SEND, STOP = "white_check_mark", "no_entry"
_REFUSED = {Verdict.NO_RIGHT: "no right", Verdict.REQUESTER: "asked it", Verdict.OUTSIDER: "guest or outside account"}


def countdown(left: float) -> tuple[int, float]:
    """The seconds to show for `left`, and in how many they change: by fives in the last minute, else by thirties."""
    step = 5 if left <= 60 else 30
    steps = max(0, math.ceil(left / step))
    return steps * step, left - step * (steps - 1) if steps else math.inf


def question_message(state: State, scene: Scene, ask: Ask, held: Held) -> Message:
    """The message of a question that is, or was, held, as it should stand now."""
    slot = f"question/{held.n}"
    if ask.status in ("stopped", "expired"):
        return stopped_message(state, scene, ask, slot)
    if ask.answer and ask.finding:
        return replace(finding_message(state, scene, ask, ask.answer, ask.finding), slot=slot)
    if ask.answer and ask.silence:
        return replace(silence_message(state, scene, ask, ask.answer, ask.silence), slot=slot)
    if ask.asked is not None:
        return _sent(state, scene, ask, held, ask.asked)
    if state.closed is not None:
        head = f"*Question to {code(ask.question.source, 60)}* was not sent: the incident closed"
        return _message(state, slot, [section(f"{head} · {entries([held.n])}")], head, state.closed.n, held)
    return _waiting(state, scene, ask, held)


def _message(state: State, slot: str, blocks: list[Block], text: str, seq: int, held: Held | None) -> Message:
    payload = {"incident": state.label} | ({"question": held.n} if held else {})
    said = f"{text.replace('*', '').replace('`', '').rstrip('.')}. {state.label}."
    return message(slot, said, blocks, "watchkeeper_question", seq, payload=payload)


def _waiting(state: State, scene: Scene, ask: Ask, held: Held) -> Message:
    source, number = ask.question.source, f"{state.number}/{held.n}"
    send = button("Send now", "wk_question_send", number, says=f"Send the question to {spoken(source, 40)} now")
    stop = button(
        "Stop it", "wk_question_stop", number, style="danger", says=f"Stop the question to {spoken(source, 40)}"
    )
    head = " · ".join(part for part in (_head(scene, ask, held), _asked_by(scene, ask), entries([held.n])) if part)
    blocks = [
        section(head, quote(upper_first(ask.question.question), 1500)),
        actions(send, stop),
        context(_foot(scene, held)),
    ]
    seq = max([held.n, *(cast.entry.n for cast in held.votes), held.shown.n if held.shown else 0])
    ends = f"until {utc(held.until, seconds=True)}" if held.until else f"for {took(held.hold.seconds)}"
    then = "then it is sent. ⛔ stops it, ✅ sends it now"
    if held.hold.policy == "approval":
        then = f"then it is not sent. ✅ by {_approvers(scene, held)} sends it, ⛔ stops it"
    shown = _message(
        state, f"question/{held.n}", blocks, f"Question to {spoken(source, 60)} is held {ends}, {then}", seq, held
    )
    return replace(shown, seeds=(SEND, STOP))


def _head(scene: Scene, ask: Ask, held: Held) -> str:
    head = f"*Question to {code(ask.question.source, 60)}*"
    if held.hold.policy == "approval":
        return f"{head} waits for {_approvers(scene, held)}; it is not sent before"
    if held.until is None:
        return f"{head}, sent *{took(held.hold.seconds)}* from now unless someone stops it"
    seconds, _ = countdown((held.until - scene.now).total_seconds())
    return f"{head}, sent in *{took(seconds)}* unless someone stops it" if seconds else f"{head}, about to be sent"


def _asked_by(scene: Scene, ask: Ask) -> str:
    return f"asked by {name(scene, ask.person)}" if ask.person else ""


def _approvers(scene: Scene, held: Held) -> str:
    hold = held.hold
    if hold.approvers_mention:
        return group_mention(hold.approvers_mention)
    names = {person.ref: person.name for person in scene.people.values()}
    listed_ = listed([outside(names.get(ref, ref.partition(":")[2]), 60) for ref in hold.approvers[:6]])
    return outside(hold.approvers_name, 80) or listed_ or "nobody: the list of approvers is empty"


def _foot(scene: Scene, held: Held) -> str:
    hold = held.hold
    refused = [
        f"{name(scene, c.entry.actor)}, {_REFUSED.get(c.vote.verdict, c.vote.verdict.value)} ({entries([c.entry.n])})"
        for c in held.refused[:5]
    ]
    pieces = (
        "Goes to an outside company" if hold.outside else "",
        f"carries {outside(hold.carries, 200)}" if hold.carries else "",
        f"held until {time(held.until, seconds=True)}" if held.until else f"held for {took(hold.seconds)}",
        f"not counted: {' · '.join(refused)}" if refused else "",
        "✅ sends now, ⛔ stops",
    )
    return " · ".join(piece for piece in pieces if piece)


def _sent(state: State, scene: Scene, ask: Ask, held: Held, asked: Entry) -> Message:
    let_go = [cast for cast in held.approvals if cast.entry.n < asked.n]
    by = f" by {mentioned(scene, let_go[0].entry.actor)} by {way(let_go[0])}" if let_go else ", nobody stopped it"
    head = (
        f"*Question to {code(ask.question.source, 60)} sent*{by}, {date(asked.at, seconds=True)} · {entries([asked.n])}"
    )
    due = f"The answer is due within {took(ask.question.seconds)}"
    blocks = [section(head, quote(upper_first(ask.question.question), 1500)), context(due)]
    text = f"Question to {spoken(ask.question.source, 60)} sent, {utc(asked.at, seconds=True)}"
    return _message(state, f"question/{held.n}", blocks, text, max(asked.n, held.n), held)


def stopper(ask: Ask) -> tuple[str, str, datetime] | None:
    """Who stopped the question, by which way, and when; None where nobody did."""
    if ask.held is not None and ask.held.veto is not None and ask.asked is None:
        veto = ask.held.veto
        return veto.entry.actor, way(veto), veto.entry.at
    if ask.answer is not None and ask.answer.actor.startswith("person:"):
        return ask.answer.actor, "command", ask.answer.at
    return None


def stopped_message(state: State, scene: Scene, ask: Ask, slot: str) -> Message:
    """A question that was stopped, or that nobody approved in time."""
    source, by = code(ask.question.source, 60), stopper(ask)
    fate = "It was not sent."
    if ask.asked is not None:
        fate = f"It was sent {clock(ask.asked.at, seconds=True)} UTC; its answer is not waited for."
    at = ask.answer.at if ask.answer else by[2] if by else scene.now
    head = f"*Question to {source} expired*, {date(at, seconds=True)}. Nobody approved it in time. {fate}"
    text = f"Question to {spoken(ask.question.source, 60)} expired, {utc(at, seconds=True)}. {fate}"
    if by is not None:
        who, how, at = by
        head = f"*Question to {source} stopped* by {mentioned(scene, who)} by {how}, {date(at, seconds=True)}. {fate}"
        stopped = f"stopped by {name(scene, who)}, {utc(at, seconds=True)}"
        text = f"Question to {spoken(ask.question.source, 60)} {stopped}. {fate}"
    inside = "Nothing left the company · " if ask.held and ask.held.hold.outside and ask.asked is None else ""
    again = f"{inside}{code(f'{scene.command} ask {ask.question.source} …')} asks after all"
    last = [held.n for held in (ask.held,) if held] + [cast.entry.n for cast in (ask.held.votes if ask.held else ())]
    seq = max([ask.answer.n if ask.answer else 0, *last])
    return _message(state, slot, [section(head), context(again)], text, seq, ask.held)
