"""Intake: of two replicas one opens the incident, repeats are counted at least, nothing deadlocks. Rows 40, 41, 45."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.fast.intake import BATCH, Intake, IntakeRules, Taken
from engine.lease import Lease
from engine.ledger import Ledger
from engine.model import Alert, Reason, Severity, Triage
from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change, verify

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


class Judge:
    """A reasoner that only triages."""

    name = "judge"

    async def triage(self, alert: Alert) -> Triage:
        return Triage(severity=Severity.SEV2, service=alert.service, title=alert.name, summary=alert.summary)


def alert(name: str, fingerprint: str = "f1", starts_at: datetime = AT) -> Alert:
    return Alert(source="am", name=name, status="firing", fingerprint=fingerprint, starts_at=starts_at)


def door(ledger: Ledger) -> Intake:
    lease = Lease(ledger.db, SystemClock())
    return Intake(ledger, lease, Judge(), IntakeRules(first_number=2041))  # type: ignore[arg-type]


@pytest.fixture
async def ledgers(database_url: DatabaseUrl, open_ledger: OpenLedger) -> list[Ledger]:
    """Two replicas."""
    url = database_url("postgresql")
    return [await open_ledger(url) for _ in range(2)]


async def test_two_replicas_open_the_same_incident_once(ledgers: list[Ledger]) -> None:
    doors = [door(ledger) for ledger in ledgers]
    taken = await asyncio.gather(*(doors[i % 2].receive([alert("Errors")], f"event/{i}") for i in range(10)))
    outcomes = Counter(t.reason for some in taken for t in some)
    assert outcomes == {None: 1, Reason.REPEATED: 9}
    assert len(await ledgers[0].heads()) == 1


async def test_deliveries_that_meet_crosswise_never_deadlock(ledgers: list[Ledger]) -> None:
    """Some open what others join, in every order; all locks are taken in one."""
    doors = [door(ledger) for ledger in ledgers]
    names = [f"Errors{i}" for i in range(12)]

    async def send(i: int) -> Sequence[Taken]:
        some = [alert(names[(i * 5 + j * (1 + i % 3)) % 12], f"f{i}") for j in range(6)]
        return await doors[i % 2].receive(some, f"event/{i}")

    await asyncio.gather(*(send(i) for i in range(24)))
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await ledgers[0].db.read(lambda tx: tx.one(deadlocks)) == (0,)
    for incident, _, _ in await ledgers[0].heads():
        assert await verify(ledgers[0], incident) == ""
    assert len(await ledgers[0].heads()) == 12


async def test_a_delivery_that_is_handled_twice_changes_nothing(ledgers: list[Ledger]) -> None:
    """Rule 4 of the inbox: the entry's key stops doubles, not the inbox."""
    first, second = [door(ledger) for ledger in ledgers]
    storm = [alert(f"Errors{i:03}") for i in range(2 * BATCH + 5)]
    await first.receive(storm, "event/1")
    before = await ledgers[0].heads()
    assert len(before) == len(storm)
    await second.receive(storm, "event/1")
    assert await ledgers[0].heads() == before


async def test_no_strange_fingerprint_becomes_a_key(ledgers: list[Ledger]) -> None:
    """Row 49: a key is published as it is, so it holds nothing but hashes and names of ours."""
    await door(ledgers[0]).receive([alert("Errors", "priya.raman@example.com\x00\ud800")], "event/1")
    entries = await ledgers[0].entries(2041)
    assert all("example" not in entry.key for entry in entries)
    assert b"example" not in entries[0].published


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_row_27_our_own_ticket_that_comes_back_joins_its_incident(
    dialect: Any, database_url: DatabaseUrl, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(database_url(dialect))
    intake, url = door(ledger), "https://shop.pagerduty.com/incidents/Q1"
    await intake.receive([alert("Errors")], "event/0")
    ticket = json.dumps({"id": "Q1", "label": "PagerDuty Q1", "url": url})
    flight = json.dumps({"op": "underway"})
    await change(
        ledger,
        "INSERT INTO cursor (incident, backend, acked, ticket, inflight, settled, failures, next_at) "
        "VALUES (2041, 'pagerduty', 1, :ticket, :flight, '', 0, 0)",
        ticket=ticket,
        flight=flight,
    )

    async def taken(i: int, **more: Any) -> tuple[int | None, Reason | None]:
        (one,) = await intake.receive([alert(f"A{i}", f"a{i}").model_copy(update=more)], f"event/{i}")
        return one.incident, one.reason

    marker = "[watchkeeper INC-2041 #1 alert op:{} hash:9c41]"
    ours = (2041, Reason.OURS)
    assert await taken(1, summary="INC-2041 SEV2 major: checkout", link=url) == ours
    assert await taken(2, annotations={"note": f"Verified\n{marker.format('underway')}"}) == ours
    assert await taken(3, summary="INC-2041 again?", annotations={"runbook": url}) == (2042, None)
    assert await taken(4, annotations={"note": marker.format("someoneelses")}) == (2043, None)
    assert await taken(5, summary="INC-2099", link=url) == (2044, None)
    assert len(await ledger.entries(2041)) == 2, "nothing fires again because of it"
