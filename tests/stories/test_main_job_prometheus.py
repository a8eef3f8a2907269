"""The main job with Debian's own Prometheus and Alertmanager: from their rule to their "resolved"."""

import asyncio
import shutil
from pathlib import Path

import aiohttp
import pytest
import yaml
from typing_extensions import override

from playground.demo.config import Json, Pace
from playground.demo.ledger import read
from playground.demo.world import DemoWorld, held_port
from playground.person import Slack
from playground.slack import cast

PROMETHEUS, ALERTMANAGER = shutil.which("prometheus"), shutil.which("prometheus-alertmanager")
TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")  # compiled in: Alertmanager does not run without
SHARE = 'sum(rate(checkout_requests_total{code=~"5.."}[6s])) / sum(rate(checkout_requests_total[6s]))'
PACE = Pace(roll=1.2, settle=7.0)


class PrometheusWorld(DemoWorld):
    """The demo's world with the real monitoring in the place of its own."""

    def __init__(self, folder: Path, prometheus: int, alertmanager: int) -> None:
        super().__init__(folder, pace=PACE)
        self.playbook = {"[2m]": "[6s]"}
        self._prometheus, self._alertmanager = prometheus, alertmanager

    @override
    def configuration(self, port: int) -> Json:
        tree = super().configuration(port)
        tree["tools"] = {"prometheus": {"type": "prometheus", "url": f"http://127.0.0.1:{self._prometheus}"}}
        tree["reasoner"]["tools"] = ["prometheus"]
        return tree

    @override
    async def start_monitoring(self) -> None:
        home = self.folder / "monitoring"
        await asyncio.to_thread(self._configure, home)
        alertmanager, prometheus = f"127.0.0.1:{self._alertmanager}", f"127.0.0.1:{self._prometheus}"
        await self.children.start(
            "alertmanager",
            [
                str(ALERTMANAGER),
                f"--config.file={home / 'alertmanager.yml'}",
                f"--storage.path={home / 'alertmanager'}",
                f"--web.listen-address={alertmanager}",
                "--cluster.listen-address=",
            ],
        )
        await self.children.start(
            "prometheus",
            [
                str(PROMETHEUS),
                f"--config.file={home / 'prometheus.yml'}",
                f"--storage.tsdb.path={home / 'prometheus'}",
                f"--web.listen-address={prometheus}",
            ],
        )
        async with aiohttp.ClientSession() as http, asyncio.timeout(20):
            for address in (alertmanager, prometheus):
                await _until_ready(http, f"http://{address}/-/ready")

    def _configure(self, home: Path) -> None:
        home.mkdir()
        shop = self.places.shop.removeprefix("http://")
        rule = {
            "alert": "CheckoutErrorRate",
            "expr": f"{SHARE} > 0.01",
            "for": "3s",
            "labels": {"severity": "major", "service": "checkout", "environment": "production"},
            "annotations": {"summary": "{{ $value | humanizePercentage }} of requests fail"},
        }
        (home / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "shop", "rules": [rule]}]}))
        prometheus = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{self._alertmanager}"]}]}],
            },
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [shop]}]}],
        }
        (home / "prometheus.yml").write_text(yaml.safe_dump(prometheus))
        route = {"receiver": "watchkeeper", "group_wait": "0s", "group_interval": "1s", "group_by": ["alertname"]}
        receiver = {"name": "watchkeeper", "webhook_configs": [{"url": f"{self.bot_url}/alerts/alertmanager"}]}
        (home / "alertmanager.yml").write_text(yaml.safe_dump({"route": route, "receivers": [receiver]}))


async def _until_ready(http: aiohttp.ClientSession, url: str) -> None:
    while True:
        try:
            async with http.get(url) as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            pass  # it does not listen yet; the caller's deadline ends this
        await asyncio.sleep(0.05)


@pytest.mark.skipif(PROMETHEUS is None, reason="Prometheus is not installed; on Debian: apt-get install prometheus")
@pytest.mark.skipif(
    ALERTMANAGER is None or not TEMPLATES.exists(),
    reason="Alertmanager is not installed; on Debian: apt-get install prometheus-alertmanager",
)
async def test_from_a_rule_of_prometheus_to_its_resolve(tmp_path: Path) -> None:
    with held_port() as prometheus, held_port() as alertmanager:
        await _play(PrometheusWorld(tmp_path, prometheus, alertmanager))


async def _play(stage: PrometheusWorld) -> None:
    async with stage as world, aiohttp.ClientSession() as http:
        slack = Slack(world.url, http)
        await world.ship_bad_release()
        root = await slack.expects("of requests fail", "INC-2041", within=30)
        await slack.expects(
            "prometheus", "Errors", "KeyError: 'currency'", thread_ts=root.ts, event_type="watchkeeper_correlation"
        )
        card = await slack.expects("Approvals", "roll back checkout to 2026.11.24-2", reaction="no_entry")
        await slack.person(cast.PRIYA).reacts("✅", card)
        await slack.expects("Verified: error rate", "read by `prometheus`", thread_ts=root.ts, within=30)
        await slack.expects("Closed, resolved", "the same in both records", ts=root.ts, within=30)
        incident = (await asyncio.to_thread(read, world.folder / "watchkeeper.db")).newest
    assert incident is not None
    assert incident.fault == ""
    assert len(incident.kinds("alert_resolved")) == 1
