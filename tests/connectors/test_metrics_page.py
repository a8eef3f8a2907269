"""Readings from a bare /metrics page: ratios, rates, gauges, quantiles between two scrapes, with and without a past."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from connectors.exposition import MetricsArguments, Page, measure
from connectors.tools.metrics_page import MetricsPage, MetricsPageConfig
from engine.errors import Permanent, Retryable
from engine.model import Finding, Window
from playground.serving import listening
from tests.connectors.outside import CUT, SECRET, Outside, outside, reply

NB = "\u00a0"
AT = datetime(2026, 11, 24, 2, 7, tzinfo=UTC)
ERRORS: dict[str, Any] = {
    "measure": "ratio",
    "numerator": {"metric": "requests_total", "labels": {"code": "~5.."}},
    "denominator": {"metric": "requests_total"},
    "says": "Errors",
    "unit": "%",
    "onset_threshold": 0.01,
}


class Shop:
    """A service with a /metrics page."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("requests", "r", ("code",), registry=self.registry)
        self.load = Gauge("load", "l", registry=self.registry)
        self.seconds = Histogram("took_seconds", "s", buckets=(0.1, 0.2, 0.4), registry=self.registry)
        self.text = generate_latest

    def page(self) -> bytes:
        kind = "application/openmetrics-text; version=1.0.0" if self.text is generate_openmetrics else "text/plain"
        return reply(200, self.text(self.registry), {"Content-Type": kind})

    def serve(self, good: int, bad: int) -> None:
        self.requests.labels("201").inc(good)
        self.requests.labels("503").inc(bad)


@asynccontextmanager
async def tool(url: str, **settings: Any) -> AsyncIterator[MetricsPage]:
    page = MetricsPage("shop_metrics", MetricsPageConfig.model_validate({"url": url, "interval": 0.05, **settings}))
    try:
        yield page
    finally:
        await page.aclose()


def window() -> Window:
    now = datetime.now(UTC)
    return Window(since=now - timedelta(minutes=30), until=now)


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  what is waited for is another task's doing over a socket
            await asyncio.sleep(0.01)


async def between(shop: Shop, world: Outside, page: MetricsPage, arguments: dict[str, Any]) -> Finding:
    """A reading whose second scrape sees what the shop served after the first."""
    first = shop.page()
    shop.serve(93, 7)
    shop.load.set(31)
    for took in (0.05, 0.15, 0.15, 0.3):
        shop.seconds.observe(took)
    world.says(first, shop.page())
    return await page.read(arguments, window())


@pytest.mark.parametrize("text", [generate_latest, generate_openmetrics], ids=["classic", "openmetrics"])
@pytest.mark.parametrize(
    ("arguments", "value", "says"),
    [
        (ERRORS, 0.07, f"Errors at 7{NB}%, outside the normal range"),
        ({"measure": "gauge", "metric": "load", "says": "Load"}, 31, "Load at 31"),
        (
            {"measure": "ratio", "numerator": {"metric": "load"}, "denominator": {"metric": "load"}, "unit": "%",
             "says": "{numerator:n} of {denominator:n} connections"}, 1, "31 of 31 connections",
        ),
        (
            {"measure": "quantile", "metric": "took_seconds", "q": 0.5, "unit": "s", "says": "Median"}, 0.15,
            f"Median at 0.15{NB}s",
        ),
        ({"measure": "quantile", "metric": "took_seconds", "q": 0.99, "says": "p99"}, 0.392, "p99 at 0.392"),
    ],
)  # fmt: skip
async def test_two_scrapes_are_one_reading(text: Any, arguments: dict[str, Any], value: float, says: str) -> None:
    shop = Shop()
    shop.text = text
    shop.serve(1000, 1000)
    async with outside() as world, tool(world.url) as page:
        found = await between(shop, world, page, arguments)
        assert found.facts["value"] == pytest.approx(value)
        assert found.says == says
        assert found.window
        assert found.window.until - found.window.since < timedelta(seconds=2)
        assert len(world.requests) == 2


async def test_a_rate_is_per_second() -> None:
    shop = Shop()
    shop.serve(0, 0)
    async with outside() as world, tool(world.url) as page:
        found = await between(shop, world, page, {"measure": "rate", "metric": "requests_total", "unit": "per s"})
        value = found.facts["value"]
        assert isinstance(value, float)
        assert 100 / 2 < value < 100 / 0.04


async def test_without_traffic_or_metric_there_is_no_data() -> None:
    shop = Shop()
    shop.serve(5, 5)
    async with outside(shop.page()) as world, tool(world.url) as page:
        found = await page.read(ERRORS, window())
        assert (found.facts["value"], found.says) == (None, "No data for: Errors")
        found = await page.read({"measure": "gauge", "metric": "typo", "says": "x"}, window())
        assert (found.facts["value"], found.says) == (None, "No data: the page has no typo")


def pages(before: dict[str, float], after: dict[str, float]) -> tuple[Page, Page]:
    made = [
        Page(
            AT + timedelta(seconds=i),
            {"c_total": {frozenset({("code", k)}): v for k, v in values.items()}},
            frozenset({"c_total"}),
        )
        for i, values in enumerate((before, after))
    ]
    return made[0], made[1]


@pytest.mark.parametrize(
    ("before", "after", "gained"),
    [
        ({"a": 5}, {"a": 9}, 4),
        ({"a": 5}, {"a": 3}, 3),  # the process restarted
        ({"a": 5}, {"a": 5, "b": 2}, 2),  # a series that was not there before
        ({"a": 5, "b": 2}, {"a": 6}, 1),  # one that went away
        ({}, {"a": 7}, 7),
    ],
)
def test_what_counters_gained(before: dict[str, float], after: dict[str, float], gained: float) -> None:
    asked = MetricsArguments.of("t", {"measure": "rate", "metric": "c_total"})
    assert measure(asked, *pages(before, after)).value == gained


async def test_with_a_history_it_knows_when_errors_began() -> None:
    shop, served = Shop(), asyncio.Event()
    bad = 0

    async def metrics(request: web.Request) -> web.Response:
        shop.serve(100, bad)
        served.set()
        return web.Response(body=generate_latest(shop.registry))

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    history = {"metrics": ["requests_total"], "every": 0.02}
    async with listening(app) as url, tool(f"{url}/metrics", history=history, interval=0.06) as page:
        await page.start()
        for _ in range(20):
            await asyncio.wait_for(served.wait(), 5)
            served.clear()
        broke, bad = datetime.now(UTC), 10
        for _ in range(20):
            await asyncio.wait_for(served.wait(), 5)
            served.clear()
        found = await page.read(ERRORS, window())
        assert found.facts["value"] == pytest.approx(0.0909, rel=0.01)
        assert found.facts["baseline"] == 0
        assert isinstance(found.facts["onset"], str)
        assert abs(datetime.fromisoformat(found.facts["onset"]) - broke) < timedelta(seconds=1)
        assert found.says.startswith("Errors left their normal range at ")
        other = await page.read({"measure": "gauge", "metric": "load", "says": "Load"}, window())
        assert other.facts["onset"] is None


async def test_a_page_that_is_away_is_a_gap_in_the_history() -> None:
    shop = Shop()
    shop.serve(100, 0)
    history = {"metrics": ["requests_total"], "every": 0.01}
    async with outside(CUT, CUT, shop.page()) as world, tool(world.url, history=history) as page:
        await page.start()
        await eventually(lambda: len(world.requests) >= 6)
        assert (await page.read(ERRORS, window())).facts["changed"] is False


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(401, {"message": SECRET}), Permanent),
        (reply(404), Permanent),
        (reply(500), Retryable),
        (reply(200, b"<html>not metrics</html>"), Permanent),
        (reply(200, b"\xff\xfe{"), Permanent),
        (reply(200, b"x" * 5_000_000), Permanent),
        (CUT, Retryable),
    ],
)
async def test_what_is_refused(answer: bytes, kind: type[Exception]) -> None:
    async with outside(answer) as world, tool(world.url, token=SECRET) as page:
        with pytest.raises(kind) as told:
            await page.read(ERRORS, window())
        assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"measure": "sum", "metric": "x"},
        {"measure": "ratio", "numerator": {"metric": "x"}},
        {"measure": "gauge"},
        {"measure": "quantile", "metric": "x", "q": 1.5},
        {"measure": "ratio", "numerator": {"metric": "x", "labels": {"a": "~("}}, "denominator": {"metric": "x"}},
    ],
)
async def test_arguments_that_cannot_work_are_named(wrong: dict[str, Any]) -> None:
    async with outside() as world, tool(world.url) as page:
        with pytest.raises(Permanent, match="cannot work as configured: "):
            await page.read(wrong, window())
