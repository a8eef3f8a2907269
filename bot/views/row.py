"""The row of the root message: what can be done with an incident as it stands now, and nothing that leads nowhere."""

from bot.views.parts import Block, actions, button, confirm, overflow, plain
from bot.views.phase import Phase, phase
from bot.views.places import proposal_number
from bot.views.scene import Scene
from engine.incident import Decided, State


def row(state: State, scene: Scene) -> Block:
    """Two buttons at most, and the menu behind `⋯`."""
    return actions(*_buttons(state, scene), _more(state))


def _buttons(state: State, scene: Scene) -> list[Block]:
    now, decided = phase(state), state.current
    if now is Phase.NEEDS_DECISION and decided:
        return _decide(state, decided, scene)
    if now in (Phase.ACTING, Phase.VERIFYING) and decided:
        return _open(state, decided, scene, "Open the proposal")
    if now is Phase.CLOSED or now is Phase.VERIFYING:
        return []
    ask = button("Ask a partner", "wk_ask_open", str(state.number), says=f"Ask a partner in {state.label}")
    return [ask] if now is Phase.NEEDS_PERSON else [ask, _stop(state)]


def _stop(state: State) -> Block:
    made = button("Stop", "wk_investigation_stop", str(state.number), says=f"Stop the investigation of {state.label}")
    says = "Questions without an answer are given up; the conclusion is drawn from what is there."
    return made | {"confirm": confirm(f"Stop the investigation of {state.label}?", says, "Stop")}


def _decide(state: State, decided: Decided, scene: Scene) -> list[Block]:
    """Review leads to the card, where what, where and undo are in sight; a veto is safe from anywhere."""
    number = proposal_number(state, decided.n)
    says = f"Veto proposal {number}, {plain(decided.proposal.title, 50)}"
    value = f"{number}@{decided.proposal.digest[:8]}"
    veto = button("Veto", "wk_proposal_veto", value, style="danger", says=says)
    return [*_open(state, decided, scene, "Review the proposal", style="primary"), veto]


def _open(state: State, decided: Decided, scene: Scene, words: str, *, style: str = "") -> list[Block]:
    """A link to the card, once it is known where the card stands."""
    url = scene.links.get(f"proposal/{decided.n}", "")
    number = proposal_number(state, decided.n)
    return [button(words, "wk_proposal_open", number, style=style, url=url)] if url else []


def _more(state: State) -> Block:
    open_ = [("note", "Add a note"), ("correct", "Correct a finding"), ("close", "Close by hand")]
    what = [("correct", "Correct a conclusion"), ("note", "Add a note")] if state.closed else open_
    options = [(words, f"{word}:{state.number}") for word, words in what]
    return overflow("wk_incident_more", options)
