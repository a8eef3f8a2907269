"""`decisions_in_flight`: two hundred proposals wait, and all are approved at about the same time."""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

from bench.figure import Figure, Pair, figure
from bench.site import Site
from connectors.actions.http import HttpAction, HttpActionConfig
from engine.ledger import Ledger
from engine.model import Kind
from engine.oversight.act import Guard
from engine.ports import SystemClock
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub
from tests.engine.stage import Office, Room
from tests.engine.watchman import Watchman

DECISIONS = 200  # each the only one of an incident of its own
REST = 0.5  # seconds until every incident has looked at its proposal, and sleeps
LONGEST = 60.0


async def decisions_in_flight(site: Site, pairs: int = 3) -> Figure:
    """All at once, in this process and without Slack; milliseconds a decision."""
    clock = SystemClock()
    ledger = Ledger(await asyncio.to_thread(connect, f"sqlite:///{site.folder}/flight.db", clock), Gate({}), Hub())
    await ledger.start()
    action = _roll_back(site.target.url)
    office = Office(ledger, clock, Room(), action, Guard())
    watchman = Watchman(office)
    watchman.begin()
    taken = []
    for turn in range(pairs + 1):
        if turn % 2:
            value, floor = await _decided(site, office), await _bare(site, turn)
        else:
            floor, value = await _bare(site, turn), await _decided(site, office)
        taken.append(Pair(value, floor))
    await watchman.end()
    await action.aclose()
    await ledger.db.close()
    return figure(
        "decisions_in_flight",
        "ms",
        taken[1:],
        f"{DECISIONS} proposals of as many incidents wait in one process and are approved at once: until the last of "
        "their requests arrives at the target, each after its recorded start, divided by their number. Without "
        "Slack, whose rate for reading the reactions again (50 at once, then 100 a minute) is what people would wait "
        "for. Floor: as many durable inserts, a commit each, each followed by its request, all at once.",
    )


def _roll_back(url: str) -> HttpAction:
    options = {
        "url": f"{url}/rollback",
        "body": {"service": "{service}"},
        "status_url": f"{url}/rollback/{{op}}",
        "state_url": f"{url}/state",
        "state_fields": {"release": "release"},
        "idempotency": "key",
    }
    return HttpAction("roll-back", HttpActionConfig.model_validate(options))


async def _decided(site: Site, office: Office) -> float:
    waiting = []
    for _ in range(DECISIONS):
        incident = await office.opened()
        waiting.append((incident, await office.proposed(incident)))
    await asyncio.sleep(REST)
    arrived, began = site.target.next(DECISIONS), time.perf_counter()
    await asyncio.gather(*(office.says(incident, proposal) for incident, proposal in waiting))
    async with asyncio.timeout(LONGEST):
        took = await arrived - began
    for incident, _ in waiting:
        if (await office.kinds(incident)).count(Kind.STARTED) != 1:
            raise RuntimeError(f"incident {incident} has not one start")
    await asyncio.sleep(REST)
    return took * 1000 / DECISIONS


async def _bare(site: Site, turn: int) -> float:
    with ThreadPoolExecutor(1) as thread:
        run = asyncio.get_running_loop().run_in_executor
        database = await run(thread, _opened, f"{site.folder}/bare-{turn}.db")

        async def decided(body: str) -> None:
            await run(thread, database.execute, "INSERT INTO inbox (body) VALUES (?)", (body,))
            async with site.http.post(f"{site.target.url}/bare", json={}) as response:
                await response.read()

        arrived, began = site.target.next(DECISIONS), time.perf_counter()
        await asyncio.gather(*(decided(f"approval {number}") for number in range(DECISIONS)))
        took = await arrived - began
        await run(thread, database.close)
    return took * 1000 / DECISIONS


def _opened(file: str) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    return database
