"""People steer a running investigation: end it, begin a new round, correct what was found, narrow what is weighed.

Any replica appends these words, without owning the incident; the responder takes them up. Nothing here judges a source.
"""

import secrets
from collections.abc import Sequence
from functools import partial

from engine.desk import Desk
from engine.errors import Moved
from engine.incident import Ask, State
from engine.ledger import Book, Draft
from engine.model import Conclusion, Entry, Focus, Hypothesis, Kind, Silence

CORRECTABLE = frozenset({Kind.FINDING, Kind.CONCLUSION})


class Steering:
    """Appends people's words. `actor` is a pseudonym, `event` the chat's own id of the word: once, however often."""

    def __init__(self, desk: Desk) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents

    async def stop(self, state: State, actor: str) -> int:
        """Stop every question without an answer; how many. The conclusion is drawn from what is there."""
        return await self._ledger.transact(lambda book: _stop(book, state, actor), urgent=True)

    async def rerun(self, state: State, actor: str, event: str) -> Entry | None:
        """A new round; what still runs of the old one is stopped. None where somebody else began one meanwhile."""
        begun = state.round
        while True:
            try:
                return await self._ledger.transact(partial(_rerun, state=state, actor=actor, event=event), urgent=True)
            except Moved:
                state = await self._incidents.state(state.number)
            if state.round != begun or state.closed:
                return None

    async def correct(self, state: State, n: int, says: str, actor: str, event: str) -> Entry:
        """What a finding or a conclusion should say; the entry itself stays as written."""
        draft = Draft(f"correct/{event}", Kind.CORRECTION, {"corrects": n, "says": says}, actor, cause=n)
        return (await self._ledger.append(state.number, draft)).entry

    async def focus(self, state: State, focus: Focus, actor: str, event: str) -> Entry:
        """What the correlation shall take up."""
        draft = Draft(f"focus/{event}", Kind.FOCUS, focus.to_json(), actor)
        return (await self._ledger.append(state.number, draft)).entry

    async def another_way(self, state: State, says: str, actor: str, event: str) -> Entry | None:
        """What a person wants instead, and a new round that takes it up; as `rerun` where another one began."""
        await self.focus(state, Focus(how="note", says=says), actor, event)
        return await self.rerun(state, actor, event)


def _stop(book: Book, state: State, actor: str) -> int:
    drafts = [_stopped(ask, actor) for ask in state.asks.values() if ask.answer is None]
    return sum(book.append(state.number, draft, secrets.token_hex(8)).won for draft in drafts)


def _stopped(ask: Ask, actor: str) -> Draft:
    sent = ask.asked is not None or ask.question.by == "tool"
    says = "stopped before it answered" if sent else "stopped before it was sent"
    question = ask.question
    silence = Silence(source=question.source, question=question.question, reason="stopped", says=says)
    held = ask.held.n if ask.held else None
    return Draft(f"answer/{ask.id}", Kind.STOPPED, {"of": ask.id, "held": held, **silence.to_json()}, actor)


def _rerun(book: Book, state: State, actor: str, event: str) -> Entry:
    draft = Draft(f"rerun/{event}", Kind.RERUN, {"after": state.round}, actor, expect=state.n)
    begun = book.append(state.number, draft, secrets.token_hex(8))
    if begun.won:
        _stop(book, state, actor)
    return begun.entry


def steered(conclusion: Conclusion, focus: Sequence[tuple[Entry, Focus]]) -> Conclusion:
    """The conclusion with what people ruled out and added. What they ruled out is not the likely cause."""
    for entry, word in focus:
        if word.how == "add":
            conclusion = _with(conclusion, _added(f"focus-{entry.n}", word.says, entry))
        elif word.how == "rule_out":
            conclusion = _without(conclusion, word, entry)
    return conclusion


def _added(name: str, says: str, entry: Entry) -> Hypothesis:
    return Hypothesis(name=name, says=says, confidence=None, entries=(entry.n,), by=entry.actor)


def _with(conclusion: Conclusion, added: Hypothesis) -> Conclusion:
    return conclusion.model_copy(update={"others": (*conclusion.others, added)})


def _without(conclusion: Conclusion, word: Focus, entry: Entry) -> Conclusion:
    known = [h for h in (conclusion.likely, *conclusion.others) if h is not None]
    meant = _meant(known, word.hypothesis)
    known_or_new = meant or _added(word.hypothesis, word.hypothesis, entry)
    change = {"ruled_out": word.says or "ruled out", "by": entry.actor, "entries": (entry.n,)}
    ruled = known_or_new.model_copy(update=change)
    if meant is None:
        return _with(conclusion, ruled)
    others = tuple(ruled if h is meant else h for h in conclusion.others)
    if meant is not conclusion.likely:
        return conclusion.model_copy(update={"others": others})
    likely = next((h for h in others if not h.ruled_out and not h.by), None)
    rest = tuple(h for h in others if h is not likely)
    # How the sources bear on it was said of the cause that is ruled out now.
    kept = ("silent", "stopped", "expired", "no change", "rules out another cause")
    rows = tuple(e if e.bears in kept else e.model_copy(update={"bears": "not weighed"}) for e in conclusion.evidence)
    return conclusion.model_copy(
        update={"likely": likely, "others": (*rest, ruled), "evidence": rows, "unexplained": ""}
    )


def _meant(known: Sequence[Hypothesis], word: str) -> Hypothesis | None:
    """By its name, else the only one whose name or words have it."""
    wanted = word.casefold()
    named = [h for h in known if h.name.casefold() == wanted]
    like = named or [h for h in known if wanted in f"{h.name} {h.says}".casefold()]
    return like[0] if len(like) == 1 else None
