"""What PagerDuty answers has its class: done, not done, perhaps done; nothing is sent twice and no secret is told."""

import asyncio
from typing import Any

import pytest

from connectors.memory.pagerduty import PagerDuty
from connectors.memory.pagerduty.client import Abandoned, Client
from engine.errors import Ambiguous, Permanent, Retryable
from engine.memory import Ticket
from playground.vendors.pagerduty import PagerDutyStandIn
from playground.vendors.pagerduty.people import BOT
from tests.connectors.outside import CUT, DRIP, HANG, SECRET, Outside, closed_port, outside, reply
from tests.connectors.pagerduty import AT, OPEN, incidents, note

TICKET = Ticket("Q3B15VLMF3ASBD", "PagerDuty #4711")
USERS = reply(200, {"users": [{"id": BOT.id, "email": BOT.email}], "more": False})
NOTES = reply(200, {"notes": []})
NONE = reply(200, {"incidents": [], "more": False})
THERE = {
    "id": TICKET.id,
    "incident_number": 4711,
    "status": "triggered",
    "title": "t",
    "created_at": "2026-11-24T02:07:04Z",
}
DUPLICATE = {"error": {"message": "Arguments Caused Error", "code": 2002, "errors": ["Open incident …"]}}


async def known(world: Outside, memory: PagerDuty) -> None:
    """Let the connector learn who it is, so that what follows is one request each."""
    world.says(USERS, NOTES)
    assert await memory.look(TICKET, "op-2") is None
    world.requests.clear()


@pytest.mark.parametrize("fault", ["error-after", "html-after", "hang-after", "cut-after", "half"])
async def test_an_unknown_outcome_is_told_and_then_found(fault: str) -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        duty.calls.clear()
        duty.faults.add(fault, "POST note")
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2")
        assert [call.call for call in duty.calls].count("POST note") == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("down", Ambiguous), ("html", Ambiguous), ("unauthorized", Permanent), ("missing", Permanent)],
)
async def test_what_was_refused_is_not_there(fault: str, expected: type[Exception]) -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        duty.faults.add(fault, "POST note")
        with pytest.raises(expected):
            await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2") is None


async def test_too_fast_is_not_now_and_is_not_slept_out() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        duty.calls.clear()
        duty.faults.add("rate-limit", retry_after=17, times=None)
        for call in (memory.append(ticket, note(2)), memory.look(ticket, "op-2"), memory.settle(ticket, OPEN)):
            with pytest.raises(Retryable, match="too fast") as told:
                await asyncio.wait_for(call, 1)
            assert told.value.after == 17
        assert len(duty.calls) == 3


async def test_the_minutes_requests_run_out() -> None:
    async with PagerDutyStandIn(per_minute=6) as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        for n in (2, 3, 4):
            await memory.append(ticket, note(n))
        with pytest.raises(Retryable) as told:
            await memory.append(ticket, note(5))
        assert 0 < told.value.after <= 60


async def test_every_status_has_its_class_and_is_asked_once() -> None:
    statuses = [400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 429, 500, 502, 503, 504, 301, 302, 307, 308]
    async with outside() as world, incidents(world.url, token=SECRET) as memory:
        await known(world, memory)
        for status in statuses:
            world.says(reply(status, {"error": {"message": f"no {SECRET}", "code": 1}}, {"Location": "/elsewhere"}))
            with pytest.raises((Retryable, Permanent, Ambiguous)) as write:
                await memory.remove(TICKET, "P1") if status != 404 else await memory.append(TICKET, note(2))
            with pytest.raises((Retryable, Permanent)) as read:
                await memory.look(TICKET, "op-2")
            soon = status in {408, 429}
            assert write.type is (Retryable if soon else Ambiguous if status >= 500 else Permanent), status
            assert read.type is (Retryable if soon or status >= 500 else Permanent), status
            assert SECRET not in f"{write.value}{read.value}"
        assert len(world.requests) == 2 * len(statuses)


@pytest.mark.parametrize(
    "answer", [CUT, HANG, reply(201, b"<html>"), reply(200, b"{"), reply(200, []), reply(200, {"note": {}})]
)
async def test_an_answer_that_cannot_be_read_may_have_happened(answer: bytes) -> None:
    async with outside(answer) as world, incidents(world.url, token=SECRET) as memory:
        with pytest.raises(Ambiguous) as told:
            await memory.append(TICKET, note(2))
        assert SECRET not in str(told.value)
        assert len(world.requests) == 1
        world.says(NONE, answer)
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", OPEN, note(1))
        assert [request.method for request in world.requests] == ["POST", "GET", "POST"]


@pytest.mark.parametrize("answer", [reply(200, b"<html>"), reply(200, {"a": 1}), reply(200, {"notes": [1]}), CUT])
async def test_a_look_that_cannot_be_read_is_no_negative_look(answer: bytes) -> None:
    async with outside() as world, incidents(world.url) as memory:
        await known(world, memory)
        world.says(answer)
        with pytest.raises(Retryable):
            await memory.look(TICKET, "op-2")
        with pytest.raises(Retryable):
            await memory.find("INC-2041", "op-1", AT)


async def test_an_incident_opened_in_the_meantime_is_used_and_any_other_refusal_stands() -> None:
    written = reply(200, {"note": {"id": "P1"}})
    found = reply(200, {"incidents": [THERE], "more": False})
    async with outside() as world, incidents(world.url) as memory:
        world.says(NONE, reply(400, DUPLICATE), found, written)
        assert (await memory.create("INC-2041", OPEN, note(1))).id == TICKET.id
        assert [request.method for request in world.requests] == ["GET", "POST", "GET", "POST"]
        world.says(NONE, reply(400, {"error": {"message": "Title cannot be blank"}}), NONE)
        with pytest.raises(Permanent, match="Title cannot be blank"):
            await memory.create("INC-2041", OPEN, note(1))


async def test_each_request_says_who_writes_in_json() -> None:
    async with outside(reply(200, {"note": {"id": "P1"}})) as world, incidents(world.url) as memory:
        await memory.append(TICKET, note(2))
        (sent,) = world.requests
        assert (sent.method, sent.path) == ("POST", f"/incidents/{TICKET.id}/notes")
        assert sent.headers["from"] == BOT.email
        assert sent.headers["authorization"] == "Token token=pd-watchkeeper"
        assert sent.headers["accept"] == "application/vnd.pagerduty+json;version=2"
        assert sent.json["note"]["content"].endswith("\n[watchkeeper INC-2041 #2 finding op:op-2 hash:9c41e07a52d1]")


async def test_after_an_answer_that_never_ends_the_next_call_works() -> None:
    async with outside(DRIP, reply(200, {"note": {"id": "P7"}})) as world, incidents(world.url) as memory:
        with pytest.raises(Ambiguous):
            await memory.append(TICKET, note(2))
        assert await asyncio.wait_for(memory.append(TICKET, note(3)), 2) == "P7"


async def test_whoever_gave_up_has_nothing_sent_any_more() -> None:
    async with outside(NOTES) as world:
        client = Client(world.url, "token", BOT.email, 1)
        client.abandon()
        with pytest.raises(Abandoned):
            await asyncio.to_thread(client.ask, "POST", "incidents/P1/notes", {})
        client.close()
        assert world.requests == []


async def test_what_never_left_was_not_done() -> None:
    async with incidents(closed_port()) as memory:
        calls: list[Any] = [memory.append(TICKET, note(2)), memory.create("INC-2041", OPEN, note(1))]
        for call in calls:
            with pytest.raises(Retryable, match="nothing was sent"):
                await call
