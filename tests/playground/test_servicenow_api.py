"""The ServiceNow stand-in does what the Table API's documentation says, with the platform's surprises; pysnow works."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pysnow
import pytest

from playground.vendors.servicenow import ServiceNowStandIn
from playground.vendors.servicenow.tables import stamp
from tests.playground.running import process

TABLE = "/api/now/table/incident"
JOURNAL = "/api/now/table/sys_journal_field"


def basic(user: str = "watchkeeper", password: str = "sn_watchkeeper") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest.fixture
async def snow() -> AsyncIterator[ServiceNowStandIn]:
    async with ServiceNowStandIn() as running:
        yield running


@pytest.fixture
async def session(snow: ServiceNowStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(snow.url, headers=basic()) as client:
        yield client


async def said(call: Any, status: int = 200) -> Any:
    async with call as response:
        assert response.status == status, await response.text()
        return (await response.json())["result"]


async def opened(session: aiohttp.ClientSession, **values: str) -> dict[str, Any]:
    row: dict[str, Any] = await said(session.post(TABLE, json={"short_description": "checkout", **values}), 201)
    return row


async def found(session: aiohttp.ClientSession, query: str, table: str = TABLE) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await said(session.get(table, params={"sysparm_query": query}))
    return rows


async def test_pysnow_works_with_it(snow: ServiceNowStandIn) -> None:
    def work() -> tuple[str, list[str], str]:
        client = pysnow.Client(
            host=snow.url.removeprefix("http://"), user="watchkeeper", password="sn_watchkeeper", use_ssl=False
        )
        incident = client.resource(api_path="/table/incident")
        row = incident.create({"short_description": "checkout", "work_notes": "one"}).one()
        client.resource(api_path="/table/incident").update({"sys_id": row["sys_id"]}, {"work_notes": "two"})
        journal = client.resource(api_path="/table/sys_journal_field")
        query = pysnow.QueryBuilder().field("element_id").equals(row["sys_id"])
        notes = journal.get(query=query, fields=["value"]).all()
        again = client.resource(api_path="/table/incident").get(query={"number": row["number"]}).one()
        client.close()
        return row["number"], sorted(note["value"] for note in notes), again["sys_mod_count"]

    assert await asyncio.to_thread(work) == ("INC0048211", ["one", "two"], "1")


async def test_a_work_note_is_a_row_of_the_journal_and_empty_in_the_record(
    snow: ServiceNowStandIn, session: aiohttp.ClientSession
) -> None:
    row = await opened(session)
    patched = await said(session.patch(f"{TABLE}/{row['sys_id']}", json={"work_notes": "a\nb", "comments": "to you"}))
    assert (patched["work_notes"], patched["sys_updated_by"]) == ("", "watchkeeper")
    notes = await found(session, f"element_id={row['sys_id']}^element=work_notes", JOURNAL)
    assert [note["value"] for note in notes] == ["a\nb"]
    assert notes[0]["sys_created_by"] == "watchkeeper"
    shown = await said(session.get(f"{TABLE}/{row['sys_id']}", params={"sysparm_display_value": "true"}))
    assert shown["work_notes"].endswith(" - Watchkeeper (Work notes)\na\nb\n\n")
    assert (await said(session.get(f"{JOURNAL}/{notes[0]['sys_id']}")))["value"] == "a\nb"


async def test_the_second_is_the_finest_time_and_orders_nothing_within_it() -> None:
    times = iter(datetime(2026, 11, 24, 2, 7, 4, n * 1000, tzinfo=UTC) for n in range(500))
    async with (
        ServiceNowStandIn(now=lambda: next(times)) as snow,
        aiohttp.ClientSession(snow.url, headers=basic()) as session,
    ):
        row = await opened(session)
        for n in range(8):
            await said(session.patch(f"{TABLE}/{row['sys_id']}", json={"work_notes": str(n)}))
        notes = await found(session, f"element_id={row['sys_id']}^ORDERBYsys_created_on", JOURNAL)
        assert {note["sys_created_on"] for note in notes} == {"2026-11-24 02:07:04"}
        assert [note["value"] for note in notes] != [str(n) for n in range(8)]
        assert [note["sys_id"] for note in notes] == sorted(note["sys_id"] for note in notes)


async def test_encoded_queries_find_order_and_ignore_what_is_invalid(session: aiohttp.ClientSession) -> None:
    for title, key in (("checkout: fails", "INC-1"), ("search: slow", "INC-2"), ("Checkout again", "INC-3")):
        await opened(session, short_description=title, correlation_id=key)
    cases = {
        "correlation_id=inc-2": ["INC-2"],
        "short_descriptionLIKEcheckout^ORDERBYDESCcorrelation_id": ["INC-3", "INC-1"],
        "short_descriptionLIKEfails^ORshort_descriptionLIKEslow^ORDERBYnumber": ["INC-1", "INC-2"],
        "correlation_id=INC-1^NQcorrelation_id=INC-3^ORDERBYnumber": ["INC-1", "INC-3"],
        "correlation_idININC-1,INC-2^short_descriptionSTARTSWITHsearch": ["INC-2"],
        "close_codeISEMPTY^correlation_id!=INC-1^ORDERBYnumber": ["INC-2", "INC-3"],
        "opened_by=javascript:gs.getUserID()^ORDERBYnumber": ["INC-1", "INC-2", "INC-3"],
        "no_such_field=x^correlation_id=INC-3": ["INC-3"],
        "sys_created_on>=2000-01-01 00:00:00^sys_created_on<2000-01-02 00:00:00": [],
    }
    for query, keys in cases.items():
        assert [row["correlation_id"] for row in await found(session, query)] == keys, query


async def test_fields_pages_references_and_display_values(
    snow: ServiceNowStandIn, session: aiohttp.ClientSession
) -> None:
    for _ in range(3):
        row = await opened(session)
    assert row["opened_by"]["link"].startswith(f"{snow.url}/api/now/table/sys_user/")
    params = {"sysparm_limit": "2", "sysparm_fields": "number,opened_by.user_name,nothing", "sysparm_query": ""}
    async with session.get(TABLE, params=params) as response:
        assert response.headers["X-Total-Count"] == "3"
        assert 'rel="next"' in response.headers["Link"]
        rows = (await response.json())["result"]
    assert len(rows) == 2
    assert rows[0].keys() == {"number", "opened_by.user_name"}
    assert rows[0]["opened_by.user_name"] == "watchkeeper"
    both = {"sysparm_display_value": "all", "sysparm_fields": "state,opened_by"}
    shown = await said(session.get(f"{TABLE}/{row['sys_id']}", params=both))
    assert shown["state"] == {"display_value": "New", "value": "1"}
    assert shown["opened_by"]["display_value"] == "Watchkeeper"


async def test_the_instance_has_rules_of_its_own(snow: ServiceNowStandIn, session: aiohttp.ClientSession) -> None:
    row = await opened(session, short_description="x" * 300, description="y" * 9_000, impact="2", urgency="1", odd="z")
    assert (len(row["short_description"]), len(row["description"]), row["priority"]) == (160, 9_000, "2")
    assert "odd" not in row
    path = f"{TABLE}/{row['sys_id']}"
    async with session.patch(path, json={"state": "6"}) as response:
        assert response.status == 403
        assert "Data Policy Exception" in (await response.json())["error"]["detail"]
    resolution = {"close_code": "Solution provided", "close_notes": "rolled back"}
    resolved = await said(session.patch(path, json={"state": "6", **resolution}))
    assert resolved["resolved_by"]["value"]
    async with session.post("/control/set", json={"note_moves_to": 2}) as response:
        assert response.status == 200
    assert (await said(session.patch(path, json={"work_notes": "a word"})))["state"] == "2"
    await said(session.patch(path, json={"state": "7", **resolution}))
    async with session.patch(path, json={"work_notes": "too late"}) as response:
        assert response.status == 403, "what is Closed is read only"


async def test_oauth_client_credentials(snow: ServiceNowStandIn) -> None:
    async with aiohttp.ClientSession(snow.url) as session:
        form = {"grant_type": "client_credentials", "client_id": "0c4e7b1d9a52", "client_secret": "sn_client_secret"}
        async with session.post("/oauth_token.do", data=form | {"client_secret": "no"}) as response:
            assert (response.status, (await response.json())["error_description"]) == (401, "access_denied")
        async with session.post("/oauth_token.do", data=form) as response:
            token = (await response.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert await said(session.get(TABLE, headers=headers)) == []
        async with session.post("/control/act", json={"as": "watchkeeper", "do": "revoke_tokens"}) as response:
            assert response.status == 200
        async with session.get(TABLE, headers=headers) as response:
            assert response.status == 401


async def test_people_act_by_the_control_door_and_the_page_sees_it(
    snow: ServiceNowStandIn, session: aiohttp.ClientSession
) -> None:
    row = await opened(session, description="<script>")
    act = {"as": "maya.okafor", "incident": row["number"]}

    async def does(status: int = 200, **asked: str) -> Any:
        async with session.post("/control/act", json=act | asked) as response:
            assert response.status == status
            return await response.json()

    note = await does(do="work_note", text="approve 19 <img src=x>")
    await does(do="comment", text="seen by the caller")
    await does(do="set", field="urgency", value="1")
    await does(do="resolve")
    await does(403, do="work_note", text="x", **{"as": "tom.becker"})
    await does(400, do="nonsense")
    await does(400, do="work_note")
    (seen,) = (await (await session.get("/control/snapshot")).json())["incidents"]
    assert (seen["state"], seen["priority"], seen["author"]) == ("Resolved", "3 - Moderate", "watchkeeper")
    assert [one["element"] for one in seen["journal"]] == ["work_notes", "comments"]
    assert seen["journal"][0]["id"] == note["id"]
    page = await (await session.get(f"/incident.do?sys_id={row['sys_id']}")).text()
    assert "<script>" not in page
    assert "<img" not in page
    await does(do="reopen")
    await does(do="delete_incident")
    async with session.get(f"{TABLE}/{row['sys_id']}") as response:
        assert response.status == 404


async def test_the_clock_and_the_search_may_lag(snow: ServiceNowStandIn, session: aiohttp.ClientSession) -> None:
    async with session.post("/control/set", json={"clock_ahead": 3_600, "search_lag": 60}) as response:
        assert response.status == 200
    row = await opened(session, correlation_id="INC-1")
    assert row["sys_created_on"] > stamp(datetime.now(UTC))
    assert await found(session, "short_descriptionLIKEcheckout") == []
    assert len(await found(session, "correlation_id=INC-1")) == 1, "only the search lags"
    async with session.post("/control/set", json={"search_lag": 0}) as response:
        assert response.status == 200
    assert len(await found(session, "short_descriptionLIKEcheckout")) == 1


async def test_the_stand_in_runs_as_a_process() -> None:
    async with (
        process("playground.vendors.servicenow", "--first-number", "77") as snow,
        aiohttp.ClientSession(snow["url"], headers=basic()) as session,
    ):
        assert (await opened(session))["number"] == "INC0000077"
