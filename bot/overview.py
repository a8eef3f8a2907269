"""What concerns no single incident, read now: how far each record is, how each partner stands, the last seven days."""

from collections.abc import Mapping
from dataclasses import replace

from bot.partners import skip_rules
from bot.settings import PartnerSection
from bot.views.partners import Partner
from bot.views.scene import Record
from engine.desk import Desk
from engine.health import Health
from engine.incident import State
from engine.published import micros
from engine.recent import Recent
from engine.store.cursors import Cursor, Cursors
from engine.week import Figures


class Overview:
    """For the App Home, and for the commands that ask for a part of it."""

    def __init__(self, desk: Desk, backends: Mapping[str, str], partners: Mapping[str, PartnerSection]) -> None:
        """`backends`: the records by name, with the label that people read."""
        self._desk = desk
        self._backends = backends
        self._partners = partners
        self._cursors = Cursors(desk.ledger.db)
        self.recent = Recent(desk.ledger, desk.clock, Health(skip_rules(partners)))

    async def records(self, open_: list[State]) -> tuple[Record, ...]:
        """Each record over every incident that it has not all of. `open_`: the open ones, folded."""
        cursors = {(c.incident, c.backend): c for c in await self._cursors.unfinished()}
        lags = await self._cursors.lags()
        states = {state.number: state for state in open_}
        for number in {incident for incident, _ in cursors} - states.keys():
            states[number] = await self._desk.incidents.state(number)
        recorded = [state for state in states.values() if state.has_results]
        return tuple(
            _over_all(
                Record(name, label, lag=lags.get(name)),
                [(state, cursors.get((state.number, name), Cursor(state.number, name))) for state in recorded],
            )
            for name, label in self._backends.items()
        )

    async def partners(self) -> tuple[Partner, ...]:
        """Each partner of the configuration, up to now. Raises `Unavailable`."""
        await self.recent.look()
        return tuple(self._partner(name, section) for name, section in self._partners.items())

    def _partner(self, name: str, section: PartnerSection) -> Partner:
        return Partner(
            name,
            section.role,
            self.recent.health.standing(name),
            policy=section.policy,
            window=section.window,
            approvers_name=section.approvers.name,
            outside=section.outside,
        )

    async def week(self) -> Figures:
        """The last seven days. Raises `Unavailable`."""
        return await self.recent.figures()

    async def lags(self, incident: int) -> dict[str, float]:
        """Backend → seconds from entry to note, of one incident."""
        return await self._cursors.lags(incident)


def _over_all(record: Record, cursors: list[tuple[State, Cursor]]) -> Record:
    """The sum over the incidents, with the oldest trouble there is."""
    late = [(state, cursor) for state, cursor in cursors if cursor.acked < state.n]
    behind = sum(state.n - cursor.acked for state, cursor in late)
    failing = [cursor for _, cursor in late if cursor.trouble]
    if not failing:
        return replace(record, total=behind)
    oldest = min(failing, key=lambda cursor: micros(cursor.failing_since) if cursor.failing_since else 0)
    waits = [cursor.next_at for cursor in failing if cursor.next_at and not cursor.parked_at]
    return replace(
        record,
        total=behind,
        trouble=oldest.trouble,
        since=oldest.failing_since,
        tries=sum(cursor.failures for cursor in failing),
        waits_until=min(waits, default=None),
        parked=not waits,
    )
