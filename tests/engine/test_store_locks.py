"""Several replicas on one PostgreSQL: who waits for whom, and nobody for ever."""

import asyncio
import threading
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from engine.errors import Halted, TooLate
from engine.ledger import Appended, Book, Ledger
from engine.model import Kind
from engine.store.tx import Tx
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change, draft, opened, verify

HALT = "UPDATE control SET halted_at = 1 WHERE id = 1"


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    return database_url("postgresql")


@pytest.fixture
async def ledger(url: str, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(url)


@pytest.fixture
async def other(url: str, open_ledger: OpenLedger, ledger: Ledger) -> Ledger:
    """A second replica."""
    return await open_ledger(url)


class Held:
    """A replica's transaction that stops after `work`, its locks in its hands, until `go_on`."""

    def __init__(self, ledger: Ledger, *keys: str, incident: int, kind: Kind = Kind.NOTE) -> None:
        self.runs = 0
        self._drafts = [draft(key, kind) for key in keys]
        self._incident = incident
        self._stopped, self._go_on = threading.Event(), threading.Event()
        self.task = asyncio.create_task(ledger.transact(self._work))

    def _work(self, book: Book) -> list[Appended]:
        self.runs += 1
        done = [book.append(self._incident, d, "nonce") for d in self._drafts[:1]]
        self._stopped.set()
        if not self._go_on.wait(20):
            raise TimeoutError("the test forgot to let it go on")
        return [*done, *(book.append(self._incident, d, "nonce") for d in self._drafts[1:])]

    async def stopped(self) -> None:
        assert await asyncio.to_thread(self._stopped.wait, 20)

    async def go_on(self) -> list[Appended]:
        self._go_on.set()
        return await self.task


def batch(book: Book, incidents: list[int], name: str) -> list[bool]:
    return [book.append(incident, draft(name), name).won for incident in incidents]


async def until_waiting(ledger: Ledger, how_many: int = 1) -> None:
    """Until so many sessions of this database wait for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while await ledger.db.read(lambda tx: tx.one(waiting)) != (how_many,):  # noqa: ASYNC110  only the server tells
            await asyncio.sleep(0.01)


class TestLocks:
    async def test_a_deadline_that_passes_while_waiting_for_the_lock_has_passed(
        self, ledger: Ledger, other: Ledger
    ) -> None:
        """Row 7: now() stands still from BEGIN on, clock_timestamp() does not."""
        incident = await opened(ledger)
        held = Held(ledger, "first", incident=incident)
        await held.stopped()
        deadline = await other.now() + timedelta(seconds=0.4)
        start = asyncio.create_task(other.append(incident, draft("started", Kind.STARTED, before=deadline)))
        await until_waiting(ledger)
        async with asyncio.timeout(5):
            while await ledger.now() < deadline:  # noqa: ASYNC110  only the database's clock tells
                await asyncio.sleep(0.02)
        await held.go_on()
        with pytest.raises(TooLate):
            await start
        assert [e.key for e in await ledger.entries(incident)] == ["first"]

    async def test_a_halt_waits_for_the_start_that_came_first(self, ledger: Ledger, other: Ledger) -> None:
        """Row 8: the control row is shared by a start and taken by a halt."""
        incident = await opened(ledger)
        held = Held(ledger, "started", incident=incident, kind=Kind.STARTED)
        await held.stopped()
        halt = asyncio.create_task(change(other, HALT))
        await until_waiting(ledger)
        assert not halt.done()
        await held.go_on()
        await halt
        assert [e.key for e in await ledger.entries(incident)] == ["started"]

    async def test_a_start_waits_for_the_halt_that_came_first(self, url: str, ledger: Ledger) -> None:
        """Row 8: a start that read "not halted" a moment ago is refused all the same."""
        incident = await opened(ledger)
        async with await psycopg.AsyncConnection.connect(url) as halting:
            await halting.execute(HALT)
            start = asyncio.create_task(ledger.append(incident, draft("started", Kind.STARTED)))
            await until_waiting(ledger)
            assert (await ledger.append(incident, draft("veto/1", Kind.VETO))).won  # stopping is never held up
        await halting.close()
        with pytest.raises(Halted):
            await start

    async def test_after_a_halt_has_returned_no_start_commits(self, ledger: Ledger, other: Ledger) -> None:
        """Row 8, many at once: what stands when `halt` returns is all that ever stands."""
        started = "SELECT count(*) FROM entry WHERE kind = 'started'"
        incidents = [await opened(ledger) for _ in range(24)]
        both = (ledger, other)
        starts = [
            asyncio.create_task(both[i % 2].append(incident, draft("started", Kind.STARTED)))
            for i, incident in enumerate(incidents)
        ]
        await starts[4]
        await change(other, HALT)
        at_return = await other.db.read(lambda tx: tx.one(started))
        answers = await asyncio.gather(*starts, return_exceptions=True)
        won = sum(isinstance(a, Appended) for a in answers)
        assert at_return == await other.db.read(lambda tx: tx.one(started)) == (won,)
        assert all(isinstance(a, Appended | Halted) for a in answers)

    async def test_batches_in_ascending_order_never_deadlock(self, ledger: Ledger, other: Ledger) -> None:
        """Row 45: control row, identities, incidents: each ascending."""
        incidents = [await opened(ledger) for _ in range(12)]
        runs = []
        for i in range(16):
            some = sorted({incidents[(i * 5 + j * (1 + i % 3)) % 12] for j in range(6)})
            runs.append((ledger, other)[i % 2].transact(partial(batch, incidents=some, name=f"run/{i}")))
        assert all(all(won) for won in await asyncio.gather(*runs))
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert await ledger.db.read(lambda tx: tx.one(deadlocks)) == (0,)
        assert [await verify(ledger, incident) for incident in incidents] == [""] * 12

    async def test_a_deadlock_is_resolved_by_repeating(self, ledger: Ledger, other: Ledger) -> None:
        """Row 45: whoever takes locks in another order is repeated, not lost and not doubled."""
        one, two = await opened(ledger), await opened(ledger)
        barrier = threading.Barrier(2)
        runs: list[str] = []

        def crosswise(book: Book, first: int, second: int, name: str) -> list[bool]:
            won = [book.append(first, draft(name), name).won]
            runs.append(name)
            if runs.count(name) == 1:
                barrier.wait(20)
            return [*won, book.append(second, draft(name), name).won]

        answers = await asyncio.gather(
            ledger.transact(lambda book: crosswise(book, one, two, "a")),
            other.transact(lambda book: crosswise(book, two, one, "b")),
        )
        assert list(answers) == [[True, True], [True, True]]
        assert len(runs) > 2  # one of them gave way
        for incident in (one, two):
            assert sorted(e.key for e in await ledger.entries(incident)) == ["a", "b"]
            assert await verify(ledger, incident) == ""

    async def test_a_decision_does_not_wait_for_what_is_queued(self, ledger: Ledger, other: Ledger) -> None:
        """Row 47, here: decisions have workers of their own."""
        blocked, free = await opened(ledger), await opened(ledger)
        held = Held(other, "first", incident=blocked)
        await held.stopped()
        queued = [asyncio.create_task(ledger.append(blocked, draft(f"k{i}"))) for i in range(20)]
        await until_waiting(ledger, 3)
        assert (await ledger.append(free, draft("veto/1", Kind.VETO))).won
        assert not any(task.done() for task in queued)
        await held.go_on()
        await asyncio.gather(*queued)


class TestFrozen:
    async def test_a_frozen_transaction_stops_nobody_for_long(self, ledger: Ledger, other: Ledger) -> None:
        """Row 18: SIGSTOP inside an append; the others veto after two seconds, the frozen one finds its place later."""
        incident = await opened(ledger)
        held = Held(ledger, "first", "second", incident=incident)
        await held.stopped()
        veto = await asyncio.wait_for(other.append(incident, draft("veto/1", Kind.VETO)), 6)
        assert (veto.entry.n, veto.won) == (1, True)
        answers = await held.go_on()
        assert held.runs == 2
        assert [(a.entry.n, a.won) for a in answers] == [(2, True), (3, True)]
        assert [e.key for e in await other.entries(incident)] == ["veto/1", "first", "second"]
        assert await verify(other, incident) == ""

    async def test_the_limits_hold_on_every_connection(self, ledger: Ledger) -> None:
        limits = ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout")

        def look(tx: Tx) -> list[str]:
            return [(tx.one(f"SHOW {name}") or ("",))[0] for name in limits]

        kept = ["2s", "4s", "8s"]
        assert await ledger.db.write(look) == await ledger.db.write(look, urgent=True) == kept
        assert await ledger.db.read(look) == kept
