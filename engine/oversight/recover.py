"""A start without a result: what became of it, found out by whoever owns the incident now. Never twice.

Only a target that takes our operation id once is sent it again, and not after a halt or a veto. Another is looked at,
where it can be: a positive look counts at once, a negative one after the late-write bound. What cannot be known becomes
`unknown`, and people are asked.
"""

from datetime import timedelta

import structlog

from engine.catalogue import Catalogue, facts
from engine.desk import Desk
from engine.errors import Permanent, Unsupported, WatchkeeperError
from engine.incident import Decided, State
from engine.model import Entry, Outcome
from engine.oversight.act import Guard
from engine.oversight.watched import Watched
from engine.ports import Action

log = structlog.get_logger()
PAUSES = (1.0, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)  # seconds between two looks, or two sends of the same operation id


class Recovery:
    """Finds out what became of a start."""

    def __init__(self, desk: Desk, catalogue: Catalogue, guard: Guard) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._clock = desk.clock
        self._catalogue = catalogue
        self._guard = guard
        self._watched = Watched(desk, guard.longest)

    async def still_possible(self, state: State) -> float:
        """Seconds until no earlier start in this incident can take effect any more; another start waits for that."""
        now, left = await self._ledger.now(), 0.0
        for decided in state.proposals.values():
            if decided.started is None or decided.aborted or decided.result:
                continue
            bound = (decided.started.at + self._guard.late - now).total_seconds()
            left = max(left, bound, PAUSES[0] if decided.status == "started" else 0.0)
        return left

    async def recover(self, incident: int, decided: Decided, started: Entry) -> None:
        """Until a result or an `unknown` stands; it may be cut short and begun anew at any moment."""
        known = self._catalogue.actions.get(decided.proposal.action)
        if known is None or decided.proposal.idempotency == "none":
            await self._watched.unknown(incident, decided, started, "the target cannot be asked what became of it")
            return
        tries = 0
        while (await self._incidents.state(incident)).proposals[decided.n].status == "started":
            found, says = await self._ask(decided, started, known.action)
            if found is not None:
                await self._watched.until_recorded(incident, decided, started, known.action, found)
                return
            if says:
                await self._watched.unknown(incident, decided, started, says)
                return
            await self._clock.sleep(min(PAUSES[min(tries, len(PAUSES) - 1)], self._guard.send + self._guard.late_write))
            tries += 1

    async def _ask(self, decided: Decided, started: Entry, action: Action) -> tuple[Outcome | None, str]:
        """What the target says of the operation, or why people must be asked now, or neither: ask it again later."""
        op, arguments = decided.proposal.op, self._ledger.gate.tree(dict(decided.proposal.arguments))
        age = await self._ledger.now() - started.at  # before the look: what lands during it is not seen by it
        late = age >= self._guard.late
        halted = (await self._ledger.control()).voids(started.at)  # the first send may not have begun anything
        frozen = self._catalogue.policy.frozen(facts(decided.proposal), await self._ledger.now())
        stopped = (await self._incidents.state(started.incident)).proposals[decided.n].stops_since(started.n)
        again = decided.proposal.idempotency == "key" and not (halted or frozen or stopped)
        try:
            found = await (action.run(op, arguments) if again else action.look(op, arguments))
        except Unsupported:
            return None, "the target cannot be asked what became of it"
        except WatchkeeperError as err:  # it says nothing of the first send, also where this one was refused
            log.info("what became of an action is not known yet", op=op, says=str(err))
            over = late if again and isinstance(err, Permanent) else age >= timedelta(seconds=self._guard.longest)
            return None, f"the target does not say what became of it: {err}" if over else ""
        if found is None and late:
            return None, "the target knows nothing of it; it may not have begun"
        return found, ""
