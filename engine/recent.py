"""The last seven days, folded once and kept up: how partners answer, and what the incidents add up to.

A look reads by index what was appended since the look before, on this replica or another; nobody on the fast path waits
for it. It appends nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.errors import Unavailable
from engine.health import Health
from engine.ledger import Ledger
from engine.model import Kind
from engine.ports import Clock
from engine.published import SYSTEM, micros, moment
from engine.store.tx import Row, Tx
from engine.week import Figures, Week

log = structlog.get_logger()
SPAN = timedelta(days=7)
AGAIN = timedelta(seconds=60)  # an entry may be committed later than one with a later time; looked at once more
CALM = 0.5  # seconds that news wait: a look is for people, and whoever appends has the database first
SWEEP = 30.0
KINDS = (
    Kind.FINDING,
    Kind.SILENT,
    Kind.PROPOSED,
    Kind.STARTED,
    Kind.VETO,
    Kind.WITHDRAWN,
    Kind.DENIED,
    Kind.EXPIRED,
    Kind.VERIFIED,
)
_LISTED = ", ".join(f"'{kind.value}'" for kind in KINDS)
STATEMENT = f"""SELECT incident, n, kind, at, published FROM entry
    WHERE kind IN ({_LISTED}) AND at > :after ORDER BY at"""  # noqa: S608  constants only


@dataclass(frozen=True, slots=True)
class _Told:
    """What is kept of an entry until it is folded."""

    incident: int
    n: int
    kind: str
    at: datetime
    actor: str
    payload: Mapping[str, Any]


class Recent:
    """What is folded; one for a process."""

    def __init__(self, ledger: Ledger, clock: Clock, health: Health) -> None:
        """`health` is also told at once, by whoever asks, what this process heard itself."""
        self._ledger = ledger
        self._clock = clock
        self.health = health
        self._week = Week()
        self._newest = 0
        self._seen: dict[tuple[int, int], int] = {}

    async def run(self) -> None:
        """Keep it up until cancelled; what is not appended here comes by the other replicas' wake-ups."""
        watch = self._ledger.hub.watch()
        try:
            while True:
                await watch.changed(SWEEP)
                await self._clock.sleep(CALM)
                try:
                    await self.look()
                except Unavailable as err:
                    log.warning("the ledger does not answer", says=str(err))
        finally:
            self._ledger.hub.unwatch(watch)

    async def look(self) -> None:
        """Fold what is new. The first look reads seven days. Raises `Unavailable`."""
        begun = max(self._newest - _micros(AGAIN), micros(await self._ledger.now() - SPAN))
        seen = frozenset(self._seen)
        told = await self._ledger.db.read(lambda tx: _new(tx, begun, seen))
        for entry in told:
            self._take(entry)
            self._seen[entry.incident, entry.n] = micros(entry.at)
        self._newest = max([self._newest, *(micros(entry.at) for entry in told)])
        kept = self._newest - _micros(AGAIN)
        self._seen = {place: at for place, at in self._seen.items() if at > kept}

    async def figures(self) -> Figures:
        """The last seven days in figures, up to now. Raises `Unavailable`."""
        await self.look()
        since = await self._ledger.now() - SPAN
        self.health.forget(since)
        statement = "SELECT id, opened_at FROM incident WHERE opened_at > :since AND id <> :system"
        rows = await self._ledger.db.read(lambda tx: tx.all(statement, since=micros(since), system=SYSTEM))
        return self._week.figures({int(i): moment(at) for i, at in rows})

    def _take(self, entry: _Told) -> None:
        if entry.kind != Kind.SILENT:
            self._week.take(entry.incident, entry.n, entry.kind, entry.at, entry.payload)
        if entry.kind in (Kind.FINDING, Kind.SILENT) and entry.actor.startswith("partner:"):
            self.health.take(entry.incident, entry.n, entry.kind, entry.at, entry.payload)


def _new(tx: Tx, begun: int, seen: frozenset[tuple[int, int]]) -> list[_Told]:
    """On the database's thread, parsing included: the first look has a week to read."""
    return list(_told(row for row in tx.all(STATEMENT, after=begun) if (int(row[0]), row[1]) not in seen))


def _told(rows: Iterable[Row]) -> Iterable[_Told]:
    for incident, n, kind, at, published in rows:
        form = json.loads(bytes(published))
        yield _Told(int(incident), n, kind, moment(at), form["actor"], form["payload"])


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
