"""What waits for one person: what they may approve now and have not, judged as their click would be."""

from dataclasses import replace
from datetime import timedelta

from engine.model import Kind, Person
from engine.oversight.freezes import Span
from engine.oversight.halt import Halts
from engine.oversight.rules import Freeze
from tests.engine.conftest import TwoOffices
from tests.engine.stage import MAYA, PRIYA, TOM, Office


async def waits(office: Office, incident: int, person: Person) -> list[int]:
    actor = await office.desk.people.pseudonym(person)
    return await office.decisions.waits_for(await office.state(incident), person, actor)


async def test_a_proposal_waits_for_whoever_may_approve_it_and_has_not(two_offices: TwoOffices) -> None:
    office, _ = await two_offices("lookup")
    office.quorum = 2
    incident = await office.opened()
    n = await office.proposed(incident)
    assert [await waits(office, incident, person) for person in (PRIYA, MAYA, TOM)] == [[n], [n], []]
    assert await waits(office, incident, replace(PRIYA, is_guest=True)) == []
    await office.says(incident, n, PRIYA)
    assert [await waits(office, incident, person) for person in (PRIYA, MAYA)] == [[], [n]]
    await office.says(incident, n, PRIYA, Kind.WITHDRAWAL)
    assert await waits(office, incident, PRIYA) == [n]
    await office.says(incident, n, PRIYA, at=await office.ledger.now())
    await office.says(incident, n, MAYA)
    assert [await waits(office, incident, person) for person in (PRIYA, MAYA)] == [[], []]
    requested = await office.proposed(incident, "run/1", requester=await office.desk.people.pseudonym(MAYA))
    assert [await waits(office, incident, person) for person in (PRIYA, MAYA)] == [[requested], []]
    office.quorum = 1
    enough = await office.proposed(incident, "run/2")
    assert await waits(office, incident, MAYA) == [enough]
    await office.says(incident, enough, PRIYA)
    assert await waits(office, incident, MAYA) == []  # nobody more is needed


async def test_nothing_waits_while_everything_is_halted_or_it_is_frozen(two_offices: TwoOffices) -> None:
    office, _ = await two_offices("lookup")
    incident = await office.opened()
    n = await office.proposed(incident)
    now = await office.ledger.now()
    open_, hour = office.policy, timedelta(hours=1)
    office.policy = replace(open_, freezes=(Freeze("quarter end", Span(now - hour, now + hour)),))
    assert await waits(office, incident, PRIYA) == []
    office.policy = open_
    assert await waits(office, incident, PRIYA) == [n]
    await Halts(office.desk, office.decisions).halt(PRIYA, "migration", "event")
    assert await waits(office, incident, PRIYA) == []
