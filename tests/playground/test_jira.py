"""The Jira stand-in answers as Jira does: its shapes, refusals and limits, a search that lags, and what people do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground.vendors.jira import JiraStandIn
from playground.vendors.jira.documents import LONGEST, typed
from tests.playground.running import process

SPECS = Path(__file__).parents[3] / "shared/specs"
DESCRIPTION = next((path for path in (SPECS / "strict/jira.json", SPECS / "jira.json") if path.exists()), None)
STRICT = SPECS / "strict/jira.json"
BOT = {"Authorization": aiohttp.encode_basic_auth("watchkeeper@shop.example", "jira-watchkeeper")}
API = "/rest/api/3"
NEW = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "INC-2041"}


class Caller:
    """Calls of one account; the answer is (status, JSON or None, headers)."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(self, method: str, path: str, body: Any = None, **params: str) -> tuple[int, Any, Any]:
        sent = {} if body is None else {"json": body}
        async with self._session.request(method, path, params=params, **sent) as response:
            text = await response.read()
            return response.status, await response.json() if text else None, response.headers

    async def issue(self, **fields: Any) -> str:
        status, made, _ = await self("POST", f"{API}/issue", {"fields": {**NEW, **fields}})
        assert status == 201
        return str(made["key"])


@pytest.fixture
async def jira() -> AsyncIterator[JiraStandIn]:
    """A stand-in whose every exchange is checked, where the description is at hand."""
    async with JiraStandIn(validate=DESCRIPTION) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def call(jira: JiraStandIn) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession(jira.url, headers=BOT) as session:
        yield Caller(session)


@pytest.fixture
async def unchecked() -> AsyncIterator[tuple[JiraStandIn, Caller]]:
    """For requests that break the description on purpose."""
    async with JiraStandIn() as running, aiohttp.ClientSession(running.url, headers=BOT) as session:
        yield running, Caller(session)


@pytest.mark.skipif(not STRICT.exists(), reason="Jira's API description is not here")
async def test_the_description_is_really_checked() -> None:
    async with JiraStandIn(validate=STRICT) as jira, aiohttp.ClientSession(jira.url, headers=BOT) as session:
        status, _, _ = await Caller(session)("POST", f"{API}/issue", {"fields": {**NEW, "description": "no ADF"}})
        assert status == 400
        assert len(jira.violations) == 1
        assert "description" in jira.violations[0]


async def test_an_issue_lives_from_opening_to_closing(call: Caller) -> None:
    held = [{"key": "watchkeeper", "value": {"op": "x"}}]
    asked = {"fields": {**NEW, "labels": ["incident"], "description": typed("alert")}, "properties": held}
    status, made, _ = await call("POST", f"{API}/issue", asked)
    assert (status, made["key"]) == (201, "OPS-771")
    issue = f"{API}/issue/{made['id']}"
    _, read, _ = await call("GET", issue, fields="summary,labels,status,creator,created", properties="watchkeeper")
    assert read["properties"] == {"watchkeeper": {"op": "x"}}
    assert (read["fields"]["summary"], read["fields"]["status"]["statusCategory"]["key"]) == ("INC-2041", "new")
    assert read["fields"]["created"].endswith("+0000")
    assert (await call("PUT", issue, {"fields": {"summary": "t", "labels": ["b", "a"]}}))[0] == 204
    _, offered, _ = await call("GET", f"{issue}/transitions")
    ids = {one["name"]: one["id"] for one in offered["transitions"]}
    assert (await call("POST", f"{issue}/transitions", {"transition": {"id": ids["Done"]}}))[0] == 204
    _, read, _ = await call("GET", f"{API}/issue/ops-771", fields="*all", expand="changelog")
    assert (read["fields"]["summary"], read["fields"]["labels"], read["fields"]["status"]["name"]) == (
        "t",
        ["a", "b"],
        "Done",
    )
    assert [one["items"][0]["field"] for one in read["changelog"]["histories"]] == ["status", "labels", "summary"]


async def test_a_comment_has_its_properties_in_the_list_by_ids_alone(call: Caller) -> None:
    issue = f"{API}/issue/{await call.issue()}"
    held = [{"key": "watchkeeper", "value": {"op": "x"}}]
    _, first, _ = await call("POST", f"{issue}/comment", {"body": typed("one"), "properties": held})
    _, second, _ = await call("POST", f"{issue}/comment", {"body": typed("two")})
    _, listed, _ = await call("GET", f"{issue}/comment", maxResults="1", startAt="1")
    assert (listed["total"], [one["id"] for one in listed["comments"]]) == (2, [second["id"]])
    assert "properties" not in listed["comments"][0]
    for expand, wanted in (("properties", held), ("renderedBody", None)):
        asked = {"ids": [int(first["id"]), 1]}
        _, by_id, _ = await call("POST", f"{API}/comment/list", asked, expand=expand)
        assert [one.get("properties") for one in by_id["values"]] == [wanted]
    path = f"{API}/comment/{second['id']}/properties/watchkeeper"
    assert (await call("GET", path))[0] == 404
    assert [(await call("PUT", path, {"op": "y"}))[0] for _ in range(2)] == [201, 200]
    assert (await call("GET", path))[1] == {"key": "watchkeeper", "value": {"op": "y"}}
    _, edited, _ = await call("PUT", f"{issue}/comment/{second['id']}", {"body": typed("three")})
    assert edited["updated"] > edited["created"]
    assert (await call("DELETE", f"{issue}/comment/{second['id']}"))[0] == 204
    assert (await call("GET", f"{issue}/comment/{second['id']}"))[0] == 404


async def test_the_search_pages_by_tokens_and_lags_but_for_what_is_reconciled(jira: JiraStandIn, call: Caller) -> None:
    keys = [await call.issue(summary=f"checkout {n}", labels=["even"] if n % 2 == 0 else ["odd"]) for n in range(5)]

    async def found(query: str, **params: str) -> list[str]:
        _, answer, _ = await call("GET", f"{API}/search/jql", jql=query, fields="summary", **params)
        following = answer.get("nextPageToken")
        assert answer["isLast"] is (following is None)
        rest = await found(query, **{**params, "nextPageToken": following}) if following else []
        return [one["key"] for one in answer["issues"]] + rest

    assert await found("project = OPS ORDER BY created ASC, key ASC", maxResults="2") == keys
    assert await found('project = "OPS" AND labels = odd ORDER BY key DESC') == [keys[3], keys[1]]
    assert await found('project = OPS AND text ~ "checkout \\\\[3"') == [keys[3]]
    assert await found('project = OPS AND created >= "-5m" AND creator = currentUser()', maxResults="5") != []
    jira.index.lag = 3600.0
    assert await found("project = OPS") == []
    _, full, _ = await call("GET", f"{API}/issue/{keys[2]}", fields="summary")
    assert await found("project = OPS", reconcileIssues=full["id"]) == [keys[2]]
    _, fetched, _ = await call(
        "POST", f"{API}/issue/bulkfetch", {"issueIdsOrKeys": [keys[4], "OPS-9", keys[0]], "fields": ["summary"]}
    )
    assert [one["key"] for one in fetched["issues"]] == [keys[0], keys[4]]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (" ", "Unbounded"),
        ("order by key desc", "Unbounded"),
        ("project = OPS AND", "Expecting"),
        ("project = OPS OR project = X", "'AND' but got 'OR'"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("colour = red", "Field 'colour' does not exist"),
        ('project = OPS AND text ~ "c++"', "Unable to parse the text"),
        ('project = OPS AND created >= "soon"', "Date value 'soon' is invalid"),
        ('project = OPS AND text ~ "open', "not expected here"),
    ],
)
async def test_a_query_that_jira_would_refuse_is_refused(call: Caller, query: str, words: str) -> None:
    status, answer, _ = await call("GET", f"{API}/search/jql", jql=query)
    assert status == 400
    assert words in answer["errorMessages"][0]


async def test_what_does_not_fit_is_400_in_jiras_words(unchecked: tuple[JiraStandIn, Caller]) -> None:
    jira, call = unchecked
    key = await call.issue()
    empty = len(str(typed("x")).replace(" ", "")) - 1
    cases: list[tuple[dict[str, Any], str]] = [
        ({"summary": ""}, "You must specify a summary of the issue."),
        ({"summary": "a\nb"}, "newline"),
        ({"summary": "x" * 256}, "255"),
        ({"labels": ["a b"]}, "contains spaces"),
        ({"priority": {"name": "SEV1"}}, "Priority"),
        ({"issuetype": {"name": "Incident"}}, "valid issue type"),
        ({"parent": {"key": "OPS-1"}}, "parent"),
        ({"description": "text"}, "INVALID_INPUT"),
        ({"description": {"type": "doc", "version": 1, "content": [{"type": "text", "text": ""}]}}, "INVALID_INPUT"),
        ({"description": typed("x" * (LONGEST - empty + 1))}, "CONTENT_LIMIT_EXCEEDED"),
    ]
    for fields, words in cases:
        status, answer, _ = await call("POST", f"{API}/issue", {"fields": {**NEW, **fields}})
        assert (status, words in str(answer)) == (400, True), answer
    assert await call.issue(description=typed("x" * (LONGEST - empty))) == f"OPS-{772 + len(cases)}", (
        "numbers are used up"
    )
    comment = f"{API}/issue/{key}/comment"
    for body, words in ((typed("  "), "can not be empty"), (None, "can not be empty"), ({"type": "doc"}, "INVALID")):
        status, answer, _ = await call("POST", comment, {"body": body})
        assert (status, words in str(answer)) == (400, True)
    for size, wanted in ((32_766, 201), (32_767, 400)):
        held = [{"key": "k", "value": "x" * size}]
        assert (await call("POST", comment, {"body": typed("x"), "properties": held}))[0] == wanted
    jira.tracker.issues["10507"].comments *= 5_000
    assert (await call("POST", comment, {"body": typed("x")}))[0] == 413


async def test_rights_are_those_of_the_account(jira: JiraStandIn, call: Caller) -> None:
    key = await call.issue()
    _, said, _ = await call("POST", f"{API}/issue/{key}/comment", {"body": typed("x")})
    path = f"{API}/issue/{key}"
    cases = [
        ("tom", "GET", path, None, 200),
        ("tom", "POST", f"{path}/comment", {"body": typed("x")}, 403),
        ("tom", "PUT", path, {"fields": {"summary": "x"}}, 403),
        ("priya", "DELETE", f"{path}/comment/{said['id']}", None, 400),
        ("maya", "DELETE", f"{path}/comment/{said['id']}", None, 204),
        ("sam", "GET", path, None, 404),
    ]
    for who, method, place, body, wanted in cases:
        headers = {"Authorization": aiohttp.encode_basic_auth(f"{who}@shop.example", f"jira-{who}")}
        async with aiohttp.ClientSession(jira.url, headers=headers) as session:
            assert (await Caller(session)(method, place, body))[0] == wanted, (who, method)


async def test_whoever_has_no_token_is_nobody(unchecked: tuple[JiraStandIn, Caller]) -> None:
    jira, _ = unchecked
    for headers in ({}, {"Authorization": "Basic !"}, {"Authorization": "Bearer nobody"}):
        async with aiohttp.ClientSession(jira.url, headers=headers) as session:
            assert (await Caller(session)("GET", f"{API}/myself"))[0] == 401
    async with aiohttp.ClientSession(jira.url, headers={"Authorization": "Bearer jira-maya"}) as session:
        assert (await Caller(session)("GET", f"{API}/myself"))[1]["displayName"] == "Maya Okafor"


async def test_the_limit_is_in_the_headers_and_says_when_to_come_back() -> None:
    async with JiraStandIn(most=2, seconds=60) as jira, aiohttp.ClientSession(jira.url, headers=BOT) as session:
        call = Caller(session)
        left = [(await call("GET", f"{API}/myself"))[2]["X-RateLimit-Remaining"] for _ in range(2)]
        assert left == ["1", "0"]
        status, answer, headers = await call("GET", f"{API}/myself")
        assert (status, answer["errorMessages"]) == (429, ["Rate limit exceeded."])
        assert 55 <= int(headers["Retry-After"]) <= 60
        assert headers["X-RateLimit-NearLimit"] == "true"
        jira.limits.most = 100
        jira.faults.add("limit-dated", "GET myself", retry_after=90)
        until = parsedate_to_datetime((await call("GET", f"{API}/myself"))[2]["Retry-After"])
        assert 85 <= (until - datetime.now(UTC)).total_seconds() <= 91


@pytest.mark.parametrize(
    ("kind", "status", "effect"),
    [
        ("down", 503, False),
        ("error", 502, False),
        ("html", 502, False),
        ("unauthorized", 401, False),
        ("missing", 404, False),
        ("limit", 429, False),
        ("error-after", 502, True),
        ("slow", 201, True),
    ],
)
async def test_a_fault_answers_before_or_after_the_effect(
    jira: JiraStandIn, kind: str, status: int, effect: bool
) -> None:
    async with aiohttp.ClientSession(jira.url, headers=BOT) as session:
        key = await Caller(session).issue()
        async with session.post("/control/fault", json={"kind": kind, "call": "POST comment", "delay": 0.01}) as set_:
            assert set_.status == 201
        async with session.post(f"{API}/issue/{key}/comment", json={"body": typed("x")}) as response:
            assert response.status == status
            assert ("html" in response.content_type) is (kind == "html")
    assert len(jira.snapshot()["issues"][0]["comments"]) == effect


async def test_people_act_by_the_control_door_and_the_page_sees_it(jira: JiraStandIn, call: Caller) -> None:
    key = await call.issue(summary="<b>x</b>", description=typed("<script>"))
    before = jira.snapshot()["version"]

    async def act(who: str, do: str, **asked: Any) -> tuple[int, Any]:
        status, made, _ = await call("POST", "/control/act", {"as": who, "do": do, "issue": key, **asked})
        return status, made.get("id", made)

    _, comment = await act("Maya Okafor", "comment", text="correct 16 <img src=x>\nsecond line")
    assert (await act("Tom Becker", "edit_comment", comment=comment, text="x"))[0] == 400
    assert (await act("Nobody", "comment", text="x"))[0] == 400
    assert (await act("Maya Okafor", "comment"))[0] == 400
    assert (await act("Priya Raman", "move", to="Done"))[0] == 200
    assert (await act("Priya Raman", "move", to="Nowhere"))[0] == 400
    assert (await act("Ben Adler", "edit", fields={"labels": ["wontfix"]}))[0] == 200
    other = (await act("Ben Adler", "create", summary="another", text="two\nlines"))[1]
    assert (await call("POST", "/control/set", {"search_lag": 60, "clock_ahead": -90}))[0] == 200
    assert (jira.index.lag, jira.clock.ahead) == (60, -90)
    seen = (await call("GET", "/control/snapshot"))[1]
    assert seen["version"] > before
    issue = seen["issues"][0]
    assert (issue["status"], issue["labels"], issue["author"], issue["bot"]) == (
        "Done",
        ["wontfix"],
        "Watchkeeper",
        True,
    )
    assert [(one["author"], one["body"]) for one in issue["comments"]] == [
        ("Maya Okafor", typed("correct 16 <img src=x>\nsecond line"))
    ]
    assert seen["issues"][1]["id"] == other
    async with aiohttp.ClientSession() as session, session.get(issue["url"]) as response:
        page = await response.text()
    assert "<script>" not in page, "what people wrote is text"
    assert "&lt;script&gt;" in page
    assert "<img" not in page
    assert (await act("Maya Okafor", "delete_comment", comment=comment))[0] == 200
    assert (await act("Maya Okafor", "delete_issue"))[0] == 200
    assert (await call("GET", f"{API}/issue/{key}"))[0] == 404


async def test_the_stand_in_runs_as_a_process() -> None:
    started = process("playground.vendors.jira", "--project", "SHOP", "--first-issue", "77", "--search-lag", "60")
    async with started as jira, aiohttp.ClientSession(jira["url"], headers=BOT) as session:
        call = Caller(session)
        _, made, _ = await call("POST", f"{API}/issue", {"fields": {**NEW, "project": {"key": "SHOP"}}})
        assert made["key"] == "SHOP-77"
        assert (await call("GET", f"{API}/search/jql", jql="project = SHOP"))[1]["issues"] == []
