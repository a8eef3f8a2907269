"""The shop takes real orders, really breaks with one release, and is really restored."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from playground.shop.carts import Customers
from playground.shop.releases import Releases
from playground.shop.shop import Shop
from playground.shop.traffic import Traffic
from tests.playground.running import eventually, process

GOOD, BAD = "2026.11.24-2", "2026.11.24-3"
BACK = {"service": "checkout", "to": GOOD, "operation_id": "op-1"}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "shop.log"


@pytest.fixture
async def shop(log: Path) -> AsyncIterator[Shop]:
    async with Shop(log, slowness=0.02) as running:
        yield running


@pytest.fixture
async def releases(shop: Shop) -> AsyncIterator[Releases]:
    async with Releases(shop.url, seconds=0.3) as running:
        yield running


async def order(session: aiohttp.ClientSession, shop: Shop, cart: Any) -> int:
    async with session.post(f"{shop.url}/orders", json=cart) as response:
        return response.status


async def orders(session: aiohttp.ClientSession, shop: Shop, count: int) -> Counter[int]:
    """Send that many customers' orders, twenty at a time; counts the answers by status."""
    customers, answers = Customers(seed=7), Counter[int]()
    for _ in range(0, count, 20):
        answers.update(await asyncio.gather(*(order(session, shop, customers.next_cart()) for _ in range(20))))
    return answers


async def get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as response:
        return await response.json()


async def post(session: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> tuple[int, Any]:
    async with session.post(url, json=body, headers=headers) as response:
        return response.status, await response.json()


async def finished(session: aiohttp.ClientSession, releases: Releases, run: str) -> Any:
    async def look() -> Any:
        return await get(session, f"{releases.url}/runs/{run}")

    return await eventually(look, lambda seen: seen["status"] != "running")


async def ship(session: aiohttp.ClientSession, releases: Releases, release: str) -> Any:
    status, run = await post(session, f"{releases.url}/deploy", {"service": "checkout", "release": release})
    assert status == 202
    return await finished(session, releases, run["run"])


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


async def test_the_good_release_takes_every_cart(session: aiohttp.ClientSession, shop: Shop) -> None:
    assert await orders(session, shop, 200) == {201: 200}


async def test_the_bad_release_fails_on_carts_without_a_currency_and_on_no_other(
    session: aiohttp.ClientSession, shop: Shop, releases: Releases, log: Path
) -> None:
    assert (await ship(session, releases, BAD))["status"] == "succeeded"
    answers = await orders(session, shop, 300)
    assert 0.06 < answers[500] / 300 < 0.08, "apps 6.2 and older send 7.1 % of the carts"

    failed = [line for line in lines(log) if line["status"] == 500]
    assert len(failed) == answers[500]
    assert {line["app"] for line in failed} == {"6.0", "6.1", "6.2"}
    assert {line["error"] for line in failed} == {"KeyError: 'currency'"}
    assert {line["where"] for line in failed} == {"cart.py:88 in total()"}
    assert {line["release"] for line in failed} == {BAD}
    served = [line for line in lines(log) if line["status"] == 201 and line["release"] == BAD]
    assert {line["app"] for line in served} == {"6.3", "6.4"}


async def test_a_failing_order_waits_for_two_retries(session: aiohttp.ClientSession, log: Path) -> None:
    async with Shop(log, release=BAD, slowness=1.0) as shop:
        cart = Customers().cart("6.2")
        assert await order(session, shop, cart) == 500
    assert lines(log)[0]["duration_ms"] >= 300


@pytest.mark.parametrize("cart", [{}, {"lines": []}, [], "x", {"lines": [{"price": -1, "count": 1}]}])
async def test_a_cart_that_cannot_be_priced_is_the_customers_fault(
    session: aiohttp.ClientSession, shop: Shop, cart: Any
) -> None:
    assert await order(session, shop, cart) == 422


async def test_the_log_holds_what_must_be_masked_and_is_in_the_order_of_its_times(
    session: aiohttp.ClientSession, shop: Shop, log: Path
) -> None:
    await orders(session, shop, 40)
    written = lines(log)
    assert all(line["order"].startswith("ord_") and "@example." in line["customer"] for line in written)
    assert [line["time"] for line in written] == sorted(line["time"] for line in written)


async def test_the_measures_count_what_happened_in_both_formats(session: aiohttp.ClientSession, shop: Shop) -> None:
    await orders(session, shop, 100)
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    for parse, headers in ((prometheus, {}), (openmetrics, accept)):
        async with session.get(f"{shop.url}/metrics", headers=headers) as response:
            families = list(parse(await response.text()))
        values = {(s.name, s.labels.get("code")): s.value for family in families for s in family.samples}
        assert values["checkout_requests_total", "201"] == 100
        assert values["checkout_requests_total", "500"] == 0
        assert values["checkout_request_duration_seconds_count", None] == 100
        assert values["payments_requests_total", "200"] == 100
        assert values["db_connections", None] == 30, "six pods, five connections each, no query now"
        assert values["db_connections_max", None] == 100


async def test_one_order_in_a_thousand_fails_at_each_dependency_evenly(
    session: aiohttp.ClientSession, shop: Shop, log: Path
) -> None:
    assert await orders(session, shop, 1100) == {201: 1098, 502: 2}
    assert sorted(line["error"].partition(":")[0] for line in lines(log) if line["status"] == 502) == [
        "PaymentUnavailable",
        "TimeoutError",
    ]


async def test_a_deployment_tries_a_canary_whose_orders_all_have_a_currency(
    session: aiohttp.ClientSession, shop: Shop, releases: Releases
) -> None:
    await ship(session, releases, BAD)
    newest, first = await get(session, f"{releases.url}/releases?service=checkout")
    assert (newest["release"], newest["previous"], newest["pods"]) == (BAD, GOOD, 6)
    assert newest["change"] == {
        "number": 1187,
        "title": "read currency from the cart",
        "author": "Dana Silva",
        "files": ["cart.py"],
        "migration": False,
    }
    canary = newest["canary"]
    assert (canary["orders"], canary["errors"], canary["with_currency"]) == (50, 0, 50)
    assert newest["began"] < canary["at"] < newest["ended"]
    assert first["release"] == GOOD
    since = newest["began"].replace("+", "%2B")
    assert len(await get(session, f"{releases.url}/releases?since={since}")) == 1
    async with session.get(f"{releases.url}/changes/1187") as response:
        assert '+    currency = cart["currency"]' in await response.text()
    assert [pod["pod"] for pod in await get(session, f"{shop.url}/pods")] == list("123456"), "the canary is gone"


async def test_a_roll_back_restores_the_shop_pod_by_pod(
    session: aiohttp.ClientSession, shop: Shop, releases: Releases
) -> None:
    await ship(session, releases, BAD)
    assert (await orders(session, shop, 100))[500] > 0
    status, run = await post(session, f"{releases.url}/rollback", BACK)
    assert (status, run["status"], run["done"], run["of"]) == (202, "running", 0, 6)

    seen: list[tuple[int, int]] = []

    async def look() -> Any:
        pods = await get(session, f"{shop.url}/pods")
        progress = await get(session, f"{releases.url}/rollback/op-1")
        seen.append((sum(pod["state"] == "up" for pod in pods), progress["done"]))
        return progress

    done = await eventually(look, lambda progress: progress["status"] != "running")
    assert (done["run"], done["status"], done["done"]) == (run["run"], "succeeded", 6)
    assert done["message"] == f"6 of 6 pods run {GOOD}"
    assert {up for up, _ in seen} <= {5, 6}, "one pod at a time"
    assert len({count for _, count in seen}) > 2, "the progress is seen on its way"
    state = await get(session, f"{releases.url}/state")
    assert (state["release"], state["running"]) == (GOOD, None)
    assert await orders(session, shop, 100) == {201: 100}


async def test_a_roll_back_happens_once_for_one_operation_id(
    session: aiohttp.ClientSession, shop: Shop, releases: Releases
) -> None:
    await ship(session, releases, BAD)
    url = f"{releases.url}/rollback"
    answers = await asyncio.gather(*(post(session, url, BACK) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 202]
    assert len({run["run"] for _, run in answers}) == 1

    await finished(session, releases, answers[0][1]["run"])
    without_id = {"service": "checkout"}
    status, again = await post(session, url, without_id, **{"Idempotency-Key": "op-1"})
    assert (status, again["run"], again["status"]) == (200, answers[0][1]["run"], "succeeded")
    assert len(await get(session, f"{releases.url}/releases")) == 3, "two deployments and one roll-back"
    assert (await post(session, url, BACK | {"to": BAD}))[0] == 409


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    session: aiohttp.ClientSession, shop: Shop, releases: Releases
) -> None:
    await ship(session, releases, BAD)
    status, plan = await post(session, f"{releases.url}/rollback?dry_run=1", BACK | {"from": BAD})
    assert status == 200
    assert (plan["from"], plan["to"], plan["pods"], plan["settings"], plan["migration"]) == (BAD, GOOD, 6, 0, False)
    assert plan["changes"] == [{"pod": str(n), "from": BAD, "to": GOOD} for n in range(1, 7)]
    assert (await get(session, f"{releases.url}/state"))["release"] == BAD
    async with session.get(f"{releases.url}/rollback/op-1") as response:
        assert response.status == 404


async def test_a_roll_back_that_does_not_fit_is_refused_in_words(
    session: aiohttp.ClientSession, shop: Shop, releases: Releases
) -> None:
    await ship(session, releases, BAD)
    url = f"{releases.url}/rollback"
    status, refusal = await post(session, url, BACK | {"from": "2026.11.24-1"})
    assert (status, refusal) == (409, {"error": f"the release is {BAD}, not 2026.11.24-1"})
    assert (await post(session, url, {"service": "checkout", "to": GOOD}))[0] == 422
    assert (await post(session, url, BACK | {"to": "nonsense"}))[0] == 422
    assert (await post(session, url, BACK | {"service": "search"}))[0] == 404
    assert (await post(session, url, ["x"]))[0] == 400
    assert (await post(session, url, BACK))[0] == 202
    assert (await post(session, url, BACK | {"operation_id": "op-2"}))[0] == 409, "another run is not finished"


async def test_a_run_that_cannot_go_on_has_failed_and_says_why(session: aiohttp.ClientSession, log: Path) -> None:
    async with Shop(log, release=BAD, slowness=0.02) as shop, Releases(shop.url, seconds=5) as releases:
        status, run = await post(session, f"{releases.url}/rollback", BACK)
        assert status == 202
        await shop.__aexit__(None, None, None)
        ended = await finished(session, releases, run["run"])
        assert ended["status"] == "failed"
        assert "pod 1 did not start" in ended["message"]
        status, refusal = await post(session, f"{releases.url}/rollback", BACK | {"operation_id": "op-2"})
        assert (status, refusal) == (502, {"error": "the shop does not answer"})


async def test_shop_deployments_and_customers_run_as_processes(session: aiohttp.ClientSession, log: Path) -> None:
    async with (
        process("playground.shop.shop", "--log", str(log), "--slowness", "0.1") as shop,
        process("playground.shop.releases", "--shop", shop["url"], "--seconds", "0.2") as releases,
        process("playground.shop.traffic", "--url", shop["url"], "--rate", "100"),
    ):
        await eventually(lambda: asyncio.to_thread(lambda: len(lines(log)) if log.exists() else 0), lambda n: n > 20)
        assert (await get(session, f"{releases['url']}/state"))["release"] == GOOD
        assert (await get(session, f"{shop['url']}/healthz"))["status"] == "ok"


async def test_customers_come_at_their_rate_whatever_the_answers(shop: Shop) -> None:
    async with Traffic(shop.url, rate=200, seed=1) as traffic:

        async def answered() -> int:
            return traffic.answers.total()

        loop = asyncio.get_running_loop()
        began = loop.time()
        await eventually(answered, lambda count: count >= 100)
        assert loop.time() - began > 0.4, "no faster than 200 a second"
        await shop.__aexit__(None, None, None)
        await eventually(answered, lambda _: traffic.answers["ClientConnectorError"] > 5)
