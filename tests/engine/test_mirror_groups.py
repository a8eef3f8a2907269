"""The mirror under pressure: groups, parts, what a vendor grants, and what people decide about a refusal."""

import pytest

from engine.durable.budget import Budget
from engine.durable.mirror import Mirror
from engine.ledger import Draft
from engine.memory import MemoryCapabilities
from engine.model import Kind
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import L, Process, Shelf
from tests.ledgers import change


@pytest.fixture
async def process(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock) -> Process:
    found = Process(await open_ledger(database_url("sqlite")), clock)
    await found.opens()
    return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class TestGroups:
    async def test_in_the_ordinary_course_an_entry_is_a_note(self, process: Process, shelf: Shelf) -> None:
        await process.carries(process.mirror(shelf))
        assert len(shelf.texts) == 4

    async def test_after_an_outage_entries_share_one_note_that_says_why(self, process: Process, shelf: Shelf) -> None:
        mirror = process.mirror(shelf)
        shelf.wrong.extend([None, "busy"])  # type: ignore[list-item]
        await process.carries(mirror, 60)
        assert shelf.numbers == [1, 2, 3, 4]
        assert len(shelf.texts) == 2
        assert shelf.texts[1].startswith("**Entries 2 to 4 in one note**: Shelf took no writes: too fast")

    async def test_a_group_that_is_unsure_stays_as_it_was(self, process: Process, shelf: Shelf) -> None:
        """Row 23: nothing is regrouped until it is acknowledged."""
        mirror = process.mirror(shelf)
        shelf.wrong.extend([None, "busy", "late"])  # type: ignore[list-item]
        await process.carries(mirror, 20)
        flight = (await process.cursor()).inflight
        assert flight is not None
        assert (flight.first, flight.n) == (2, 4)
        await process.notes("five")
        again = process.mirror(shelf)  # also after a restart
        await process.carries(again, 2)
        shelf.land()
        await process.carries(again, 3 * L)
        assert shelf.numbers == [1, 2, 3, 4, 5]
        assert len(shelf.texts) == 3

    async def test_a_group_that_is_refused_is_sent_entry_by_entry(self, process: Process, shelf: Shelf) -> None:
        mirror = process.mirror(shelf)
        shelf.wrong.extend([None, "busy", "refused"])  # type: ignore[list-item]
        await process.carries(mirror, 60)
        assert shelf.numbers == [1, 2, 3, 4]
        assert len(shelf.texts) == 4
        assert (await process.state()).n == 4, "nobody is told of what mended itself"


class TestParts:
    async def test_a_long_text_is_sent_in_parts_and_acknowledged_whole(self, process: Process, shelf: Shelf) -> None:
        shelf.capabilities = MemoryCapabilities(late_write_seconds=L, note_chars=300)
        await process.notes("\n".join(f"line {n} " + "x" * 60 for n in range(12)))
        mirror = process.mirror(shelf)
        await process.carries(mirror)
        assert shelf.numbers == [1, 2, 3, 4, 5]
        assert all(len(text) <= 300 for text in shelf.texts)
        assert len({*shelf.ops}) == len(shelf.texts) > 6
        assert (await process.cursor()).acked == 5

    async def test_a_crash_between_two_parts_doubles_none(self, process: Process, shelf: Shelf) -> None:
        shelf.capabilities = MemoryCapabilities(late_write_seconds=L, note_chars=300)
        await process.notes("\n".join(f"line {n} " + "x" * 60 for n in range(12)))
        shelf.wrong.extend([None] * 5 + ["bug"])  # type: ignore[list-item]
        with pytest.raises(KeyError):
            await process.carries(process.mirror(shelf))
        assert (await process.cursor()).acked == 4
        await process.carries(process.mirror(shelf), 2 * L)
        assert len({*shelf.ops}) == len(shelf.ops)
        assert shelf.numbers == [1, 2, 3, 4, 5]


class TestOrders:
    async def _parked(self, process: Process, shelf: Shelf) -> Mirror:
        mirror = process.mirror(shelf)
        shelf.wrong.extend([None, "refused"])  # type: ignore[list-item]
        await process.carries(mirror, 10)
        assert (await process.cursor()).parked_at is not None
        return mirror

    async def _order(self, process: Process, how: str, entry: int = 2) -> None:
        said = {"backend": "shelf", "how": how, "entry": entry, "says": "Maya knows"}
        await process.ledger.append(process.incident, Draft(f"order/{how}", Kind.RECORD_ORDERED, said, "person:1"))

    @pytest.mark.parametrize(
        ("how", "numbers"), [("retry", [1, 2, 3, 4, 5, 6]), ("skip", [1, 3, 4, 5, 6]), ("new", [1, 1, 2, 3, 4, 5, 6])]
    )
    async def test_a_person_decides_about_a_refusal(
        self, process: Process, shelf: Shelf, how: str, numbers: list[int]
    ) -> None:
        mirror = await self._parked(process, shelf)
        await self._order(process, how)
        await process.carries(mirror, 10)
        assert shelf.numbers == numbers
        assert len(shelf.tickets) == (2 if how == "new" else 1)

    async def test_an_order_for_another_entry_skips_nothing(self, process: Process, shelf: Shelf) -> None:
        mirror = await self._parked(process, shelf)
        await self._order(process, "skip", entry=4)
        await process.carries(mirror, 10)
        assert shelf.numbers == [1]

    async def test_an_order_is_obeyed_once(self, process: Process, shelf: Shelf) -> None:
        mirror = await self._parked(process, shelf)
        shelf.wrong.append("refused")
        await self._order(process, "retry")
        await process.carries(mirror, 1000)
        assert shelf.sends == 3, "refused again: it waits for another word"


class TestBudget:
    @pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
    async def test_all_replicas_take_from_one_grant(
        self, database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock, dialect: str
    ) -> None:
        ledger = await open_ledger(database_url(dialect))
        budgets = [Budget(ledger.db, "github", 80, 500, clock) for _ in range(2)]
        taken = 0
        while 0.0 in [await budget.take() for budget in budgets]:
            taken += 1
            assert taken <= 80
        assert taken >= 40, "two a turn, but for the last chunk"
        assert 0.0 < min([await budget.take() for budget in budgets]) <= 60.0

    async def test_the_hour_counts_as_well(self, process: Process) -> None:
        budget = Budget(process.ledger.db, "github", 80, 100, process.clock)
        taken = 0
        for _ in range(4):
            while await budget.take() == 0.0:
                taken += 1
            await process.clock.advance(61)
        assert taken == 100
        assert 3000 < await budget.take() < 3600
        await process.clock.advance(3600)
        assert await budget.take() == 0.0

    async def test_a_vendor_that_grants_any_number_is_not_counted(self, process: Process) -> None:
        budget = Budget(process.ledger.db, "files", 0, 0, process.clock)
        assert [await budget.take() for _ in range(1000)] == [0.0] * 1000
        assert budget.room is None

    async def test_the_mirror_waits_for_the_grant_and_then_groups(self, process: Process, shelf: Shelf) -> None:
        shelf.capabilities = MemoryCapabilities(late_write_seconds=L, per_minute=2)
        for n in range(8):
            await process.notes(f"more {n}")
        await process.carries(process.mirror(shelf), 61)
        assert shelf.numbers == list(range(1, 13))
        assert len(shelf.texts) == 2


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_what_earlier_versions_carried_is_taken_over(
    database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock, dialect: str
) -> None:
    url = database_url(dialect)
    old = Process(await open_ledger(url), clock)
    await old.opens()
    shelf = Shelf()
    await old.carries(old.mirror(shelf))
    for statement in (
        "CREATE TABLE delivery AS SELECT incident, backend, n, op, digest, ref, attempts, at FROM carried",
        "DROP TABLE carried",
        "DROP TABLE budget",
        """UPDATE cursor SET acked = 3, inflight = '{"n": 4, "op": "x", "digest": "d", "attempt": 1, "at": 1}'""",
        "UPDATE alembic_version SET version_num = '0003'",
    ):
        await change(old.ledger, statement)
    await old.ledger.db.close()
    new = Process(await open_ledger(url), clock)
    new.incident = old.incident
    rows = await new.ledger.db.read(lambda tx: tx.all("SELECT first, n, part, parts FROM carried ORDER BY n"))
    assert [tuple(row) for row in rows] == [(n, n, 1, 1) for n in range(1, 5)]
    before = await new.ledger.db.read(lambda tx: tx.all("SELECT n FROM delivery ORDER BY n"))
    assert [row[0] for row in before] == [1, 2, 3, 4]  # a replica that runs the code of before goes on with it
    flight = (await new.cursor()).inflight
    assert flight is not None
    assert (flight.first, flight.n, flight.part, flight.parts) == (4, 4, 1, 1)
