"""A person opens an incident: one form is one incident, and what is open already is named. On both databases."""

import asyncio

import pytest

from engine.desk import Desk
from engine.errors import Unavailable
from engine.fast.declare import Declarations, Declared
from engine.fast.intake import Intake, IntakeRules
from engine.fold import Incidents
from engine.lease import Lease
from engine.ledger import Draft, Ledger
from engine.model import Alert, Declaration, Kind, Severity, Triage
from engine.people import People
from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import verify

TOM = "person:tom"
SAID = Declaration(title="Customers cannot pay", severity=Severity.SEV2, service="checkout", seen="12 reports since 2")
HERE = ("C07SUPPORT0", "1795486020.000100")


class Judge:
    """A reasoner that only triages, and thinks little of everything."""

    name = "judge"

    async def triage(self, alert: Alert) -> Triage:
        return Triage(severity=Severity.SEV4, service=alert.service, title="an alert", summary="")


class Process:
    """One replica."""

    def __init__(self, ledger: Ledger) -> None:
        clock = SystemClock()
        self.desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
        self.declarations = Declarations(self.desk, Judge(), 2041)  # type: ignore[arg-type]  # nothing else is asked

    async def declare(self, event: str, said: Declaration = SAID) -> Declared:
        return await self.declarations.declare(said, TOM, event)

    async def count(self) -> int:
        return len(await self.desk.ledger.heads())


@pytest.fixture(params=["sqlite", "postgresql"])
async def process(request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger) -> Process:
    return Process(await open_ledger(database_url(request.param)))


async def test_the_persons_words_open_it_and_an_owner_has_it(process: Process) -> None:
    declared = await process.declare("V1", SAID.model_copy(update={"origin": HERE, "thread": HERE[1]}))
    assert declared == Declared(2041, own=True, fresh=True)
    state = await process.desk.incidents.state(2041)
    assert state.declared
    assert state.triage == Triage(
        severity=Severity.SEV2, service="checkout", title="Customers cannot pay", summary="12 reports since 2"
    )
    assert [(e.kind, e.actor) for e in state.entries] == [(Kind.ALERT, TOM), (Kind.TRIAGE, "triage")]
    assert state.alert is not None
    assert state.alert.labels == {"source": "person", "service": "checkout", "severity": "SEV2"}
    assert process.desk.lease.epochs == {2041: 1}
    assert await verify(process.desk.ledger, 2041) == ""


async def test_a_form_that_comes_again_is_the_same_incident_even_after_its_close(process: Process) -> None:
    results = await asyncio.gather(*(process.declare("V1") for _ in range(5)))
    assert {(d.incident, d.own) for d in results} == {(2041, True)}
    assert sum(d.fresh for d in results) == 1
    await process.desk.ledger.append(2041, Draft("closed/1", Kind.CLOSED, {"how": "person", "says": ""}, TOM))
    assert await process.declare("V1") == Declared(2041, own=True)
    assert await process.count() == 1


async def test_two_forms_for_one_service_or_one_message_open_one(process: Process) -> None:
    both = await asyncio.gather(process.declare("V1"), process.declare("V2"))
    assert sorted((d.incident, d.own) for d in both) == [(2041, False), (2041, True)]
    elsewhere = SAID.model_copy(update={"service": "", "origin": HERE})
    assert (await process.declare("V3", elsewhere)).own
    assert await process.declare("V4", elsewhere) == Declared(2042, own=False)
    assert await process.declare("V5", SAID.model_copy(update={"service": "CHECKOUT"})) == Declared(2041, own=False)
    assert (await process.declare("V6", SAID.model_copy(update={"service": ""}))).incident == 2043
    assert await process.count() == 3


async def test_an_alerts_open_incident_of_the_service_is_named_and_after_its_close_a_new_one_opens(
    process: Process,
) -> None:
    ledger, lease = process.desk.ledger, process.desk.lease
    intake = Intake(ledger, lease, Judge(), IntakeRules(first_number=2041))  # type: ignore[arg-type]  # as above
    alert = Alert(source="am", name="Errors", status="firing", fingerprint="f1", service="checkout")
    await intake.receive([alert], "event/1")
    assert await process.declare("V1") == Declared(2041, own=False)
    assert len(await ledger.entries(2041)) == 2
    await ledger.append(2041, Draft("closed/1", Kind.CLOSED, {"how": "person", "says": ""}, TOM))
    assert await process.declare("V1") == Declared(2042, own=True, fresh=True)


async def test_what_could_not_be_written_leaves_nothing_and_may_come_again(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number, the bindings and both entries are one transaction."""
    whole = process.declarations._open

    def broken(*given: object) -> int:
        whole(*given)  # type: ignore[arg-type]  # handed on
        raise Unavailable("the ledger does not answer")

    monkeypatch.setattr(process.declarations, "_open", broken)
    with pytest.raises(Unavailable):
        await process.declare("V1")
    assert await process.count() == 0
    monkeypatch.undo()
    assert await process.declare("V1") == Declared(2041, own=True, fresh=True)
