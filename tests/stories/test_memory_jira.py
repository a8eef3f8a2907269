"""The record in Jira, through whatever goes wrong there: one issue, every entry once and in order, and exact."""

import base64
import json
import zlib
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

import pytest

from connectors.memory.jira import adf, plain
from playground.person import Person, Slack
from playground.vendors.jira import JiraStandIn
from tests.stories.light import TIMING, Json, LightWorld, until


@pytest.fixture
async def jira() -> AsyncIterator[JiraStandIn]:
    async with JiraStandIn() as running:
        yield running


def keeps_in_jira(stage: LightWorld, jira: JiraStandIn) -> None:
    stage.tree["memory"]["jira"] = {
        "type": "jira",
        "url": jira.url,
        "project": "OPS",
        "email": "watchkeeper@shop.example",
        "token": "jira-watchkeeper",
        "seconds": "2s",
        "late_write": TIMING["late_write"],
    }


def entries(jira: JiraStandIn) -> list[Json]:
    """The published forms that the notes of the one issue of ours hold, in the order in which they stand there."""
    (issue,) = [found for found in jira.snapshot()["issues"] if found["bot"]]
    markers = [part["properties"]["watchkeeper"] for part in (issue, *issue["comments"])]
    assert {marker["incident"] for marker in markers} == {"INC-2041"}
    found: list[Json] = []
    for _, parts in groupby(markers, key=lambda marker: marker["seq"]):
        pieces = list(parts)
        assert [piece["part"] for piece in pieces] == list(range(1, pieces[0]["parts"] + 1))
        data = "".join(piece["data"] for piece in pieces)
        found += [json.loads(line) for line in zlib.decompress(base64.b64decode(data, validate=True)).split(b"\n")]
    return found


async def test_an_incident_stands_in_jira_once_whatever_goes_wrong_there(
    stage: LightWorld, slack: Slack, priya: Person, jira: JiraStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps_in_jira(stage, jira)
    maya = jira.account("Maya Okafor")
    assert maya
    jira.tracker.open_issue(maya, {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "older"}, {})
    monkeypatch.setattr(jira.index, "learn", lambda issue: None)  # from now on the search learns nothing
    jira.faults.add("error-after", "POST issue")
    for fault in ("cut-after", "limit"):
        jira.faults.add(fault, "POST comment", retry_after=1)
    jira.faults.add("cut-after", "POST transition")
    await stage.start()
    killed = jira.faults.kill_at("after POST comment#3", stage.bot.pid)
    await stage.proposed()
    await until(_fired(killed), bool, 20, "the bot is killed in the middle of a write to Jira")
    await stage.bot.process.wait()
    jira.faults.add("half", "POST comment")
    await stage.start()
    await priya.reacts("✅", await stage.card())
    incident = await stage.ends()

    async def look() -> int:
        return len(entries(jira))

    await until(look, lambda count: count >= incident.count, 30, "every entry is in Jira")
    assert entries(jira) == [entry.published for entry in incident.entries], "once, in order, exact"
    issue = await until(_issue(jira), lambda found: found["status"] == "Done", 20, "the issue is closed")
    assert jira.faults.faults == [], "every fault was met"
    assert {"incident", "service-checkout"} <= set(issue["labels"])
    assert issue["priority"] == "High"
    assert "Findings follow here." in plain.text(issue["description"])
    assert all(adf.size(comment["body"]) <= adf.MAX_DOCUMENT for comment in issue["comments"])


def _fired(kill: Any) -> Any:
    async def fired() -> bool:
        return bool(kill.fired)

    return fired


def _issue(jira: JiraStandIn) -> Any:
    async def look() -> Json:
        (issue,) = [found for found in jira.snapshot()["issues"] if found["bot"]]
        return dict(issue)

    return look
