"""News between replicas over PostgreSQL: they arrive, one notification for many, and a cut loses none."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import psycopg
import pytest

from engine.ledger import Ledger
from engine.store.notify import CHANNEL, MOST_IDS, Notifier
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import draft, opened


class Replica:
    """A process's hub and notifier, wired as the application does."""

    def __init__(self, ledger: Ledger, url: str) -> None:
        self.ledger = ledger
        self.gaps: asyncio.Queue[None] = asyncio.Queue()
        self.notifier = Notifier(url, self._heard)
        ledger.hub.outward = self.notifier.tell
        self.notifier.start()

    def _heard(self, incidents: Iterable[int] | None) -> None:
        if incidents is None:
            self.gaps.put_nowait(None)  # whoever follows something looks at it now
        else:
            self.ledger.hub.wake(incidents, outward=False)

    async def listens(self) -> None:
        await asyncio.wait_for(self.gaps.get(), 10)


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    return database_url("postgresql")


@pytest.fixture
async def replicas(url: str, open_ledger: OpenLedger) -> AsyncIterator[tuple[Replica, Replica]]:
    here, there = Replica(await open_ledger(url), url), Replica(await open_ledger(url), url)
    for replica in (here, there):
        await replica.listens()
    yield here, there
    for replica in (here, there):
        await replica.notifier.close()


async def cut(url: str, what: str) -> int:
    """End the sessions whose last statement was like that; how many there were."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as killer:
        rows = await killer.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE %s AND pid <> pg_backend_pid()""",
            (what,),
        )
        count = len(await rows.fetchall())
    await killer.close()
    return count


async def test_an_append_wakes_the_followers_of_another_process(replicas: tuple[Replica, Replica]) -> None:
    """Row 42: after the commit, on a connection of its own."""
    here, there = replicas
    incident = await opened(here.ledger)
    watch = there.ledger.hub.watch(incident)
    await here.ledger.append(incident, draft("k"))
    assert await watch.changed(10) == {incident}
    assert [e.key for e in await there.ledger.entries(incident)] == ["k"]


async def test_many_changes_at_once_are_few_notifications(url: str, replicas: tuple[Replica, Replica]) -> None:
    """Row 42: at most one per five milliseconds; each incident is named."""
    here, there = replicas
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as listener:
        await listener.execute(f"LISTEN {CHANNEL}".encode())
        for incident in range(300):
            here.notifier.tell([incident])
        named: list[set[int]] = []
        async for notice in listener.notifies(timeout=10):
            named.append({int(part) for part in notice.payload.split(",")})
            if set().union(*named) == set(range(300)):
                break
    await listener.close()
    assert set().union(*named) == set(range(300))
    assert len(named) <= 2
    assert there.gaps.empty()


async def test_too_many_to_name_mean_everything(replicas: tuple[Replica, Replica]) -> None:
    """Row 42: a payload of 8,000 bytes would be refused."""
    here, there = replicas
    here.notifier.tell(range(10**9, 10**9 + MOST_IDS + 1))
    await there.listens()
    watch = there.ledger.hub.watch()
    here.notifier.tell(range(10**9, 10**9 + MOST_IDS))
    assert len(await watch.changed(10)) == MOST_IDS


async def test_what_came_while_the_listener_was_cut_off_is_looked_for(
    url: str, replicas: tuple[Replica, Replica]
) -> None:
    """Row 43: LISTEN first, then "look at everything": news of the gap are found, later ones arrive again."""
    here, there = replicas
    incident = await opened(here.ledger)
    assert await cut(url, "LISTEN%") == 2
    await here.ledger.append(incident, draft("in the gap"))
    await there.listens()
    assert [e.key for e in await there.ledger.entries(incident)] == ["in the gap"]
    watch = there.ledger.hub.watch(incident)
    await watch.changed(0)
    await here.ledger.append(incident, draft("after it"))
    assert await watch.changed(10) == {incident}


async def test_what_could_not_be_sent_is_sent_on_the_next_connection(
    url: str, replicas: tuple[Replica, Replica]
) -> None:
    here, there = replicas
    watch = there.ledger.hub.watch()
    here.notifier.tell([1])
    assert await watch.changed(10) == {1}
    assert await cut(url, "SELECT pg_notify%") == 1
    here.notifier.tell([2])
    assert await watch.changed(10) == {2}
