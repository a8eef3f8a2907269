"""The record in ServiceNow, which answers 503 while people decide: nothing waits for it, then it holds everything."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.marker import parted
from engine.memory import Marker
from playground.person import Person, Slack
from playground.vendors.servicenow import ServiceNowStandIn
from tests.stories.light import TIMING, Json, LightWorld, until


@pytest.fixture
async def snow() -> AsyncIterator[ServiceNowStandIn]:
    async with ServiceNowStandIn() as running:
        yield running


def keeps_in_servicenow(stage: LightWorld, snow: ServiceNowStandIn) -> None:
    stage.tree["memory"]["servicenow"] = {
        "type": "servicenow",
        "url": snow.url,
        "user": "watchkeeper",
        "client_id": "0c4e7b1d9a52",
        "client_secret": "sn_client_secret",
        "seconds": "2s",
        "late_write": TIMING["late_write"],
    }


def ticket(snow: ServiceNowStandIn) -> Json:
    (incident,) = snow.snapshot()["incidents"]
    return dict(incident)


def markers(snow: ServiceNowStandIn) -> list[Marker]:
    """The last lines of description and work notes; the story's clock has more than seconds to order them by."""
    shown = ticket(snow)
    found = [parted(text)[1] for text in (shown["description"], *(one["value"] for one in shown["journal"]))]
    return [marker for marker in found if marker is not None]


def numbers(snow: ServiceNowStandIn) -> list[int]:
    whole = [marker for marker in markers(snow) if marker.part == marker.parts]
    return [n for marker in whole for n in range(marker.first or marker.n, marker.n + 1)]


async def test_an_incident_stands_in_servicenow_once_after_an_outage_a_kill_and_rules_of_its_own(
    stage: LightWorld, slack: Slack, priya: Person, snow: ServiceNowStandIn
) -> None:
    keeps_in_servicenow(stage, snow)
    snow.instance.note_moves_to = 3  # a rule of the instance: whatever gets a note goes On Hold
    snow.faults.add("error-after", "POST incident")
    snow.faults.add("cut-after", "PATCH incident")
    snow.faults.add("cancelled", "GET journal")
    await stage.start()
    killed = snow.faults.kill_at("after PATCH incident#3", stage.bot.pid)
    await stage.proposed()
    await until(_fired(killed), bool, 20, "the bot is killed in the middle of a write to ServiceNow")
    await stage.bot.process.wait()
    snow.tokens.revoke()
    outage = snow.faults.add("down", times=None)
    await stage.start()
    await priya.reacts("✅", await stage.card())
    incident = await stage.ends()
    assert numbers(snow) == list(range(1, len(numbers(snow)) + 1))
    assert len(numbers(snow)) < incident.count, "nothing waited for it"
    snow.faults.clear(outage.id)

    async def look() -> int:
        return len(numbers(snow))

    await until(look, lambda count: count >= incident.count, 60, "every entry is in ServiceNow")
    assert numbers(snow) == [entry.n for entry in incident.entries], "once and in order"
    assert len({marker.op for marker in markers(snow)}) == len(markers(snow))
    shown = await until(_ticket(snow), lambda found: found["state"] == "Resolved", 20, "the incident is resolved")
    assert (shown["correlation_id"], shown["priority"]) == ("INC-2041", "2 - High")
    assert shown["correlation_display"] == "Watchkeeper; incident; SEV2 major; service: checkout;"
    assert snow.faults.faults == [], "every fault was met"


def _fired(killed: Any) -> Any:
    async def fired() -> bool:
        return bool(killed.fired)

    return fired


def _ticket(snow: ServiceNowStandIn) -> Any:
    async def look() -> Json:
        return ticket(snow)

    return look
