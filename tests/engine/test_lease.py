"""Who owns which incident: leases, epochs, adoption, and owners that come back from the dead."""

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from engine.errors import NotOwner
from engine.lease import ADOPT_AT_ONCE, LEASE, Lease
from engine.ledger import Ledger
from engine.model import Kind, Owner
from engine.published import SYSTEM
from engine.store.tx import Tx
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change, draft, opened


async def open_as(lease: Lease, ledger: Ledger) -> int:
    incident = await opened(ledger, Owner(lease.process, 1))
    lease.opened(incident)
    return incident


async def dies(ledger: Ledger, lease: Lease) -> None:
    """Its lease ran out a moment ago."""
    await change(ledger, "UPDATE process SET lease_until = {now} - 1 WHERE id = :id", id=lease.process)


class TestOneProcess:
    @pytest.fixture
    async def ledger(self, database_url: DatabaseUrl, open_ledger: OpenLedger) -> Ledger:
        return await open_ledger(database_url("sqlite"))

    async def test_a_start_adopts_everything_that_needs_an_owner(self, ledger: Ledger, clock: MovableClock) -> None:
        former, new = Lease(ledger.db, clock), Lease(ledger.db, clock)
        mine, nobodys, closed, at_rest = [await open_as(former, ledger) for _ in range(4)]
        await change(ledger, "UPDATE incident SET owner = NULL, epoch = 0 WHERE id = :i", i=nobodys)
        for incident in (closed, at_rest):
            await ledger.append(incident, draft("close", Kind.CLOSED))
        await former.rest(at_rest, 1)
        await new.renew()
        assert await new.adopt() == [SYSTEM, mine, nobodys, closed]
        assert new.owner(mine) == Owner(new.process, 2)
        assert new.owner(nobodys) == Owner(new.process, 1)
        with pytest.raises(NotOwner):
            new.owner(at_rest)
        assert await new.adopt() == []

    async def test_a_closed_incident_needs_an_owner_again_when_something_comes(
        self, ledger: Ledger, clock: MovableClock
    ) -> None:
        lease = Lease(ledger.db, clock)
        incident = await opened(ledger, None)
        await ledger.append(incident, draft("close", Kind.CLOSED))
        await lease.rest(incident, 1)
        assert await lease.adopt() == [SYSTEM]
        await ledger.append(incident, draft("comment"))
        await lease.rest(incident, 1)  # late news from a follower does not turn it back
        assert await lease.adopt() == [incident]

    async def test_code_that_is_too_old_does_not_own(self, ledger: Ledger, clock: MovableClock) -> None:
        """Row 53: what it could not append to as owner, it leaves to newer code."""
        await opened(ledger, None)
        await change(ledger, "UPDATE incident SET min_code = 2")
        assert await Lease(ledger.db, clock).adopt() == []


class TestReplicas:
    @pytest.fixture
    async def ledger(self, database_url: DatabaseUrl, open_ledger: OpenLedger) -> Ledger:
        return await open_ledger(database_url("postgresql"))

    @pytest.fixture
    async def leases(self, ledger: Ledger, clock: MovableClock) -> tuple[Lease, Lease]:
        both = Lease(ledger.db, clock), Lease(ledger.db, clock)
        for lease in both:
            await lease.renew()
        return both

    async def test_only_the_incidents_of_the_dead_are_adopted(
        self, ledger: Ledger, leases: tuple[Lease, Lease]
    ) -> None:
        """Row 46: the lease is one row per process, by the database's clock."""
        r0, r1 = leases
        incident = await open_as(r0, ledger)
        orphan = await opened(ledger, Owner("a process that never had a lease", 1))
        assert await r1.adopt() == [SYSTEM, orphan]
        await dies(ledger, r0)
        assert await r1.adopt() == [incident]
        assert r1.owner(incident) == Owner(r1.process, 2)

    async def test_a_zombie_is_refused_but_may_tell_what_it_started(
        self, ledger: Ledger, leases: tuple[Lease, Lease]
    ) -> None:
        """Rows 10 and 12, and adoption back and forth: the same name at an older epoch owns nothing."""
        r0, r1 = leases
        incident = await open_as(r0, ledger)
        old = r0.owner(incident)
        await ledger.append(incident, draft("act/1/started", Kind.STARTED, owner=old))
        await dies(ledger, r0)
        await r1.adopt()
        with pytest.raises(NotOwner):
            await ledger.append(incident, draft("k", owner=old))
        assert (await ledger.append(incident, draft("act/1/result", Kind.RESULT))).won
        r0.lost(incident)
        with pytest.raises(NotOwner):
            r0.owner(incident)
        await r0.renew()
        await dies(ledger, r1)
        assert await r0.adopt() == [SYSTEM, incident]
        assert r0.owner(incident) == Owner(r0.process, 3)
        with pytest.raises(NotOwner):
            await ledger.append(incident, draft("k", owner=old))
        assert (await ledger.append(incident, draft("k", owner=r0.owner(incident)))).won

    async def test_what_was_adopted_is_known_though_the_answer_was_lost(
        self, ledger: Ledger, leases: tuple[Lease, Lease], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The transaction is committed and its answer lost: it is repeated, and finds nothing left to adopt."""
        r0, r1 = leases
        incident, newer = await open_as(r0, ledger), await open_as(r0, ledger)
        await change(ledger, "UPDATE incident SET min_code = 2 WHERE id = :i", i=newer)
        await dies(ledger, r0)
        write = ledger.db.write

        async def committed_and_repeated(work: Callable[[Tx], object]) -> object:
            await write(work)
            return await write(work)

        with monkeypatch.context() as lost:
            lost.setattr(ledger.db, "write", committed_and_repeated)
            assert await r1.adopt() == []
        await change(ledger, "UPDATE incident SET owner = :p, epoch = 2 WHERE id = :i", p=r1.process, i=newer)
        assert await r1.news() == [SYSTEM, incident]
        assert (await ledger.append(incident, draft("k", owner=r1.owner(incident)))).won
        with pytest.raises(NotOwner):
            r1.owner(newer)  # what needs newer code is not ours to do, whatever the row says
        await ledger.append(incident, draft("closed", Kind.CLOSED))
        await r1.rest(incident, 2)
        assert await r1.news() == []
        with pytest.raises(NotOwner):
            r1.owner(incident)

    async def test_two_that_adopt_at_once_share_without_a_quarrel(
        self, ledger: Ledger, leases: tuple[Lease, Lease], clock: MovableClock
    ) -> None:
        """Row 46: SKIP LOCKED, in order, at most 200 a time."""
        dead = Lease(ledger.db, clock)
        await dead.renew()
        incidents = await ledger.transact(
            lambda book: [book.open_incident(2041, Owner(dead.process, 1)) for _ in range(ADOPT_AT_ONCE + 30)]
        )
        await dies(ledger, dead)
        taken: list[int] = []
        while more := [i for some in await asyncio.gather(*(lease.adopt() for lease in leases)) for i in some]:
            assert len(more) <= 2 * ADOPT_AT_ONCE
            taken += more
        assert sorted(taken) == [SYSTEM, *incidents]
        epochs = await ledger.db.read(lambda tx: tx.all("SELECT DISTINCT epoch FROM incident WHERE id > 0"))
        assert epochs == [(2,)]

    async def test_adoption_does_not_wait_for_a_row_that_somebody_holds(
        self, ledger: Ledger, leases: tuple[Lease, Lease]
    ) -> None:
        """Row 46: a frozen writer in one incident keeps nobody from adopting the others."""
        r0, r1 = leases
        held, free = await open_as(r0, ledger), await open_as(r0, ledger)
        await dies(ledger, r0)
        async with await psycopg.AsyncConnection.connect(ledger.db.url) as frozen:
            await frozen.execute("SELECT 1 FROM incident WHERE id = %s FOR UPDATE", (held,))
            assert await asyncio.wait_for(r1.adopt(), 2) == [SYSTEM, free]
        await frozen.close()
        assert await r1.adopt() == [held]

    async def test_after_a_gap_of_its_own_nobody_adopts_for_a_lease(
        self, ledger: Ledger, leases: tuple[Lease, Lease], clock: MovableClock
    ) -> None:
        """Row 46: after an outage of the database everybody looks dead for a moment."""
        r0, r1 = leases
        incident = await open_as(r0, ledger)
        await dies(ledger, r0)
        await clock.advance(LEASE / 2 + 0.1)  # r1 could not renew meanwhile
        await r1.renew()
        assert await r1.adopt() == []
        for _ in range(3):
            await clock.advance(LEASE / 3 - 0.01)
            await r1.renew()
            assert await r1.adopt() == []
        await clock.advance(0.1)
        await r1.renew()
        assert await r1.adopt() == [SYSTEM, incident]

    async def test_renewing_keeps_a_lease_alive_by_the_databases_clock(
        self, ledger: Ledger, leases: tuple[Lease, Lease]
    ) -> None:
        r0, r1 = leases
        await open_as(r0, ledger)
        await dies(ledger, r0)
        await r0.renew()
        assert await r1.adopt() == [SYSTEM]
        left = "SELECT lease_until - {now} FROM process WHERE id = :id"
        row = await ledger.db.read(lambda tx: tx.one(left, id=r0.process))
        assert row is not None
        assert LEASE - 2 < row[0] / 1_000_000 <= LEASE
