"""The life of one incident, told in order: plan, ask, conclude, propose, decide, act, verify, close.

Each duty looks at the folded state, does at most one thing and says when to look again; then the incident is folded
anew. So a restart, an adoption by another replica and the ordinary course are the same code. Nothing here writes to a
backend or to the chat; it appends, and the followers do the rest.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import NotOwner, Permanent, Retryable
from engine.fast.investigate import Investigation
from engine.incident import Decided, State
from engine.lease import RENEW, SWEEP
from engine.ledger import Draft, label
from engine.model import Entry, Kind, ProposalDraft, Window
from engine.oversight.act import Act
from engine.oversight.verify import Verification
from engine.ports import Reasoner
from engine.wake import Watch

log = structlog.get_logger()
AGAIN = 0.0  # something was appended: fold again at once
NOT_NOW = 2.0  # what has to be read does not answer: look again


@dataclass(slots=True)
class _Life:
    """What runs for one incident in this process: its task, and the tasks that it started, by name."""

    watch: Watch
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class Responder:
    """Lives the incidents that this process owns."""

    def __init__(
        self,
        desk: Desk,
        *,
        reasoner: Reasoner,
        investigation: Investigation,
        catalogue: Catalogue,
        act: Act,
        verification: Verification,
        window_before: timedelta = timedelta(minutes=30),
    ) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._clock = desk.clock
        self._reasoner = reasoner
        self._investigation = investigation
        self._catalogue = catalogue
        self._act = act
        self._verification = verification
        self._window_before = window_before
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._senders: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Adopt, start a life for every incident that is ours, and go on until cancelled."""
        watch = self._ledger.hub.watch()
        renewed = self._clock.monotonic() - RENEW
        try:
            while True:
                if self._clock.monotonic() - renewed >= RENEW:
                    await self._lease.renew()
                    renewed = self._clock.monotonic()
                    for incident in await self._lease.adopt():
                        self._begin(incident)
                for incident in await watch.changed(SWEEP):
                    if incident in self._lease.epochs:
                        self._begin(incident)
        finally:
            self._ledger.hub.unwatch(watch)
            await self._stop()

    async def _stop(self) -> None:
        for task in self._lives.values():
            task.cancel()
        await asyncio.gather(*self._lives.values(), return_exceptions=True)
        if self._senders:  # a sender is the only witness of what its request did
            await asyncio.wait(self._senders, timeout=10)

    def _begin(self, incident: int) -> None:
        life = self._lives.get(incident)
        if life is None or life.done():
            self._lives[incident] = asyncio.create_task(self._live(incident), name=f"incident-{incident}")
            self._lives[incident].add_done_callback(_ended)

    async def _live(self, incident: int) -> None:
        life = _Life(self._ledger.hub.watch(incident))
        try:
            while True:
                state = await self._incidents.state(incident)
                wait = await self._step(state, life)
                if wait is None and state.closed and not life.tasks:
                    return
                if wait != AGAIN:
                    await life.watch.changed(wait)
        except NotOwner:
            self._lease.lost(incident)
            log.warning("adopted by another process", incident=label(incident))
        finally:
            self._ledger.hub.unwatch(life.watch)
            for name, task in life.tasks.items():
                if not name.startswith("act/"):
                    task.cancel()

    async def _step(self, state: State, life: _Life) -> float | None:
        """One look. The seconds until the next one, AGAIN, or None: only news will change anything."""
        waits = []
        for duty in (self._plan, self._ask, self._conclude, self._propose, self._decide, self._prove, self._close):
            wait = await duty(state, life)
            if wait == AGAIN:
                return AGAIN
            if wait is not None:
                waits.append(wait)
        return min(waits, default=None)

    async def _plan(self, state: State, life: _Life) -> float | None:
        if state.alert is None or state.triage is None or state.closed or self._has_plan(state):
            return None
        begun = state.last_received or state.entries[0].at
        window = Window(since=begun - self._window_before, until=await self._ledger.now())
        plan = await self._reasoner.plan(state.alert, state.triage, window)
        plan = plan.model_copy(update={"round": state.round})
        await self._append(state, f"plan/{state.round}", Kind.PLAN, plan.to_json(), "responder")
        return AGAIN

    def _has_plan(self, state: State) -> bool:
        return state.plan is not None and state.plan.round == state.round

    async def _ask(self, state: State, life: _Life) -> float | None:
        for ask in state.asks.values():
            if ask.answer is None and not state.closed:
                self._spawn(life, f"ask/{ask.id}", self._investigation.answer(state, ask))
        return None

    async def _conclude(self, state: State, life: _Life) -> float | None:
        if not self._has_plan(state) or state.investigating or state.conclusion_entry or state.closed:
            return None
        assert state.alert is not None and state.plan is not None  # noqa: S101, PT018  a plan has an alert
        conclusion = await self._reasoner.conclude(state.alert, state.plan, state.heard)
        payload = conclusion.model_copy(update={"round": state.round}).to_json()
        await self._append(state, f"conclusion/{state.round}", Kind.CONCLUSION, payload, self._reasoner.name)
        return AGAIN

    async def _propose(self, state: State, life: _Life) -> float | None:
        if state.conclusion is None or state.alert is None or state.closed:
            return None
        key = f"proposed/{state.round}"
        if state.not_proposed or any(e.key == key for e in state.entries):
            return None
        draft = await self._reasoner.propose(state.alert, state.conclusion, state.heard)
        if draft is None:
            payload = {"says": "No action of the catalogue follows from what was found."}
            await self._append(state, key, Kind.NOT_PROPOSED, payload, self._reasoner.name)
            return AGAIN
        return await self.propose(state, draft, key, self._reasoner.name)

    async def propose(self, state: State, draft: ProposalDraft, key: str, actor: str) -> float | None:
        """Make a proposal of a draft and append it; what cannot be proposed is an entry that says why."""
        try:
            measure = await self._verification.baseline(state, draft.measure)
            whole = draft.model_copy(update={"measure": measure})
            proposal = await self._catalogue.propose(whole, key, state.number, self._ledger)
        except Retryable as err:
            log.info("the target does not answer", incident=state.label, says=str(err))
            return NOT_NOW
        except Permanent as err:
            await self._append(state, key, Kind.NOT_PROPOSED, {"says": str(err), "action": draft.action}, actor)
            return AGAIN
        cause = state.conclusion_entry.n if state.conclusion_entry else None
        await self._ledger.append(state.number, Draft(key, Kind.PROPOSED, proposal.to_json(), actor, cause))
        return AGAIN

    async def _decide(self, state: State, life: _Life) -> float | None:
        waits = []
        for decided in state.proposals.values():
            if decided.status == "waiting":
                waits.append(await self._gate(state, decided, life))
            elif decided.status == "started" and f"act/{decided.n}" not in life.tasks and decided.started:
                waits.append(await self._recover(state, decided, decided.started, life))
            if AGAIN in waits:
                return AGAIN
        return min((w for w in waits if w is not None), default=None)

    async def _gate(self, state: State, decided: Decided, life: _Life) -> float | None:
        left = (decided.proposal.expires_at - await self._ledger.now()).total_seconds()
        if left <= 0:
            await self._act.expire(state, decided)
            return AGAIN
        if not decided.has_quorum or state.blind or state.closed:
            return left
        begun = self._clock.boottime()
        try:
            started = await self._act.start(state, decided)
        except Retryable as err:
            log.info("not now", incident=state.label, says=str(err))
            return min(NOT_NOW, left)
        if started is not None:
            fresh = await self._incidents.state(state.number)
            self._send(life, fresh, decided, started, begun)
        return AGAIN

    def _send(self, life: _Life, fresh: State, decided: Decided, started: Entry, begun: float) -> None:
        name = f"act/{decided.n}"
        self._spawn(life, name, self._act.send(fresh.number, decided, started, begun, fresh))
        self._senders.add(life.tasks[name])
        life.tasks[name].add_done_callback(self._senders.discard)

    async def _recover(self, state: State, decided: Decided, started: Entry, life: _Life) -> float | None:
        now = await self._ledger.now()
        return await self._act.recover(state.number, decided, started, now)

    async def _prove(self, state: State, life: _Life) -> float | None:
        return await self._verification.look(state, self._lease.owner(state.number))

    async def _close(self, state: State, life: _Life) -> float | None:
        if state.closed or not state.alert_resolved or state.waiting or state.investigating:
            return None
        if any(d.status in ("started", "unknown") for d in state.active):
            return None
        proof = self._verification.proof(state)
        if proof is None:
            return None
        how = "resolved" if proof.payload.get("proposal") else "recovered"
        payload = {"how": how, "proof": proof.n, "resolve": state.alert_resolved.n}
        await self._append(state, f"closed/{state.round}", Kind.CLOSED, payload, "responder")
        return AGAIN

    async def _append(self, state: State, key: str, kind: Kind, payload: Mapping[str, Any], actor: str) -> None:
        owner = self._lease.owner(state.number)
        await self._ledger.append(state.number, Draft(key, kind, payload, actor, owner=owner))

    def _spawn(self, life: _Life, name: str, work: Coroutine[Any, Any, None]) -> None:
        if name in life.tasks:
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        life.tasks[name] = task
        task.add_done_callback(lambda done: self._ended(life, name, done))

    def _ended(self, life: _Life, name: str, task: asyncio.Task[None]) -> None:
        del life.tasks[name]
        if not task.cancelled() and (err := task.exception()) is not None and not isinstance(err, NotOwner):
            log.error("a step failed; it is taken again", step=name, exc_info=err)
        life.watch.note(())


def _ended(task: asyncio.Task[None]) -> None:
    """A life that ended by a fault of ours: said once, and begun anew at the next news or sweep."""
    if not task.cancelled() and task.exception() is not None:
        log.error("the life of an incident broke off", task=task.get_name(), exc_info=task.exception())
