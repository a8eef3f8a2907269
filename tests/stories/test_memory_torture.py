"""Fifty incidents of thirty entries, every record, every fault, a hundred kills: each entry is there once, in order."""

import asyncio
import base64
import contextlib
import json
import os
import random
import signal
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.memory.files import Files, FilesConfig
from connectors.memory.github import GitHubConfig, GitHubIssues
from connectors.memory.jira import JiraConfig, JiraIssues
from connectors.memory.pagerduty import PagerDuty, PagerDutyConfig
from connectors.memory.servicenow import ServiceNow, ServiceNowConfig
from engine.memory import Memory, Remark
from playground.demo import ledger
from playground.demo.children import ROOT, without_proxies
from playground.vendors.faults import COMMON, Faults
from playground.vendors.github import GitHubStandIn
from playground.vendors.jira import JiraStandIn
from playground.vendors.jira.accounts import BOT
from playground.vendors.pagerduty import PagerDutyStandIn
from playground.vendors.servicenow import ServiceNowStandIn
from tests.stories import warm

KILLS, INCIDENTS, ENTRIES, FIRST = 100, 50, 30, 2041
LATE = 0.4  # seconds: L of each backend, and how late a write of a stand-in lands at most
GUARD = 2.0
QUIET = ("hang", "hang-after")  # each costs a time-out: one of them at a time, now and then


@dataclass
class Vendor:
    """One backend of the story: its section of the configuration, what can go wrong there, and a reader."""

    section: Mapping[str, Any]
    faults: Faults
    reader: Callable[[], Memory]


@asynccontextmanager
async def github() -> AsyncIterator[Vendor]:
    async with GitHubStandIn(per_hour=10_000_000) as stand_in:
        section = {
            "type": "github", "repository": "shop/checkout", "token": "ghp_watchkeeper", "url": stand_in.url,
            "account": "watchkeeper", "seconds": "1s", "late_write": f"{int(LATE * 1000)}ms",
            "writes_per_minute": 0, "writes_per_hour": 0,
        }  # fmt: skip
        plain = {**section, "seconds": 10, "late_write": LATE}
        del plain["type"]
        yield Vendor(section, stand_in.faults, lambda: GitHubIssues("github", GitHubConfig.model_validate(plain)))


@asynccontextmanager
async def jira() -> AsyncIterator[Vendor]:
    async with JiraStandIn(most=10_000_000) as stand_in:
        stand_in.index.lag = 5 * LATE  # the search is later than any write
        plain = {"url": stand_in.url, "project": "OPS", "token": "jira-watchkeeper", "email": BOT.email}
        section = {**plain, "type": "jira", "seconds": "1s", "late_write": f"{int(LATE * 1000)}ms"}
        yield Vendor(section, stand_in.faults, lambda: JiraIssues("jira", JiraConfig.model_validate(plain)))


@asynccontextmanager
async def pagerduty() -> AsyncIterator[Vendor]:
    async with PagerDutyStandIn(per_minute=10_000_000) as stand_in:
        plain = {
            "url": stand_in.url, "service": "PCHECK1", "account": "watchkeeper@shop.example",
            "token": "pd-watchkeeper", "writes_per_minute": 0,
        }  # fmt: skip
        section = {**plain, "type": "pagerduty", "seconds": "1s", "late_write": f"{int(LATE * 1000)}ms"}
        yield Vendor(section, stand_in.faults, lambda: PagerDuty("pagerduty", PagerDutyConfig.model_validate(plain)))
        assert [len(one.calls) for one in stand_in.incidents.incidents.values()] == [1] * INCIDENTS


@asynccontextmanager
async def servicenow() -> AsyncIterator[Vendor]:
    async with ServiceNowStandIn(per_hour=10_000_000) as stand_in:
        plain = {"url": stand_in.url, "user": "watchkeeper", "password": "sn_watchkeeper"}
        section = {**plain, "type": "servicenow", "seconds": "1s", "late_write": f"{int(LATE * 1000)}ms"}
        yield Vendor(section, stand_in.faults, lambda: ServiceNow("servicenow", ServiceNowConfig.model_validate(plain)))


VENDORS = {"github": github, "jira": jira, "pagerduty": pagerduty, "servicenow": servicenow}


async def _spoil(vendors: Mapping[str, Vendor], dice: random.Random) -> None:
    """One thing after another goes wrong, somewhere."""
    while True:
        await asyncio.sleep(dice.uniform(0.02, 0.15))
        vendor = dice.choice(list(vendors.values()))
        if len(vendor.faults.faults) < 4:
            kind = dice.choice([kind for kind in COMMON if kind not in QUIET or dice.random() < 0.1])
            status = dice.choice([500, 502, 504]) if kind.startswith(("error", "html")) else None
            vendor.faults.add(kind, status=status, retry_after=0, delay=dice.uniform(0.0, LATE - 0.1))


@pytest.mark.timeout(400)
async def test_every_entry_is_in_every_record_once_and_in_order(tmp_path: Path) -> None:
    dice = random.Random(20261124)
    async with contextlib.AsyncExitStack() as stack:
        vendors = {name: await stack.enter_async_context(vendor()) for name, vendor in VENDORS.items()}
        memory = {name: dict(vendor.section) for name, vendor in vendors.items()}
        memory["files"] = {"type": "files", "root": str(tmp_path / "records")}
        config = {
            "slack": {"bot_token": "xoxb-1", "app_token": "xapp-1"},
            "ledger": {"url": f"sqlite:///{tmp_path}/w.db", "record_key_file": str(tmp_path / "record.key")},
            "timing": {"send_guard": f"{int(GUARD)}s"},
            "reasoner": {"type": "playbook", "files": [str(ROOT / "playbooks")]},
            "memory": memory,
        }
        path = tmp_path / "watchkeeper.yaml"
        await asyncio.to_thread(path.write_text, yaml.safe_dump(config))
        await _killed_again_and_again(path, vendors, dice)
        for vendor in vendors.values():
            vendor.faults.clear()
        log = tmp_path / "carrier.log"
        process = await _start(path, log)
        async with asyncio.timeout(180):
            assert await process.wait() == 0, (await asyncio.to_thread(log.read_text))[-3000:]
        readers = {name: vendor.reader() for name, vendor in vendors.items()}
        readers["files"] = Files("files", FilesConfig(root=tmp_path / "records"))
        for reader in readers.values():
            await _holds_it_all(reader, tmp_path / "w.db")
            await reader.aclose()


async def _killed_again_and_again(path: Path, vendors: Mapping[str, Vendor], dice: random.Random) -> None:
    spoiling = asyncio.create_task(_spoil(vendors, dice))
    for _ in range(KILLS):
        process = await _start(path, path.with_name("carrier.log"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(dice.uniform(0.1, 0.6)):
                assert await process.wait() == 0
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
    spoiling.cancel()


async def _start(path: Path, log: Path) -> warm.WarmProcess:
    environ = without_proxies(os.environ)
    return await warm.start([str(path), str(INCIDENTS), str(ENTRIES)], environ, log, "tests.stories.carrier")


async def _holds_it_all(memory: Memory, database: Path) -> None:
    """Each incident's ticket has its entries, each once, in order, under markers that are intact."""
    tickets = await memory.tickets()
    assert len(tickets) == INCIDENTS, memory.name
    for ticket in tickets:
        remarks = await memory.read(ticket)
        marked = [one.marker for one in remarks if one.marker is not None]
        number = int(marked[0].incident.removeprefix("INC-"))
        incident = (await asyncio.to_thread(ledger.read, database, number)).newest
        assert incident is not None
        whole = [marker for marker in marked if marker.part == marker.parts]
        held = [n for marker in whole for n in range(marker.first or marker.n, marker.n + 1)]
        assert held == list(range(1, incident.count + 1)), f"{memory.name}: {ticket.label}"
        assert len({marker.op for marker in marked}) == len(remarks)
        if memory.capabilities.form_chars:
            assert _forms(remarks) == [entry.published for entry in incident.entries]


def _forms(remarks: Sequence[Remark]) -> list[Mapping[str, Any]]:
    """What the published forms in the markers say, entry by entry."""
    found: list[Mapping[str, Any]] = []
    data = ""
    for one in remarks:
        assert one.marker is not None
        data += one.marker.data
        if one.marker.part == one.marker.parts:
            found += map(json.loads, zlib.decompress(base64.b64decode(data)).split(b"\n"))
            data = ""
    return found
