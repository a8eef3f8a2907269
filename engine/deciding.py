"""What is done about the proposals of one incident: remind, expire, deny, start; and what became of a start.

One step at a time, from the folded state; who may decide and whether it may start is `engine.oversight`'s.
"""

import asyncio
from datetime import timedelta
from functools import partial

import structlog

from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import Permanent, Retryable
from engine.incident import Decided, State
from engine.life import Life
from engine.oversight.act import Act, Guard
from engine.oversight.recheck import Recheck
from engine.oversight.recover import Recovery
from engine.oversight.remind import Reminder

log = structlog.get_logger()
AGAIN = 0.0  # something was appended: fold again at once
COMPARING = 0.05
NOT_NOW = 2.0  # what has to be read does not answer: look again


class Deciding:
    """Takes the proposals of the incidents that this process owns through the gate."""

    def __init__(
        self,
        desk: Desk,
        catalogue: Catalogue,
        recheck: Recheck,
        guard: Guard,
        remind_before: timedelta,
        compared: asyncio.Event | None = None,
    ) -> None:
        """`compared`: set once the records were compared with the ledger; nothing starts before."""
        self._compared = compared
        self._ledger = desk.ledger
        self._act = Act(desk, catalogue, recheck, guard)
        self._recovery = Recovery(desk, catalogue, guard)
        self._reminder = Reminder(desk, catalogue, remind_before)
        self.senders: dict[tuple[int, int], asyncio.Task[None]] = {}  # by incident and proposal

    async def look(self, state: State, life: Life) -> float | None:
        """One step. The seconds until the next one, AGAIN, or None: only news will change anything."""
        waits = []
        for decided in state.proposals.values():
            if decided.status == "waiting":
                waits.append(await self._gate(state, decided, life))
            elif decided.status == "started" and (state.number, decided.n) not in self.senders and decided.started:
                work = partial(self._recovery.recover, state.number, decided, decided.started)
                waits.append(life.begin(f"recover/{decided.n}", work))
            if AGAIN in waits:
                return AGAIN
        return min((w for w in waits if w is not None), default=None)

    async def _gate(self, state: State, decided: Decided, life: Life) -> float | None:
        left = (decided.proposal.expires_at - await self._ledger.now()).total_seconds()
        if left <= 0:
            await self._act.expire(state, decided)
            return AGAIN
        if decided.approvals and await self._act.void(state, decided):
            return AGAIN
        if newer := state.successor(decided):
            await self._act.deny(state, decided, f"superseded by {state.number}/{newer.n}")
            return AGAIN
        if state.blind or state.closed:
            return left
        if not decided.has_quorum and (wait := await self._undecided(state, decided, left)) is not None:
            return wait
        if earlier := await self._recovery.still_possible(state):
            return min(earlier, left)
        return await self._start(state, decided, life, left)

    async def _undecided(self, state: State, decided: Decided, left: float) -> float | None:
        """What time alone does to a proposal that lacks approvals. None: it may start by itself now."""
        auto = self._act.auto
        if await self._reminder.due(state, decided) or await auto.ended(state, decided):
            return AGAIN
        alone, remind = await auto.left(state, decided), await self._reminder.left(decided)
        if alone == 0.0:
            return None
        if remind == 0.0:  # halted or frozen: it is looked at again
            remind = NOT_NOW
        return min(wait for wait in (left, alone, remind) if wait is not None)

    async def _start(self, state: State, decided: Decided, life: Life, left: float) -> float:
        if self._compared is not None and not self._compared.is_set():
            return min(COMPARING, left)
        try:
            start = await self._act.start(state, decided)
        except (Retryable, Permanent) as err:
            log.info("not now", incident=state.label, says=str(err))
            return min(NOT_NOW, left)
        if start is not None:
            name, sender = f"act/{decided.n}", (state.number, decided.n)
            life.begin(name, partial(self._act.send, state.number, decided, start))
            self.senders[sender] = life.tasks[name]
            life.tasks[name].add_done_callback(lambda _: self.senders.pop(sender))
        return AGAIN
