"""The lines that a proposal's card has only sometimes: not now, starts by itself, proposed again, objections."""

from bot.views.freezes import not_now
from bot.views.parts import Block, actions, button, outside, plain, quote, saying, section, time
from bot.views.people import name, way
from bot.views.places import entries, proposal_number
from bot.views.question import countdown
from bot.views.scene import Scene
from engine.incident import Cast, Decided, State
from engine.model import Proposal
from engine.words import clock, sentence, took

_MOST = 5


def first_lines(scene: Scene, decided: Decided) -> list[Block]:
    """What whoever decides must see before all else."""
    lines = [not_now(scene, decided), starts_by_itself(scene, decided)]
    return [section(*[line for line in lines if line])] if any(lines) else []


def starts_by_itself(scene: Scene, decided: Decided) -> str:
    """The countdown of what starts when nobody stops it, with its end beside it; or why it does not any more."""
    if decided.auto_ended is not None and decided.status == "waiting":
        says = sentence(outside(str(decided.auto_ended.payload.get("says", "")), 200))
        return f"*Waits for people.* It does not start by itself any more: {says}"
    if not decided.auto or decided.has_quorum:
        return ""
    if decided.auto_at is None:
        return f"*Starts by itself* {took(decided.proposal.auto_seconds)} from now unless somebody stops it."
    seconds, _ = countdown((decided.auto_at - scene.now).total_seconds())
    left = f"in *{took(seconds)}*" if seconds else "now"
    until = time(decided.auto_at, seconds=True)
    return f"*Starts by itself* {left} unless somebody stops it, at {until}. ✅ starts it before, ⛔ stops it."


def reason(scene: Scene, proposal: Proposal) -> str:
    """Why it was proposed; a person's words are quoted."""
    if proposal.requester:
        words = saying(proposal.why) if proposal.why else "no reason given."
        return f"{name(scene, proposal.requester)}: {words}"
    return sentence(outside(proposal.why)) or "not stated."


def repeats(state: State, scene: Scene, proposal: Proposal) -> str:
    """Of one that was proposed again: by whom, after what, and why it was proposed at first; empty of any other."""
    if proposal.again is None:
        return ""
    who = name(scene, proposal.requester) if proposal.requester else "a person"
    lines = [f"Proposed again by {who}, as {state.number}/{proposal.again} expired.", sentence(outside(proposal.why))]
    first = proposal
    while first.again is not None and first.again in state.proposals:
        first = state.proposals[first.again].proposal
    then = f"*Why at first:* {reason(scene, first)}" if first.again is None and first.why else ""
    return " ".join(line for line in (*lines, then) if line)


def objections(scene: Scene, decided: Decided) -> list[Block]:
    """The vetoes of people who may not veto, by name and with what they said; they stop nothing."""
    shown = [_objection(scene, decided, cast) for cast in decided.objections[:_MOST]]
    return [section("\n".join(shown))] if shown else []


def _objection(scene: Scene, decided: Decided, cast: Cast) -> str:
    by = f"{name(scene, cast.entry.actor)}, {way(cast)}, {clock(cast.entry.at)} UTC"
    line = f"*Objection* by {by} · {entries([cast.entry.n])}"
    why = decided.why(cast.entry.actor)
    return f"{line}\n{quote(why.says, 300)}" if why else line


def again(state: State, decided: Decided) -> list[Block]:
    """The button under what expired, until it is proposed again."""
    if decided.status != "expired" or state.closed or state.again(decided):
        return []
    number = proposal_number(state, decided.n)
    says = f"Propose {number} again, {plain(decided.proposal.title, 50)}"
    return [actions(button("Propose again", "wk_proposal_again", f"{number}@{decided.proposal.digest[:8]}", says=says))]
