"""When which ticket of one backend is read: by the clock, sooner while a decision waits, at once on a hint.

A backend that does not answer is left alone for a while; only its own reading waits. It reads nothing itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from engine.desk import Desk
from engine.durable.readback import Readback
from engine.errors import NotOwner, Permanent, Retryable, Unavailable
from engine.incident import State
from engine.life import Pauses
from engine.published import SYSTEM

log = structlog.get_logger()
WAITING = 10.0  # seconds between two readings while people decide
CLOSED = timedelta(minutes=10)  # between two readings of a closed incident's ticket
CLOSED_FOR = timedelta(days=7)  # after that only a hint has it read
IDLE = 1.0
NEVER = datetime.fromtimestamp(0, UTC)
APART = 6.0  # seconds between two closed ones that nobody owns: thousands must not use up a vendor's rate


@dataclass(slots=True)
class _Plan:
    """Of one incident: how often its ticket is read, when it was last, whether its end was."""

    every: float
    closed: bool
    read: float | None = None
    ended: bool = False


class Rounds:
    """Goes round the tickets of one backend."""

    def __init__(self, readback: Readback, desk: Desk, every: float) -> None:
        """`every`: seconds between two readings of an open incident's ticket."""
        self._readback = readback
        self._incidents = desk.incidents
        self._ledger = desk.ledger
        self._lease = desk.lease
        self._clock = desk.clock
        self._every = every
        self._plans: dict[int, _Plan] = {}
        self._pauses = Pauses()
        self._unowned_at = 0.0

    @property
    def name(self) -> str:
        """The backend's."""
        return self._readback.memory.name

    async def run(self) -> None:
        """Go on until cancelled."""
        watch = self._ledger.hub.watch()
        news: set[int] = set()
        while True:
            due = None
            try:
                await self._plan(news)
                due = await self._due()
            except Unavailable as err:
                log.warning("the ledger does not answer", backend=self.name, says=str(err))
            if due is not None:
                await self._carefully(*due)
            news = await watch.changed(0.0 if due else min(IDLE, self._every))

    async def hinted(self, ticket: str) -> None:
        """A webhook speaks of this ticket: wait until it was read after now, by whichever process."""
        for incident in await self._readback.readings.of_ticket(ticket):
            told = await self._readback.readings.hint(incident)
            self._ledger.hub.wake([incident])
            while ((await self._readback.readings.of(incident)).read_at or NEVER) < told:
                await self._clock.sleep(IDLE / 2)

    async def reread(self, incident: int) -> bool:
        """See `engine.ports.Tickets`."""
        try:
            return await self._readback.read(incident, full=True)
        except Permanent as err:
            raise Retryable(str(err)) from err

    async def _plan(self, news: set[int]) -> None:
        owned = self._lease.epochs.keys()
        for incident in self._plans.keys() - owned:
            del self._plans[incident]
        for incident in (news | (owned - self._plans.keys())) & owned - {SYSTEM}:
            state = await self._incidents.state(incident)
            before = self._plans.get(incident)
            plan = _Plan(self._interval(state), state.closed is not None, before.read if before else None)
            plan.ended = bool(before and before.ended and plan.closed)
            self._plans[incident] = plan

    def _interval(self, state: State) -> float:
        if state.closed:
            return CLOSED.total_seconds()
        return min(self._every, WAITING) if state.waiting or state.holding else self._every

    async def _due(self) -> tuple[int, bool] | None:
        """The next incident, and whether its whole list is read; None while nothing is due."""
        if self._pauses.left(self.name):
            return None
        now = self._clock.monotonic()
        for incident in await self._readback.readings.hinted():
            mine = incident in self._lease.epochs or await self._readback.readings.claim(incident)
            if mine and not self._pauses.left(f"{incident}"):
                return incident, False
        for incident, plan in self._plans.items():
            if self._pauses.left(f"{incident}"):
                continue
            if plan.closed and not plan.ended:
                return incident, True
            if plan.read is None or now - plan.read >= plan.every:
                return incident, False
        return await self._unowned(now)

    async def _unowned(self, now: float) -> tuple[int, bool] | None:
        if now < self._unowned_at:
            return None
        self._unowned_at = now + APART
        for incident in await self._readback.readings.unowned(CLOSED_FOR, CLOSED):
            if await self._readback.readings.claim(incident):
                return incident, False
        return None

    async def _carefully(self, incident: int, full: bool) -> None:
        """One reading; what goes wrong with it keeps no other from being read."""
        plan = self._plans.get(incident) or _Plan(self._every, closed=False)
        plan.read = self._clock.monotonic()
        try:
            await self._readback.read(incident, full=full)
        except NotOwner:
            self._lease.lost(incident)
        except Retryable as err:
            log.warning("a ticket cannot be read now", backend=self.name, incident=incident, says=str(err))
            self._pauses.failed(self.name)
        except Permanent as err:
            log.warning("a ticket cannot be read", backend=self.name, incident=incident, says=str(err))
            self._pauses.failed(f"{incident}")
        except Unavailable as err:
            log.warning("the ledger does not answer", backend=self.name, says=str(err))
            self._pauses.failed(self.name)
        except Exception:  # a fault of ours; said, and tried again
            log.exception("a ticket could not be read", backend=self.name, incident=incident)
            self._pauses.failed(f"{incident}")
        else:
            self._pauses.succeeded(self.name)
            self._pauses.succeeded(f"{incident}")
            plan.ended = plan.closed
