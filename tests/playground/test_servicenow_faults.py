"""The ServiceNow stand-in refuses in ServiceNow's words, and goes wrong where it is told to."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.vendors.servicenow import ServiceNowStandIn
from tests.playground.running import eventually
from tests.playground.test_servicenow_api import JOURNAL, TABLE, basic

Failed = (aiohttp.ClientError, TimeoutError)


@pytest.fixture
async def snow() -> AsyncIterator[ServiceNowStandIn]:
    async with ServiceNowStandIn() as running:
        yield running


@pytest.fixture
async def session(snow: ServiceNowStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=0.4)
    async with aiohttp.ClientSession(snow.url, headers=basic(), timeout=timeout) as client:
        async with client.post(TABLE, json={"short_description": "checkout"}) as response:
            assert response.status == 201
        yield client


def notes(snow: ServiceNowStandIn) -> list[str]:
    (incident,) = snow.instance.incidents.values()
    return [entry["value"] for entry in incident.journal]


async def note(session: aiohttp.ClientSession, snow: ServiceNowStandIn, text: str = "a finding") -> tuple[int, Any]:
    (key,) = snow.instance.incidents
    async with session.patch(f"{TABLE}/{key}", json={"work_notes": text}) as response:
        return response.status, await (response.json() if "json" in response.content_type else response.text())


@pytest.mark.parametrize(
    ("kind", "status", "words", "effect"),
    [
        ("down", 503, "Internal server error", False),
        ("error", 500, "Internal server error", False),
        ("error-after", 500, "Internal server error", True),
        ("html", 502, "<h1>502 Bad Gateway</h1>", False),
        ("html-after", 502, "<h1>502 Bad Gateway</h1>", True),
        ("hibernating", 200, "Instance Hibernating", False),
        ("unauthorized", 401, "User Not Authenticated", False),
        ("missing", 404, "No Record found", False),
        ("rate-limit", 429, "Rate limit exceeded", False),
        ("cancelled", 200, "Transaction cancelled: maximum execution time exceeded", False),
    ],
)
async def test_a_failing_answer_comes_before_or_after_the_effect(
    snow: ServiceNowStandIn, session: aiohttp.ClientSession, kind: str, status: int, words: str, effect: bool
) -> None:
    async with session.post("/control/fault", json={"kind": kind, "call": "PATCH incident"}) as response:
        assert response.status == 201
    answered, said = await note(session, snow)
    assert answered == status
    assert words in (said if isinstance(said, str) else said["error"]["message"])
    assert notes(snow) == (["a finding"] if effect else [])
    assert (await note(session, snow, "again"))[0] == 200, "once, and then no more"


@pytest.mark.parametrize(
    ("kind", "effect"),
    [("hang", False), ("hang-after", True), ("cut", False), ("cut-after", True), ("half", True), ("late", True)],
)
async def test_an_answer_is_lost_before_the_effect_or_after_it_or_long_before(
    snow: ServiceNowStandIn, session: aiohttp.ClientSession, kind: str, effect: bool
) -> None:
    snow.faults.add(kind, "PATCH incident", delay=0.1)
    with pytest.raises(Failed):
        await note(session, snow)

    async def look() -> list[str]:
        return notes(snow)

    await eventually(look, lambda seen: seen == (["a finding"] if effect else []))


async def test_a_slow_answer_comes_with_its_effect(snow: ServiceNowStandIn, session: aiohttp.ClientSession) -> None:
    snow.faults.add("slow", "PATCH incident", delay=0.1)
    assert (await note(session, snow))[0] == 200
    assert snow.calls[-1].fault == "slow"
    assert snow.calls[-1].ms is not None
    assert snow.calls[-1].ms >= 100


@pytest.mark.parametrize(
    ("user", "password", "call", "status", "words"),
    [
        ("watchkeeper", "wrong", "GET", 401, "User Not Authenticated"),
        ("nobody", "x", "POST", 401, "User Not Authenticated"),
        ("tom.becker", "sn_tom", "POST", 403, "ACL Exception Insert Failed due to security constraints"),
        ("tom.becker", "sn_tom", "PATCH", 403, "ACL Exception Update Failed due to security constraints"),
        ("sam.reyes", "sn_sam", "GET", 403, "Failed API level ACL Validation"),
        ("watchkeeper", "sn_watchkeeper", "DELETE", 403, "ACL Exception Delete Failed"),
    ],
)
async def test_rights_are_those_of_the_user(
    snow: ServiceNowStandIn,
    session: aiohttp.ClientSession,
    user: str,
    password: str,
    call: str,
    status: int,
    words: str,
) -> None:
    (key,) = snow.instance.incidents
    path = TABLE if call in ("GET", "POST") else f"{TABLE}/{key}"
    body = None if call in ("GET", "DELETE") else {"short_description": "x"}
    async with session.request(call, path, json=body, headers=basic(user, password)) as response:
        assert response.status == status
        said = (await response.json())["error"]
        assert words in f"{said['message']}: {said['detail']}"


async def test_access_rules_take_rows_out_after_they_were_counted(
    snow: ServiceNowStandIn, session: aiohttp.ClientSession
) -> None:
    await note(session, snow)
    async with session.get(JOURNAL, headers=basic("watchkeeper.blind", "sn_blind")) as response:
        assert (response.status, (await response.json())["result"]) == (200, [])
        assert response.headers["X-Total-Count"] == "1"
    (entry,) = snow.instance.journal_rows()
    path = f"{JOURNAL}/{entry['sys_id']}"
    async with session.get(path, headers=basic("watchkeeper.blind", "sn_blind")) as response:
        assert response.status == 404
    async with session.delete(path) as response:
        assert response.status == 403, "nobody deletes an entry"


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (TABLE, b"{", 400, "Exception while reading request"),
        (TABLE, b"[1]", 400, "Exception while reading request"),
        ("/api/now/table/sys_audit", None, 400, "Invalid table sys_audit"),
        ("/api/now/nothing", None, 400, "Requested URI does not represent any resource"),
        (f"{TABLE}/{'f' * 32}", None, 404, "No Record found"),
    ],
)
async def test_what_is_not_there_is_refused(
    session: aiohttp.ClientSession, path: str, body: bytes | None, status: int, words: str
) -> None:
    method = "POST" if body else "GET"
    async with session.request(method, path, data=body, headers={"Content-Type": "application/json"}) as response:
        assert (response.status, (await response.json())["error"]["message"]) == (status, words)


async def test_the_hours_requests_run_out() -> None:
    async with (
        ServiceNowStandIn(per_hour=2) as snow,
        aiohttp.ClientSession(snow.url, headers=basic()) as session,
    ):
        for _ in range(2):
            async with session.get(TABLE) as response:
                assert response.headers["X-RateLimit-Limit"] == "2"
                assert len(response.headers["X-RateLimit-Rule"]) == 32
                assert int(response.headers["X-RateLimit-Reset"]) % 3_600 == 0
        async with session.get(TABLE) as response:
            assert response.status == 429
            assert 0 < int(response.headers["Retry-After"]) <= 3_601
            assert (await response.json())["error"]["detail"].startswith("Rate limit of 2 requests per hour")


async def test_a_long_entry_is_cut_where_the_instance_cuts() -> None:
    async with (
        ServiceNowStandIn(journal_chars=10) as snow,
        aiohttp.ClientSession(snow.url, headers=basic()) as session,
    ):
        async with session.post(TABLE, json={"short_description": "x"}) as response:
            assert response.status == 201
        for text in ("0123456789ABC", "\U0001f525" * 6):
            await note(session, snow, text)
        assert notes(snow) == ["0123456789", "\U0001f525" * 5]
