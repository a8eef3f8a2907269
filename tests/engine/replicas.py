"""Two processes before one ledger, one chat and one target, each of which can be frozen before any access.

What they do is the product's own: `engine.deciding` with everything behind it, over a real database and a
real HTTP target. Only time is moved by hand, on PostgreSQL too.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

import psycopg

from engine.deciding import Deciding
from engine.errors import NotOwner
from engine.ledger import Ledger
from engine.life import Life
from engine.model import Person
from engine.oversight.act import Guard
from engine.oversight.freezes import Span
from engine.oversight.rules import Freeze, Policy
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room, Target, action_at
from tests.engine.turns import Turns, TurnsAction, TurnsChat, TurnsClock, TurnsDatabase

BEN = Person(ref="slack:U0BEN", name="BEN")
CAST = (PRIYA, MAYA, TOM, BEN)  # the first two approve by name, the others as members of the group
GUARD = Guard(send=2.0, late_write=1.0)
SHIFTED = (
    "CREATE TABLE IF NOT EXISTS passed (seconds double precision NOT NULL)",
    "INSERT INTO passed VALUES (0)",
    """CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
       'SELECT pg_catalog.clock_timestamp() + make_interval(secs => (SELECT seconds FROM public.passed))'""",
)


class World:
    """What outlives one play: the database, the target, the connectors."""

    def __init__(self, url: str) -> None:
        self.turns = Turns()
        self.clock = TurnsClock(self.turns)
        self.target = Target()
        self._url = url
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.target.serving())
        if self._url.startswith("postgresql"):
            await asyncio.to_thread(self._shift_the_clock)
        first = await asyncio.to_thread(connect, self._url, self.clock)
        alone = first.dialect == "sqlite"  # one process may hold the file; then both stand on its connection
        second = first if alone else await asyncio.to_thread(connect, self._url, self.clock)
        for database in (first, second):
            self._open.push_async_callback(database.close)
        self.ledgers = [Ledger(TurnsDatabase(db, self.turns), Gate(), Hub()) for db in (first, second)]
        for ledger in self.ledgers:
            await ledger.start()
        self.actions: dict[Any, Any] = {
            kind: action_at(self.target.url, kind, 60) for kind in ("key", "lookup", "none")
        }
        for action in self.actions.values():
            self._open.push_async_callback(action.aclose)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _shift_the_clock(self) -> None:
        """A clock_timestamp() of this database's own comes before PostgreSQL's."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in SHIFTED:
                connection.execute(statement.encode())
            name = self._url.rpartition("/")[2]
            connection.execute(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog'.encode())
        connection.close()

    async def passes(self, seconds: float) -> None:
        """Time, for everybody."""
        self.clock.passes(seconds)
        if self.ledgers[0].db.dialect == "postgresql":
            await self.ledgers[0].db.write(lambda tx: tx.run("UPDATE passed SET seconds = seconds + :s", s=seconds))


class Replica:
    """One process with an office of its own; `looks` is one look at the proposals of an incident."""

    def __init__(self, world: World, ledger: Ledger, room: Room, action: Any, quorum: int, freeze: Span | None) -> None:
        turns = world.turns
        chat: Any = TurnsChat(room, turns)
        self.office = Office(ledger, world.clock, chat, TurnsAction(action, turns), GUARD)  # type: ignore[arg-type]
        self.office.quorum = quorum
        self.office.policy = Policy(freezes=(Freeze("quarter end", freeze),) if freeze else ())
        office = self.office
        self.deciding = Deciding(office.desk, office.catalogue, office.recheck, GUARD, timedelta(0))
        self.lives: dict[int, Life] = {}
        self.looking: asyncio.Task[None] | None = None

    def owns(self, incident: int) -> bool:
        """As far as it knows."""
        return incident in self.office.desk.lease.epochs

    async def looks(self, incident: int) -> None:
        """The gate, and the search for what became of a start; what it begins goes on under the same name."""
        life = self.lives.setdefault(incident, Life(self.office.ledger.hub.watch(incident)))
        state = await self.office.desk.incidents.state(incident)
        try:
            await self.deciding.look(state, life)
        except NotOwner:
            self.office.desk.lease.lost(incident)


def room() -> Room:
    """The four, with the group that two of them are members of."""
    found = Room({person.ref: person for person in CAST})
    found.groups = {"S0TEAM": {TOM.ref, BEN.ref}}
    return found


def leaves(found: Room, person: Person) -> None:
    """They are an approver no more: out of the group, or deactivated where they are named."""
    if person.ref in found.groups["S0TEAM"]:
        found.groups["S0TEAM"].discard(person.ref)
    else:
        found.people[person.ref] = replace(person, is_deactivated=True)


EXPIRES = {"soon": timedelta(seconds=4), "late": timedelta(seconds=600)}
