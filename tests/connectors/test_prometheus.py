"""Readings from Prometheus: what is asked, what the numbers are called, and what is refused."""

import math
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.reading import ReadingArguments, finding
from connectors.tools.prometheus import Prometheus, PrometheusConfig
from engine.errors import Permanent, Retryable
from engine.model import Window
from tests.connectors.outside import CUT, SECRET, outside, reply

UNTIL = datetime(2026, 11, 24, 2, 7, tzinfo=UTC)
WINDOW = Window(since=UNTIL - timedelta(minutes=30), until=UNTIL)
NB = "\u00a0"


@asynccontextmanager
async def prometheus(url: str, **settings: Any) -> AsyncIterator[Prometheus]:
    tool = Prometheus("prometheus", PrometheusConfig.model_validate({"url": url, "seconds": 1, **settings}))
    try:
        yield tool
    finally:
        await tool.aclose()


def matrix(*values: float | str) -> bytes:
    start = UNTIL - timedelta(minutes=len(values) - 1)
    pairs = [[(start + timedelta(minutes=i)).timestamp(), str(value)] for i, value in enumerate(values)]
    data = {"resultType": "matrix", "result": [{"metric": {}, "values": pairs}] if values else []}
    return reply(200, {"status": "success", "data": data})


async def test_what_is_asked_and_said() -> None:
    answer = matrix(*[0.002] * 27, 0.03, 0.05, 0.073)
    async with (
        outside(answer) as world,
        prometheus(world.url, token=SECRET, external_url="https://p.example.com/x/") as tool,
    ):
        found = await tool.read({"query": 'errors{a="b"}', "says": "Errors", "unit": "%"}, WINDOW)
        assert found.says == "Errors left their normal range at 02:05"
        assert found.short == "02:05 UTC"
        assert found.facts["value"] == 0.073
        assert (found.facts["min"], found.facts["max"], found.facts["changed"]) == (0.002, 0.073, True)
        assert found.facts["baseline"] == pytest.approx(0.002)
        assert found.facts["onset"] == "2026-11-24T02:05:00+00:00"
        assert found.window == WINDOW
        (link,) = found.links
        assert link.url.startswith("https://p.example.com/x/graph?g0.expr=errors%7Ba%3D%22b%22%7D&")
        (request,) = world.requests
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        assert urlsplit(request.path).path == "/api/v1/query_range"
        assert asked["query"] == 'errors{a="b"}'
        assert float(asked["end"]) == UNTIL.timestamp()  # the last point is the window's end
        assert (float(asked["end"]) - float(asked["start"])) % float(asked["step"]) == 0
        assert request.headers["authorization"] == f"Bearer {SECRET}"


async def test_a_moment_is_one_value() -> None:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [UNTIL.timestamp(), "0.31"]}]}
    async with outside(reply(200, {"status": "success", "data": data})) as world, prometheus(world.url) as tool:
        found = await tool.read({"query": "x", "says": "Load"}, Window(since=UNTIL, until=UNTIL))
        assert urlsplit(world.requests[0].path).path == "/api/v1/query"
        assert (found.facts["value"], found.says, found.facts["onset"]) == (0.31, "Load at 0.31", None)


@pytest.mark.parametrize("answer", [matrix(), matrix("NaN"), matrix("NaN", "+Inf", "-Inf")])
async def test_no_data_is_a_finding(answer: bytes) -> None:
    async with outside(answer) as world, prometheus(world.url) as tool:
        found = await tool.read({"query": "x", "says": "Errors"}, WINDOW)
        assert found.facts["value"] is None
        assert found.facts["changed"] is False
        assert (found.says, found.short) == ("No data for: Errors", "No data")


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (reply(400, {"status": "error", "error": f"parse error, {SECRET}"}), Permanent, "parse error"),
        (reply(401), Permanent, "401"),
        (reply(422, {"error": "query timed out"}), Permanent, "query timed out"),
        (reply(429, {}, {"Retry-After": "9"}), Retryable, "429"),
        (reply(503, {"error": "starting"}), Retryable, "503"),
        (reply(302, {}, {"Location": "http://x/"}), Retryable, "302"),
        (reply(200, b"<html>"), Permanent, "not Prometheus' JSON"),
        (reply(200, {"data": []}), Permanent, "form"),
        (reply(200, {"data": {"result": [{"values": [[1]]}]}}), Permanent, "form"),
        (reply(200, {"data": {"result": [{"values": [["x", "y"]]}]}}), Permanent, "form"),
        (reply(200, {"data": {"result": ["x"]}}), Permanent, "form"),
        (reply(200, {"data": {"result": [{"value": [1e30, "1"]}]}}), Permanent, "form"),
        (reply(200, {"data": {"result": [{}, {}]}}), Permanent, "2 series"),
        (CUT, Retryable, "does not answer"),
    ],
)
async def test_what_is_refused(answer: bytes, kind: type[Exception], words: str) -> None:
    async with outside(answer) as world, prometheus(world.url, headers={"X-Key": SECRET}) as tool:
        with pytest.raises(kind, match=words) as told:
            await tool.read({"query": "x"}, WINDOW)
        assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    ("values", "settings", "onset", "says"),
    [
        ([1, 1, 1, 1, 1, 1], {}, None, "Load flat at 1"),
        ([1, 1, 1, 1, 9, 1], {}, None, "Load flat at 1"),  # one stray point is no onset
        ([1, 1, 1, 1, 9, 9], {}, 4, "Load left its normal range at 02:06"),
        ([1, 1, 1, 1, 1, 9], {}, 5, "Load left its normal range at 02:07"),
        ([9, 9, 9, 9, 9, 9], {"onset_threshold": 5}, 0, "Load outside the normal range since 02:02 or before, now 9"),
        ([1, 2, 1, 2, 1, 2], {"onset_threshold": 5}, None, "Load flat at 2"),
        ([5, 5, 1, 1], {"normal": [4, 6]}, 2, "Load left its normal range at 02:06"),
        ([5, 5], {}, None, "Load at 5"),
        ([0, 0, 0, 0, 0, 0], {"unit": "ms"}, None, f"Load flat at 0{NB}ms"),
        ([1, 1, 1], {"says": "Now {value:n}, was {baseline:n}"}, None, "Now 1, was 1"),
    ],
)
def test_how_a_series_is_judged(values: list[float], settings: dict[str, Any], onset: int | None, says: str) -> None:
    points = [(UNTIL - timedelta(minutes=len(values) - 1 - i), value) for i, value in enumerate(values)]
    arguments = ReadingArguments.of("tool", {"says": "Load", **settings})
    found = finding("tool", points, arguments, WINDOW)
    assert found.says == says
    assert found.facts["onset"] == (points[onset][0].isoformat() if onset is not None else None)
    assert found.facts["changed"] is (onset is not None)


@pytest.mark.parametrize("arguments", [{}, {"query": 5}, {"query": "x", "nope": 1}, {"query": "x", "step": -1}])
async def test_arguments_that_cannot_work_are_named(arguments: dict[str, Any]) -> None:
    async with outside() as world, prometheus(world.url) as tool:
        with pytest.raises(Permanent, match="cannot work as configured: "):
            await tool.read(arguments, WINDOW)
        assert world.requests == []


def test_a_number_that_is_none_never_becomes_a_fact() -> None:
    found = finding("tool", [(UNTIL, math.nan), (UNTIL, 2.0)], ReadingArguments(), WINDOW)
    assert found.facts["value"] == 2.0


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus is installed here")
async def test_a_real_prometheus_understands(tmp_path: Any) -> None:
    import asyncio  # noqa: PLC0415
    import socket  # noqa: PLC0415

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
    (tmp_path / "p.yml").write_text(
        f"scrape_configs: [{{job_name: self, scrape_interval: 1s, static_configs: [{{targets: ['{address}']}}]}}]"
    )
    server = await asyncio.create_subprocess_exec(
        "prometheus", f"--config.file={tmp_path / 'p.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={address}", stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with prometheus(f"http://{address}") as tool, asyncio.timeout(30):
            found = None
            while found is None or found.facts["value"] is None:
                await asyncio.sleep(0.2)
                now = datetime.now(UTC)
                window = Window(since=now - timedelta(minutes=1), until=now)
                try:
                    found = await tool.read({"query": "sum(up)", "says": "Targets", "step": 1}, window)
                except Retryable:
                    continue
            assert found.facts["value"] == 1
            with pytest.raises(Permanent, match="parse error"):
                await tool.read({"query": "sum("}, window)
    finally:
        server.terminate()
        await server.wait()
