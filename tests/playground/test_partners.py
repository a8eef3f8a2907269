"""The two specialists answer from what really happened, over MCP: neither alone knows the cause."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters

from playground.partners.logs import LogSpecialist
from playground.shop.carts import Customers
from playground.shop.releases import Releases
from playground.shop.shop import Shop
from tests.playground.running import eventually, process

GOOD, BAD = "2026.11.24-2", "2026.11.24-3"
NBSP = "\u00a0"


@dataclass
class World:
    session: aiohttp.ClientSession
    shop: Shop
    releases: Releases
    log: Path

    async def order(self, count: int) -> None:
        """Send the orders of that many customers, at once."""
        customers = Customers(seed=11)
        await asyncio.gather(*(self._order(customers.next_cart()) for _ in range(count)))

    async def _order(self, cart: dict[str, Any]) -> None:
        async with self.session.post(f"{self.shop.url}/orders", json=cart) as response:
            await response.read()

    async def ship(self, release: str) -> None:
        body = {"service": "checkout", "release": release}
        async with self.session.post(f"{self.releases.url}/deploy", json=body) as response:
            assert response.status == 202

        async def running() -> Any:
            async with self.session.get(f"{self.releases.url}/state") as response:
                return (await response.json())["running"]

        await eventually(running, lambda run: run is None)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    log = tmp_path / "shop.log"
    async with (
        aiohttp.ClientSession() as session,
        Shop(log, slowness=0.02) as shop,
        Releases(shop.url, seconds=0.3) as releases,
    ):
        yield World(session, shop, releases, log)


def half_an_hour(service: str = "checkout") -> dict[str, Any]:
    until = datetime.now(UTC) + timedelta(seconds=1)
    since = until - timedelta(minutes=30)
    return {
        "question": "what do the failed requests have in common?",
        "service": service,
        "since": since.isoformat(),
        "until": until.isoformat(),
    }


async def ask(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask, and check the answer against the schema that the server declares."""
    (declared,) = (await client.list_tools()).tools
    assert declared.name == tool
    assert declared.output_schema is not None
    result = await client.call_tool(tool, arguments)
    assert not result.is_error
    assert isinstance(result.structured_content, dict)
    Draft202012Validator(declared.output_schema).validate(result.structured_content)
    return result.structured_content


@asynccontextmanager
async def release_specialist(world: World) -> AsyncIterator[Client]:
    over_stdio = StdioServerParameters(
        command=sys.executable, args=["-m", "playground.partners.releases"], env={"RELEASES_URL": world.releases.url}
    )
    async with Client(over_stdio, read_timeout_seconds=20) as client:
        yield client


async def test_logs_name_release_error_and_place_from_the_lines(world: World) -> None:
    await world.order(60)
    await world.ship(BAD)
    await world.order(200)
    written = [json.loads(line) for line in world.log.read_text("utf-8").splitlines()]
    failed = [line for line in written if line["status"] >= 500]
    async with LogSpecialist(world.log) as logs, Client(f"{logs.url}/mcp", read_timeout_seconds=10) as client:
        answer = await ask(client, "investigate", half_an_hour())
        facts = answer["facts"]
        assert (facts["failed"], facts["matching"], facts["requests"]) == (len(failed), len(failed), len(written))
        assert (facts["error"], facts["release"], facts["one_release"]) == ("KeyError: 'currency'", BAD, True)
        assert facts["where"] == "cart.py:88 in total()"
        assert facts["apps"] == "6.2 and older"
        assert facts["first_seen"] == failed[0]["time"]
        first = failed[0]["time"][11:19]
        assert answer["says"] == (
            f"`KeyError: 'currency'` in {len(failed)} of {len(failed)} failed requests (100{NBSP}%), "
            f"every one on release {BAD}. First seen {first} UTC."
        )
        assert 0.7 < answer["confidence"] < 1, "some 14 lines are not certainty"
        assert len(answer["examples"]) == 3
        rows = answer["examples"][0].split("\n")
        assert rows[1] == "  POST /orders 500  KeyError: 'currency'  cart.py:88 in total()"
        assert f"order={failed[0]['order']}" in rows[2]
        assert await _page(world, answer["links"][1]["url"]) == failed
        assert len(await _page(world, answer["links"][0]["url"])) == 3


async def _page(world: World, url: str) -> list[Any]:
    async with world.session.get(url) as response:
        assert response.status == 200
        return [json.loads(line) for line in (await response.text()).splitlines() if not line.startswith("#")]


async def test_logs_say_that_nothing_failed(world: World) -> None:
    await world.order(40)
    async with LogSpecialist(world.log) as logs, Client(f"{logs.url}/mcp", read_timeout_seconds=10) as client:
        answer = await ask(client, "investigate", half_an_hour())
        assert answer["says"].startswith("No failed request of `checkout` among 40, ")
        assert (answer["facts"], answer["confidence"]) == ({"requests": 40, "failed": 0}, None)
        assert (await ask(client, "investigate", half_an_hour("search")))["facts"]["requests"] == 0


async def test_a_question_without_a_time_is_refused_in_words(world: World) -> None:
    async with LogSpecialist(world.log) as logs, Client(f"{logs.url}/mcp", read_timeout_seconds=10) as client:
        for since, words in (("yesterday", "not a time in ISO 8601"), ("2026-11-24T02:00:00", "a time needs its zone")):
            result = await client.call_tool("investigate", half_an_hour() | {"since": since})
            assert result.is_error
            assert words in getattr(result.content[0], "text", "")


async def test_releases_know_what_changed_what_ran_before_and_how_the_canary_did(world: World) -> None:
    await world.ship(BAD)
    async with release_specialist(world) as client:
        answer = await ask(client, "what_changed", half_an_hour())
        async with world.session.get(f"{world.releases.url}/releases") as response:
            newest = (await response.json())[0]
        began, ended, tried = newest["began"], newest["ended"], newest["canary"]["at"]
        since = answer["window"]["from"][11:16]
        assert answer["says"] == (
            f"1 change to `checkout` since {since} UTC: release {BAD}, begun {began[11:19]} UTC, on all 6 pods by "
            f"{ended[11:16]}. Change 1187, “read currency from the cart”, 1 file, no migration. Canary healthy at "
            f"{tried[11:16]}: 50 orders, 0 errors, every one with a currency."
        )
        assert answer["facts"] == {
            "changes": 1,
            "kind": "deploy",
            "status": "succeeded",
            "run": "8841",
            "release": BAD,
            "previous": GOOD,
            "began": began,
            "on_all_pods": ended,
            "pods": 6,
            "change": 1187,
            "title": "read currency from the cart",
            "author": "Dana Silva",
            "files": 1,
            "migration": False,
            "canary_at": tried,
            "canary_orders": 50,
            "canary_errors": 0,
            "canary_with_currency": 50,
        }
        assert answer["confidence"] is None
        for link in answer["links"]:
            async with world.session.get(link["url"]) as response:
                assert response.status == 200


async def test_releases_count_a_roll_back_as_a_change_and_know_one_service(world: World) -> None:
    await world.ship(BAD)
    async with release_specialist(world) as client:
        body = {"service": "checkout", "operation_id": "op-1"}
        async with world.session.post(f"{world.releases.url}/rollback", json=body) as response:
            assert response.status == 202
        after = await ask(client, "what_changed", half_an_hour())
        since = after["window"]["from"][11:16]
        assert after["facts"]["changes"] == 2
        assert after["says"].startswith(f"2 changes to `checkout` since {since} UTC: roll-back to {GOOD}, begun ")
        assert (await ask(client, "what_changed", half_an_hour("search")))["facts"] == {"changes": 0}


async def test_the_cause_needs_both_specialists(world: World) -> None:
    await world.ship(BAD)
    await world.order(100)
    async with (
        LogSpecialist(world.log) as logs,
        Client(f"{logs.url}/mcp", read_timeout_seconds=10) as asked_logs,
        release_specialist(world) as asked_releases,
    ):
        seen, changed = await asyncio.gather(
            ask(asked_logs, "investigate", half_an_hour()), ask(asked_releases, "what_changed", half_an_hour())
        )
    assert seen["facts"]["release"] == changed["facts"]["release"] == BAD
    assert changed["facts"]["began"] < seen["facts"]["first_seen"], "the change comes before what it brings"
    assert changed["facts"]["canary_errors"] == 0 < seen["facts"]["failed"], "what the two seem to contradict in"
    assert changed["facts"]["previous"] == GOOD, "the target of the roll-back, which the log does not name"


async def test_the_log_specialist_runs_as_a_process(world: World) -> None:
    await world.order(20)
    async with (
        process("playground.partners.logs", "--log", str(world.log)) as logs,
        Client(f"{logs['url']}/mcp", read_timeout_seconds=10) as client,
    ):
        assert (await ask(client, "investigate", half_an_hour()))["facts"]["requests"] == 20
