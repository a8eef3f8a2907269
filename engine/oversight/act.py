"""The gate and the act: re-check, start once, send once, record the result.

An action is `started` (committed) → sent once → `result`. What became of a start without a result is `recover.py`'s
business. What is read again before the start can only take away.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.catalogue import Catalogue, facts
from engine.desk import Desk
from engine.errors import Ambiguous, Halted, Moved, NotOwner, Permanent, Retryable, TooLate
from engine.incident import Decided, State
from engine.ledger import Draft
from engine.model import Entry, Kind, Outcome, Owner
from engine.oversight.auto import Auto
from engine.oversight.freezes import Frozen
from engine.oversight.recheck import Recheck
from engine.oversight.watched import Watched
from engine.ports import Action


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


@dataclass(frozen=True, slots=True)
class Start:
    """A start that is ours to send: its entry, as whom it was written, and the boot clock just before."""

    entry: Entry
    owner: Owner
    begun: float


class Act:
    """Takes decided proposals through the gate."""

    def __init__(self, desk: Desk, catalogue: Catalogue, recheck: Recheck, guard: Guard) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._clock = desk.clock
        self._catalogue = catalogue
        self._recheck = recheck
        self._watched = Watched(desk, guard.longest)
        self.auto = Auto(desk, catalogue)
        self.guard = guard

    async def expire(self, state: State, decided: Decided) -> None:
        """Nobody decided in time. Whoever notices writes it down; the deadline itself was already in force."""
        draft = Draft(f"expired/{decided.n}", Kind.EXPIRED, {"proposal": decided.n}, "gate", decided.n)
        await self._ledger.append(state.number, draft)

    async def void(self, state: State, decided: Decided) -> bool:
        """Take back what was approved before a halt ended; whether the incident must be folded again."""
        return await self._recheck.halted(state, decided)

    async def frozen(self, decided: Decided) -> Frozen | None:
        """The freeze in force for this proposal now: while it is on nothing starts."""
        return self._catalogue.policy.frozen(facts(decided.proposal), await self._ledger.now())

    async def start(self, state: State, decided: Decided) -> Start | None:
        """Re-check and start. The start when it is ours to send; None means: fold again.

        Raises `Retryable` when what must be read again cannot be read now, or while it is frozen: then it is not now.
        """
        permitted = decided.has_quorum or await self.auto.is_over(state, decided)
        if decided.status != "waiting" or not permitted or state.blind or state.closed:
            return None
        if frozen := await self.frozen(decided):
            raise Retryable(frozen.words)
        if await self._recheck.takes_away(state, decided):
            return None
        terms = self._catalogue.terms(decided.proposal)
        if terms is None or terms.digest(facts(decided.proposal)) != decided.proposal.policy_digest:
            await self.deny(state, decided, "the catalogue or the policy changed since it was proposed")
            return None
        says = await self._changed(self._catalogue.actions[decided.proposal.action].action, decided)
        if says:
            await self.deny(state, decided, says)
            return None
        return await self._append_started(state, decided)

    async def _append_started(self, state: State, decided: Decided) -> Start | None:
        owner = self._lease.owner(state.number)
        counted = decided.approvals_after((await self._ledger.control()).resumed_at)
        alone = not decided.has_quorum and decided.shown is not None
        if len(counted) < decided.proposal.quorum and not alone:
            raise Retryable("it was approved before the halt was lifted, and must be approved again")
        payload = {
            "proposal": decided.n,
            "digest": decided.proposal.digest,
            "op": decided.proposal.op,
            "votes": [] if alone else [cast.entry.n for cast in counted],
            "read_again": {k: v for k, v in decided.proposal.state.items()},
        }
        draft = Draft(
            f"started/{decided.n}",
            Kind.STARTED,
            payload,
            "gate",
            cause=decided.n,
            owner=owner,
            expect=state.n,
            before=await self._before(decided),
            since=decided.shown.at if alone and decided.shown else min(cast.given for cast in counted),
        )
        begun = self._clock.boottime()  # after everything that takes its time, before the transaction
        try:
            appended = await self._ledger.append(state.number, draft, secrets.token_hex(8))
        except (Moved, TooLate):
            return None
        except Halted as err:
            raise Retryable(str(err), after=2.0) from err
        return Start(appended.entry, owner, begun) if appended.won else None

    async def _before(self, decided: Decided) -> datetime:
        """The start must be committed before this: the expiry, or the next freeze if that begins earlier."""
        now, about = await self._ledger.now(), facts(decided.proposal)
        if frozen := self._catalogue.policy.frozen(about, now):
            raise Retryable(frozen.words)
        begins = self._catalogue.policy.next_freeze(about, now)
        return min(decided.proposal.expires_at, begins) if begins else decided.proposal.expires_at

    async def _changed(self, action: Action, decided: Decided) -> str:
        """What the target says of itself that it did not say at the proposal."""
        try:
            state = await action.state(self._ledger.gate.tree(dict(decided.proposal.arguments)))
        except Permanent as err:
            return f"the target refuses: {err}"
        before = decided.proposal.state
        changed = [f"{k} is now {state.get(k)}, no longer {v}" for k, v in before.items() if state.get(k) != v]
        return "; ".join(changed)

    async def deny(self, state: State, decided: Decided, says: str) -> None:
        """It never runs: what it was bound to changed. Does nothing where anything came in between."""
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

    async def send(self, incident: int, decided: Decided, start: Start) -> None:
        """Send once and record what came back; an unknown outcome is left to whoever recovers it."""
        says = await self._against_it(incident, decided, start)
        if says:
            await self._abort(incident, decided, start, says)
            return
        action = self._catalogue.actions[decided.proposal.action].action
        arguments = self._ledger.gate.tree(dict(decided.proposal.arguments))
        try:
            outcome = await action.run(decided.proposal.op, arguments)
        except (Permanent, Retryable) as err:
            outcome = Outcome(status="failed", says=f"refused: {err}")
        except Ambiguous:
            return
        await self._watched.until_recorded(incident, decided, start.entry, action, outcome)

    async def _against_it(self, incident: int, decided: Decided, start: Start) -> str:
        """Why it must not be sent after all: a veto or a halt that came meanwhile, or our own age, looked at last."""
        control = await self._ledger.control()
        since = (await self._incidents.state(incident)).proposals[decided.n].stops_since(start.entry.n)
        if any(c.kind == Kind.VETO for c in since):
            return "vetoed in the last moment"
        if any(c.kind == Kind.WITHDRAWN for c in since):
            return "withdrawn in the last moment"
        if control.voids(start.entry.at):
            return "halted"
        return "the sender was too slow" if self._clock.boottime() - start.begun > self.guard.send else ""

    async def _abort(self, incident: int, decided: Decided, start: Start, says: str) -> None:
        """Only this process could have sent it, so only it knows; where an adopter may repeat it, only as the owner."""
        owner = start.owner if decided.proposal.idempotency == "key" else None
        payload = {"proposal": decided.n, "says": f"{says}; nothing was sent"}
        draft = Draft(f"aborted/{decided.n}", Kind.ABORTED, payload, "gate", start.entry.n, owner=owner)
        try:
            await self._ledger.append(incident, draft)
        except NotOwner:
            return  # the adopter answers for it now
