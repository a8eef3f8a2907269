"""The surroundings of a rendering, read now: who is who, how far each record is, the moment."""

from collections.abc import Mapping
from datetime import datetime

from bot.views.noise import EVERYTHING, Noise
from bot.views.scene import OnCall, Record, Scene
from engine.catalogue import Catalogue, facts
from engine.desk import Desk
from engine.incident import State
from engine.model import Risk
from engine.oversight.freezes import Frozen
from engine.oversight.rules import Facts, Policy
from engine.published import SYSTEM
from engine.store.cursors import Cursor, Cursors


class Scenery:
    """Makes the scene in which a view is drawn."""

    def __init__(
        self, desk: Desk, backends: Mapping[str, str], command: str, catalogue: Catalogue, noise: Noise = EVERYTHING
    ) -> None:
        """`backends`: the records by name, with the label that people read. `noise`: how much of it stands there."""
        self.noise = noise
        self._catalogue = catalogue
        self._desk = desk
        self._backends = backends
        self._command = command
        self._cursors = Cursors(desk.ledger.db)

    async def scene(
        self, state: State, links: Mapping[str, str] | None = None, standing: frozenset[str] = frozenset()
    ) -> Scene:
        """For one incident. `links`: slot of a message → permalink. `standing`: slots of what is in the chat."""
        actors = [e.actor for e in state.entries] + [d.proposal.requester or "" for d in state.proposals.values()]
        halted = (await self._desk.incidents.state(SYSTEM)).halted
        actors += [halted.actor] if halted else []
        known = await self._cursors.of(state.number)
        now = await self._desk.ledger.now()
        policy = self._catalogue.policy
        return Scene(
            now=now,
            people=await self._desk.people.known(actors),
            records=tuple(_record(n, text, known.get(n), state) for n, text in self._backends.items()),
            links=links or {},
            command=self._command,
            halted=halted,
            **_listed(state, self._catalogue),
            on_call={name: _on_call(policy, name, now) for name in policy.schedules},
            watch=_watch(state, policy, state.closed.at if state.closed else now),
            listed=next((ref for action in self._catalogue.actions.values() for ref in action.approvers), ""),
            frozen=_frozen(state, policy, now),
            freezes=policy.in_force(now),
            changes_at=policy.changes(now),
            noise=self.noise,
            standing=standing,
        )


def _listed(state: State, catalogue: Catalogue) -> dict[str, dict[str, tuple[str, ...]]]:
    """Who is listed as approver, and with a list of its own as vetoer, of each proposal that waits."""
    approvers, vetoers = {}, {}
    for decided in state.proposals.values():
        terms = catalogue.terms(decided.proposal)
        if terms is not None:
            approvers[decided.proposal.op] = terms.approvers.people
            vetoers[decided.proposal.op] = terms.veto.people if terms.veto else ()
    return {"approvers": approvers, "vetoers": vetoers}


def _of_incident(state: State) -> Facts:
    triage = state.triage
    if triage is None:
        return Facts("", Risk.MEDIUM)
    return Facts("", Risk.MEDIUM, triage.service, triage.severity.value, triage.environment)


def _watch(state: State, policy: Policy, at: datetime) -> OnCall | None:
    name = policy.watch(_of_incident(state))
    found = _on_call(policy, name, at) if name in policy.schedules else None
    return found if found and (found.ref or found.group) else None


def _on_call(policy: Policy, name: str, at: datetime) -> OnCall:
    shift = policy.on_call(name, at)
    return OnCall(shift.user, shift.until) if shift else OnCall(group=policy.schedules[name].group)


def _frozen(state: State, policy: Policy, now: datetime) -> dict[int, Frozen]:
    found = {d.n: policy.frozen(facts(d.proposal), now) for d in state.waiting} if policy.freezes else {}
    return {n: frozen for n, frozen in found.items() if frozen is not None}


def _record(backend: str, label: str, cursor: Cursor | None, state: State) -> Record:
    total = state.n if state.has_results else 0
    if cursor is None:
        return Record(backend, label, total=total, incident=state.number)
    return Record(
        backend=backend,
        label=label,
        acked=cursor.acked,
        total=total,
        ticket=cursor.ticket.label if cursor.ticket else "",
        url=cursor.ticket.url if cursor.ticket else "",
        trouble=cursor.trouble,
        waits_until=cursor.next_at if cursor.trouble else None,
        parked=cursor.parked_at is not None,
        incident=state.number,
        since=cursor.failing_since if cursor.trouble else None,
        tries=cursor.failures if cursor.trouble else 0,
    )
