"""A word of an app on a proposal: said in the thread, once an app, because an app reads no answer of its own."""

from collections.abc import Iterator
from dataclasses import replace

from bot.views.fit import message
from bot.views.parts import section, spoken
from bot.views.people import name
from bot.views.places import proposal_number
from bot.views.scene import Message, Scene
from bot.views.tally import tally
from engine.incident import Cast, Decided, State
from engine.model import Kind, Verdict


def app_words(state: State, scene: Scene, decided: Decided) -> Iterator[tuple[int, Message]]:
    """The first word of each app on this proposal, with its entry."""
    told: set[str] = set()
    for cast in decided.votes:
        word = cast.kind in (Kind.APPROVAL, Kind.VETO) and cast.vote.verdict == Verdict.NOT_A_PERSON
        if word and cast.entry.actor not in told:
            told.add(cast.entry.actor)
            yield cast.entry.n, _message(state, scene, decided, cast)


def _message(state: State, scene: Scene, decided: Decided, cast: Cast) -> Message:
    n = cast.entry.n
    before = replace(decided, started=None, votes=tuple(c for c in decided.votes if c.entry.n < n))
    emoji = "⛔" if cast.kind == Kind.VETO else "✅"
    counts = "does not count: only people decide."
    stands = f"{proposal_number(state, decided.n)} stands at {tally(before)}."
    blocks = [section(f"A {emoji} by the app {name(scene, cast.entry.actor)} {counts} {stands}")]
    text = f"A {emoji} by the app {spoken(scene.name(cast.entry.actor), 80)} {counts} {stands}"
    return message(f"app/{n}", text, blocks, "watchkeeper_app_word", n, payload={"incident": state.label})
