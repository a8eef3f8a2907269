"""An operation at its target: watch it until it ended, and write down how; both the sender and an adopter do this.

It sends nothing.
"""

from engine.desk import Desk
from engine.errors import Moved, Unsupported, WatchkeeperError
from engine.incident import Decided
from engine.ledger import Draft
from engine.model import Entry, Kind, Outcome
from engine.ports import Action

LOOK_AGAIN = 1.0  # seconds between two looks at a running operation


class Watched:
    """Looks and records."""

    def __init__(self, desk: Desk, longest: float) -> None:
        """`longest`: seconds after which an operation that still runs is unknown."""
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._clock = desk.clock
        self._longest = longest

    async def until_recorded(
        self, incident: int, decided: Decided, started: Entry, action: Action, outcome: Outcome
    ) -> None:
        """From the first answer to the entry: `result`, by nobody's leave, or `unknown` when it does not end."""
        ended = await self._until_ended(decided, action, outcome)
        if ended is None:
            await self.unknown(incident, decided, started, "it did not end in time")
            return
        took = (await self._ledger.now() - started.at).total_seconds()
        payload = {"proposal": decided.n, "outcome": ended.model_copy(update={"seconds": round(took, 1)}).to_json()}
        draft = Draft(f"result/{decided.n}", Kind.RESULT, payload, "action:" + decided.proposal.action, started.n)
        await self._ledger.append(incident, draft)

    async def _until_ended(self, decided: Decided, action: Action, outcome: Outcome) -> Outcome | None:
        """Look until the operation ended; None when it runs longer than anything should."""
        arguments = self._ledger.gate.tree(dict(decided.proposal.arguments))
        until = self._clock.monotonic() + self._longest
        while outcome.status == "running":
            if self._clock.monotonic() > until:
                return None
            await self._clock.sleep(LOOK_AGAIN)
            try:
                outcome = await action.look(decided.proposal.op, arguments) or outcome
            except Unsupported:
                says = f"{outcome.says}; it cannot be asked how it goes".removeprefix("; ")
                return outcome.model_copy(update={"status": "succeeded", "says": says})
            except WatchkeeperError:
                continue  # no look, no conclusion
        return outcome

    async def unknown(self, incident: int, decided: Decided, started: Entry, says: str) -> None:
        """People are asked, unless what became of it was written down meanwhile."""
        payload = {"proposal": decided.n, "op": decided.proposal.op, "says": says}
        while True:
            state = await self._incidents.state(incident)
            if state.proposals[decided.n].status != "started":
                return
            draft = Draft(f"unknown/{decided.n}", Kind.UNKNOWN, payload, "gate", started.n, expect=state.n)
            try:
                await self._ledger.append(incident, draft)
            except Moved:
                continue
            return
