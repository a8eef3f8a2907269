"""Where in the thread an entry can be read, so that its number can be a link."""

from collections.abc import Mapping, Sequence

from bot.views.parts import link
from bot.views.scene import Scene
from engine.incident import State
from engine.words import NBSP


def slots(state: State) -> Mapping[int, str]:
    """The slot of the message that shows an entry, by the entry's number."""
    found = {}
    for ask in state.asks.values():
        if ask.answer:
            alone = bool(ask.person) or ask.question.by == "partner"
            kind = "finding" if ask.finding else "silent"
            found[ask.answer.n] = f"{kind}/{ask.answer.n}" if alone else f"plan/{ask.round}"
        if ask.held:
            found |= {entry.n: f"question/{ask.held.n}" for entry in (ask.held.entry, ask.asked, ask.answer) if entry}
    if state.conclusion_entry:
        found[state.conclusion_entry.n] = f"conclusion/{state.round}"
    for decided in state.proposals.values():
        found[decided.n] = f"proposal/{decided.n}"
        for entry in (decided.result, decided.verified):
            if entry:
                found[entry.n] = f"result/{decided.n}"
    return found


def entry(n: int, state: State, scene: Scene, word: str = "entry") -> str:
    """`entry 7`, as a link where its message is known."""
    url = scene.links.get(slots(state).get(n, ""), "")
    return link(url, f"{word}{NBSP}{n}") if url else f"{word}{NBSP}{n}"


def entries(numbers: Sequence[int]) -> str:
    """`entry 7`, `entries 7, 10`, without links."""
    if len(numbers) == 1:
        return f"entry{NBSP}{numbers[0]}"
    return f"entries{NBSP}{', '.join(map(str, numbers))}" if numbers else ""


def proposal_number(state: State, n: int) -> str:
    """`2041/19`."""
    return f"{state.number}/{n}"
