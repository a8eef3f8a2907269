"""What every connector of a port does, whichever it is: the class per port through which a new connector must pass."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.actions.http import HttpAction, HttpActionConfig
from connectors.alerts.alertmanager import Alertmanager, AlertmanagerConfig
from connectors.partners.mcp import McpConfig, McpPartner
from connectors.reasoners.playbook import Playbooks, PlaybooksConfig
from connectors.registry import CONNECTORS, load
from connectors.tools.metrics_page import MetricsPage, MetricsPageConfig
from connectors.tools.prometheus import Prometheus, PrometheusConfig
from engine.errors import ConfigError, Denied, Permanent, Retryable, Unsupported
from engine.model import Alert, Finding, Heard, Plan, Question, Silence, Window
from engine.ports import Action, AlertSource, Partner, Reasoner, Tool
from engine.redact import Gate
from playground.partners.logs import LogSpecialist
from playground.shop.releases import Releases
from playground.shop.shop import Shop
from tests.connectors.outside import SECRET, Outside, outside, reply
from tests.playground.running import eventually

GATE = Gate()
UNTIL = datetime(2026, 11, 24, 2, 7, tzinfo=UTC)
WINDOW = Window(since=UNTIL - timedelta(minutes=30), until=UNTIL)


class TestRegistry:
    @pytest.mark.parametrize(
        ("port", "type_"), [(port, type_) for port, known in CONNECTORS.items() for type_ in known]
    )
    def test_every_connector_loads_and_has_its_settings(self, port: str, type_: str) -> None:
        connector = load(port, type_)
        assert connector.Config.model_config["extra"] == "forbid"
        assert connector.Config.model_config["frozen"]

    def test_a_type_that_is_not_there_names_the_nearest(self) -> None:
        with pytest.raises(ConfigError, match="no type `promethues`") as told:
            load("tools", "promethues")
        assert "prometheus" in told.value.mend


@pytest.fixture(params=["alertmanager"])
def source() -> tuple[AlertSource, AlertSource, bytes]:
    """A source open to this machine, one with a token, and a body of its vendor."""
    guarded = Alertmanager("am", AlertmanagerConfig.model_validate({"token": SECRET}))
    labels = {"alertname": "A", "service": "checkout"}
    body = json.dumps({"version": "4", "alerts": [{"status": "firing", "labels": labels}]}).encode()
    return Alertmanager("am", AlertmanagerConfig()), guarded, body


class TestAlertSource:
    def test_a_body_becomes_alerts_twice_the_same(self, source: tuple[AlertSource, AlertSource, bytes]) -> None:
        one, _, body = source
        assert one.parse(body) == one.parse(body)
        assert all(alert.source == one.name and alert.fingerprint for alert in one.parse(body))

    @pytest.mark.parametrize("body", [b"", b"{}", b"\x00", b"null", b'"x"'])
    def test_what_is_not_the_vendors_is_unsupported(
        self, source: tuple[AlertSource, AlertSource, bytes], body: bytes
    ) -> None:
        with pytest.raises(Unsupported):
            source[0].parse(body)

    def test_a_stranger_is_denied(self, source: tuple[AlertSource, AlertSource, bytes]) -> None:
        one, guarded, body = source
        for asked, headers in ((one, {}), (guarded, {}), (guarded, {"authorization": "Bearer wrong"})):
            with pytest.raises(Denied) as told:
                asked.verify(headers, body, "203.0.113.9")
            assert SECRET not in str(told.value)


ToolCase = tuple[Tool, Mapping[str, Any], Outside, bytes]


@pytest.fixture(params=["prometheus", "metrics_page"])
async def tool(request: pytest.FixtureRequest) -> AsyncIterator[ToolCase]:
    """A tool with arguments that work, the world behind it, and an answer of that world without the number."""
    async with outside() as world:
        if request.param == "prometheus":
            values = [[(UNTIL - timedelta(minutes=i)).timestamp(), "0.07"] for i in range(9, -1, -1)]
            world.says(reply(200, {"data": {"resultType": "matrix", "result": [{"values": values}]}}))
            settings = {"url": world.url, "token": SECRET, "seconds": 1}
            prometheus = Prometheus("metrics", PrometheusConfig.model_validate(settings))
            yield prometheus, {"query": "x"}, world, reply(200, {"data": {"resultType": "matrix", "result": []}})
            await prometheus.aclose()
        else:
            world.says(reply(200, b"load 0.07\n", {"Content-Type": "text/plain"}))
            settings = {"url": world.url, "token": SECRET, "seconds": 1, "interval": 0.02}
            page = MetricsPage("metrics", MetricsPageConfig.model_validate(settings))
            yield page, {"measure": "gauge", "metric": "load"}, world, reply(200, b"other 1\n")
            await page.aclose()


class TestTool:
    async def test_a_reading_is_a_finding_with_a_number(self, tool: ToolCase) -> None:
        instrument, arguments, _, _ = tool
        found = await instrument.read({**arguments, "says": "Load", "unit": "%"}, WINDOW)
        assert found.source == "metrics"
        assert found.facts["value"] == pytest.approx(0.07)
        assert {"min", "max", "mean", "baseline", "onset", "changed"} <= found.facts.keys()
        assert isinstance(found.facts["changed"], bool)
        assert "7\u00a0%" in found.says
        assert found.short
        assert found.window
        assert all(link.url.startswith("http") for link in found.links)

    async def test_no_data_is_a_finding(self, tool: ToolCase) -> None:
        instrument, arguments, world, nothing = tool
        world.says(nothing)
        found = await instrument.read(arguments, WINDOW)
        assert found.facts["value"] is None
        assert found.says.startswith("No data")

    @pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504])
    async def test_every_refusal_is_retryable_or_permanent(self, tool: ToolCase, status: int) -> None:
        instrument, arguments, world, _ = tool
        world.says(reply(status, {"error": f"no {SECRET}"}))
        with pytest.raises((Retryable, Permanent)) as told:
            await instrument.read(arguments, WINDOW)
        assert told.type is (Permanent if 400 <= status < 500 and status != 429 else Retryable)
        assert SECRET not in str(told.value)

    async def test_arguments_that_cannot_work_are_permanent(self, tool: ToolCase) -> None:
        with pytest.raises(Permanent, match="as configured"):
            await tool[0].read({"nonsense": 1}, WINDOW)


LOG = {
    "level": "ERROR", "service": "checkout", "release": "3", "pod": "1", "method": "POST", "path": "/orders",
    "status": 500, "error": "KeyError: 'currency'", "where": "cart.py:88", "app": "6.2", "order": "o", "customer": "c",
    "time": "2026-11-24T02:05:00.000Z",
}  # fmt: skip
CONTEXT = GATE.tree(
    {"service": "checkout", "environment": "", "since": "2026-11-24T01:37:00Z", "until": "2026-11-24T02:07:00Z"}
)


@pytest.fixture(params=["http", "child"])
async def partner(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Partner]:
    """A partner that answers; `slow` in the question makes it slow."""
    log = tmp_path / "log"
    await asyncio.to_thread(log.write_text, json.dumps(LOG) + "\n")
    async with AsyncExitStack() as running:
        if request.param == "http":
            logs = await running.enter_async_context(LogSpecialist(log))
            settings: dict[str, Any] = {"url": f"{logs.url}/mcp", "tool": "investigate"}
        else:
            code = (
                "import asyncio\nfrom mcp.server import MCPServer\nserver = MCPServer('x', log_level='WARNING')\n"
                "@server.tool()\nasync def look(question: str) -> dict[str, str]:\n"
                "    await asyncio.sleep(30 if 'slow' in question else 0)\n    return {'says': 'All quiet.'}\n"
                "server.run('stdio')\n"
            )
            settings = {"command": sys.executable, "args": ("-c", code), "tool": "look"}
            settings["arguments"] = {"question": "{question}"}
        asked = McpPartner("logs", McpConfig.model_validate({"role": "log specialist", **settings}))
        running.push_async_callback(asked.aclose)
        yield asked


class TestPartner:
    async def test_an_answer_is_a_finding(self, partner: Partner) -> None:
        found = await partner.ask(GATE.clean("what failed?"), CONTEXT, 20)
        assert (found.source, found.role, found.question) == ("logs", "log specialist", "what failed?")
        assert found.says

    async def test_questions_beside_each_other_are_all_answered(self, partner: Partner) -> None:
        found = await asyncio.gather(*(partner.ask(GATE.clean(f"what failed? {i}"), CONTEXT, 20) for i in range(5)))
        assert [finding.question for finding in found] == [f"what failed? {i}" for i in range(5)]

    async def test_the_deadline_holds_and_the_next_question_is_answered(self, partner: Partner) -> None:
        began = time.perf_counter()
        with pytest.raises(TimeoutError):
            await partner.ask(GATE.clean("slow"), CONTEXT, 0.001)
        assert time.perf_counter() - began < 0.5
        assert (await partner.ask(GATE.clean("what failed?"), CONTEXT, 20)).says


@pytest.fixture
async def action(tmp_path: Path) -> AsyncIterator[Action]:
    """The roll-back of the playground's shop, which really rolls back."""
    async with (
        Shop(tmp_path / "log", slowness=0.01, release="2026.11.24-3") as shop,
        Releases(shop.url, seconds=0.1) as releases,
    ):
        roll_back = HttpAction(
            "rollback-release",
            HttpActionConfig.model_validate(
                {
                    "url": f"{releases.url}/rollback",
                    "body": {"service": "{service}", "from": "{from}", "to": "{to}"},
                    "idempotency": "key",
                    "status_url": f"{releases.url}/rollback/{{op}}",
                    "state_url": f"{releases.url}/state",
                    "state_fields": {"release": "release", "previous": "previous"},
                    "dry_run_url": f"{releases.url}/rollback?dry_run=1",
                    "dry_run_says": "{pods} pods change image, {settings} settings change.",
                }
            ),
        )
        yield roll_back
        await roll_back.aclose()


class TestAction:
    async def test_it_runs_once_per_operation(self, action: Action) -> None:
        state = await action.state(GATE.tree({}))
        assert state["release"] == "2026.11.24-3"
        there = GATE.tree({"service": "checkout", "from": "2026.11.24-3", "to": "2026.11.24-2"})
        preview = await action.preview(there)
        assert preview is None or (preview.passed and "pods change image" in preview.says)
        assert await action.look("op-1", there) is None
        first = await action.run("op-1", there)
        again = await action.run("op-1", there)
        assert first.run == again.run
        outcome = await eventually(
            lambda: action.look("op-1", there), lambda seen: bool(seen and seen.status != "running")
        )
        assert outcome
        assert (outcome.status, outcome.run) == ("succeeded", first.run)
        assert (await action.state(there))["release"] == "2026.11.24-2"

    async def test_people_read_exactly_what_would_be_sent(self, action: Action) -> None:
        there = GATE.tree({"service": "checkout", "from": "2026.11.24-3", "to": "2026.11.24-2"})
        shown = action.request("op-1", there)
        assert "checkout" in shown.body
        assert "2026.11.24-2" in shown.body
        assert shown.method in {"POST", "PUT", "PATCH", "DELETE"}
        assert not shown.address.startswith("http")
        assert await action.look("op-1", there) is None, "nothing was sent"

    async def test_what_the_target_refuses_is_permanent(self, action: Action) -> None:
        wrong = GATE.tree({"service": "checkout", "from": "2026.11.24-9", "to": "2026.11.24-2"})
        preview = await action.preview(wrong)
        assert preview is None or not preview.passed
        with pytest.raises(Permanent):
            await action.run("op-2", wrong)
        assert await action.look("op-2", wrong) is None


PLAYBOOK = Playbooks("playbook", PlaybooksConfig(files=(Path("playbooks"),)))


@pytest.fixture(params=[PLAYBOOK], ids=["playbook"])
def reasoner(request: pytest.FixtureRequest) -> Reasoner:
    judge: Reasoner = request.param
    return judge


ALERTS = [
    Alert(source="s", name="CheckoutErrorRate", status="firing", fingerprint="f", service="checkout", severity="major"),
    Alert(source="s", name="", status="resolved", fingerprint="", summary="{alert.name} <!channel>", severity="odd"),
]


class TestReasoner:
    @pytest.mark.parametrize("alert", ALERTS, ids=["known", "odd"])
    async def test_every_alert_gets_a_triage_a_plan_and_a_conclusion(self, reasoner: Reasoner, alert: Alert) -> None:
        triage = await reasoner.triage(alert)
        assert triage.title
        plan = await reasoner.plan(alert, triage, WINDOW)
        assert plan.window.until == WINDOW.until
        assert len({question.key for question in plan.questions}) == len(plan.questions)
        conclusion = await reasoner.conclude(alert, plan, [])
        assert conclusion.likely is None
        assert await reasoner.propose(alert, conclusion, []) is None

    async def test_silence_and_strangers_are_kept_and_prove_nothing(self, reasoner: Reasoner) -> None:
        asked = Question(key="partner/stranger", source="stranger", by="partner", question="?")
        silence = Silence(source="stranger", reason="failed", says="stranger failed: x")
        answers = [
            Heard(5, asked, silence=silence),
            Heard(6, asked, finding=Finding(source="stranger", says="It is the database. Restart it.", facts={"a": 1})),
        ]
        plan = Plan(playbook="gone", window=WINDOW)
        conclusion = await reasoner.conclude(ALERTS[0], plan, answers)
        assert conclusion.likely is None
        assert {(row.entry, row.bears) for row in conclusion.evidence} == {(5, "silent"), (6, "not weighed")}
        assert conclusion.silent == ("stranger",)
