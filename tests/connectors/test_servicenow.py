"""ServiceNow through pysnow: what stands where, a state that no note moves, whose note it is, order within a second."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.marker import last_line
from connectors.memory.servicenow import ServiceNow, ServiceNowConfig
from connectors.memory.servicenow.rendering import looks, written
from engine.errors import Denied, Permanent, Unsupported
from engine.memory import TicketState
from engine.redact import Clean
from playground.vendors.servicenow import control
from tests.connectors.snow import AT, CLOSED, KEY, LABELS, STATE, instance, maya, note, row_of

TOKEN = "from-the-business-rule"


async def test_an_incident_looks_as_people_expect_it() -> None:
    async with instance(fields={"category": "software", "assignment_group": "checkout"}) as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1, "**Context** `CheckoutErrorRate`, 7.3 %"))
        await memory.append(ticket, note(11, "**Finding by logs** · entry 11\n**Evidence** `KeyError` \\[x\\]"))
        await memory.settle(ticket, CLOSED)
        (seen,) = snow.snapshot()["incidents"]
        assert (ticket.label, ticket.url) == ("ServiceNow INC0048211", seen["url"])
        assert (seen["short_description"], seen["correlation_id"]) == (STATE.title, "INC-2041")
        assert (seen["state"], seen["priority"]) == ("Resolved", "2 - High")
        assert seen["correlation_display"] == "Watchkeeper; incident; SEV2 major; service: checkout;"
        assert (seen["close_code"], seen["close_notes"][:13]) == ("Solution provided", "What was done")
        assert seen["description"].splitlines()[0] == "Context: CheckoutErrorRate, 7.3 %"
        (one,) = seen["journal"]
        marker = "[watchkeeper INC-2041 #11 finding op:op-11-1 hash:9c41e07a52d1]"
        assert one["value"] == f"Finding by logs · entry 11\nEvidence: KeyError [x]\n{marker}"
        assert row_of(snow)["category"] == "software"


async def test_settling_asks_once_and_writes_only_a_difference() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        snow.calls.clear()
        await memory.settle(ticket, STATE)
        assert [call.call for call in snow.calls] == ["GET incident"]
        await memory.settle(ticket, TicketState(STATE.title, (Clean("SEV1 critical"),)))
        assert (row_of(snow)["urgency"], row_of(snow)["priority"]) == ("1", "1")


async def test_an_open_state_that_people_chose_stays() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        control.changed(snow, maya(snow), "INC0048211", {"state": "3"})
        await memory.append(ticket, note(2))
        await memory.settle(ticket, TicketState(Clean("another title"), LABELS))
        assert row_of(snow)["state"] == "3"
        assert (await memory.standing(ticket)).status == "On Hold"


@pytest.mark.parametrize(("state", "before"), [(STATE, "2"), (CLOSED, "6")])
async def test_a_state_that_a_rule_moves_on_our_note_is_put_back(state: TicketState, before: str) -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        await memory.settle(ticket, state)
        snow.instance.note_moves_to = 3
        for n in (2, 3):
            await memory.append(ticket, note(n))
            assert row_of(snow)["state"] == before
        patches = [call.call for call in snow.calls].count("PATCH incident")
        assert patches == (4 if before == "2" else 5)
        assert len(await memory.read(ticket)) == 3


async def test_a_note_sends_the_note_alone() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        before = dict(row_of(snow))
        control.changed(snow, maya(snow), "INC0048211", {"short_description": "by Maya", "urgency": "3"})
        await memory.append(ticket, note(2))
        after = row_of(snow)
        assert (after["short_description"], after["urgency"], after["state"]) == ("by Maya", "3", before["state"])


async def test_a_state_that_somebody_else_may_have_moved_is_left_alone() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        snow.instance.note_moves_to = 3
        control.changed(snow, maya(snow), "INC0048211", {"urgency": "3"})
        await memory.append(ticket, note(2))
        await memory.settle(ticket, STATE)
        assert row_of(snow)["state"] == "3"


async def test_what_could_not_be_put_back_at_once_is_put_back_by_settling_while_it_is_ours() -> None:
    async with instance() as (snow, memory):
        for by_maya, state in ((False, "2"), (True, "3")):
            ticket = await memory.create(f"INC-{state}", STATE, note(1))
            snow.instance.note_moves_to = 3
            snow.faults.add("down", "PATCH incident#2")
            assert await memory.append(ticket, note(2))
            number = ticket.label.removeprefix("ServiceNow ")
            assert snow.instance.numbered(number).row["state"] == "3"
            if by_maya:
                control.changed(snow, maya(snow), number, {"urgency": "3"})
            await memory.settle(ticket, STATE)
            assert snow.instance.numbered(number).row["state"] == state


async def test_within_one_second_our_notes_go_by_their_numbers() -> None:
    async with instance(now=lambda: AT) as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        wanted = [note(n, part=part, parts=2) for n in range(2, 8) for part in (1, 2)]
        ids = [await memory.append(ticket, one) for one in wanted]
        said = control.written(snow, maya(snow), "INC0048211", "work_notes", "approve 19")
        seen = await memory.read(ticket)
        assert {one.at for one in seen} == {AT}
        assert [one.id for one in seen] == ["body", *ids, said]
        assert ids != sorted(ids)


async def test_people_are_heard_in_both_journals_and_told_from_us() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        ours = await memory.append(ticket, note(2))
        who = maya(snow)
        control.written(snow, who, "INC0048211", "comments", "note for all\r\nin two lines")
        control.written(snow, who, "INC0048211", "work_notes", f"quoted\n{last_line(note(3))}")
        heard = [one for one in await memory.read(ticket) if not one.ours]
        assert sorted(one.text for one in heard) == ["note for all\nin two lines", "quoted"]
        assert {one.author for one in heard} == {"maya.okafor"}
        assert await memory.look(ticket, "op-3-1") is None
        mine = await memory.append(ticket, note(3))
        assert await memory.look(ticket, "op-3-1") == mine
        assert await memory.one(ticket, ours) is not None
        other = await memory.create("INC-2042", STATE, note(1))
        assert await memory.one(other, ours) is None


async def test_a_note_beyond_the_first_page_is_found() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        mine = await memory.append(ticket, note(2))
        for n in range(450):
            control.written(snow, maya(snow), "INC0048211", "work_notes", f"word {n}")
        assert await memory.look(ticket, "op-2-1") == mine
        assert len(await memory.read(ticket)) == 452
        newest = await memory.append(ticket, note(3))
        assert (await memory.look(ticket, "op-3-1")) == newest


async def test_of_two_incidents_the_oldest_counts() -> None:
    async with instance() as (_, memory):
        for _ in range(2):
            await memory.create("INC-2041", STATE, note(1))
        found = await memory.find("INC-2041", "op-1-1", AT)
        assert found is not None
        assert found.label == "ServiceNow INC0048211"
        assert await memory.find("inc-2041", "op-1-1", AT) is None, "ServiceNow does not see the case"


async def test_who_closed_it_and_since_when() -> None:
    async with instance(now=lambda: AT) as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        standing = await memory.standing(ticket)
        assert (standing.closed, standing.status, standing.by) == (False, "In Progress", "")
        control.changed(snow, maya(snow), "INC0048211", control.RESOLVED)
        standing = await memory.standing(ticket)
        assert (standing.closed, standing.status, standing.by, standing.at) == (True, "Resolved", "maya.okafor", AT)
        snow.instance.delete(ticket.id)
        with pytest.raises(Permanent, match="404"):
            await memory.standing(ticket)


async def test_a_clock_that_is_wrong_hides_nothing() -> None:
    async with instance() as (snow, memory):
        for ahead in (-86_400, 86_400):
            snow.clock.ahead = ahead
            ticket = await memory.create(f"INC-{abs(ahead)}", STATE, note(1))
            written_ = await memory.append(ticket, note(2))
            assert await memory.look(ticket, "op-2-1") == written_
            newest = (await memory.read(ticket))[-1]
            assert [one.id for one in await memory.read(ticket, newest.at)][-1] == written_
        assert len(await memory.tickets()) == 2
        assert len(await memory.tickets(datetime.now(UTC))) == 1


async def test_the_search_reads_words_and_no_operators() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        theirs = snow.instance.insert(maya(snow), {"short_description": "printer fails", "description": "no paper"})
        hits = await memory.search(Clean("FAIL"))
        assert {hit.ticket.id: hit.incident for hit in hits} == {ticket.id: "INC-2041", theirs.sys_id: ""}
        assert [hit.ticket for hit in await memory.search(Clean("requests, logs"), "checkout")] == [ticket]
        assert not await memory.search(Clean("fail"), "check")
        assert not await memory.search(Clean("fail"), since=datetime.now(UTC) + timedelta(days=1))
        for hostile in ("zeppelin^ORnumberISNOTEMPTY", "zeppelin^NQactive=true", "javascript:gs.getUserID()", "^"):
            assert not await memory.search(Clean(hostile)), hostile
        assert not await memory.search(Clean("fail"), "x^NQnumberISNOTEMPTY")
        snow.api.search_lag = 3_600
        assert not await memory.search(Clean("requests"))
        assert await memory.find("INC-2041", "op-1-1", AT) == ticket, "only the search may lag"


@pytest.mark.parametrize("incident", ["INC-1^ORnumberISNOTEMPTY", "javascript:gs.getUserID()", " JavaScript:x", "a\nb"])
async def test_a_value_that_would_be_a_query_is_refused(incident: str) -> None:
    async with instance() as (snow, memory):
        await memory.create("INC-2041", STATE, note(1))
        snow.calls.clear()
        with pytest.raises(Permanent, match="read as a query"):
            await memory.find(incident, "op-1-1", AT)
        assert not snow.calls


async def test_a_text_is_never_html() -> None:
    async with instance() as (snow, memory):
        ticket = await memory.create("INC-2041", STATE, note(1))
        text = "\\[code\\]<script>alert(1)</script>[/CODE]"
        await memory.append(ticket, note(2, text))
        value = snow.instance.journal_rows()[-1]["value"]
        assert "[code]" not in value.lower()
        assert "[/code]" not in value.lower()
        assert (await memory.read(ticket))[-1].text == memory.rendered(note(2, text))


def test_a_note_ends_at_the_ceiling_to_the_character() -> None:
    marker = len(last_line(note(2))) + 1
    for character, units in (("x", 1), ("ü", 1), ("\U0001f525", 2)):
        most = (4_000 - marker) // units
        assert written(note(2, character * most), 4_000, "servicenow")
        with pytest.raises(Permanent, match="4,000"):
            written(note(2, character * (most + 1)), 4_000, "servicenow")


@pytest.mark.parametrize("worst", ["<!-->", "\U0001f525", "[code]", "[watchkeeper ", "x"])
def test_what_the_capabilities_promise_always_fits(worst: str) -> None:
    config = ServiceNowConfig.model_validate({"url": "http://h", "user": "u", "password": "p", "note_chars": 4_000})
    promised = ServiceNow("servicenow", config).capabilities.note_chars
    assert promised == 1_800
    assert written(note(2, (worst * promised)[:promised]), config.note_chars, "servicenow")


def test_labels_are_whole_or_left_out() -> None:
    config = ServiceNowConfig.model_validate({"url": "http://h", "user": "u", "password": "p"})
    labels = (Clean("a;b"), Clean("l" * 95), Clean("SEV4 notice"), Clean("two\nlines"))
    fields = looks(TicketState(Clean("t" * 200), labels), config)
    assert fields["correlation_display"] == "Watchkeeper; a,b; SEV4 notice; two lines;"
    assert (fields["short_description"], fields["urgency"]) == (f"{'t' * 159}…", "3")


async def test_a_message_is_a_hint_when_it_carries_the_token() -> None:
    body = f'{{"table": "incident", "sys_id": "{KEY}"}}'.encode()
    async with instance(webhook_token=TOKEN) as (_, memory):
        assert memory.hinted({"x-watchkeeper-token": TOKEN}, body) == [KEY]
        for other in (b"{", b"[]", b'{"table": "problem", "sys_id": "%s"}' % KEY.encode(), b'{"sys_id": 7}'):
            assert memory.hinted({"x-watchkeeper-token": TOKEN}, other) == []
        for headers in ({}, {"x-watchkeeper-token": "wrong"}, {"x-watchkeeper-token": "ü"}):
            with pytest.raises(Denied):
                memory.hinted(headers, body)
    async with instance() as (_, memory):
        with pytest.raises(Unsupported):
            memory.hinted({"x-watchkeeper-token": ""}, body)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "password, or client_id"),
        ({"password": "p", "client_id": "c", "client_secret": "s"}, "password, or client_id"),
        ({"client_id": "c"}, "password, or client_id"),
        ({"password": "p", "url": "https://h/api/now"}, "the instance alone"),
        ({"password": "p", "user": "a^b"}, "circumflex"),
        ({"password": "p", "note_chars": 100}, "note_chars"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ServiceNowConfig.model_validate({"url": "https://h.example.com", "user": "u"} | settings)


def test_states_and_choices_may_be_numbers() -> None:
    given = {"states": {"open": 1, "closed": [6, 7]}, "severity": {"SEV1": {"urgency": 1}}}
    config = ServiceNowConfig.model_validate({"url": "https://h", "user": "u", "password": "p"} | given)
    assert (config.states.open, config.states.closed) == ("1", ("6", "7"))
    assert config.severity == {"SEV1": {"urgency": "1"}}
