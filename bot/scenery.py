"""The surroundings of a rendering, read now: who is who, how far each record is, the moment."""

from collections.abc import Mapping

from bot.views.noise import EVERYTHING, Noise
from bot.views.scene import Record, Scene
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.incident import State
from engine.published import SYSTEM
from engine.store.cursors import Cursor, Cursors


class Scenery:
    """Makes the scene in which a view is drawn."""

    def __init__(
        self, desk: Desk, backends: Mapping[str, str], command: str, catalogue: Catalogue, noise: Noise = EVERYTHING
    ) -> None:
        """`backends`: the records by name, with the label that people read. `noise`: how much of it stands there."""
        self.noise = noise
        self._approvers = {name: action.approvers for name, action in catalogue.actions.items()}
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
        return Scene(
            now=await self._desk.ledger.now(),
            people=await self._desk.people.known(actors),
            records=tuple(_record(n, text, known.get(n), state) for n, text in self._backends.items()),
            links=links or {},
            command=self._command,
            halted=halted,
            approvers=self._approvers,
            noise=self.noise,
            standing=standing,
        )


def _record(backend: str, label: str, cursor: Cursor | None, state: State) -> Record:
    total = state.n if state.has_results else 0
    if cursor is None:
        return Record(backend, label, total=total)
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
        since=cursor.failing_since if cursor.trouble else None,
        tries=cursor.failures if cursor.trouble else 0,
    )
