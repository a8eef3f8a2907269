"""Row 52: a ledger that forgot what a ticket knows starts nothing until a person has looked."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

import engine.durable.ahead
from engine.deciding import AGAIN, Deciding
from engine.durable.ahead import Ahead
from engine.fold import fold
from engine.ledger import Book, Draft
from engine.life import Life
from engine.memory import Ticket
from engine.model import Kind
from engine.ports import SystemClock
from engine.published import SYSTEM
from engine.store.control import lift
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import Process
from tests.engine.stage import Office, Room, Target, action_at
from tests.ledgers import behind_its_back
from tests.paper import Paper, busy


@pytest.fixture
async def process(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock) -> Process:
    found = Process(await open_ledger(database_url("sqlite")), clock)
    await found.opens()
    return found


async def forgets(process: Process, n: int) -> Process:
    """A backup of when entry `n` was the last one, restored; and the process that begins on it."""
    head = (await process.ledger.entries(process.incident))[n - 1].hash
    statements = (
        f"DELETE FROM entry WHERE incident = {process.incident} AND n > {n}",
        f"UPDATE incident SET n = {n}, head = '{head}' WHERE id = {process.incident}",
        f"UPDATE cursor SET acked = {n} WHERE incident = {process.incident}",
    )
    await asyncio.to_thread(behind_its_back, process.ledger.db.url, *statements)
    return Process(process.ledger, process.clock)


async def resumes(process: Process) -> None:
    def work(book: Book) -> None:
        lift(book.tx)
        book.append(SYSTEM, Draft("resumed", Kind.RESUMED, {}, "person:1"), "n")

    await process.ledger.transact(work)


async def looked(process: Process, *papers: Paper) -> Ahead:
    ahead = Ahead(process.desk, papers, b"key")
    await ahead.run()
    return ahead


async def halted(process: Process) -> str:
    """Why everything is halted, or an empty string."""
    entry = fold(SYSTEM, await process.ledger.entries(SYSTEM)).halted
    in_force = (await process.ledger.control()).halted_at is not None
    assert in_force == (entry is not None)
    return str(entry.payload["reason"]) if entry else ""


class Stuck(Paper):
    stuck = True

    @override
    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        if self.stuck:
            await asyncio.Event().wait()
        return await super().tickets(since)


@pytest.mark.parametrize("shows", [False, True])
async def test_what_agrees_halts_nothing(process: Process, shows: bool) -> None:
    paper = Paper(shows=shows)
    await process.carries(process.mirror(paper))
    await process.notes("the ledger may be ahead")
    assert (await looked(process, paper)).compared.is_set()
    assert await halted(process) == ""


@pytest.mark.parametrize("shows", [False, True])
async def test_a_note_of_ours_that_the_ledger_does_not_know_halts_once(process: Process, shows: bool) -> None:
    paper = Paper(shows=shows)
    await process.carries(process.mirror(paper))
    await process.notes("lost")
    await process.carries(process.mirror(paper))
    other = await forgets(process, 4)
    await looked(other, paper)
    assert await halted(other) == (
        "Paper knows what the ledger does not: INC-2041, entry 5 (Paper #1). Was a backup restored?"
    )
    await resumes(other)
    await looked(other, paper)
    assert await halted(other) == "", "a person has seen it"


async def test_a_ticket_of_an_incident_that_the_ledger_does_not_know(
    process: Process, database_url: DatabaseUrl, open_ledger: OpenLedger
) -> None:
    paper = Paper()
    await process.carries(process.mirror(paper))
    empty = Process(await open_ledger(database_url("sqlite")), process.clock)
    await looked(empty, paper)
    assert "INC-2041, entry 1 (Paper #1); INC-2041, entry 2 (Paper #1); INC-2041, entry 3" in await halted(empty)


async def test_what_is_forged_or_not_ours_halts_nothing(process: Process) -> None:
    paper = Paper()
    await process.carries(process.mirror(paper))
    note = paper.sheet("INC-2041", 4)
    paper.notes("INC-2041").append(type(note)("900", note.text.replace("seq=4", "seq=9")))
    paper.notes("INC-2041").append(type(note)("901", note.text.replace("seq=4", "seq=9"), ours=False))
    await looked(process, paper)
    assert await halted(process) == ""


async def test_whoever_is_away_is_waited_for_once_and_compared_later(
    process: Process, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.durable.ahead, "FIRST", 0.05)
    stuck, down = Stuck("stuck"), Paper("down")
    down.fails = busy()
    ahead = Ahead(process.desk, [stuck, down], b"key")
    running = asyncio.create_task(ahead.run())
    await ahead.compared.wait()
    assert not running.done()
    stuck.stuck, down.fails = False, None
    async with asyncio.timeout(10):
        while not running.done():
            await clock.advance(engine.durable.ahead.AGAIN)


async def test_nothing_starts_before_the_records_were_compared(
    database_url: DatabaseUrl, open_ledger: OpenLedger, target: Target
) -> None:
    action = action_at(target.url, "none")
    office = Office(await open_ledger(database_url("sqlite")), SystemClock(), Room(), action)
    compared = asyncio.Event()
    deciding = Deciding(office.desk, office.catalogue, office.recheck, office.guard, timedelta(0), compared)
    incident = await office.opened()
    await office.says(incident, await office.proposed(incident))
    life = Life(office.ledger.hub.watch(incident))
    for there in (False, True):
        compared.set() if there else compared.clear()
        while await deciding.look(await office.state(incident), life) == AGAIN and not there:
            pass
        assert (Kind.STARTED in await office.kinds(incident)) is there
    await asyncio.gather(*life.tasks.values())
    await action.aclose()
