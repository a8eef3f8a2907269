"""People's words become entries: every click is recorded with the policy's verdict at that moment, and answered.

Any replica does this, without owning the incident. Nothing here starts anything: the decision is a fold over the votes,
and the gate in `act.py` reads it.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from engine.catalogue import Catalogue, facts
from engine.desk import Desk
from engine.errors import TooLate
from engine.incident import Ask, Decided, Held, State
from engine.ledger import Draft
from engine.model import Entry, Kind, Person, Surface, Verdict, Vote
from engine.oversight.policy import judge, judge_question
from engine.oversight.rights import Rights
from engine.ports import Chat

VoteKind = Literal[Kind.APPROVAL, Kind.VETO, Kind.WITHDRAWAL, Kind.WITHDRAWN]
EVERYWHERE = "*"  # the place of a withdrawal that takes back every approval of its author


@dataclass(frozen=True, slots=True)
class Word:
    """What one person did, in our words. `event` is the chat's own id of it, `place` what a later word replaces."""

    kind: VoteKind
    person: Person
    surface: Surface
    place: str
    event: str
    event_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a word: for the ephemeral line.

    `decided` is the proposal that it speaks of, `ask` the held question; `entry` is None where it is neither.
    """

    verdict: Verdict
    word: Word
    actor: str
    state: State
    decided: Decided | None = None
    entry: Entry | None = None
    ask: Ask | None = None


class Decisions:
    """Records votes and says what counted."""

    def __init__(self, desk: Desk, catalogue: Catalogue, chat: Chat, max_age: float) -> None:
        """`max_age`: how old, in seconds, what is known of a person may be."""
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._people = desk.people
        self._catalogue = catalogue
        self.rights = Rights(catalogue, chat, max_age)

    async def approvers(self, decided: Decided | Held, at: datetime | None = None) -> frozenset[str] | None:
        """Refs of whoever may approve now, or by the schedule of the watch at `at`.

        None where every full member of the channel may: a question in its veto window.
        """
        if isinstance(decided, Held):
            return await self.rights.senders(decided)
        return await self.rights.approvers(decided, at or await self._ledger.now())

    async def vetoers(self, decided: Decided) -> frozenset[str] | None:
        """Refs of whoever may veto now; None where every full member of the channel may."""
        return await self.rights.vetoers(decided, await self._ledger.now())

    async def allowed(self, action: str) -> frozenset[str]:
        """Refs of whoever may approve this action now, under some rule or always."""
        return await self.rights.of_action(action, await self._ledger.now())

    async def allowed_any(self) -> frozenset[str]:
        """Refs of whoever may approve at least one action now."""
        return await self.rights.of_any(await self._ledger.now())

    async def waits_for(self, state: State, person: Person, actor: str) -> list[int]:
        """The entries of an incident, proposals and held questions, that this person may approve now and has not.

        In order; nothing while nobody more is needed, or while all actions are halted, or those frozen.
        """
        now, found = await self._ledger.now(), []
        word = Word(Kind.APPROVAL, person, "button", "card", "", now)
        for decided in state.waiting:
            given = {cast.entry.actor for cast in decided.approvals}
            needed = not decided.has_quorum and actor not in given
            if needed and await self._judge(decided, word, actor, now) == Verdict.COUNTED:
                found.append(decided.n)
        for ask in state.holding if not state.closed else ():
            held = ask.held
            if held is None or held.approvals:
                continue
            approvers = await self.approvers(held) or frozenset()
            verdict = judge_question(Kind.APPROVAL, ask, held, person, actor=actor, approvers=approvers, now=now)
            if verdict == Verdict.COUNTED:
                found.append(held.n)
        return sorted(found)

    async def say(self, incident: int, proposal: int, word: Word, digest: str = "") -> Answer:
        """Append the vote and tell what counted. The same event twice is recorded once and answered alike.

        `digest`: what the proposal was bound to where the word was drawn, or its beginning; another one is stale.
        Whoever requested a proposal and takes back everything withdraws the proposal itself.
        """
        actor = await self._people.pseudonym(word.person)
        state = await self._incidents.state(incident)
        decided = state.proposals.get(proposal)
        if decided is None:
            return await self._say_of_question(state, proposal, word, actor)
        if word.kind == Kind.WITHDRAWAL and word.place == EVERYWHERE and decided.proposal.requester == actor:
            word = replace(word, kind=Kind.WITHDRAWN)
        now = await self._ledger.now()  # once: between two a freeze could begin
        meant = decided.proposal.digest.startswith(digest)
        verdict = await self._judge(decided, word, actor, now) if meant else Verdict.STALE
        entry = await self._record(incident, decided.n, word, actor, verdict, self._until(decided, word, now))
        state = await self._incidents.state(incident)
        decided = state.proposals[proposal]
        verdict = Verdict(entry.payload["verdict"])
        if verdict == Verdict.COUNTED and decided.started is not None and decided.started.n < entry.n:
            verdict = Verdict.DECIDED  # it came after the start: recorded, and too late
        return Answer(verdict, word, actor, state, decided, entry)

    async def draft(self, state: State, n: int, word: Word, key: str) -> Draft | None:
        """The vote on entry `n` as it would be appended now; None where that is neither proposal nor held question.

        For a word that is one of several entries of one transaction. What comes in a deadline's moment is `TooLate`.
        """
        actor = await self._people.pseudonym(word.person)
        decided, now = state.proposals.get(n), await self._ledger.now()
        until: datetime | None
        if decided is not None:
            verdict, until = await self._judge(decided, word, actor, now), self._until(decided, word, now)
        elif (ask := state.held(n)) is not None and ask.held is not None:
            verdict, until = await self._judge_question(state, ask, ask.held, word, actor)
        else:
            return None
        before = until if verdict == Verdict.COUNTED else None
        return Draft(key, word.kind, _vote(n, word, verdict).to_json(), actor, cause=n, before=before)

    async def _say_of_question(self, state: State, n: int, word: Word, actor: str) -> Answer:
        ask = state.held(n)
        if ask is None or ask.held is None:
            return Answer(Verdict.STALE, word, actor, state)
        verdict, until = await self._judge_question(state, ask, ask.held, word, actor)
        entry = await self._record(state.number, n, word, actor, verdict, until)
        state = await self._incidents.state(state.number)
        ask = state.held(n) or ask
        verdict = Verdict(entry.payload["verdict"])
        if verdict == Verdict.COUNTED and ask.asked is not None and ask.asked.n < entry.n:
            verdict = Verdict.DECIDED  # it came after the question was sent: recorded, and too late
        return Answer(verdict, word, actor, state, entry=entry, ask=ask)

    async def _judge_question(
        self, state: State, ask: Ask, held: Held, word: Word, actor: str
    ) -> tuple[Verdict, datetime | None]:
        """The verdict, and when a word that counts is late."""
        if word.kind == Kind.WITHDRAWAL:
            verdict = Verdict.COUNTED if ask.waits else Verdict.DECIDED
        elif state.closed:
            verdict = Verdict.DECIDED
        else:
            approvers = await self.approvers(held) or frozenset()
            now = await self._ledger.now()
            verdict = judge_question(word.kind, ask, held, word.person, actor=actor, approvers=approvers, now=now)
        return verdict, held.until if held.hold.policy == "approval" and word.kind == Kind.APPROVAL else None

    async def _judge(self, decided: Decided, word: Word, actor: str, now: datetime) -> Verdict:
        if word.kind == Kind.WITHDRAWAL:
            return Verdict.COUNTED if decided.status == "waiting" else Verdict.DECIDED
        verdict = judge(
            word.kind,
            decided,
            word.person,
            actor=actor,
            surface=word.surface,
            approvers=await self.rights.approvers(decided, now),
            vetoers=await self.rights.vetoers(decided, now),
            now=now,
        )
        if word.kind == Kind.APPROVAL and verdict == Verdict.COUNTED:
            return await self._not_now(decided, word, now)
        return verdict

    async def _not_now(self, decided: Decided, word: Word, now: datetime) -> Verdict:
        """An approval given while halted or frozen counts for nothing, also when its click arrives late."""
        if (await self._ledger.control()).voids(word.event_at):
            return Verdict.HALTED
        frozen, about = self._catalogue.policy.frozen, facts(decided.proposal)
        return Verdict.FROZEN if frozen(about, now) or frozen(about, word.event_at) else Verdict.COUNTED

    def _until(self, decided: Decided, word: Word, now: datetime) -> datetime:
        """When a word that counts is late: at the expiry, or for an approval when a freeze begins before."""
        expires = decided.proposal.expires_at
        if word.kind != Kind.APPROVAL:
            return expires
        begins = self._catalogue.policy.next_freeze(facts(decided.proposal), now)
        return min(expires, begins) if begins else expires

    async def _record(
        self, incident: int, n: int, word: Word, actor: str, verdict: Verdict, until: datetime | None
    ) -> Entry:
        """The vote on entry `n`; one that would count is late from `until` on, by the database's clock."""
        vote = _vote(n, word, verdict)
        # An event's id may be made of a person's; a key is published, so it is hashed with what only the ledger knows.
        event = hashlib.sha256(f"{self._ledger.installation}|{word.event}".encode()).hexdigest()[:24]
        key = f"vote/{event}"
        before = until if verdict == Verdict.COUNTED else None
        try:
            draft = Draft(key, word.kind, vote.to_json(), actor, cause=n, before=before)
            return (await self._ledger.append(incident, draft)).entry
        except TooLate:
            late = vote.model_copy(update={"verdict": await self._late(incident, n)}).to_json()
            return (await self._ledger.append(incident, Draft(key, word.kind, late, actor, cause=n))).entry

    async def _late(self, incident: int, n: int) -> Verdict:
        """What a word is that met its deadline in the transaction."""
        decided = (await self._incidents.state(incident)).proposals.get(n)
        passed = decided is None or await self._ledger.now() >= decided.proposal.expires_at
        return Verdict.EXPIRED if passed else Verdict.FROZEN


def _vote(n: int, word: Word, verdict: Verdict) -> Vote:
    return Vote(
        proposal=n,
        surface=word.surface,
        place=word.place,
        event_at=word.event_at,
        verdict=verdict,
        reason=word.reason,
    )
