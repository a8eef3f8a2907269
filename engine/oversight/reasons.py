"""Why somebody vetoed: the reason becomes an entry of its own, after the veto, which does not wait for it.

Only whoever vetoed says why, counted or not, before and after the close. Nothing here changes what a veto is worth.
"""

from engine.desk import Desk
from engine.errors import WatchkeeperError
from engine.incident import Decided
from engine.ledger import Draft
from engine.model import Category, Kind, Owner, Person, Verdict, VetoReason
from engine.oversight.given import Given, vetoed


class Reasons:
    """Records reasons, and that one was asked for. Any replica may record one."""

    def __init__(self, desk: Desk) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._people = desk.people

    async def look(self, incident: int, of: int, person: Person) -> Given:
        """Whether this person may say why of the veto in entry `of`; appends nothing."""
        state = await self._incidents.state(incident)
        decided, cast = vetoed(state, of)
        if decided is None or cast is None:
            return Given(Verdict.STALE, state)
        if not person.may_speak:
            return Given(Verdict.OUTSIDER, state, decided, cast)
        if cast.entry.actor != await self._people.pseudonym(person):
            return Given(Verdict.NO_RIGHT, state, decided, cast)
        return Given(Verdict.COUNTED, state, decided, cast, before=decided.why(cast.entry.actor))

    async def give(
        self, incident: int, of: int, person: Person, says: str, category: Category, *, lesson: bool, event: str
    ) -> Given:
        """Record the reason. `event` is the chat's own id of it: the same twice is recorded once."""
        may = await self.look(incident, of, person)
        if may.verdict != Verdict.COUNTED or may.decided is None or may.cast is None:
            return may
        n, actor = may.decided.n, may.cast.entry.actor
        given = VetoReason(of=of, proposal=n, says=says, category=category, lesson=lesson)
        draft = Draft(f"reason/{event}", Kind.REASON, given.to_json(), actor, cause=of)
        entry = (await self._ledger.append(incident, draft)).entry
        state = await self._incidents.state(incident)
        before = [why for why in state.proposals[n].whys if why.entry.actor == actor and why.entry.n < entry.n]
        return Given(Verdict.COUNTED, state, state.proposals[n], may.cast, entry, before[-1] if before else None)

    async def ask(self, incident: int, decided: Decided, owner: Owner) -> bool:
        """Record that whoever vetoed is asked now. False: they were already, so they are not asked again."""
        if decided.veto is None:
            raise WatchkeeperError(f"{incident}/{decided.n} was not vetoed")
        of = decided.veto.entry.n
        payload = {"proposal": decided.n, "of": of}
        draft = Draft(f"reason-asked/{of}", Kind.REASON_ASKED, payload, "narrator", cause=of, owner=owner)
        return (await self._ledger.append(incident, draft)).won
