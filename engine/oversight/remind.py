"""One reminder before a proposal expires, as an entry: so there is one, whoever owns the incident and however often.

It reminds of nothing that could not be decided now: while all actions are halted, or frozen, an approval counts for
nothing. What people read is made of the entry by the views.
"""

from datetime import timedelta

from engine.catalogue import Catalogue, facts
from engine.desk import Desk
from engine.errors import Moved
from engine.incident import Decided, State
from engine.ledger import Draft
from engine.model import Kind


class Reminder:
    """Reminds of proposals that lack approvals."""

    def __init__(self, desk: Desk, catalogue: Catalogue, before: timedelta) -> None:
        """`before`: how long before the expiry; nothing reminds of a proposal that waits no longer than that."""
        self._ledger = desk.ledger
        self._lease = desk.lease
        self._catalogue = catalogue
        self._before = before

    async def left(self, decided: Decided) -> float | None:
        """Seconds until it is time; None where nothing reminds of it, or did already."""
        at = decided.proposal.expires_at - self._before
        if decided.reminded or not self._before or at <= decided.entry.at:
            return None
        return max(0.0, (at - await self._ledger.now()).total_seconds())

    async def due(self, state: State, decided: Decided) -> bool:
        """Remind, if it is time; whether the incident must be folded again."""
        if await self.left(decided) != 0.0:
            return False
        now = await self._ledger.now()
        halted = (await self._ledger.control()).halted_at is not None
        if halted or self._catalogue.policy.frozen(facts(decided.proposal), now):
            return False
        missing = decided.proposal.quorum - len(decided.approvals)
        draft = Draft(
            f"reminded/{decided.n}",
            Kind.REMINDED,
            {"proposal": decided.n, "missing": missing},
            "responder",
            cause=decided.n,
            owner=self._lease.owner(state.number),
            expect=state.n,
        )
        try:
            await self._ledger.append(state.number, draft)
        except Moved:
            return True
        return True
