"""The reason of a veto: by its author only, once a form, after the veto and never in its way; asked for once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connectors.actions.http import HttpAction
from engine.errors import NotOwner
from engine.ledger import Draft
from engine.model import Category, Kind, Owner, Person, Verdict
from engine.oversight.given import Given, unexplained
from engine.oversight.reasons import Reasons
from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room, Target, action_at

SECRET = "xoxb-1234567890-abcdefgh"


@pytest.fixture
async def action(target: Target) -> AsyncIterator[HttpAction]:
    found = action_at(target.url, "lookup")
    yield found
    await found.aclose()


@pytest.fixture(params=["sqlite", "postgresql"])
async def office(
    request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction
) -> Office:
    return Office(await open_ledger(database_url(request.param)), SystemClock(), Room(), action)


async def vetoed(office: Office, person: Person = MAYA) -> tuple[int, int]:
    """An incident whose proposal somebody vetoed; the veto's entry."""
    incident = await office.opened()
    proposal = await office.proposed(incident)
    answer = await office.says(incident, proposal, person, Kind.VETO)
    assert answer.entry is not None
    return incident, answer.entry.n


async def give(
    office: Office, incident: int, of: int, person: Person = MAYA, says: str = "too early", event: str = "V1"
) -> Given:
    reasons = Reasons(office.desk)
    return await reasons.give(incident, of, person, says, Category.BAD_MOMENT, lesson=False, event=event)


async def test_only_whoever_vetoed_says_why(office: Office) -> None:
    incident, veto = await vetoed(office)
    before = (await office.desk.incidents.state(incident)).n
    approval = await office.says(incident, 1, PRIYA)
    assert approval.entry is not None
    assert (await give(office, incident, veto, TOM)).verdict == Verdict.NO_RIGHT
    assert (await give(office, incident, veto, replace(MAYA, is_guest=True))).verdict == Verdict.OUTSIDER
    assert (await give(office, incident, approval.entry.n, PRIYA)).verdict == Verdict.STALE
    assert (await give(office, incident, 99)).verdict == Verdict.STALE
    assert (await office.desk.incidents.state(incident)).n == before + 1, "the approval, and nothing of the others"
    taken = await give(office, incident, veto, says=f"the token {SECRET} is in the log")
    assert taken.verdict == Verdict.COUNTED
    assert taken.entry is not None
    assert taken.entry.payload["says"] == "the token [REDACTED:SLACK_TOKEN] is in the log"
    assert SECRET.encode() not in taken.entry.published
    assert taken.decided is not None
    assert taken.decided.status == "vetoed"


async def test_a_word_that_did_not_count_has_its_reason_too(office: Office) -> None:
    incident = await office.opened()
    proposal = await office.proposed(incident)
    objection = await office.says(incident, proposal, replace(TOM, in_channel=False), Kind.VETO)
    assert objection.verdict == Verdict.NO_RIGHT
    assert objection.entry is not None
    given = await give(office, incident, objection.entry.n, TOM)
    assert given.decided is not None
    assert given.decided.status == "waiting"
    assert given.decided.why_vetoed is None, "an objection is not what stopped it"
    why = given.decided.why(objection.actor)
    assert why is not None
    assert (why.says, why.category) == ("too early", Category.BAD_MOMENT)


async def test_one_form_is_one_entry_and_a_second_form_corrects_the_first(office: Office) -> None:
    incident, veto = await vetoed(office)
    twice = await asyncio.gather(*(give(office, incident, veto) for _ in range(4)))
    assert len({given.entry.n for given in twice if given.entry}) == 1
    again = await give(office, incident, veto, says="wrong release", event="V2")
    assert again.before is not None
    assert again.before.says == "too early"
    state = await office.desk.incidents.state(incident)
    decided = state.proposals[1]
    assert [why.says for why in decided.whys] == ["too early", "wrong release"]
    assert decided.why_vetoed is not None
    assert decided.why_vetoed.says == "wrong release"


async def test_somebody_else_s_reason_stands_in_until_the_vetoer_gives_one(office: Office) -> None:
    incident, veto = await vetoed(office)
    await office.says(incident, 1, PRIYA, Kind.VETO, reason="a migration had run")
    state = await office.desk.incidents.state(incident)
    assert [why.says for why in state.proposals[1].whys if state.proposals[1].why_vetoed == why] == [
        "a migration had run"
    ]
    assert unexplained(state) == [state.proposals[1]], "Maya, who vetoed, has not said why"
    given = await give(office, incident, veto)
    assert given.decided is not None
    assert given.decided.why_vetoed == given.decided.reasons[0]
    assert unexplained(given.state) == []


async def test_it_is_asked_for_once_and_by_the_owner_only(office: Office) -> None:
    incident, _ = await vetoed(office)
    decided = (await office.desk.incidents.state(incident)).proposals[1]
    owner = office.desk.lease.owner(incident)
    with pytest.raises(NotOwner):
        await Reasons(office.desk).ask(incident, decided, Owner("another", 1))
    asked = await asyncio.gather(*(Reasons(office.desk).ask(incident, decided, owner) for _ in range(3)))
    assert sorted(asked) == [False, False, True]
    state = await office.desk.incidents.state(incident)
    assert unexplained(state) == []
    closed = Draft("closed/1", Kind.CLOSED, {"how": "person", "says": ""}, "person:x")
    await office.ledger.append(incident, closed)
    late = await give(office, incident, decided.votes[0].entry.n)
    assert late.verdict == Verdict.COUNTED, "after the close too"
