"""The playbook that needs Prometheus alone: its queries, run by Prometheus' own tool, and what it makes of them."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.reasoners.playbook import Playbooks, PlaybooksConfig
from engine.model import Alert, Conclusion, Finding, Heard, Window

UNTIL = datetime(2026, 11, 24, 2, 7, tzinfo=UTC)
WINDOW = Window(since=UNTIL - timedelta(minutes=30), until=UNTIL)
ALERT = Alert(
    source="am", name="CheckoutErrorRate", status="firing", fingerprint="f", service="checkout", severity="major"
)
REASONER = Playbooks(
    "playbook", PlaybooksConfig(files=(Path("playbooks/prometheus"),), tools=frozenset({"prometheus"}))
)
REQUESTS = {  # three a second, and from the tenth minute one more that fails
    'http_requests_total{service="checkout",code="200"}': "0+180x20",
    'http_requests_total{service="checkout",code="500"}': "0x10 60+60x9",
    'http_requests_total{service="other",code="500"}': "0+600x20",
}
STARTS = {
    'process_start_time_seconds{service="checkout",pod="a"}': "-90000x20",
    'process_start_time_seconds{service="checkout",pod="b"}': "-90000x9 600x11",
}


async def queries() -> dict[str, str]:
    plan = await REASONER.plan(ALERT, await REASONER.triage(ALERT), WINDOW)
    assert {question.source for question in plan.questions} == {"prometheus"}
    return {question.key: question.arguments["query"] for question in plan.questions}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not here; apt-get install prometheus")
@pytest.mark.parametrize(
    ("key", "minute", "series", "value"),
    [
        ("errors", 8, REQUESTS, 0.0),
        ("errors", 20, REQUESTS, 0.25),
        ("errors", 20, {}, None),
        ("errors", 20, {'http_requests_total{service="checkout",code="200"}': "0+180x20"}, 0.0),
        ("starts", 8, STARTS, 0.0),
        ("starts", 12, STARTS, 1.0),
        ("starts", 18, STARTS, 0.0),
        ("starts", 12, {}, None),
        ("load", 8, REQUESTS, 3.0),
        ("load", 20, REQUESTS, 4.0),
    ],
)
async def test_what_prometheus_answers(
    key: str, minute: int, series: dict[str, str], value: float | None, tmp_path: Path
) -> None:
    expected = [] if value is None else [{"labels": "{}", "value": value}]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": (await queries())[key], "eval_time": f"{minute}m", "exp_samples": expected}],
    }
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"rule_files": [], "evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
    tool = await asyncio.create_subprocess_exec(
        "promtool", "test", "rules", str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await tool.communicate()
    assert tool.returncode == 0, said.decode()


async def concluded(**facts: dict[str, Any]) -> Conclusion:
    plan = await REASONER.plan(ALERT, await REASONER.triage(ALERT), WINDOW)
    heard = []
    for n, question in enumerate(plan.questions, 3):
        said = f"{question.key} flat"
        heard.append(Heard(n, question, Finding(source="prometheus", says=said, facts=facts.get(question.key, {}))))
    conclusion = await REASONER.conclude(ALERT, plan, heard)
    assert await REASONER.propose(ALERT, conclusion, heard) is None
    return conclusion


ERRORS = {"value": 0.25, "changed": True, "onset": "2026-11-24T02:01:00+00:00"}
STARTED = {"value": 1.0, "changed": True, "onset": "2026-11-24T02:00:00+00:00"}
LOADED = {"value": 40.0, "baseline": 10.0, "changed": True, "onset": "2026-11-24T02:00:00+00:00"}


async def test_what_it_adds_up_to() -> None:
    found = await concluded(errors=ERRORS, starts=STARTED, load={"value": 3.0, "changed": False})
    assert found.likely is not None
    assert found.likely.says == "the processes that started at 02:00 UTC fail"
    assert [(cause.name, cause.ruled_out) for cause in found.ruled_out] == [("load", "load flat")]
    found = await concluded(errors=ERRORS, starts={"value": 0.0, "changed": False}, load=LOADED)
    assert found.likely is not None
    assert found.likely.says == "more requests than it can serve, 40 a second after 10"


async def test_what_began_after_the_errors_or_is_not_known_is_no_cause() -> None:
    late = {"onset": "2026-11-24T02:05:00+00:00"}
    assert (await concluded(errors=ERRORS, starts=STARTED | late, load=LOADED | late)).likely is None
    unknown = await concluded(errors=ERRORS, starts={"value": None, "changed": False}, load={})
    assert unknown.likely is None
    assert unknown.ruled_out == ()


async def test_recovery_is_the_alerts_own_measure() -> None:
    measure = await REASONER.measure(ALERT)
    assert measure is not None
    assert (measure.tool, measure.threshold) == ("prometheus", 0.01)
    assert measure.arguments["query"] == (await queries())["errors"]
