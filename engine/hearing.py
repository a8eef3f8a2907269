"""What people say in tickets becomes entries, judged by the same policy as in Slack; each version of a remark once.

`approve 19`, `veto 19 …`, `correct 16 …` and `note …` as first words; anything else is a note. An approval names its
proposal and is never edited: a changed comment takes it back, and so does a deleted one. A veto without a number, or
with one that waits nowhere, stops all that waits; nothing lifts it. Nothing here reads a ticket.
"""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from engine.desk import Desk
from engine.durable.differences import Seen
from engine.durable.typed import Typed, typed
from engine.errors import Permanent
from engine.fast.steer import CORRECTABLE
from engine.incident import Cast, Held, State
from engine.ledger import Draft
from engine.model import Kind, Person, Read, Surface, Verdict, Vote
from engine.oversight.decisions import Decisions, VoteKind, Word
from engine.ports import Chat
from engine.remarks import key_of

log = structlog.get_logger()
MOST = 10_000  # characters of what somebody wrote that an entry keeps
_GONE = {"said": "the comment was deleted", "reaction": "the reaction was taken back"}


class Hearing:
    """Turns what was read into entries. `people`: backend → the vendor's id, in lower case → the chat's id."""

    def __init__(
        self, desk: Desk, decisions: Decisions, chat: Chat, people: Mapping[str, Mapping[str, str]], max_age: float
    ) -> None:
        self._ledger = desk.ledger
        self._people = desk.people
        self._decisions = decisions
        self._chat = chat
        self._mapped = people
        self._max_age = max_age

    async def drafts(self, state: State, seen: Seen) -> list[Draft]:
        """What is appended for one version, in one transaction; the first has its key. Raises `Retryable`."""
        # A vendor's clock may be ahead: a word is never later than now, so that what is said elsewhere later counts.
        at, seen = seen.at, replace(seen, at=min(seen.at, await self._ledger.now()))
        person, known = await self._who(state, seen)
        actor = await self._people.pseudonym(person) if person else seen.backend
        if seen.what == "status":
            drafts = [_remarked("closed" if seen.text == "closed" else "reopened", seen.says, actor)]
        elif seen.what == "note":
            drafts = [_of_our_note(seen)]
        elif seen.how == "deleted":
            was = seen.was.entry.actor if seen.was else seen.backend
            drafts = _taken_back(state, seen, _GONE[seen.what]) or [_remarked("deleted", "", was)]
        else:
            assert person is not None  # noqa: S101  words and emoji have an author, be it an unknown one
            heard = self._reaction if seen.what == "reaction" else self._said
            drafts = await heard(state, seen, person, actor)
        read = Read(
            backend=seen.backend, ticket=seen.ticket, how=seen.how, digest=seen.digest, at=at, known=known
        ).to_json()
        return [
            replace(draft, key=f"also/{seen.key}/{i}" if i else seen.key, payload={**draft.payload, "read": read})
            for i, draft in enumerate(drafts)
        ]

    async def _who(self, state: State, seen: Seen) -> tuple[Person | None, bool]:
        """The author as the chat knows them; one whom nobody mapped has a name and no rights."""
        if not seen.author and (seen.what in ("note", "status") or seen.how == "deleted"):
            return None, False
        user = self._mapped.get(seen.backend, {}).get(seen.author.casefold())
        name = seen.author_name or seen.author or "somebody"
        if user is None:
            return Person(f"{seen.backend}:{seen.author}", name, is_outside=True, in_channel=False), False
        try:
            return await self._chat.person(f"slack:{user}", self._max_age, state.number), True
        except Permanent as err:  # mapped to nobody that the chat knows
            log.warning("a person of a ticket is nobody in the chat", backend=seen.backend, says=str(err))
            return Person(f"slack:{user}", name, is_deactivated=True, in_channel=False), True

    async def _reaction(self, state: State, seen: Seen, person: Person, _: str) -> list[Draft]:
        kind: VoteKind = Kind.APPROVAL if seen.text == "+1" else Kind.VETO
        place = f"{seen.text}@{seen.backend}/{seen.n}"
        return await self._votes(state, seen, person, kind, [seen.n], "ticket_reaction", place)

    async def _said(self, state: State, seen: Seen, person: Person, actor: str) -> list[Draft]:
        said = typed(seen.text)
        back = _taken_back(state, seen, "the comment was edited") if seen.base else []
        drafts = await self._word(state, seen, person, actor, said)
        if not drafts:
            words = (said.says if said.word == "note" else "") or seen.text
            drafts = [_remarked("edited", words, actor) if seen.base else _note(words, actor)]
        return [*drafts, *back]

    async def _word(self, state: State, seen: Seen, person: Person, actor: str, said: Typed) -> list[Draft]:
        """The entries of a command; an answer where it cannot be followed; nothing where it is none."""
        here = said.incident in (None, state.number)
        match said.word:
            case "approve":
                one = [said.entry] if here and said.entry is not None and seen.how == "new" else []
                found = await self._votes(state, seen, person, Kind.APPROVAL, one, "ticket")
                return found or [_answer(state, said, actor, edited=seen.how == "edited")]
            case "veto":
                meant, why = _vetoed(state, said) if here else ([], said.says)
                found = await self._votes(state, seen, person, Kind.VETO, meant, "ticket", reason=why)
                return found or [_answer(state, said, actor)]
            case "correct":
                wrong = state.entry(said.entry) if here and said.entry is not None else None
                if wrong is None or wrong.kind not in CORRECTABLE or not said.says or not person.may_speak:
                    return [_answer(state, said, actor)]
                payload = {"corrects": wrong.n, "says": said.says[:MOST]}
                return [Draft("", Kind.CORRECTION, payload, actor, cause=wrong.n)]
            case _:
                return []

    async def _votes(
        self,
        state: State,
        seen: Seen,
        person: Person,
        kind: VoteKind,
        numbers: list[int],
        surface: Surface,
        place: str = "",
        reason: str = "",
    ) -> list[Draft]:
        where = place or f"ticket/{seen.backend}"
        word = Word(kind, person, surface, where, seen.key, seen.at, reason[:MOST])
        found = [await self._decisions.draft(state, n, word, "") for n in numbers]
        return [draft for draft in found if draft is not None]


def _vetoed(state: State, said: Typed) -> tuple[list[int], str]:
    """What a veto stops, and the reason. A number that is neither proposal nor held question belongs to the reason."""
    n = said.entry
    if n is not None and (n in state.proposals or state.held(n)):
        return [n], said.says
    held = [ask.held.n for ask in state.holding if ask.held]
    return [*(decided.n for decided in state.waiting), *held], said.says if n is None else f"{n} {said.says}".strip()


def _taken_back(state: State, seen: Seen, why: str) -> list[Draft]:
    """The approvals that this remark gave, of what still waits; whoever changed it, they were its author's."""
    versions = key_of(seen.backend, seen.id, 0).removesuffix("0")
    waits: list[Held] = [ask.held for ask in state.holding if ask.held]
    given = [
        cast
        for ballot in (*state.waiting, *waits)
        for cast in ballot.votes
        if cast.kind == Kind.APPROVAL and cast.vote.verdict == Verdict.COUNTED and cast.entry.key.startswith(versions)
    ]
    return [_withdrawal(cast, seen, why) for cast in given[-1:]]


def _withdrawal(cast: Cast, seen: Seen, why: str) -> Draft:
    vote: Vote = cast.vote.model_copy(update={"event_at": max(seen.at, cast.vote.event_at), "reason": why})
    return Draft("", Kind.WITHDRAWAL, vote.to_json(), cast.entry.actor, cause=cast.entry.n)


def _note(says: str, actor: str) -> Draft:
    return Draft("", Kind.NOTE, {"says": says[:MOST]}, actor)


def _remarked(what: str, says: str, actor: str) -> Draft:
    return Draft("", Kind.REMARKED, {"what": what, "says": says[:MOST]}, actor)


def _of_our_note(seen: Seen) -> Draft:
    what = "note_deleted" if seen.how == "deleted" else "restored" if seen.text else "altered"
    return Draft("", Kind.REMARKED, {"what": what, "of": seen.n}, seen.backend, cause=seen.n)


def _answer(state: State, said: Typed, actor: str, *, edited: bool = False) -> Draft:
    """Nothing changed, and why: what could have been meant is told in the ticket."""
    waits = [decided.n for decided in state.waiting] + [ask.held.n for ask in state.holding if ask.held]
    right = [entry.n for entry in state.entries if entry.kind in CORRECTABLE]
    payload = {"what": "answer", "word": said.word, "says": said.says[:MOST], "edited": edited}
    return Draft("", Kind.REMARKED, {**payload, "open": right if said.word == "correct" else waits}, actor)
