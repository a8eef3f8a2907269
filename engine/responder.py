"""The life of one incident, told in order: plan, ask, conclude, propose, decide, act, verify, close.

Each duty looks at the folded state, does at most one thing and says when to look again; then the incident is folded
anew. So a restart, an adoption by another replica and the ordinary course are the same code. Nothing here writes to a
backend or to the chat; it appends, and the followers do the rest.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from engine.catalogue import Catalogue
from engine.deciding import AGAIN, NOT_NOW, Deciding
from engine.desk import Desk
from engine.errors import Moved, NotOwner, Permanent, Retryable, Unavailable
from engine.fast.investigate import Investigation
from engine.fast.steer import steered
from engine.incident import State
from engine.lease import RENEW, SWEEP
from engine.ledger import Draft, label
from engine.life import Life, Pauses
from engine.model import Kind, Mode, ProposalDraft, Window
from engine.oversight.questions import Questions
from engine.oversight.verify import Verification
from engine.ports import Reasoner
from engine.published import SYSTEM

log = structlog.get_logger()
LAST_WORDS = 15.0  # seconds that a sender may take to its end when the process stops


class Responder:
    """Lives the incidents that this process owns."""

    def __init__(
        self,
        desk: Desk,
        *,
        reasoner: Reasoner,
        investigation: Investigation,
        questions: Questions,
        catalogue: Catalogue,
        deciding: Deciding,
        verification: Verification,
        window_before: timedelta = timedelta(minutes=30),
    ) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._clock = desk.clock
        self._reasoner = reasoner
        self._investigation = investigation
        self._questions = questions
        self._catalogue = catalogue
        self._deciding = deciding
        self._verification = verification
        self._window_before = window_before
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._pauses = Pauses()

    async def run(self) -> None:
        """Adopt, start a life for every incident that is ours, and go on until cancelled."""
        watch = self._ledger.hub.watch()
        renewed = self._clock.monotonic() - RENEW
        try:
            while True:
                try:
                    renewed = await self._keep(renewed)
                except Unavailable as err:  # the lease runs out meanwhile; nobody adopts for a lease afterwards
                    log.warning("the ledger does not answer", says=str(err))
                changed = await watch.changed(SWEEP)
                if SYSTEM in changed:  # a halt, or its end, concerns every decision that waits
                    self._ledger.hub.wake(self._lease.epochs.keys() - {SYSTEM}, outward=False)
                for incident in self._lease.epochs.keys() & changed:
                    self._begin(incident)
        finally:
            self._ledger.hub.unwatch(watch)
            await self._stop()

    async def _keep(self, renewed: float) -> float:
        """Renew the lease, adopt, and look for what no wake-up told us of; when the lease was renewed last."""
        if self._clock.monotonic() - renewed >= RENEW:
            renewed = self._clock.monotonic()
            await self._lease.renew()
            self._ledger.hub.wake(await self._lease.adopt(), outward=False)
        self._ledger.hub.wake(await self._lease.news(), outward=False)
        for incident in [i for i, life in self._lives.items() if life.done()]:
            self._over(incident)
        return renewed

    async def _stop(self) -> None:
        for task in self._lives.values():
            task.cancel()
        await asyncio.gather(*self._lives.values(), return_exceptions=True)
        if senders := self._deciding.senders:  # a sender is the only witness of what its request did
            await asyncio.wait(senders.values(), timeout=LAST_WORDS)

    def _begin(self, incident: int) -> None:
        if incident not in self._lives:
            self._lives[incident] = asyncio.create_task(self._live(incident), name=f"incident-{incident}")
        elif self._lives[incident].done():
            self._over(incident)

    def _over(self, incident: int) -> None:
        """A life that ended well is forgotten until there is news; one that broke off begins anew after a pause."""
        task = self._lives[incident]
        name = task.get_name()
        if task.cancelled() or task.exception() is None or incident not in self._lease.epochs:
            self._pauses.succeeded(name)
            del self._lives[incident]
        elif not self._pauses.left(name):
            del self._lives[incident]
            self._begin(incident)

    async def _live(self, incident: int) -> None:
        life = Life(self._ledger.hub.watch(incident))
        try:
            while await self._go_on(incident, life):
                pass
        except NotOwner:
            self._lease.lost(incident)
            log.warning("adopted by another process", incident=label(incident))
        except Exception:
            self._pauses.failed(f"incident-{incident}")
            log.exception("the life of an incident broke off; it begins anew", incident=label(incident))
            raise
        finally:
            self._ledger.hub.unwatch(life.watch)
            for name, task in list(life.tasks.items()):
                if not name.startswith("act/"):
                    task.cancel()

    async def _go_on(self, incident: int, life: Life) -> bool:
        """One look, and the wait until the next; whether there is anything left to live for."""
        if life.disowned:
            raise NotOwner(f"{label(incident)} is owned by another process")
        state = await self._incidents.state(incident)
        wait = await self._step(state, life)
        if wait is None and state.closed and not life.tasks:
            return False
        if wait != AGAIN:
            await life.watch.changed(wait)
        return True

    async def _step(self, state: State, life: Life) -> float | None:
        """One look. The seconds until the next one, AGAIN, or None: only news will change anything."""
        waits = []
        for duty in (
            self._plan,
            self._ask,
            self._conclude,
            self._propose,
            self._deciding.look,
            self._prove,
            self._close,
        ):
            wait = await duty(state, life)
            if wait == AGAIN:
                return AGAIN
            if wait is not None:
                waits.append(wait)
        return min(waits, default=None)

    async def _plan(self, state: State, life: Life) -> float | None:
        if state.alert is None or state.triage is None or state.closed or self._has_plan(state):
            return None
        begun = state.last_received or state.entries[0].at
        ended = max((e.at for e in state.entries if e.kind == Kind.CLOSED), default=begun - self._window_before)
        since = max(begun - self._window_before, min(ended, begun))  # a reopened one looks at what is new only
        window = Window(since=since, until=await self._ledger.now())
        plan = await self._reasoner.plan(state.alert, state.triage, window)
        questions = tuple(self._questions.limited(q) for q in plan.questions)
        plan = plan.model_copy(update={"round": state.round, "questions": questions})
        await self._append(state, f"plan/{state.round}", Kind.PLAN, plan.to_json(), "responder")
        return AGAIN

    def _has_plan(self, state: State) -> bool:
        return state.plan is not None and state.plan.round == state.round

    async def _ask(self, state: State, life: Life) -> float | None:
        waits, held = [], []
        for ask in state.asks.values():
            name = f"ask/{ask.id}"
            if ask.answer is not None or state.closed:
                life.end(name)  # somebody stopped it, or another process had the answer
            elif self._questions.free(ask):
                waits.append(life.begin(name, partial(self._investigation.answer, state, ask)))
            else:
                held.append(ask)
        waits += [await self._questions.look(state, ask) for ask in held]
        return min((w for w in waits if w is not None), default=None)

    async def _conclude(self, state: State, life: Life) -> float | None:
        if not self._has_plan(state) or state.investigating or state.conclusion_entry or state.closed:
            return None
        assert state.alert is not None and state.plan is not None  # noqa: S101, PT018  a plan has an alert
        conclusion = await self._reasoner.conclude(state.alert, state.plan, state.heard_now)
        whole = steered(conclusion, state.focus)
        payload = whole.model_copy(update={"round": state.round}).to_json()
        await self._append(state, f"conclusion/{state.round}", Kind.CONCLUSION, payload, self._reasoner.name)
        return AGAIN

    async def _propose(self, state: State, life: Life) -> float | None:
        if state.conclusion is None or state.alert is None or state.closed:
            return None
        key = f"proposed/{state.round}"
        if state.not_proposed or any(e.key == key for e in state.entries):
            return None
        draft = await self._reasoner.propose(state.alert, state.conclusion, state.heard_now)
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
            proposal = await self._catalogue.propose(whole, key, state.number, self._ledger, state.triage)
        except Retryable as err:
            log.info("the target does not answer", incident=state.label, says=str(err))
            return NOT_NOW
        except Permanent as err:
            await self._append(state, key, Kind.NOT_PROPOSED, {"says": str(err), "action": draft.action}, actor)
            return AGAIN
        cause = state.conclusion_entry.n if state.conclusion_entry else None
        observed = proposal.mode is Mode.OBSERVE
        kind, payload = Kind.WOULD_PROPOSE if observed else Kind.PROPOSED, proposal.to_json()
        if twins := state.twins(proposal):
            says = f"{state.number}/{twins[0].n} proposes the same and still waits."
            kind, payload = Kind.NOT_PROPOSED, {"says": says}
        await self._append(state, key, kind, payload, actor, cause)
        return AGAIN

    async def _prove(self, state: State, life: Life) -> float | None:
        return await self._verification.look(state, self._lease.owner(state.number))

    async def _close(self, state: State, life: Life) -> float | None:
        if state.closed or not state.alert_resolved or state.waiting or state.investigating:
            return None
        if any(d.status in ("started", "unknown") for d in state.active):
            return None
        proof = self._verification.proof(state)
        if proof is None:
            return None
        how = "resolved" if proof.payload.get("proposal") else "recovered"
        payload = {"how": how, "proof": proof.n, "resolve": state.alert_resolved.n}
        owner = self._lease.owner(state.number)
        draft = Draft(f"closed/{state.round}", Kind.CLOSED, payload, "responder", owner=owner, expect=state.n)
        try:
            await self._ledger.append(state.number, draft)
        except Moved:  # an alert, or a person's request, came in this moment
            log.info("not closed, there is news", incident=state.label)
        return AGAIN

    async def _append(
        self, state: State, key: str, kind: Kind, payload: Mapping[str, Any], actor: str, cause: int | None = None
    ) -> None:
        owner = self._lease.owner(state.number)
        await self._ledger.append(state.number, Draft(key, kind, payload, actor, cause, owner=owner))
