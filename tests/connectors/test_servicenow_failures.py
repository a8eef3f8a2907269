"""ServiceNow at its worst: each refusal has its class, nothing is sent twice, no error shows a secret."""

import asyncio
from typing import Any

import pytest

from connectors.memory.servicenow import ServiceNowConfig
from connectors.memory.servicenow.tables import Tables
from engine.errors import Ambiguous, Permanent, Retryable
from playground.vendors.servicenow import ServiceNowStandIn
from tests.connectors.outside import CUT, DRIP, HANG, SECRET, closed_port, outside, reply
from tests.connectors.snow import AT, KEY, STATE, TICKET, incidents, instance, note, row_of
from tests.playground.running import eventually

OAUTH = {"password": None, "client_id": "0c4e7b1d9a52", "client_secret": "sn_client_secret"}
WRITTEN = {"sys_id": KEY, "state": "2", "sys_mod_count": "3", "sys_updated_by": "watchkeeper"}
LISTED = {
    "sys_id": "f" * 32,
    "element_id": KEY,
    "sys_created_on": "2026-11-24 02:07:04",
    "sys_created_by": "watchkeeper",
}


@pytest.mark.parametrize("fault", ["error-after", "html-after", "hang-after", "cut-after", "half"])
async def test_an_unknown_outcome_is_told_and_then_found(fault: str) -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        snow.faults.add(fault, "PATCH incident")
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2-1")
        assert [call.call for call in snow.calls].count("PATCH incident") == 1


async def test_a_write_that_lands_late_is_found_late() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        snow.faults.add("late", "PATCH incident", delay=0.3)
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2-1") is None

        async def look() -> str | None:
            return await memory.look(ticket, "op-2-1")

        await eventually(look, lambda found: found is not None)


async def test_an_incident_whose_creation_is_unknown_is_found() -> None:
    async with instance() as (snow, memory):
        snow.faults.add("cut-after", "POST incident")
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", STATE, note(1))
        found = await memory.find("INC-2041", "op-1-1", AT)
        assert found is not None
        assert found.label == "ServiceNow INC0048211"


async def test_a_note_whose_id_cannot_be_read_is_unknown_and_then_found() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        for fault in ("down", "cancelled", "cut"):
            snow.faults.add(fault, "GET journal")
            with pytest.raises(Ambiguous, match="its id is not known"):
                await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2-1")


@pytest.mark.parametrize("fault", ["cancelled", "hibernating", "html", "down", "half", "cut", "hang"])
async def test_a_look_that_is_not_whole_is_no_negative_look(fault: str) -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        snow.faults.add(fault, "GET journal")
        with pytest.raises(Retryable):
            await memory.look(ticket, "op-2-1")
        snow.faults.add(fault, "GET incidents")
        with pytest.raises(Retryable):
            await memory.find("INC-2041", "op-2-1", AT)


async def test_rows_that_were_not_asked_for_are_no_answer() -> None:
    """An instance ignores a term that it takes for invalid, and answers with every row."""
    value = "x\n[watchkeeper INC-2041 #2 finding op:op-2-1 hash:9c41e07a52d1]"
    stray = LISTED | {"element_id": "e" * 32, "value": value}
    body = WRITTEN | {"description": "", "sys_created_on": "2026-11-24 02:07:04", "sys_created_by": "maya.okafor"}
    rows = reply(200, {"result": [stray]}, {"X-Total-Count": "1"})
    async with outside(rows, reply(200, {"result": body}), rows) as world, incidents(world.url) as memory:
        assert await memory.look(TICKET, "op-2-1") is None
        assert [one.id for one in await memory.read(TICKET)] == ["body"]


async def test_too_fast_is_not_now() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        snow.faults.add("rate-limit", retry_after=17, times=None)
        for call in (memory.append(ticket, note(2)), memory.look(ticket, "op-2-1"), memory.settle(ticket, STATE)):
            with pytest.raises(Retryable, match="Rate limit of 100000 requests per hour") as told:
                await call
            assert told.value.after == 17


async def test_every_status_has_its_class_and_is_asked_once() -> None:
    statuses = [400, 401, 403, 404, 405, 409, 413, 422, 408, 429, 500, 502, 503, 504, 301, 302, 307, 308]
    async with outside() as world, incidents(world.url) as memory:
        for status in statuses:
            error = {"message": f"no {SECRET}", "detail": "said so"}
            world.says(reply(status, {"error": error}, {"Location": "/elsewhere"}))
            with pytest.raises((Retryable, Permanent, Ambiguous)) as write:
                await memory.append(TICKET, note(2))
            with pytest.raises((Retryable, Permanent)) as read:
                await memory.look(TICKET, "op-2-1")
            unknown = status >= 500 or status in {301, 302}
            expected = Retryable if status in {408, 429} else Ambiguous if unknown else Permanent
            assert write.type is expected, status
            assert read.type is (Permanent if expected is Permanent else Retryable), status
            assert SECRET not in f"{write.value}{read.value}"
            assert status in {404, 307, 308} or "said so" in str(write.value), status
        assert len(world.requests) == 2 * len(statuses)


@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        HANG,
        *(
            reply(200, body)
            for body in (
                b"<html>",
                b"{",
                [],
                {},
                {"result": {}},
                {"result": [1]},
                {"result": {"sys_id": KEY}},
                {"result": WRITTEN, "error": {"message": "Transaction cancelled"}},
            )
        ),
    ],
)
async def test_an_answer_that_cannot_be_read_may_have_happened(answer: bytes) -> None:
    async with outside(answer) as world, incidents(world.url) as memory:
        with pytest.raises(Ambiguous) as told:
            await memory.append(TICKET, note(2))
        assert SECRET not in str(told.value)
        assert len(world.requests) == 1
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", STATE, note(1))


async def test_after_an_answer_that_never_ends_the_next_call_works() -> None:
    marker = "\n[watchkeeper INC-2041 #3 finding op:op-3-1 hash:9c41e07a52d1]"
    fine = reply(200, {"result": WRITTEN}), reply(200, {"result": [LISTED | {"value": f"x{marker}"}]})
    async with outside(DRIP, *fine) as world, incidents(world.url) as memory:
        with pytest.raises(Ambiguous):
            await memory.append(TICKET, note(2))
        assert await asyncio.wait_for(memory.append(TICKET, note(3)), 3) == "f" * 32


async def test_what_never_left_was_not_done() -> None:
    async with incidents(closed_port()) as memory:
        with pytest.raises(Retryable, match="nothing was sent"):
            await memory.append(TICKET, note(2))
    async with incidents(closed_port(), **OAUTH) as memory:
        with pytest.raises(Retryable, match="nothing was sent"):
            await memory.append(TICKET, note(2))


async def test_after_its_time_nothing_leaves_any_more() -> None:
    async with ServiceNowStandIn() as snow:
        given = {"url": snow.url, "user": "watchkeeper", "password": "sn_watchkeeper"}
        tables = Tables(ServiceNowConfig.model_validate(given))
        with pytest.raises(Retryable, match="nothing was sent"):
            await asyncio.to_thread(tables.create, "incident", {"short_description": "x"}, ["sys_id"])
        tables.close()
        assert not snow.instance.incidents
        assert not snow.calls


async def test_rows_that_access_rules_hide_are_told_and_nothing_is_sent_again() -> None:
    async with instance(user="watchkeeper.blind", password="sn_blind") as (snow, memory):
        assert await memory.check()
        ticket = await memory.create("INC-2041", STATE, note(1))
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        with pytest.raises(Retryable, match="access rules hide rows of sys_journal_field"):
            await memory.look(ticket, "op-2-1")
        with pytest.raises(Permanent, match="access rules hide rows of sys_journal_field"):
            await memory.check()
        assert len(snow.instance.journal_rows()) == 1


async def test_credentials_of_somebody_else_are_told_after_one_write() -> None:
    async with instance(user="ben.adler", **OAUTH) as (snow, memory):
        with pytest.raises(Permanent, match="those of `watchkeeper`"):
            await memory.check()
        with pytest.raises(Permanent, match="those of `watchkeeper`"):
            await memory.create("INC-2041", STATE, note(1))
        with pytest.raises(Permanent, match="those of `watchkeeper`"):
            await memory.append(memory._ticket(row_of(snow)), note(2))


async def test_an_incident_that_is_closed_for_good_takes_no_note() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        row_of(snow)["state"] = "7"
        with pytest.raises(Permanent, match="ACL Exception Update Failed"):
            await memory.append(ticket, note(2))


async def test_a_token_is_fetched_once_exchanged_in_time_and_after_it_was_revoked() -> None:
    async with instance(**OAUTH) as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        await memory.append(ticket, note(2))
        assert snow.tokens.given == 1
        snow.tokens.revoke()
        with pytest.raises(Retryable, match="revoked"):
            await memory.append(ticket, note(3))
        assert await memory.look(ticket, "op-3-1") is None
        snow.tokens.revoke()
        snow.tokens.seconds = 25  # less than what is left when a token is exchanged
        with pytest.raises(Retryable, match="revoked"):
            await memory.look(ticket, "op-3-1")
        await memory.append(ticket, note(3))
        assert snow.tokens.given == 4, "one for each of the two requests"


@pytest.mark.parametrize("fault", ["down", "html", "hang", "cut", "half"])
async def test_without_a_token_nothing_is_sent(fault: str) -> None:
    async with instance(**OAUTH) as (snow, memory):
        snow.faults.add(fault, "POST token")
        with pytest.raises(Retryable, match="nothing was sent"):
            await memory.create("INC-2041", STATE, note(1))
        assert [call.call for call in snow.calls] == ["POST token"]
        assert await memory.create("INC-2041", STATE, note(1))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": "wrong"}, "401: User Not Authenticated"),
        ({"user": "sam.reyes", "password": "sn_sam"}, "403: User Not Authorized"),
        (OAUTH | {"client_secret": SECRET}, "refused client_id and client_secret with 401"),
    ],
)
async def test_the_doctor_hears_what_a_write_would(settings: dict[str, Any], words: str) -> None:
    async with instance(**settings) as (_, memory):
        with pytest.raises(Permanent, match=words) as told:
            await memory.check()
        assert SECRET not in str(told.value)


async def test_a_right_to_write_that_is_missing_shows_with_the_first_write() -> None:
    async with instance(user="tom.becker", password="sn_tom") as (snow, memory):
        assert await memory.check()
        with pytest.raises(Permanent, match="ACL Exception Insert Failed"):
            await memory.create("INC-2041", STATE, note(1))
        assert not snow.instance.incidents
