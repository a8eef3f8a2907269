"""The gate and the act: re-check, start once, send once, record the result.

An action is `started` (committed) → sent once → `result`. A `started` without a result is never sent again unless the
target takes our operation id once; it is looked up, or becomes `unknown` and people are asked. What is read again
before the start can only take away.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import Ambiguous, Halted, Moved, Permanent, Retryable, TooLate, Unsupported, WatchkeeperError
from engine.incident import Decided, State
from engine.ledger import Draft
from engine.model import Entry, Kind, Outcome
from engine.oversight.recheck import Recheck
from engine.ports import Action

LOOK_AGAIN = 1.0  # seconds between two looks at a running operation


@dataclass(frozen=True, slots=True)
class Guard:
    """`send` (G): how long after recording a start a sender may still send. `late_write` (L): how late it may land."""

    send: float = 5.0
    late_write: float = 30.0
    longest: float = 1800.0  # an operation that runs longer than this is unknown, and people are asked

    @property
    def late(self) -> timedelta:
        """After this a negative look counts."""
        return timedelta(seconds=self.send + self.late_write)


class Act:
    """Takes decided proposals through the gate."""

    def __init__(self, desk: Desk, catalogue: Catalogue, recheck: Recheck, guard: Guard) -> None:
        self._ledger = desk.ledger
        self._lease = desk.lease
        self._clock = desk.clock
        self._catalogue = catalogue
        self._recheck = recheck
        self._guard = guard

    async def expire(self, state: State, decided: Decided) -> None:
        """Nobody decided in time. Whoever notices writes it down; the deadline itself was already in force."""
        draft = Draft(f"expired/{decided.n}", Kind.EXPIRED, {"proposal": decided.n}, "gate", decided.n)
        await self._ledger.append(state.number, draft)

    async def start(self, state: State, decided: Decided) -> Entry | None:
        """Re-check and start. The `started` entry when it is ours to send; None means: fold again.

        Raises `Retryable` when what must be read again cannot be read now: then it is not now.
        """
        if await self._recheck.takes_away(state, decided):
            return None
        known = self._catalogue.actions.get(decided.proposal.action)
        if known is None or known.policy_digest != decided.proposal.policy_digest:
            await self._deny(state, decided, "the catalogue or the policy changed since it was proposed")
            return None
        says = await self._changed(known.action, decided)
        if says:
            await self._deny(state, decided, says)
            return None
        return await self._append_started(state, decided)

    async def _append_started(self, state: State, decided: Decided) -> Entry | None:
        nonce = secrets.token_hex(8)
        payload = {
            "proposal": decided.n,
            "digest": decided.proposal.digest,
            "op": decided.proposal.op,
            "votes": [cast.entry.n for cast in decided.approvals],
            "read_again": {k: v for k, v in decided.proposal.state.items()},
        }
        draft = Draft(
            f"started/{decided.n}",
            Kind.STARTED,
            payload,
            "gate",
            cause=decided.n,
            owner=self._lease.owner(state.number),
            expect=state.n,
            before=decided.proposal.expires_at,
        )
        try:
            appended = await self._ledger.append(state.number, draft, nonce)
        except (Moved, TooLate):
            return None
        except Halted as err:
            raise Retryable(str(err), after=2.0) from err
        return appended.entry if appended.won else None

    async def _changed(self, action: Action, decided: Decided) -> str:
        """What the target says of itself that it did not say at the proposal."""
        try:
            state = await action.state(self._ledger.gate.tree(dict(decided.proposal.arguments)))
        except Permanent as err:
            return f"the target refuses: {err}"
        before = decided.proposal.state
        changed = [f"{k} is now {state.get(k)}, no longer {v}" for k, v in before.items() if state.get(k) != v]
        return "; ".join(changed)

    async def _deny(self, state: State, decided: Decided, says: str) -> None:
        draft = Draft(
            f"denied/{decided.n}",
            Kind.DENIED,
            {"proposal": decided.n, "says": says},
            "gate",
            cause=decided.n,
            owner=self._lease.owner(state.number),
            expect=state.n,
        )
        try:
            await self._ledger.append(state.number, draft)
        except Moved:
            return

    async def send(self, incident: int, decided: Decided, started: Entry, begun: float, state: State) -> None:
        """Write the socket once and record what came back. `begun`: the boot clock before `started` was written."""
        fresh = state.proposals[decided.n]
        halted = await self._ledger.halted()
        if self._clock.boottime() - begun > self._guard.send or fresh.veto is not None or halted:
            says = "vetoed in the last moment" if fresh.veto else "halted" if halted else "the sender was too slow"
            payload = {"proposal": decided.n, "says": f"{says}; nothing was sent"}
            await self._ledger.append(incident, Draft(f"aborted/{decided.n}", Kind.ABORTED, payload, "gate", started.n))
            return
        action = self._catalogue.actions[decided.proposal.action].action
        await self._finish(incident, decided, started, action)

    async def recover(self, incident: int, decided: Decided, started: Entry, now: datetime) -> float | None:
        """A start without a result, found by whoever owns the incident now. Seconds until the next look, or None."""
        known = self._catalogue.actions.get(decided.proposal.action)
        if known is None or decided.proposal.idempotency == "none":
            await self._unknown(incident, decided, started, "the target cannot be asked what became of it")
            return None
        if decided.proposal.idempotency == "key":
            await self._finish(incident, decided, started, known.action)
            return None
        arguments = self._ledger.gate.tree(dict(decided.proposal.arguments))
        try:
            outcome = await known.action.look(decided.proposal.op, arguments)
        except Unsupported:
            await self._unknown(incident, decided, started, "the target cannot be asked what became of it")
            return None
        except WatchkeeperError:
            return LOOK_AGAIN  # no look, no conclusion
        if outcome is not None:
            await self._finish(incident, decided, started, known.action, first=outcome)
            return None
        left = (started.at + self._guard.late - now).total_seconds()
        if left > 0:
            return min(left, LOOK_AGAIN)
        await self._unknown(incident, decided, started, "the target knows nothing of it; it may not have begun")
        return None

    async def _finish(
        self,
        incident: int,
        decided: Decided,
        started: Entry,
        action: Action,
        first: Outcome | None = None,
    ) -> None:
        op = decided.proposal.op
        arguments = self._ledger.gate.tree(dict(decided.proposal.arguments))
        outcome: Outcome | None
        try:
            outcome = await self._until_ended(action, op, first or await action.run(op, arguments))
        except (Permanent, Retryable) as err:
            outcome = Outcome(status="failed", says=f"refused: {err}")
        except Ambiguous:
            return  # no result: the next fold sees a start without one and recovers it
        if outcome is None:
            await self._unknown(incident, decided, started, "it did not end in time")
            return
        took = (await self._ledger.now() - started.at).total_seconds()
        payload = {"proposal": decided.n, "outcome": outcome.model_copy(update={"seconds": round(took, 1)}).to_json()}
        draft = Draft(f"result/{decided.n}", Kind.RESULT, payload, "action:" + decided.proposal.action, started.n)
        await self._ledger.append(incident, draft)

    async def _until_ended(self, action: Action, op: str, outcome: Outcome) -> Outcome | None:
        """Look until the operation ended; None when it runs longer than anything should."""
        until = self._clock.monotonic() + self._guard.longest
        while outcome.status == "running":
            if self._clock.monotonic() > until:
                return None
            await self._clock.sleep(LOOK_AGAIN)
            try:
                outcome = await action.look(op, self._ledger.gate.tree({})) or outcome
            except Unsupported:
                return outcome.model_copy(
                    update={"status": "succeeded", "says": f"{outcome.says}; it cannot be asked how it goes"}
                )
            except WatchkeeperError:
                continue  # no look, no conclusion
        return outcome

    async def _unknown(self, incident: int, decided: Decided, started: Entry, says: str) -> None:
        payload = {"proposal": decided.n, "op": decided.proposal.op, "says": says}
        await self._ledger.append(incident, Draft(f"unknown/{decided.n}", Kind.UNKNOWN, payload, "gate", started.n))
