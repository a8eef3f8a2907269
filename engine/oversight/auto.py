"""What starts by itself: when its veto window is over, and what ends that for good.

The window begins when the card stands in the chat: nothing shown, nothing runs. It ends by the database's clock, and
no earlier by our own. A halt or a freeze that meets it ends it: from then on the proposal waits for people. The start
itself is `act.py`'s.
"""

from engine.catalogue import Catalogue, facts
from engine.desk import Desk
from engine.errors import Moved
from engine.incident import Decided, State
from engine.ledger import Draft
from engine.model import Kind
from engine.oversight.freezes import Frozen


class Auto:
    """The veto windows of this process's proposals."""

    def __init__(self, desk: Desk, catalogue: Catalogue) -> None:
        self._ledger = desk.ledger
        self._lease = desk.lease
        self._clock = desk.clock
        self._catalogue = catalogue
        self._ends: dict[tuple[int, int], float] = {}  # by incident and proposal: the monotonic end of its window

    async def left(self, state: State, decided: Decided) -> float | None:
        """Seconds of the window; None where nothing starts by itself, or nobody could see the card yet."""
        key = (state.number, decided.n)
        if decided.auto_at is None:
            self._ends.pop(key, None)
            return None
        left = (decided.auto_at - await self._ledger.now()).total_seconds()
        ours = self._ends.setdefault(key, self._clock.monotonic() + max(left, 0.0))
        return max(left, ours - self._clock.monotonic(), 0.0)

    async def is_over(self, state: State, decided: Decided) -> bool:
        """Whether it may start without an approval, as far as time goes."""
        left = await self.left(state, decided)
        return left is not None and left <= 0

    async def ended(self, state: State, decided: Decided) -> bool:
        """End what a halt or a freeze has met; whether the incident must be folded again."""
        if not decided.auto or decided.has_quorum or state.closed:
            return False
        says = await self._against_it(decided)
        if not says:
            return False
        payload = {"proposal": decided.n, "says": says}
        owner = self._lease.owner(state.number)
        draft = Draft(f"auto_ended/{decided.n}", Kind.AUTO_ENDED, payload, "gate", decided.n, owner, expect=state.n)
        try:
            await self._ledger.append(state.number, draft)
        except Moved:
            return True
        return True

    async def _against_it(self, decided: Decided) -> str:
        control, now = await self._ledger.control(), await self._ledger.now()
        since = decided.shown.at if decided.shown else decided.entry.at
        if control.voids(since):
            return "all actions were halted"
        policy, about = self._catalogue.policy, facts(decided.proposal)
        frozen: Frozen | None = policy.frozen(about, now) or policy.frozen(about, since)
        begins = policy.next_freeze(about, since)
        if frozen or (begins is not None and begins <= now):  # also one that came and went while nobody looked
            return frozen.words if frozen else "a freeze began"
        return ""
