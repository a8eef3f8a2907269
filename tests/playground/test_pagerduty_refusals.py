"""The stand-in refuses what PagerDuty refuses, with its status, code and words, and goes wrong where it says."""

import asyncio
import json
import sys
from typing import Any

import aiohttp
import pytest

from playground.vendors.pagerduty import PagerDutyStandIn
from tests.playground.pagerduty_client import DESCRIPTION, HEADERS, MAYA, ask
from tests.playground.running import eventually

INCIDENT = {"type": "incident", "title": "x", "service": {"id": "PCHECK1", "type": "service_reference"}}


async def test_a_key_is_taken_while_its_incident_is_open() -> None:
    async with PagerDutyStandIn(validate=DESCRIPTION) as duty:
        asked = {"incident": {**INCIDENT, "incident_key": "INC-2041"}}
        status, made = await ask(duty, "POST", "incidents", json=asked)
        assert status == 201
        status, refused = await ask(duty, "POST", "incidents", json=asked)
        assert (status, refused["error"]["code"]) == (400, 2002)
        assert refused["error"]["errors"] == ["Open incident with matching dedup key already exists on this service"]
        change = {"incident": {"type": "incident_reference", "status": "resolved"}}
        assert (await ask(duty, "PUT", f"incidents/{made['incident']['id']}", json=change))[0] == 200
        assert (await ask(duty, "POST", "incidents", json=asked))[0] == 201
        raised = duty.incidents.raise_alert("PSEARCH", "INC-2042", "by an event")
        taken = {**INCIDENT, "incident_key": "INC-2042", "service": {"id": "PSEARCH", "type": "service_reference"}}
        assert (await ask(duty, "POST", "incidents", json={"incident": taken}))[0] == 400
        status, found = await ask(duty, "GET", "incidents", params={"incident_key": "INC-2042"})
        assert [one["id"] for one in found["incidents"]] == [raised.id]
        assert duty.violations == []


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "said"),
    [
        ("POST", "incidents", {"json": {"incident": INCIDENT}, "who": None}, 400, (2016, "email address")),
        ("POST", "incidents", {"json": {"incident": INCIDENT}, "who": "no@shop.example"}, 400, (1008, "Not Found")),
        ("POST", "incidents", {"json": {"incident": INCIDENT}, "token": "pd-reads"}, 403, (2010, "Access Denied")),
        ("POST", "incidents", {"json": {"incident": {**INCIDENT, "title": " "}}}, 400, (2001, "Title cannot be")),
        ("POST", "incidents", {"json": {"incident": {**INCIDENT, "title": "t" * 1_025}}}, 400, (2001, "too long")),
        ("POST", "incidents", {"json": {"title": "x"}}, 400, (2001, "Incident cannot be empty")),
        ("POST", "incidents", {"data": b"{"}, 400, (2001, "not valid JSON")),
        ("POST", "incidents/{id}/notes", {"json": {"note": {"content": ""}}}, 400, (2001, "Content cannot be")),
        ("POST", "incidents/{id}/notes", {"json": {"note": {"content": "n" * 25_001}}}, 400, (2001, "too long")),
        ("POST", "incidents/{id}/notes", {"json": {"note": {"content": 7}}}, 400, (2001, "must be a string")),
        ("POST", "incidents/{id}/notes", {"json": {"content": "unwrapped"}}, 400, (2001, "Note cannot be empty")),
        ("POST", "incidents/PNONE00/notes", {"json": {"note": {"content": "x"}}}, 404, (2100, "Not Found")),
        ("PUT", "incidents/{id}/notes/PNONE00", {"json": {"note": {"content": "x"}}}, 404, (2100, "Not Found")),
        ("DELETE", "incidents/{id}/notes/PNONE00", {}, 404, (2100, "Not Found")),
        ("PUT", "incidents/{id}", {"json": {"incident": {"status": "closed"}}}, 400, (2001, "Status is not")),
        ("PUT", "incidents/{id}", {"json": {"incident": {"priority": "P9"}}}, 400, (2001, "Priority not found")),
        ("GET", "services/PNONE00", {}, 404, (2100, "Not Found")),
        ("GET", "nothing/here", {}, 404, (2100, "Not Found")),
        ("GET", "incidents", {"params": {"since": "yesterday"}}, 400, (2001, "not a valid time")),
        ("GET", "incidents", {"params": {"since": "2026-01-01", "until": "2026-11-01"}}, 400, (2001, "6 months")),
        ("GET", "incidents", {"params": {"offset": 9_990, "limit": 20}}, 400, (2001, "10000")),
        ("GET", "incidents", {"params": {"sort_by": "colour"}}, 400, (2001, "not a valid field")),
    ],
)
async def test_what_does_not_fit_is_refused(
    method: str, path: str, more: dict[str, Any], status: int, said: tuple[int, str]
) -> None:
    async with PagerDutyStandIn() as duty:
        there = duty.incidents.create(MAYA, "PCHECK1", "there")
        answered, body = await ask(duty, method, path.format(id=there.id), **more)
        error = body["error"]
        assert (answered, error["code"]) == (status, said[0])
        assert said[1] in " ".join([error["message"], *error.get("errors", [])])
        assert len(duty.incidents.incidents) == 1
        assert there.notes == []


async def test_an_incident_takes_two_thousand_notes() -> None:
    async with PagerDutyStandIn() as duty:
        there = duty.incidents.create(MAYA, "PCHECK1", "there")
        for _ in range(2_000):
            duty.incidents.add_note(MAYA, there.id, "+1")
        status, refused = await ask(duty, "POST", f"incidents/{there.id}/notes", json={"note": {"content": "x"}})
        assert (status, refused["error"]["errors"]) == (400, ["Incident cannot have more than 2000 notes"])


async def test_the_limit_of_a_minute_is_told_in_every_answer() -> None:
    async with PagerDutyStandIn(per_minute=2) as duty, aiohttp.ClientSession(duty.url, headers=HEADERS) as session:
        left = []
        for _ in range(3):
            async with session.get("/services/PCHECK1") as response:
                left.append((response.status, response.headers["ratelimit-remaining"]))
                assert 0 < int(response.headers["ratelimit-reset"]) <= 60
        assert left == [(200, "1"), (200, "0"), (429, "0")]
        session.headers["Authorization"] = "Token token=pd-reads"
        async with session.get("/services/PCHECK1") as response:
            assert response.status == 200, "each key has its own"
        session.headers["Authorization"] = "Bearer pd-reads"
        async with session.get("/services/PCHECK1") as response:
            assert (response.status, (await response.json())["error"]["code"]) == (401, 2006)


@pytest.mark.parametrize(
    ("kind", "status", "effect"),
    [
        ("down", 503, False),
        ("error", 502, False),
        ("html", 502, False),
        ("unauthorized", 401, False),
        ("missing", 404, False),
        ("rate-limit", 429, False),
        ("error-after", 502, True),
        ("html-after", 502, True),
        ("slow", 200, True),
        ("hang", None, False),
        ("hang-after", None, True),
        ("cut", None, False),
        ("cut-after", None, True),
        ("half", None, True),
        ("late", None, True),
    ],
)
async def test_a_fault_comes_before_or_after_the_effect(kind: str, status: int | None, effect: bool) -> None:
    timeout = aiohttp.ClientTimeout(total=0.3)
    async with PagerDutyStandIn() as duty, aiohttp.ClientSession(duty.url, headers=HEADERS, timeout=timeout) as session:
        there = duty.incidents.create(MAYA, "PCHECK1", "there")
        set_ = {"kind": kind, "call": "POST note", "delay": 0.1, "retry_after": 9}
        async with session.post("/control/fault", json=set_) as response:
            assert response.status == 201

        async def write() -> int | None:
            try:
                async with session.post(f"/incidents/{there.id}/notes", json={"note": {"content": kind}}) as response:
                    assert (response.content_type == "text/html") is (response.status == 502 and "html" in kind)
                    assert response.status != 429 or response.headers["ratelimit-reset"] == "9"
                    await response.read()
                    return response.status
            except (aiohttp.ClientError, TimeoutError):
                return None

        assert await write() == status

        async def written() -> list[str]:
            return [one.content for one in there.notes]

        await eventually(written, lambda seen: seen == ([kind] if effect else []))
        assert duty.calls[-1].fault == kind
        assert await write() == 200, "once, and then no more"


async def test_a_kill_point_kills_the_writer_there() -> None:
    async with PagerDutyStandIn() as duty:
        there = duty.incidents.create(MAYA, "PCHECK1", "there")
        code = (
            "import sys, json, urllib.request as u; sys.stdin.readline()\n"
            "for n in range(3):\n"
            "    body = json.dumps({'note': {'content': str(n)}}).encode()\n"
            "    u.urlopen(u.Request(sys.argv[1], body, json.loads(sys.argv[2]))).read()\n"
        )
        writer = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            f"{duty.url}/incidents/{there.id}/notes",
            json.dumps(HEADERS),
            stdin=asyncio.subprocess.PIPE,
        )
        duty.faults.kill_at("after POST note#2", writer.pid)
        await writer.communicate(b"go\n")
        assert writer.returncode == -9
        assert [one.content for one in there.notes] == ["0", "1"]
