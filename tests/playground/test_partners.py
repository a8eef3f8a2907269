"""The two specialists answer from what really happened, over MCP; the liar breaks its word in every promised way."""

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
from mcp.shared.exceptions import MCPError

from playground.partners.findings import find_pattern
from playground.partners.liar import HOSTILE, OVERSIZED, Liar
from playground.partners.log_lines import episode_start, lines_between
from playground.partners.logs import LogSpecialist
from playground.shop.carts import Customers
from playground.shop.journal import Journal
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
        body = {"service": "checkout", "operation_id": "op-1"}
        async with world.session.post(f"{world.releases.url}/rollback", json=body) as response:
            assert response.status == 202
        after = await ask(client, "what_changed", half_an_hour())
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


def test_a_window_is_found_in_a_long_log_that_was_put_away(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    start = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    rows = [_row(start + timedelta(seconds=number), number) for number in range(3000)]
    log.with_name("shop.log.1").write_text("".join(rows[:2000]), "utf-8")
    log.write_text("".join(rows[2000:]) + '{"time":"2026-11-24T02:5', "utf-8")
    for first, last in ((0, 10), (1990, 2010), (2500, 2500), (2990, 3000)):
        found = lines_between(log, start + timedelta(seconds=first), start + timedelta(seconds=last))
        assert [line["n"] for line in found] == list(range(first, last))
    assert list(lines_between(tmp_path / "none.log", start, start + timedelta(days=1))) == []


def _row(time: datetime, number: int) -> str:
    stamp = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": stamp, "n": number, "error": "E", "padding": "x" * 200}, separators=(",", ":")) + "\n"


def test_an_episode_begins_after_ten_quiet_seconds(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    start = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    log.write_text("".join(_row(start + timedelta(seconds=at), at) for at in (0, 5, 60, 65, 74, 200)), "utf-8")
    first = episode_start(log, start + timedelta(seconds=100), error="E")
    assert first is not None
    assert first["n"] == 60
    assert episode_start(log, start + timedelta(seconds=100), error="other") is None


def test_failures_without_a_common_cause_are_not_given_one() -> None:
    errors = ["A"] * 2 + ["B"] * 2 + ["C"] * 3
    lines = [{"status": 500, "error": error, "release": GOOD, "app": "6.4"} for error in errors]
    requests, pattern = find_pattern([*lines, {"status": 201, "release": GOOD, "app": "6.4"}])
    assert requests == 8
    assert pattern is not None
    assert (pattern.error, pattern.share < 0.5, pattern.apps) == ("C", True, None)


def test_a_log_is_put_away_before_it_fills_the_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "shop.log", keep=1000)
    for number in range(30):
        journal.write("INFO", n=number)
    journal.close()
    assert (tmp_path / "shop.log.1").exists()
    assert (tmp_path / "shop.log").stat().st_size <= 1000


async def call_liar(liar: Liar, way: str) -> Any:
    async with Client(f"{liar.url}/{way}", read_timeout_seconds=1) as client:
        return await client.call_tool("investigate", half_an_hour())


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    async with Liar() as running:
        yield running


async def test_the_liar_keeps_its_word_on_one_path(liar: Liar) -> None:
    result = await call_liar(liar, "honest")
    assert (result.is_error, result.structured_content["says"]) == (False, "nothing found")
    assert liar.asked["honest"] == 1


@pytest.mark.parametrize(
    ("way", "failure"),
    [
        ("schema", RuntimeError),
        ("text", RuntimeError),
        ("hang", MCPError),
        ("rpc-error", MCPError),
        ("500", MCPError),
        ("not-json", MCPError),
        ("cut", Exception),
    ],
)
async def test_the_liar_breaks_its_word(liar: Liar, way: str, failure: type[Exception]) -> None:
    with pytest.raises(Exception, match=r".") as raised:
        await call_liar(liar, way)
    assert isinstance(_innermost(raised.value), failure)
    assert liar.asked[way] >= 1


async def test_the_liar_does_not_even_shake_hands(liar: Liar) -> None:
    # The client's own read timeout does not bound its probe, which waits for ten seconds: the asker has to.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await call_liar(liar, "mute")
    assert liar.asked["mute"] >= 1


def _innermost(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


async def test_the_liar_fails_shouts_and_floods(liar: Liar) -> None:
    assert (await call_liar(liar, "error")).is_error
    hostile = (await call_liar(liar, "hostile")).structured_content
    assert hostile["says"] == hostile["examples"][0] == HOSTILE
    assert (await call_liar(liar, "oversized")).structured_content["says"] == OVERSIZED


async def test_the_liar_hides_its_tool(liar: Liar) -> None:
    async with Client(f"{liar.url}/no-tool", read_timeout_seconds=1) as client:
        assert (await client.list_tools()).tools == []
