"""PagerDuty incidents as a record: people are called once, an acknowledgement stays, notes read as plain text."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.memory.pagerduty import PagerDutyConfig, reading
from engine.errors import Ambiguous, Denied, Permanent, Unsupported
from engine.memory import Ticket, TicketState
from engine.redact import Clean
from playground.vendors.pagerduty import PagerDutyStandIn
from playground.vendors.pagerduty.people import BOT
from tests.connectors.pagerduty import AT, CLOSED, OPEN, TITLE, incidents, note
from tests.playground.pagerduty_client import DESCRIPTION, MAYA, SPECS

PAYLOADS = SPECS.parent / "payloads/pagerduty"
NOTE = """**Verified** · entry 24 · 24 Nov 2026 02:16:02 UTC
**Context** Roll-back to `2026.11.24-2` ended 02:13:02 UTC, 6 of 6 pods.
**Evidence** error rate 7.3 % → 0.2 %, by the [alert's own measure](https://metrics.example.com/q?a=1).
**Action** None.
**Next** mitigated. Closes when Alertmanager reports the alert as resolved."""
SHOWN = """Verified · entry 24 · 24 Nov 2026 02:16:02 UTC
Context: Roll-back to 2026.11.24-2 ended 02:13:02 UTC, 6 of 6 pods.
Evidence: error rate 7.3 % → 0.2 %, by the alert's own measure (https://metrics.example.com/q?a=1).
Action: None.
Next: mitigated. Closes when Alertmanager reports the alert as resolved.
[watchkeeper INC-2041 #24 finding op:op-24 hash:9c41e07a52d1]"""


def only(duty: PagerDutyStandIn) -> dict[str, Any]:
    (incident,) = duty.snapshot()["incidents"]
    return dict(incident)


def marked(duty: PagerDutyStandIn) -> list[str]:
    return [one["content"].rpartition("\n")[2].split(" ")[2] for one in only(duty)["notes"]]


@pytest.mark.skipif(DESCRIPTION is None, reason="PagerDuty's description lies beside the repository, not here")
async def test_a_whole_incident_keeps_to_pagerdutys_own_description() -> None:
    priorities = {"SEV2": "P2"}
    async with PagerDutyStandIn(validate=DESCRIPTION) as duty, incidents(duty.url, priorities=priorities) as memory:
        since = datetime.now(UTC) - timedelta(minutes=5)
        assert await memory.check() == f"may write incidents of checkout as {BOT.email} (nothing was written)"
        ticket = await memory.create("INC-2041", OPEN, note(1))
        assert ticket.label == "PagerDuty #4711"
        assert await memory.find("INC-2041", "op-1", since) == ticket
        written = await memory.append(ticket, note(24, NOTE))
        copy = await memory.append(ticket, note(24, NOTE))
        await memory.remove(ticket, copy)
        assert await memory.look(ticket, "op-24") == written
        await memory.settle(ticket, CLOSED)
        await memory.standing(ticket)
        assert await memory.tickets() == [ticket]
        assert [hit.ticket for hit in await memory.search(Clean("requests"), "checkout")] == [ticket]
        assert duty.violations == []
        incident = only(duty)
        assert (incident["title"], incident["status"], incident["resolution"]) == (TITLE, "resolved", TITLE)
        assert (incident["key"], incident["priority"], incident["calls"]) == ("INC-2041", "P2", 1)
        assert [one["content"] for one in incident["notes"]][1] == SHOWN


async def test_an_incident_that_an_alert_raised_is_the_ticket() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        raised = duty.incidents.raise_alert("PCHECK1", "INC-2041", "checkout: error rate")
        duty.incidents.add_note(MAYA, raised.id, "looking")
        ticket = await memory.create("INC-2041", OPEN, note(1))
        assert ticket.id == raised.id
        assert only(duty)["calls"] == 1
        assert await memory.find("INC-2041", "op-1", AT) == ticket
        body, theirs = await memory.read(ticket)
        assert (body.id, body.ours, theirs.text) == ("body", True, "looking")
        assert await memory.tickets() == [ticket]
        duty.incidents.raise_alert("PCHECK1", "disk-7", "DISK-7: full, not INC-2041")
        await memory.settle(ticket, OPEN)
        assert [hit.incident for hit in await memory.search(Clean("INC-2041"))] == ["", "INC-2041"]


async def test_the_key_is_the_configured_one_and_a_second_ticket_is_the_first() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url, key="shop/{incident}") as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        assert only(duty)["key"] == "shop/INC-2041"
        assert await memory.create("INC-2041", OPEN, note(2)) == ticket
        assert (only(duty)["calls"], len(only(duty)["notes"])) == (1, 2)
        assert [hit.incident for hit in await memory.search(Clean("checkout"))] == ["INC-2041"]


@pytest.mark.parametrize(
    ("fault", "call"), [("error-after", "POST incident"), ("cut", "POST note"), ("hang", "POST note")]
)
async def test_people_are_called_once_whatever_became_of_the_first_try(fault: str, call: str) -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        duty.faults.add(fault, call)
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", OPEN, note(1))
        assert await memory.find("INC-2041", "op-1", AT) is None, "the ticket is there when its first entry is"
        ticket = await memory.create("INC-2041", OPEN, note(1))
        assert await memory.find("INC-2041", "op-1", AT) == ticket
        assert (only(duty)["calls"], marked(duty)) == (1, ["#1"])


async def test_the_first_note_is_not_sent_late() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        duty.faults.add("slow", "GET incidents", delay=0.6)
        duty.faults.add("slow", "POST incident", delay=0.6)
        with pytest.raises(Exception, match="slow: PagerDuty #4711 is there, its first note was not sent"):
            await memory.create("INC-2041", OPEN, note(1))
        assert marked(duty) == []
        await memory.create("INC-2041", OPEN, note(1))
        assert (only(duty)["calls"], marked(duty)) == (1, ["#1"])


async def test_an_incident_that_people_resolved_meanwhile_calls_nobody_again() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        duty.faults.add("error-after", "POST incident")
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", OPEN, note(1))
        (there,) = duty.incidents.incidents.values()
        duty.incidents.change(MAYA, there.id, title=None, status="resolved", priority=None, resolution="")
        ticket = await memory.create("INC-2041", OPEN, note(1))
        await memory.settle(ticket, OPEN)
        standing = await memory.standing(ticket)
        assert (standing.closed, standing.status, standing.by) == (True, "Resolved", "Maya Okafor")
        assert only(duty)["calls"] == 1


async def test_settling_asks_once_writes_a_difference_and_lets_an_acknowledgement_stand() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url, priorities={"SEV2": "P2", "SEV1": "P9"}) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        duty.incidents.change(MAYA, ticket.id, title=None, status="acknowledged", priority=None, resolution="")
        await memory.look(ticket, "op-1")  # from now on it knows who it is
        duty.calls.clear()
        await memory.settle(ticket, OPEN)
        assert [call.call for call in duty.calls] == ["GET incident"]
        await memory.settle(ticket, TicketState(Clean("INC-2041 SEV1 critical"), (Clean("SEV1 critical"),)))
        incident = only(duty)
        assert (incident["title"], incident["status"]) == ("INC-2041 SEV1 critical", "acknowledged")
        assert incident["priority"] == "P2", "one that PagerDuty does not know changes nothing"


async def test_what_was_closed_here_and_opens_again_calls_people_again() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        for state in (CLOSED, CLOSED, OPEN):
            await memory.settle(ticket, state)
        assert [call.call for call in duty.calls].count("PUT incident") == 2
        assert (only(duty)["status"], only(duty)["calls"]) == ("triggered", 2)


async def test_nobody_has_to_get_up_for_the_ticket_of_halts_and_resumes() -> None:
    async with PagerDutyStandIn(validate=DESCRIPTION) as duty, incidents(duty.url) as memory:
        await memory.create(
            "INC-0", TicketState(Clean("Watchkeeper: halts and resumes"), (Clean("watchkeeper"),)), note(1)
        )
        await memory.create("INC-2041", OPEN, note(1))
        assert [one["urgency"] for one in duty.snapshot()["incidents"]] == ["low", "high"]
        assert duty.violations == []


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("a_second", [3, 99])
async def test_notes_of_one_second_keep_their_order_however_they_are_listed(newest_first: bool, a_second: int) -> None:
    written = 0

    def now() -> datetime:
        return AT + timedelta(seconds=written // a_second)

    async with PagerDutyStandIn(newest_first=newest_first, now=now) as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        for n in range(2, 9):
            written += 1
            await memory.append(ticket, note(n))
        assert [one.marker.n for one in await memory.read(ticket) if one.marker] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_an_old_incident_is_found_by_its_key() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        duty.clock.ahead = 90 * 86_400.0
        assert await memory.find("INC-2041", "op-1", AT) == ticket
        assert await memory.create("INC-2041", OPEN, note(2)) == ticket
        assert only(duty)["calls"] == 1


async def test_a_person_who_copies_our_note_is_not_us_and_the_second_of_since_is_taken_in() -> None:
    times = iter(AT + timedelta(seconds=second, microseconds=900_000) for second in range(100))
    async with PagerDutyStandIn(now=lambda: next(times)) as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        theirs = duty.incidents.add_note(MAYA, ticket.id, SHOWN)
        assert await memory.look(ticket, "op-24") is None
        heard = await memory.one(ticket, theirs.id)
        assert heard
        assert (heard.author, heard.author_name, heard.ours, heard.edited_at) == (MAYA.id, MAYA.name, False, None)
        since = heard.at + timedelta(microseconds=500_000)
        await memory.append(ticket, note(2))
        assert [one.id for one in await memory.read(ticket, since)][:2] == ["body", theirs.id]
        duty.incidents.edit_note(MAYA, ticket.id, theirs.id, "approve 20")
        changed = await memory.one(ticket, theirs.id)
        assert changed
        assert (changed.text, changed.edited_at is not None) == ("approve 20", True)


async def test_the_ceiling_is_kept_to_the_character() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url, note_chars=2_000) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        room = 2_000 - len("\n[watchkeeper INC-2041 #2 finding op:op-2 hash:9c41e07a52d1]")
        assert room >= memory.capabilities.note_chars
        with pytest.raises(Permanent, match=r"2,000 characters; entry 2 has 2,001"):
            await memory.append(ticket, note(2, "x" * (room + 1)))
        assert len(only(duty)["notes"]) == 1, "nothing was sent"
        await memory.append(ticket, note(2, "x" * room))
        assert len(only(duty)["notes"][1]["content"]) == 2_000


async def test_a_full_incident_is_told_in_words() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        for _ in range(1_998):
            duty.incidents.add_note(MAYA, ticket.id, "+1")
        assert await memory.append(ticket, note(2))
        with pytest.raises(Permanent, match=r"PagerDuty #4711 holds 2,000 notes, the most that PagerDuty takes"):
            await memory.append(ticket, note(3))


async def test_every_page_of_incidents_is_read_and_strangers_are_left_out() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        mine = [await memory.create(f"INC-{n}", OPEN, note(1, incident=f"INC-{n}")) for n in (1, 2)]
        for n in range(130):
            duty.incidents.create(MAYA, "PCHECK1", f"disk {n}")
        copied = duty.incidents.create(MAYA, "PCHECK1", "INC-3 by hand", key="INC-3")
        duty.incidents.add_note(MAYA, copied.id, SHOWN)
        mine.append(await memory.create("INC-4", OPEN, note(1, incident="INC-4")))
        assert await memory.tickets() == mine
        assert await memory.tickets(datetime.now(UTC) + timedelta(hours=1)) == []
        found = await memory.search(Clean("DISK"), since=datetime.now(UTC) - timedelta(hours=1))
        assert [hit.title for hit in found] == [f"disk {n}" for n in range(129, 109, -1)]
        assert {hit.incident for hit in found} == {""}


async def test_a_webhook_is_believed_when_one_of_its_signatures_holds() -> None:
    body = json.dumps({"event": {"data": {"type": "incident_note", "incident": {"id": "PGR0VU2"}, "id": "P2LA89X"}}})
    good = f"v1={hmac.new(b'hush', body.encode(), hashlib.sha256).hexdigest()}"
    async with incidents("http://127.0.0.1:1", webhook_secret="hush") as memory:
        for signature in (good, f"v1=00, {good}", f"{good},v1=00"):
            assert memory.hinted({"x-pagerduty-signature": signature}, body.encode()) == ["PGR0VU2"]
        for signature in ("", "v1=00", good.removeprefix("v1="), f"{good}0", "v1=é"):
            with pytest.raises(Denied):
                memory.hinted({"x-pagerduty-signature": signature}, body.encode())
        for said, spoken_of in (
            ({"event": {"data": {"type": "incident", "id": "Q3B15VLMF3ASBD"}}}, ["Q3B15VLMF3ASBD"]),
            ({"event": {"data": {"type": "incident", "id": "../users"}}}, []),
            ({"event": {"event_type": "pagey.ping", "data": {"message": "Hello"}}}, []),
            ([], []),
        ):
            raw = json.dumps(said).encode()
            signed = {"x-pagerduty-signature": f"v1={hmac.new(b'hush', raw, hashlib.sha256).hexdigest()}"}
            assert memory.hinted(signed, raw) == spoken_of
    async with incidents("http://127.0.0.1:1") as memory:
        with pytest.raises(Unsupported):
            memory.hinted({"x-pagerduty-signature": good}, body.encode())


@pytest.mark.skipif(not PAYLOADS.exists(), reason="PagerDuty's own payloads lie beside the repository, not here")
@pytest.mark.parametrize(
    ("name", "spoken_of"),
    [
        ("zulip-annotated_v3", ["Q3B15VLMF3ASBD"]),
        ("zulip-resolved_v3", ["PCPZE64"]),
        ("docs-data-incident_note", ["PGR0VU2"]),
        ("docs-data-incident", ["PGR0VU2"]),
        ("docs-service_updated", []),
    ],
)
def test_pagerdutys_own_webhooks_name_their_incident(name: str, spoken_of: list[str]) -> None:
    assert reading.spoken_of((PAYLOADS / f"{name}.json").read_bytes()) == spoken_of


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "pd-wrong"}, "401"),
        ({"token": "pd-reads"}, "403.*Access Denied"),
        ({"account": "nobody@shop.example"}, "no user nobody@shop.example"),
        ({"account": "tom.becker@shop.example"}, "403"),
        ({"service": "PNOWHERE"}, "404"),
        ({"service": "PGONE99"}, "old shop is disabled"),
        ({"priorities": {"SEV1": "P1", "SEV2": "P8"}}, "no priority P8"),
    ],
)
async def test_the_doctor_hears_what_a_write_would(settings: dict[str, Any], words: str) -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url, **settings) as memory:
        with pytest.raises(Permanent, match=words):
            await memory.check()
        assert duty.snapshot()["incidents"] == []


async def test_the_first_entry_is_no_copy_and_no_strange_id_becomes_a_path() -> None:
    async with PagerDutyStandIn() as duty, incidents(duty.url) as memory:
        ticket = await memory.create("INC-2041", OPEN, note(1))
        with pytest.raises(Permanent, match="stays"):
            await memory.remove(ticket, "body")
        with pytest.raises(Permanent, match="not the id"):
            await memory.append(Ticket("../users", "x"), note(2))


async def test_how_late_a_write_may_appear_is_the_connectors_setting() -> None:
    async with incidents("http://127.0.0.1:1", late_write=90, seconds=4) as memory:
        assert memory.capabilities.late_write_seconds == 94, "the note may leave one request after its incident"
        assert memory.capabilities.calls_people
        assert memory.capabilities.per_minute == 960


def test_a_key_names_its_incident() -> None:
    for key in ("checkout", "{service}", "{incident}-{service}"):
        with pytest.raises(ValidationError):
            PagerDutyConfig(service="PCHECK1", account=BOT.email, token="x", key=key)  # type: ignore[arg-type]
