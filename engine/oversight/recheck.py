"""What is read again just before a start, or before a held question is sent: it can only take away.

Reactions, membership, and the tickets that hold a counted approval. A ⛔ that stands on the message and is in no entry
becomes a veto; a ✅ that is gone becomes a withdrawal; whoever is no longer an approver, or no longer a full member, is
withdrawn, and so is what was approved before a halt ended. A ✅ without its event counts for nothing.
"""

from collections.abc import Mapping
from datetime import datetime

import structlog

from engine.errors import Permanent, Retryable
from engine.incident import Cast, Decided, Held, State
from engine.ledger import Draft, Ledger
from engine.model import Kind, Person, Verdict, Vote
from engine.oversight.decisions import Decisions
from engine.oversight.policy import may_veto
from engine.people import People
from engine.ports import Chat, Tickets

log = structlog.get_logger()
APPROVES = frozenset({"white_check_mark"})
VETOES = frozenset({"no_entry", "no_entry_sign"})


class Recheck:
    """Reads the chat again and writes down what it takes away."""

    def __init__(
        self,
        ledger: Ledger,
        people: People,
        chat: Chat,
        decisions: Decisions,
        max_age: float,
        tickets: Tickets | None = None,
    ) -> None:
        """`tickets`: how a ticket is read again; without it what was approved in one cannot start anything."""
        self._tickets = tickets
        self._ledger = ledger
        self._people = people
        self._chat = chat
        self._decisions = decisions
        self._max_age = max_age

    async def takes_away(self, state: State, decided: Decided | Held) -> bool:
        """Whether something was appended, so that the incident must be folded again.

        Raises `Retryable` when the chat does not answer.
        """
        changed = False
        reactions = await self._chat.reactions(state.number, decided.n)
        if reactions is None:
            unseen = isinstance(decided, Held) or decided.auto
            if unseen or any(cast.vote.surface == "reaction" for cast in decided.approvals):
                raise Retryable("the card with the counted reactions is not there")
        else:
            changed = await self._unseen_vetoes(state, decided, reactions_of(reactions, VETOES))
            changed |= await self._gone(state, decided, reactions_of(reactions, APPROVES))
        if changed or await self._tickets_changed(state, decided):
            return True
        known = await self._people.known(cast.entry.actor for cast in decided.approvals)
        for cast in decided.approvals:
            approvers = await self._decisions.approvers(decided, cast.entry.at)  # a watch that ended since is no loss
            person = known.get(cast.entry.actor)
            may = person is not None and (approvers is None or person.ref in approvers)
            if person is None or not may or not await self._still_full(person):
                changed |= await self._withdraw(
                    state, decided, cast, "*", "no longer an approver", await self._now(cast)
                )
        return changed

    async def _tickets_changed(self, state: State, decided: Decided | Held) -> bool:
        """Whole lists of the tickets in which an approval was given; no other backend is asked."""
        changed = False
        for backend in sorted({str(cast.entry.payload["read"]["backend"]) for cast in _in_tickets(decided)}):
            if self._tickets is None:
                raise Retryable(f"the ticket in {backend} with a counted approval cannot be read")
            changed |= await self._tickets.reread(state.number, backend)
        return changed

    async def halted(self, state: State, decided: Decided) -> bool:
        """Take back the approvals that a halt voids, each alone: what the same person says later counts.

        As `takes_away`; a start would refuse them anyway, but people shall see what still counts.
        """
        control = await self._ledger.control()
        changed = False
        for cast in decided.approvals:
            if control.voids(cast.given):
                why, at = "all actions were halted", cast.vote.event_at
                changed |= await self._withdraw(state, decided, cast, cast.vote.place, why, at)
        return changed

    async def _unseen_vetoes(self, state: State, decided: Decided | Held, refs: frozenset[str]) -> bool:
        vetoers = None if isinstance(decided, Held) else await self._decisions.vetoers(decided)
        changed = False
        for ref in sorted(refs):
            try:
                person = await self._chat.person(ref, self._max_age, state.number)
            except Permanent as err:  # nobody that Slack knows: no member of the channel
                log.info("a veto by nobody", says=str(err))
                continue
            if person.may_speak and may_veto(person, vetoers):
                changed |= await self._unseen_veto(state, decided, person)
        return changed

    async def _unseen_veto(self, state: State, decided: Decided | Held, person: Person) -> bool:
        actor = await self._people.pseudonym(person)
        vote = Vote(
            proposal=decided.n,
            surface="reaction",
            place="read again",
            event_at=await self._ledger.now(),
            verdict=Verdict.COUNTED,
        )
        draft = Draft(f"reread/{decided.n}/veto/{actor}", Kind.VETO, vote.to_json(), actor, decided.n)
        return (await self._ledger.append(state.number, draft)).won

    async def _gone(self, state: State, decided: Decided | Held, standing: frozenset[str]) -> bool:
        changed = False
        known = await self._people.known(cast.entry.actor for cast in decided.approvals)
        for cast in decided.approvals:
            person = known.get(cast.entry.actor)
            if cast.vote.surface == "reaction" and (person is None or person.ref not in standing):
                why, at = "the reaction is gone", await self._now(cast)
                changed |= await self._withdraw(state, decided, cast, cast.vote.place, why, at)
        return changed

    async def _now(self, cast: Cast) -> datetime:
        """Not before the vote, whatever the chat's clock says."""
        return max(await self._ledger.now(), cast.vote.event_at)

    async def _withdraw(
        self, state: State, decided: Decided | Held, cast: Cast, place: str, why: str, event_at: datetime
    ) -> bool:
        vote = Vote(
            proposal=decided.n,
            surface=cast.vote.surface,
            place=place,
            event_at=event_at,
            verdict=Verdict.COUNTED,
            reason=why,
        )
        key = f"reread/{decided.n}/withdrawal/{cast.entry.n}"
        draft = Draft(key, Kind.WITHDRAWAL, vote.to_json(), cast.entry.actor, cast.entry.n)
        return (await self._ledger.append(state.number, draft)).won

    async def _still_full(self, person: Person) -> bool:
        try:
            return (await self._chat.person(person.ref, self._max_age)).may_speak
        except Permanent:  # Slack knows them no more
            return False


def _in_tickets(decided: Decided | Held) -> list[Cast]:
    return [cast for cast in decided.approvals if "read" in cast.entry.payload]


def reactions_of(reactions: Mapping[str, frozenset[str]], names: frozenset[str]) -> frozenset[str]:
    """Who stands behind any of these emoji; a skin tone changes nothing."""
    return frozenset().union(*(refs for name, refs in reactions.items() if name.split("::")[0] in names))
