"""The monitor notices the shop's failures and says so as Alertmanager does, until somebody has taken it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from playground.alert_rule import Alert, Reading, Rule, fingerprint, spoken
from playground.monitor import Monitor, Pace
from playground.serving import listening
from playground.shop.carts import Customers
from playground.shop.shop import Shop
from tests.playground.running import eventually, process

REAL = Path(__file__).parents[3] / "shared/payloads/alertmanager"
QUICK_RULE = Rule(window=0.5, hold=0.1)
QUICK = Pace(scrape=0.05, repeat=60, first_retry=0.02, longest_retry=0.05, timeout=0.5)
needs_payloads = pytest.mark.skipif(not REAL.is_dir(), reason="the recorded payloads are not here")


@dataclass
class Receiver:
    """Takes webhooks and answers as told; the first answers come from `answers`, then 202."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.tokens.add(request.headers.get("Authorization"))
        status = self.answers.pop(0) if self.answers else 202
        if status == 202:
            self.taken.append(body)
        else:
            self.refused.append((status, body["status"]))
        return web.Response(status=status)

    async def statuses(self) -> list[str]:
        return [body["status"] for body in self.taken]


@asynccontextmanager
async def receiver(*answers: int, port: int = 0) -> AsyncIterator[Receiver]:
    taking = Receiver(answers=list(answers))
    app = web.Application()
    app.router.add_post("/alerts/alertmanager", taking.take)
    async with listening(app, port) as url:
        taking.url = f"{url}/alerts/alertmanager"
        yield taking


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@asynccontextmanager
async def orders(session: aiohttp.ClientSession, shop_url: str) -> AsyncIterator[None]:
    """Customers without a pause, while the block runs."""
    customers = Customers(seed=3)

    async def send() -> None:
        while True:
            async with session.post(f"{shop_url}/orders", json=customers.next_cart()) as response:
                await response.read()

    tasks = [asyncio.create_task(send()) for _ in range(4)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def restart(session: aiohttp.ClientSession, shop: Shop, release: str) -> None:
    for pod in "123456":
        body = {"release": release, "seconds": 0}
        async with session.put(f"{shop.url}/pods/{pod}", json=body) as response:
            assert response.status == 200


@asynccontextmanager
async def broken_shop(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[Shop]:
    log = tmp_path / "shop.log"
    async with Shop(log, release="2026.11.24-3", slowness=0.01) as shop, orders(session, shop.url):
        yield shop


async def test_a_failing_shop_fires_and_a_mended_one_resolves(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with (
        broken_shop(tmp_path, session) as shop,
        receiver() as taking,
        Monitor(shop.url, taking.url, rule=QUICK_RULE, pace=QUICK, token="watch"),
    ):
        await eventually(taking.statuses, lambda seen: seen == ["firing"])
        await restart(session, shop, "2026.11.24-2")
        await eventually(taking.statuses, lambda seen: seen == ["firing", "resolved"])
    firing, resolved = taking.taken
    assert taking.tokens == {"Bearer watch"}
    alert = firing["alerts"][0]
    assert alert["labels"] == {
        "alertname": "CheckoutErrorRate",
        "environment": "production",
        "service": "checkout",
        "severity": "major",
    }
    value, sign, words = alert["annotations"]["summary"].partition("\u00a0%")
    assert (sign, words) == ("\u00a0%", " of requests fail")
    assert 3 < float(value) < 12, "the measured share, about 7 %"
    assert alert["annotations"]["description"].startswith("the threshold is 1\u00a0%, exceeded for ")
    assert alert["endsAt"] == "0001-01-01T00:00:00Z"
    ended = resolved["alerts"][0]
    assert ended["startsAt"] == alert["startsAt"] < ended["endsAt"]
    assert ended["fingerprint"] == alert["fingerprint"]


async def test_a_healthy_shop_says_nothing(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with (
        Shop(tmp_path / "shop.log", slowness=0.01) as shop,
        receiver() as taking,
        Monitor(shop.url, taking.url, rule=QUICK_RULE, pace=QUICK) as monitor,
        orders(session, shop.url),
    ):

        async def answered() -> int:
            return len((tmp_path / "shop.log").read_text().splitlines())

        await eventually(answered, lambda count: count > 1200)
        assert monitor.alert.share is not None
        assert monitor.alert.share < 0.01
    assert taking.taken == []


@needs_payloads
@pytest.mark.parametrize("name", ["real-firing-unicode", "real-resolved-unicode", "real-mixed-1"])
async def test_the_notification_has_the_real_shape(session: aiohttp.ClientSession, tmp_path: Path, name: str) -> None:
    real = json.loads((REAL / f"{name}.json").read_text("utf-8"))
    async with (
        broken_shop(tmp_path, session) as shop,
        receiver() as taking,
        Monitor(shop.url, taking.url, rule=QUICK_RULE, pace=QUICK),
    ):
        await eventually(taking.statuses, bool)
    ours = taking.taken[0]
    assert list(ours) == list(real)
    assert list(ours["alerts"][0]) == list(real["alerts"][0])
    assert _types(ours) == _types(real)
    assert ours["version"] == real["version"] == "4"


def _types(body: dict[str, Any]) -> dict[str, str]:
    return {name: type(value).__name__ for name, value in body.items()} | {
        f"alerts.{name}": type(value).__name__ for name, value in body["alerts"][0].items()
    }


@needs_payloads
@pytest.mark.parametrize("file", ["real-mixed-1.json", "real-trunc-1.json", "real-firing-unicode.json"])
def test_the_fingerprint_is_the_real_one(file: str) -> None:
    alerts = json.loads((REAL / file).read_text("utf-8"))["alerts"]
    assert [fingerprint(alert["labels"]) for alert in alerts] == [alert["fingerprint"] for alert in alerts]


async def test_a_receiver_that_cannot_is_asked_again(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with (
        broken_shop(tmp_path, session) as shop,
        receiver(503, 500, 502) as taking,
        Monitor(shop.url, taking.url, rule=QUICK_RULE, pace=QUICK),
    ):
        await eventually(taking.statuses, lambda seen: seen == ["firing"])
    assert taking.refused == [(503, "firing"), (500, "firing"), (502, "firing")]


async def test_a_receiver_that_is_not_there_yet_gets_it_when_it_comes(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with receiver() as nobody:
        url = nobody.url
    async with broken_shop(tmp_path, session) as shop, Monitor(shop.url, url, rule=QUICK_RULE, pace=QUICK) as monitor:

        async def attempts() -> int:
            return int((await _get(session, f"{monitor.url}/state"))["attempts"])

        await eventually(attempts, lambda count: count >= 3)
        async with receiver(port=int(url.split(":")[2].split("/")[0])) as taking:
            await eventually(taking.statuses, lambda seen: seen == ["firing"])


@pytest.mark.parametrize("status", [400, 429])
async def test_a_refusal_is_final_until_the_next_repeat(
    session: aiohttp.ClientSession, tmp_path: Path, status: int
) -> None:
    pace = Pace(scrape=0.05, repeat=0.5, first_retry=0.02, timeout=0.5)
    async with (
        broken_shop(tmp_path, session) as shop,
        receiver(status) as taking,
        Monitor(shop.url, taking.url, rule=QUICK_RULE, pace=pace),
    ):
        await eventually(taking.statuses, lambda seen: len(seen) >= 2)
    assert taking.refused == [(status, "firing")]
    assert {body["status"] for body in taking.taken} == {"firing"}, "repeated while it lasts"


async def test_the_end_is_not_told_to_who_was_never_told_of_the_beginning(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with (
        broken_shop(tmp_path, session) as shop,
        receiver(*[503] * 1000) as taking,
        Monitor(shop.url, taking.url, rule=QUICK_RULE, pace=QUICK) as monitor,
    ):

        async def state() -> str:
            return str((await _get(session, f"{monitor.url}/state"))["state"])

        await eventually(state, lambda seen: seen == "firing")
        await restart(session, shop, "2026.11.24-2")
        await eventually(state, lambda seen: seen == "inactive")
        # Many readings lie between this end and the next beginning: an end that is due would have been sent.
        await restart(session, shop, "2026.11.24-3")
        await eventually(state, lambda seen: seen == "firing")
        taking.answers.clear()
        await eventually(taking.statuses, bool)
    assert await taking.statuses() == ["firing"]
    assert {told for _, told in taking.refused} == {"firing"}


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as response:
        return await response.json()


def feed(alert: Alert, *readings: tuple[float, float, float]) -> list[str]:
    states = []
    for at, requests, failed in readings:
        alert.read(Reading(at, requests, failed))
        states.append(alert.state)
    return states


def test_the_share_must_hold_before_it_fires() -> None:
    alert = Alert(Rule(window=4, hold=1))
    states = feed(alert, (0, 0, 0), (0.5, 50, 4), (1, 100, 8), (1.5, 150, 12), (2, 200, 16), (6, 400, 16))
    assert states == ["inactive", "pending", "pending", "firing", "firing", "inactive"]


def test_two_failures_are_too_few_to_speak_of() -> None:
    alert = Alert(Rule(window=4, hold=0))
    assert feed(alert, (0, 0, 0), (1, 50, 2)) == ["inactive", "inactive"]


def test_a_restarted_service_begins_its_counters_anew() -> None:
    alert = Alert(Rule(window=4, hold=0))
    assert feed(alert, (0, 1000, 0), (1, 1050, 5), (2, 10, 0), (3, 60, 0)) == [
        "inactive",
        "firing",
        "firing",
        "inactive",
    ]


def test_without_requests_nothing_is_known_and_the_state_stays() -> None:
    alert = Alert(Rule(window=1, hold=0))
    assert feed(alert, (0, 0, 0), (1, 50, 5), (2, 50, 5), (3, 50, 5)) == ["inactive", "firing", "firing", "firing"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(1.2, "1\u00a0s"), (60, "1\u00a0min"), (197, "3\u00a0min 17\u00a0s"), (0, "0\u00a0s")]
)
def test_durations_are_spoken(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


async def test_the_monitor_runs_as_a_process(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    quick = ("--scrape", "0.05", "--window", "0.5", "--for", "0.1")
    async with (
        broken_shop(tmp_path, session) as shop,
        receiver() as taking,
        process("playground.monitor", "--shop", shop.url, "--to", taking.url, *quick) as monitor,
    ):
        await eventually(taking.statuses, lambda seen: seen == ["firing"])
        async with session.get(taking.taken[0]["alerts"][0]["generatorURL"]) as response:
            assert "checkout_requests_total" in await response.text()
        assert taking.taken[0]["externalURL"] == monitor["url"]
