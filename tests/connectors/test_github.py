"""GitHub issues through PyGithub: each refusal has its class, nothing is sent twice, no other comment is ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.marker import render
from connectors.memory.github import GitHubConfig, GitHubIssues
from connectors.memory.github.issues import MAX_BODY
from engine.errors import Ambiguous, Permanent, Retryable
from engine.memory import Note, Ticket, TicketState
from engine.redact import Clean
from playground.vendors.github import GitHubStandIn
from tests.connectors.outside import CUT, DRIP, HANG, SECRET, closed_port, outside, reply

AT = datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC)
STATE = TicketState(Clean("INC-2041: checkout"), (Clean("incident"), Clean("SEV2 major"), Clean("service: checkout")))
TICKET = Ticket("318", "GitHub #318")
DESCRIPTION = Path("../shared/specs/strict/github.json")


def note(n: int, text: str = "**Finding by logs**") -> Note:
    return Note("INC-2041", n, "finding", f"op-{n}", "9c41e07a52d1", "5e0b", "eJyt", Clean(text), AT, b"{}")


@asynccontextmanager
async def issues(url: str, **settings: Any) -> AsyncIterator[GitHubIssues]:
    settings = {"repository": "shop/checkout", "token": SECRET, "url": url, "seconds": 1, **settings}
    backend = GitHubIssues("github", GitHubConfig.model_validate(settings))
    try:
        yield backend
    finally:
        await backend.aclose()


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="GitHub's description lies beside the repository, not here")
async def test_a_whole_incident_keeps_to_githubs_own_description() -> None:
    async with GitHubStandIn(validate=DESCRIPTION) as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        since = datetime.now(UTC) - timedelta(minutes=5)
        await memory.check()
        ticket = await memory.create("INC-2041", STATE, note(1))
        assert ticket.label == "GitHub #318"
        assert await memory.find("INC-2041", "op-1", since) == ticket
        await memory.append(ticket, note(2))
        await memory.look(ticket, "op-2")
        await memory.settle(ticket, TicketState(Clean("closed"), (Clean("incident"),), closed=True))
        assert hub.violations == []
        (issue,) = hub.snapshot()["issues"]
        assert (issue["title"], issue["state"], issue["state_reason"]) == ("closed", "closed", "completed")


async def test_settling_asks_once_and_writes_only_a_difference() -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        hub.calls.clear()
        await memory.settle(ticket, STATE)
        assert [call.call for call in hub.calls] == ["GET issue"]


async def test_labels_of_people_stay_and_our_old_ones_go() -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        state = TicketState(Clean("t"), (*STATE.labels, Clean("wontfix")))
        ticket = await memory.create("INC-2041", state, note(1))
        await memory.settle(ticket, TicketState(Clean("t"), (Clean("incident"), Clean("SEV1 critical"))))
        assert set(hub.snapshot()["issues"][0]["labels"]) == {
            "incident",
            "SEV1 critical",
            "service: checkout",
            "wontfix",
        }


async def test_a_marker_in_somebody_elses_comment_is_not_ours() -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        maya = hub.account("maya-okafor")
        assert maya
        hub.tracker.add_comment(maya, int(ticket.id), render(note(2)))
        assert await memory.look(ticket, "op-2") is None
        mine = await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2") == mine


async def test_a_comment_beyond_the_first_page_is_found() -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        maya = hub.account("maya-okafor")
        assert maya
        for _ in range(120):
            hub.tracker.add_comment(maya, int(ticket.id), "+1")
        mine = await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2") == mine


@pytest.mark.parametrize("fault", ["error-after", "hang-after", "cut-after"])
async def test_an_unknown_outcome_is_told_and_then_found(fault: str) -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        hub.faults.add(fault, "POST comment")
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2")
        assert [call.call for call in hub.calls].count("POST comment") == 1


@pytest.mark.parametrize(
    ("status", "fault"), [(403, "secondary-limit"), (429, "secondary-limit"), (403, "primary-limit")]
)
async def test_too_fast_is_not_now(status: int, fault: str) -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_watchkeeper") as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        hub.faults.add(fault, status=status, retry_after=17, times=None)
        for call in (memory.append(ticket, note(2)), memory.look(ticket, "op-2"), memory.settle(ticket, STATE)):
            with pytest.raises(Retryable) as told:
                await call
            assert told.value.after >= 17


async def test_every_status_has_its_class_and_is_asked_once() -> None:
    statuses = [400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 422, 429, 451, 500, 502, 503, 504, 307]
    async with outside() as world, issues(world.url, account="watchkeeper") as memory:
        for status in statuses:
            world.says(reply(status, {"message": f"no {SECRET}"}, {"Location": "/elsewhere"}))
            with pytest.raises((Retryable, Permanent, Ambiguous)) as write:
                await memory.append(TICKET, note(2))
            with pytest.raises((Retryable, Permanent)) as read:
                await memory.look(TICKET, "op-2")
            soon = status in {408, 429}
            expected = Retryable if soon else Ambiguous if status >= 500 else Permanent
            assert write.type is expected, status
            assert read.type is (Permanent if status not in {408, 429, 307} and status < 500 else Retryable), status
            assert SECRET not in f"{write.value}{read.value}"
        assert len(world.requests) == 2 * len(statuses)


@pytest.mark.parametrize(
    "answer", [CUT, HANG, DRIP, reply(201, b"<html>"), reply(201, b"{"), reply(201, []), reply(201, {})]
)
async def test_an_answer_that_cannot_be_read_may_have_happened(answer: bytes) -> None:
    async with outside(answer) as world, issues(world.url, account="watchkeeper") as memory:
        with pytest.raises(Ambiguous) as told:
            await memory.append(TICKET, note(2))
        assert SECRET not in str(told.value)
        assert len(world.requests) == 1
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", STATE, note(1))


@pytest.mark.parametrize("answer", [reply(200, b"<html>"), reply(200, {"a": 1}), reply(200, [1, "x"]), CUT])
async def test_a_look_that_cannot_be_read_is_no_negative_look(answer: bytes) -> None:
    async with outside(answer) as world, issues(world.url, account="watchkeeper") as memory:
        with pytest.raises(Retryable):
            await memory.look(TICKET, "op-2")
        with pytest.raises(Retryable):
            await memory.find("INC-2041", "op-1", AT)


async def test_after_an_answer_that_never_ends_the_next_call_works() -> None:
    async with outside(DRIP, reply(201, {"id": 7, "url": "x"})) as world, issues(world.url) as memory:
        with pytest.raises(Ambiguous):
            await memory.append(TICKET, note(2))
        assert await asyncio.wait_for(memory.append(TICKET, note(3)), 2) == "7"


async def test_what_never_left_was_not_done() -> None:
    async with issues(closed_port()) as memory:
        with pytest.raises(Retryable, match="nothing was sent"):
            await memory.append(TICKET, note(2))


async def test_a_body_too_large_is_refused_before_it_is_sent() -> None:
    async with outside() as world, issues(world.url) as memory:
        with pytest.raises(Permanent, match="65,536"):
            await memory.append(TICKET, note(2, "x" * MAX_BODY))
        assert world.requests == []


@pytest.mark.parametrize(("token", "words"), [("ghp_wrong", "401"), ("ghp_sam", "404")])
async def test_the_doctor_hears_what_a_write_would(token: str, words: str) -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token=token) as memory:
        with pytest.raises(Permanent, match=words):
            await memory.check()


async def test_the_doctor_hears_of_labels_that_would_be_dropped() -> None:
    async with GitHubStandIn() as hub, issues(hub.url, token="ghp_tom") as memory:
        assert "not set labels" in await memory.check()


async def test_how_late_a_write_may_appear_is_the_connectors_setting() -> None:
    settings = {"repository": "shop/checkout", "token": "x", "late_write": 90.0}
    for given, bound in ((settings, 90.0), ({**settings, "late_write": 30.0}, 30.0)):
        issues = GitHubIssues("github", GitHubConfig.model_validate(given))
        assert issues.capabilities.late_write_seconds == bound
        await issues.aclose()
