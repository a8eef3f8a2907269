"""What goes wrong at the stand-in goes wrong where it says: before the effect, after it, much later, or by a kill."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from playground.vendors.faults import Faults, Nonsense
from playground.vendors.github import GitHubStandIn
from tests.playground.running import eventually

HEADERS = {"Authorization": "Bearer ghp_watchkeeper"}
ISSUES = "/repos/shop/checkout/issues"
WRITER = """
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession(sys.argv[1], headers={"Authorization": "Bearer ghp_watchkeeper"}) as session:
        for number in range(5):
            async with session.post("/repos/shop/checkout/issues/318/comments", json={"body": str(number)}) as response:
                assert response.status == 201
asyncio.run(main())
"""


@pytest.fixture
async def github() -> AsyncIterator[GitHubStandIn]:
    async with GitHubStandIn() as running:
        yield running


@pytest.fixture
async def session(github: GitHubStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=0.3)
    async with aiohttp.ClientSession(github.url, headers=HEADERS, timeout=timeout) as client:
        async with client.post(ISSUES, json={"title": "INC-2041"}) as response:
            assert response.status == 201
        yield client


async def comment(session: aiohttp.ClientSession, body: str = "a finding") -> tuple[int, aiohttp.ClientResponse]:
    async with session.post(f"{ISSUES}/318/comments", json={"body": body}) as response:
        await response.read()
        return response.status, response


def written(github: GitHubStandIn) -> list[str]:
    return [one.body for one in github.tracker.issues[318].comments]


async def add_fault(session: aiohttp.ClientSession, **asked: Any) -> int:
    async with session.post("/control/fault", json=asked) as response:
        assert response.status == 201
        return int((await response.json())["id"])


@pytest.mark.parametrize(
    ("kind", "status", "effect"),
    [
        ("down", 503, False),
        ("error", 502, False),
        ("html", 502, False),
        ("unauthorized", 401, False),
        ("missing", 404, False),
        ("error-after", 502, True),
        ("html-after", 502, True),
    ],
)
async def test_a_failing_answer_comes_before_or_after_the_effect(
    github: GitHubStandIn, session: aiohttp.ClientSession, kind: str, status: int, effect: bool
) -> None:
    await add_fault(session, kind=kind, call="POST comment")
    answered, response = await comment(session)
    assert answered == status
    assert ("html" in response.content_type) is kind.startswith("html")
    assert written(github) == (["a finding"] if effect else [])
    assert (await comment(session, "again"))[0] == 201, "once, and then no more"


@pytest.mark.parametrize(
    ("kind", "failure", "effect"),
    [
        ("hang", TimeoutError, False),
        ("hang-after", TimeoutError, True),
        ("cut", aiohttp.ClientError, False),
        ("cut-after", aiohttp.ClientError, True),
        ("half", aiohttp.ClientError, True),
    ],
)
async def test_an_answer_is_lost_before_or_after_the_effect(
    github: GitHubStandIn, session: aiohttp.ClientSession, kind: str, failure: type[Exception], effect: bool
) -> None:
    await add_fault(session, kind=kind, call="POST comment")
    with pytest.raises(failure):
        await comment(session)
    assert written(github) == (["a finding"] if effect else [])


async def test_a_write_may_take_effect_long_after_its_answer_was_lost(
    github: GitHubStandIn, session: aiohttp.ClientSession
) -> None:
    await add_fault(session, kind="late", call="POST comment", delay=0.2)
    with pytest.raises(aiohttp.ClientError):
        await comment(session, "late")
    assert (await comment(session, "soon"))[0] == 201
    assert written(github) == ["soon"]

    async def look() -> list[str]:
        return written(github)

    await eventually(look, lambda seen: seen == ["soon", "late"])


async def test_a_slow_answer_is_whole(github: GitHubStandIn, session: aiohttp.ClientSession) -> None:
    await add_fault(session, kind="slow", call="POST comment", delay=0.1)
    assert (await comment(session))[0] == 201
    assert github.calls[-1].ms
    assert github.calls[-1].ms >= 100


async def test_the_clock_goes_wrong_on_request(github: GitHubStandIn, session: aiohttp.ClientSession) -> None:
    async with session.post("/control/set", json={"clock_ahead": -90}) as response:
        assert await response.json() == {"clock_ahead": -90}
    await comment(session)
    assert 85 < (datetime.now(UTC) - github.tracker.issues[318].comments[0].created).total_seconds() < 95
    for nonsense in ({"tide": 1}, {"clock_ahead": "soon"}):
        async with session.post("/control/set", json=nonsense) as response:
            assert response.status == 400


@pytest.mark.parametrize("status", [403, 429])
async def test_the_secondary_limit_says_when_to_come_back(
    github: GitHubStandIn, session: aiohttp.ClientSession, status: int
) -> None:
    await add_fault(session, kind="secondary-limit", call="POST comment", status=status, retry_after=7)
    answered, response = await comment(session)
    assert (answered, response.headers["Retry-After"]) == (status, "7")
    assert "secondary rate limit" in (await response.json())["message"]
    assert written(github) == []


async def test_the_primary_limit_says_when_it_ends(github: GitHubStandIn, session: aiohttp.ClientSession) -> None:
    await add_fault(session, kind="primary-limit", call="*", retry_after=60)
    answered, response = await comment(session)
    assert (answered, response.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert (await comment(session))[0] == 201


async def test_an_outage_lasts_until_it_is_cleared(github: GitHubStandIn, session: aiohttp.ClientSession) -> None:
    outage = await add_fault(session, kind="down", times=None)
    for _ in range(3):
        assert (await comment(session))[0] == 503
    async with session.get(f"{ISSUES}/318") as response:
        assert response.status == 503, "every call, reading too"
    async with session.get("/control/faults") as response:
        assert [fault["kind"] for fault in (await response.json())["faults"]] == ["down"]
    assert github.snapshot()["faults"][0]["id"] == outage
    async with session.delete(f"/control/faults?id={outage}") as response:
        assert response.status == 204
    assert (await comment(session))[0] == 201


async def test_a_fault_waits_for_its_call_its_number_and_its_words(
    github: GitHubStandIn, session: aiohttp.ClientSession
) -> None:
    await add_fault(session, kind="down", call="POST comment#2")
    await add_fault(session, kind="error", call="POST comment", contains="proposal")
    assert [(await comment(session, words))[0] for words in ("one", "two", "three", "a proposal", "five")] == [
        201,
        503,
        201,
        502,
        201,
    ]


async def test_the_log_tells_every_call_and_what_went_wrong(
    github: GitHubStandIn, session: aiohttp.ClientSession
) -> None:
    await add_fault(session, kind="cut-after", call="POST comment")
    with pytest.raises(aiohttp.ClientError):
        await comment(session)
    assert (await comment(session))[0] == 201
    async with session.get("/control/log?after=1") as response:
        log = await response.json()
    assert [(call["call"], call["status"], call["fault"]) for call in log] == [
        ("POST comment", None, "cut-after"),
        ("POST comment", 201, None),
    ]
    assert log[1]["login"] == "watchkeeper"
    assert log[1]["ms"] > 0
    assert log[1]["at"] > log[0]["at"]


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("before POST comment", []),
        ("after POST comment", ["0"]),
        ("before POST comment#3", ["0", "1"]),
        ("after POST comment#3", ["0", "1", "2"]),
    ],
)
async def test_a_kill_point_kills_the_writer_there(
    github: GitHubStandIn, session: aiohttp.ClientSession, point: str, left: list[str]
) -> None:
    # The writer starts only when it is told to, so that the kill point is set before its first call.
    gate = "import sys; sys.stdin.readline()\n"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", gate + WRITER, github.url, stdin=asyncio.subprocess.PIPE
    )
    async with session.post("/control/kill", json={"point": point, "pid": writer.pid}) as response:
        assert response.status == 201
    await writer.communicate(b"go\n")
    assert writer.returncode == -9
    assert written(github) == left
    assert github.calls[-1].fault == f"killed {point.split(maxsplit=1)[0]}"
    assert (await comment(session, "the next writer"))[0] == 201, "a kill point fires once"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("fault", {"kind": "nonsense"}),
        ("fault", {"kind": "down", "call": "comment"}),
        ("fault", {"kind": "down", "colour": "red"}),
        ("fault", {}),
        ("kill", {"point": "during POST comment", "pid": 99999}),
        ("kill", {"point": "before POST comment", "pid": 1}),
        ("kill", {"point": "before POST comment"}),
    ],
)
async def test_what_cannot_be_set_is_refused(session: aiohttp.ClientSession, path: str, asked: dict[str, Any]) -> None:
    async with session.post(f"/control/{path}", json=asked) as response:
        assert response.status == 400
        assert (await response.json())["error"]


def test_all_faults_are_cleared_at_once() -> None:
    faults = Faults()
    faults.add("down", times=None)
    faults.kill_at("before POST issue", 99999)
    faults.clear()
    assert faults.as_json() == {"faults": [], "kill": []}
    with pytest.raises(Nonsense):
        faults.add("down", "POST comment#0")


async def test_a_stand_in_with_a_hanging_call_still_stops(session: aiohttp.ClientSession) -> None:
    async with GitHubStandIn() as github:
        github.faults.add("hang", "GET user")
        async with aiohttp.ClientSession(github.url, headers=HEADERS) as client:
            hanging = asyncio.create_task(client.get("/user"))

            async def called() -> int:
                return len(github.calls)

            await eventually(called, lambda count: count == 1)
            loop = asyncio.get_running_loop()
            began = loop.time()
            await github.__aexit__(None, None, None)
            assert loop.time() - began < 2
            with pytest.raises(aiohttp.ClientError):
                await hanging
