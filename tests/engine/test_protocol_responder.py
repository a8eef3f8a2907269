"""The life of an incident when something fails: taken again after a pause, by whoever owns it; and nothing spins."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import structlog
from aiohttp import web

from connectors.actions.http import HttpAction
from engine.errors import Unavailable
from engine.ledger import Draft
from engine.life import Life
from engine.model import (
    Kind,
    Plan,
    Window,
)
from engine.ports import SystemClock
from engine.published import SYSTEM
from playground.serving import listening
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import MAYA, PRIYA, Office, Room, Target, action_at
from tests.engine.watchman import ALERT, Watchman
from tests.ledgers import change

NewWatchman = Callable[[], Awaitable[Watchman]]


@pytest.fixture
async def action(target: Target) -> AsyncIterator[HttpAction]:
    found = action_at(target.url, "lookup")
    yield found
    await found.aclose()


@pytest.fixture
async def watchman(
    database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction
) -> AsyncIterator[NewWatchman]:
    """`await watchman()`: one more process on the same PostgreSQL; no news travel between them."""
    url, room, made = database_url("postgresql"), Room(), []

    async def new() -> Watchman:
        made.append(Watchman(Office(await open_ledger(url), SystemClock(), room, action)))
        return made[-1]

    yield new
    for one in made:
        await one.end()


def wrong() -> None:
    raise ValueError("a fault of ours")


class TestFailures:
    async def test_a_source_with_a_fault_of_ours_is_a_silence(self, watchman: NewWatchman) -> None:
        """It is no hole, and it keeps the conclusion from nobody."""
        one = await watchman()
        one.meter.fails = wrong
        incident = await one.alerted()
        with structlog.testing.capture_logs() as logs:
            one.begin()
            await one.has(incident, Kind.CONCLUSION)
        assert one.meter.readings == 1
        assert (await one.office.last(incident, Kind.SILENT)).payload["reason"] == "failed"
        assert "error" in [entry["log_level"] for entry in logs]

    async def test_a_number_that_is_none_is_no_obstacle(self, watchman: NewWatchman) -> None:
        one = await watchman()
        incident = await one.alerted()
        one.begin()
        await one.has(incident, Kind.FINDING)
        assert (await one.office.last(incident, Kind.FINDING)).payload["facts"]["share"] is None

    async def test_a_step_that_fails_at_once_does_not_spin(self, watchman: NewWatchman) -> None:
        one = await watchman()
        tries = []

        async def answer(*_: Any) -> None:
            tries.append(1)
            raise ValueError("a fault of ours")

        one.investigation.answer = answer  # type: ignore[method-assign]
        await one.alerted()
        with structlog.testing.capture_logs() as logs:
            one.begin()
            await asyncio.sleep(2.0)
        assert len(tries) == 2  # at once, and after a second
        assert [entry["log_level"] for entry in logs].count("error") == 2

    async def test_a_life_that_breaks_off_begins_anew_without_any_news(self, watchman: NewWatchman) -> None:
        one = await watchman()
        one.judge.fails = wrong
        incident = await one.alerted()
        with structlog.testing.capture_logs():
            one.begin()
            await asyncio.sleep(1.5)
            assert 1 <= one.judge.plans <= 2
            one.judge.fails = lambda: None
            await one.has(incident, Kind.PLAN)
        assert one.runs

    async def test_a_ledger_that_is_away_ends_nothing(self, watchman: NewWatchman) -> None:
        one = await watchman()
        incident = await one.alerted()
        renew, lost = one.office.desk.lease.renew, []

        async def away() -> None:
            if len(lost) < 2:
                lost.append(1)
                raise Unavailable("no database")
            await renew()

        one.office.desk.lease.renew = away  # type: ignore[method-assign]
        with structlog.testing.capture_logs():
            one.begin()
            await one.has(incident, Kind.PROPOSED, 15)
        assert len(lost) == 2
        assert one.runs


class TestReplicas:
    async def test_a_vote_whose_wake_up_was_lost_is_found(self, watchman: NewWatchman, target: Target) -> None:
        """Rows 42 and 46: polling is the fallback; here no notification ever comes."""
        owner, other = await watchman(), await watchman()
        incident = await owner.alerted()
        owner.begin()
        await owner.has(incident, Kind.PROPOSED)
        proposal = (await owner.office.last(incident, Kind.PROPOSED)).n
        await other.office.says(incident, proposal, PRIYA)
        await owner.has(incident, Kind.RESULT, 5)
        assert len(target.effects) == 1

    async def test_a_zombie_does_not_spin_and_learns_it(self, watchman: NewWatchman) -> None:
        """Row 12: every append as owner is refused; it asks nobody over and over."""
        zombie, heir = await watchman(), await watchman()
        incident = await zombie.alerted()
        zombie.meter.fails = lambda: None
        await heir.office.desk.lease.renew()
        await change(zombie.office.ledger, "UPDATE process SET lease_until = 1")
        await heir.office.desk.lease.renew()
        assert await heir.office.desk.lease.adopt() == [SYSTEM, incident]
        zombie.begin()
        async with asyncio.timeout(5):
            while incident in zombie.office.desk.lease.epochs:  # noqa: ASYNC110  nobody is told
                await asyncio.sleep(0.02)
        assert zombie.judge.plans <= 1
        assert zombie.meter.readings <= 1
        heir.begin()
        await heir.has(incident, Kind.PROPOSED)


class TestTheEnd:
    async def test_an_alert_that_comes_in_the_moment_of_closing_keeps_it_open(self, watchman: NewWatchman) -> None:
        """`expect=n`: what was folded as over is not over any more."""
        one = await watchman()
        incident = await one.alerted()
        ledger = one.office.ledger
        now = await ledger.now()
        plan = Plan(window=Window(since=now, until=now)).to_json()
        verified = {"proposal": None, "measure": None, "before": 1, "after": 0, "effect": "verified"}
        for key, kind, payload in (
            ("plan/1", Kind.PLAN, plan),
            ("resolved", Kind.ALERT_RESOLVED, ALERT.model_copy(update={"status": "resolved"}).to_json()),
            ("settling", Kind.SETTLING, {"proposal": None, "measure": {}, "due_at": now.isoformat(), "now": None}),
            ("verified", Kind.VERIFIED, verified),
        ):
            await ledger.append(incident, Draft(key, kind, payload, "x"))
        state = await one.office.state(incident)
        await ledger.append(incident, Draft("alert/2", Kind.ALERT, ALERT.to_json(), "am"))
        await one.responder._close(state, Life(ledger.hub.watch()))
        assert "closed" not in await one.office.kinds(incident)

    async def test_a_process_that_stops_waits_for_what_it_sent(
        self, database_url: DatabaseUrl, open_ledger: OpenLedger
    ) -> None:
        """A sender is the only witness: its result is recorded, though the life of the incident ends."""
        arrived, effects = asyncio.Event(), []

        async def act(request: web.Request) -> web.Response:
            arrived.set()
            await asyncio.sleep(0.5)
            effects.append(request.headers["Idempotency-Key"])
            return web.json_response({"status": "succeeded"})

        async def state(_: web.Request) -> web.Response:
            return web.json_response({"release": "3"})

        app = web.Application()
        app.add_routes([web.post("/act", act), web.get("/state", state)])
        async with listening(app) as url:
            action = action_at(url, "none")
            one = Watchman(Office(await open_ledger(database_url("postgresql")), SystemClock(), Room(), action))
            incident = await one.alerted()
            one.begin()
            await one.has(incident, Kind.PROPOSED)
            await one.office.says(incident, (await one.office.last(incident, Kind.PROPOSED)).n, MAYA)
            await asyncio.wait_for(arrived.wait(), 10)
            await one.end()
            assert len(effects) == 1
            assert (await one.office.kinds(incident))[-2:] == ["started", "result"]
            await action.aclose()
