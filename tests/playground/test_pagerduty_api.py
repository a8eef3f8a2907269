"""PagerDuty's own client works against the stand-in, and every exchange fits PagerDuty's own description."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from playground.vendors.pagerduty import PagerDutyStandIn
from tests.playground.pagerduty_client import DESCRIPTION, HEADERS, MAYA, with_library
from tests.playground.running import process

SERVICE = {"id": "PCHECK1", "type": "service_reference"}


@pytest.fixture
async def duty() -> AsyncIterator[PagerDutyStandIn]:
    """A stand-in whose every exchange is checked, where the description is at hand."""
    async with PagerDutyStandIn(validate=DESCRIPTION) as running:
        yield running
        assert running.violations == []


@pytest.mark.skipif(DESCRIPTION is None, reason="PagerDuty's API description is not here")
async def test_the_description_is_really_checked() -> None:
    async with (
        PagerDutyStandIn(validate=DESCRIPTION) as duty,
        aiohttp.ClientSession(duty.url, headers=HEADERS) as session,
        session.post("/incidents", json={"incident": {"title": "x"}}) as response,
    ):
        assert response.status == 400
        assert len(duty.violations) == 1
        assert "is a required property" in duty.violations[0]


async def test_an_incident_lives_from_its_first_call_to_its_end(duty: PagerDutyStandIn) -> None:
    def work(pd: Any) -> None:
        asked = {"type": "incident", "title": "INC-2041", "service": SERVICE, "incident_key": "INC-2041"}
        made = pd.rpost("incidents", json=asked)
        assert (made["incident_number"], made["status"], made["incident_key"]) == (4711, "triggered", "INC-2041")
        notes = f"incidents/{made['id']}/notes"
        first, second = (pd.rpost(notes, json={"content": text})["id"] for text in ("a", "b"))
        assert [(one["id"], one["user"]["summary"]) for one in pd.rget(notes)] == [
            (second, "Watchkeeper"),
            (first, "Watchkeeper"),
        ]
        changed = pd.put(f"{notes}/{second}", json={"note": {"content": "c"}}).json()["note"]
        assert (changed["id"], changed["content"]) == (second, "c")
        assert pd.delete(f"{notes}/{first}").status_code == 204
        assert [one["content"] for one in pd.rget(notes)] == ["c"]
        change = {"type": "incident_reference", "priority": {"id": "PPRIO02", "type": "priority_reference"}}
        assert pd.rput(f"incidents/{made['id']}", json=change)["priority"]["name"] == "P2"
        closing = {"type": "incident_reference", "status": "resolved", "resolution": "rolled back"}
        closed = pd.rput(f"incidents/{made['id']}", json=closing)
        assert (closed["status"], closed["last_status_change_by"]["summary"]) == ("resolved", "Watchkeeper")
        again = pd.rput(f"incidents/{made['id']}", json={"type": "incident_reference", "status": "triggered"})
        assert "resolved_at" not in again
        assert pd.rget(f"incidents/{made['id']}")["status"] == "triggered"

    await with_library(duty, work)
    (seen,) = duty.snapshot()["incidents"]
    assert (seen["calls"], seen["priority"]) == (2, "P2")


async def test_lists_are_cut_into_pages_filtered_and_sorted(duty: PagerDutyStandIn) -> None:
    def work(pd: Any) -> None:
        for n in range(7):
            asked = {"type": "incident", "title": f"incident {n}", "service": SERVICE, "incident_key": f"key {n}"}
            made = pd.rpost("incidents", json=asked)
        pd.rput(f"incidents/{made['id']}", json={"type": "incident_reference", "status": "resolved"})

        def titles(**params: Any) -> list[str]:
            return [one["title"][-1] for one in pd.iter_all("incidents", params=params, page_size=3)]

        assert titles() == list("0123456")
        assert titles(sort_by="created_at:desc", service_ids=["PCHECK1"]) == list("6543210")
        assert titles(statuses=["resolved"]) == ["6"]
        assert titles(statuses=["triggered", "resolved"], incident_key="key 5") == ["5"]
        assert titles(service_ids=["PSEARCH"]) == []
        assert [one["name"] for one in pd.iter_all("priorities")] == ["P1", "P2", "P3", "P4", "P5"]
        assert [one["email"] for one in pd.iter_all("users", params={"query": "maya"})] == [MAYA.email]
        assert pd.rget("services/PCHECK1")["name"] == "checkout"

    await with_library(duty, work)


async def test_a_list_without_a_range_begins_a_month_ago_and_may_lag_behind() -> None:
    times = [datetime.now(UTC)]
    async with PagerDutyStandIn(now=lambda: times[0], validate=DESCRIPTION) as duty:
        old = duty.incidents.create(MAYA, "PCHECK1", "old", key="old")
        times[0] += timedelta(days=60)
        new = duty.incidents.create(MAYA, "PCHECK1", "new", key="new")

        async def listed(**params: str) -> list[str]:
            found = await with_library(duty, lambda pd: pd.get("incidents", params=params).json()["incidents"])
            return [one["id"] for one in found]

        assert await listed() == [new.id]
        assert await listed(date_range="all") == [old.id, new.id]
        assert await listed(since=old.created.isoformat(), until=(old.created + timedelta(days=1)).isoformat()) == [
            old.id
        ]
        async with (
            aiohttp.ClientSession(duty.url) as session,
            session.post("/control/set", json={"list_lag": 30, "clock_ahead": 7}) as response,
        ):
            assert response.status == 200
        assert await listed() == []
        assert await listed(incident_key="new") == [new.id], "a list by key is consistent"
        assert duty.incidents.now() == times[0] + timedelta(seconds=7)
        assert duty.violations == []


async def test_people_and_monitoring_act_by_the_control_door_and_the_page_shows_it(duty: PagerDutyStandIn) -> None:
    async with aiohttp.ClientSession(duty.url) as session:

        async def act(do: str, who: str = MAYA.email, **more: str) -> tuple[int, Any]:
            async with session.post("/control/act", json={"as": who, "do": do, **more}) as response:
                return response.status, (await response.json()).get("id")

        _, incident = await act("alert", service="PCHECK1", key="disk-7", title="<b>disk</b> full")
        assert await act("alert", service="PCHECK1", key="disk-7", title="again") == (200, incident)
        _, note = await act("note", incident=incident, content="approve 19 <script>")
        assert (await act("edit_note", incident=incident, note=note, content="approve <img>"))[0] == 200
        assert (await act("acknowledge", incident=incident))[0] == 200
        (seen,) = duty.snapshot()["incidents"]
        assert (seen["status"], seen["by"], seen["calls"]) == ("acknowledged", "Maya Okafor", 1)
        assert [(one["author"], one["content"]) for one in seen["notes"]] == [("Maya Okafor", "approve <img>")]
        async with session.get(f"/page/incidents/{incident}") as response:
            page = await response.text()
        assert "&lt;img&gt;" in page
        assert "<b>disk" not in page
        for do in ("resolve", "reopen", "rename"):
            assert (await act(do, incident=incident, title="renamed"))[0] == 200
        assert (await act("delete_note", incident=incident, note=note))[0] == 200
        (seen,) = duty.snapshot()["incidents"]
        assert (seen["status"], seen["title"], seen["notes"], seen["calls"]) == ("triggered", "renamed", [], 2)
        assert (await act("note", who="tom.becker@shop.example", incident=incident, content="x"))[0] == 403
        assert (await act("note", who="nobody", incident=incident, content="x"))[0] == 400
        assert (await act("note", content="x"))[0] == 400
    async with aiohttp.ClientSession(duty.url, headers=HEADERS) as session, session.get("/incidents") as response:
        (shown,) = (await response.json())["incidents"]
        assert "incident_key" not in shown, "an alert's incident has none of its own"


async def test_the_stand_in_runs_as_a_process() -> None:
    async with (
        process("playground.vendors.pagerduty", "--per-minute", "77") as duty,
        aiohttp.ClientSession(duty["url"], headers=HEADERS) as session,
        session.get("/services/PCHECK1") as response,
    ):
        assert (response.status, response.headers["ratelimit-limit"]) == (200, "77")
