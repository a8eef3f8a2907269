"""What people ask to be done: `/watch run …`, and `Propose again` on the card of what expired.

Both make one proposal, with the target's state read anew; whoever asks is its requester and cannot approve it.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.grammar import first_word
from bot.requested import arguments_of, second_times
from bot.scenery import Scenery
from bot.views import answers
from bot.views.answers import Reply
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import Moved, Permanent, Retryable
from engine.incident import State
from engine.ledger import Draft
from engine.model import Entry, Kind, Measure, Mode, Person, Proposal, ProposalDraft


class Requests:
    """Turns a person's request into a proposal."""

    def __init__(
        self,
        desk: Desk,
        catalogue: Catalogue,
        scenery: Scenery,
        symptom: Callable[[State], Awaitable[Measure | None]],
    ) -> None:
        """`symptom`: the alert's own measure, for the proof."""
        self._desk = desk
        self._catalogue = catalogue
        self._scenery = scenery
        self._symptom = symptom

    async def run(self, state: State, rest: str, person: Person, event: str) -> str:
        """`<action> <arguments> <reason>`, in one incident; the answer for the person alone."""
        name, rest = first_word(rest)
        known = self._catalogue.actions.get(name)
        if known is None:
            missing = "it is not in the catalogue" if name else "the action is missing"
            return answers.not_proposed(name or "run", missing, sorted(self._catalogue.actions))
        if refused := self._refused(state, person):
            return refused
        arguments, why = arguments_of(known, rest)
        why = " ".join([*second_times(state, name), why]).strip()
        actor = await self._desk.people.pseudonym(person)
        draft = ProposalDraft(action=name, arguments=arguments, why=why, requester=actor)
        return await self._propose(state, draft, event)

    async def again(self, incident: int, proposal: int, digest: str, person: Person, event: str) -> str | Reply:
        """What expired, once more: the same action and arguments, and everything else read anew."""
        state = await self._desk.incidents.state(incident)
        decided = state.proposals.get(proposal)
        if decided is None or decided.status != "expired" or not decided.proposal.digest.startswith(digest):
            return answers.stale(f"{incident}/{proposal}", state.current, "")
        if refused := self._refused(state, person):
            return refused
        old = decided.proposal
        why = " ".join(second_times(state, old.action))
        actor = await self._desk.people.pseudonym(person)
        draft = ProposalDraft(action=old.action, arguments=old.arguments, why=why, requester=actor, again=proposal)
        # A press's id is made of the person's; an entry's key is published, so it is hashed with what only we know.
        known = f"{self._desk.ledger.installation}|{event}".encode()
        return await self._propose(state, draft, hashlib.sha256(known).hexdigest()[:24])

    @staticmethod
    def _refused(state: State, person: Person) -> str:
        if not person.may_speak:
            return answers.outsider()
        return answers.already_closed(state) if state.closed else ""

    async def _propose(self, state: State, draft: ProposalDraft, event: str) -> str:
        key = f"run/{event}"
        try:
            whole = draft.model_copy(update={"measure": await self._symptom(state)})
            proposal = await self._catalogue.propose(whole, key, state.number, self._desk.ledger, state.triage)
        except (Permanent, Retryable) as err:
            return answers.not_proposed(draft.action, str(err))
        entry = await self._record(state.number, key, proposal)
        if entry.kind == Kind.NOT_PROPOSED:
            return answers.already_proposed(f"{state.number}/{entry.payload['same']}")
        if entry.kind == Kind.WOULD_PROPOSE:
            return answers.observed(f"{state.number}/{entry.n}", proposal.title, proposal.rule)
        state = await self._desk.incidents.state(state.number)
        return answers.requested(state.proposals[entry.n], await self._scenery.scene(state))

    async def _record(self, incident: int, key: str, proposal: Proposal) -> Entry:
        """As a proposal, or as a refusal where exactly this waits: a veto of one would leave the other to run."""
        kind = Kind.WOULD_PROPOSE if proposal.mode is Mode.OBSERVE else Kind.PROPOSED
        while True:
            state = await self._desk.incidents.state(incident)
            made = Draft(key, kind, proposal.to_json(), str(proposal.requester), expect=state.n)
            if twins := state.twins(proposal):
                n = twins[0].n
                says = f"{incident}/{n} proposes the same and still waits."
                payload = {"says": says, "action": proposal.action, "same": n}
                made = replace(made, kind=Kind.NOT_PROPOSED, payload=payload)
            try:
                return (await self._desk.ledger.append(incident, made)).entry
            except Moved:  # by whatever came in meanwhile: perhaps the same request of somebody else
                continue
