"""Who speaks: what is known of a person is as old as `timing.membership` allows, and no older."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import cast as typed

import pytest

from bot.chat import SlackChat
from bot.scenery import Scenery
from bot.slack import Slack
from bot.views.answers import told
from bot.views.proposal import proposal_message
from bot.views.scene import Scene
from bot.votes import Votes
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.durable.notes import note_text
from engine.fold import Incidents
from engine.lease import Lease
from engine.ledger import Draft, Ledger
from engine.model import Kind, Verdict
from engine.oversight.decisions import Decisions, Word
from engine.people import People
from engine.ports import SystemClock
from engine.store.messages import Messages
from playground.slack import SlackStandIn, cast
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import opened
from tests.views.nouns_2041 import restart


@pytest.fixture
async def stand_in() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as running:
        yield running


@pytest.fixture
async def slack(stand_in: SlackStandIn) -> AsyncIterator[Slack]:
    slack = Slack(stand_in.app.bot_token, f"{stand_in.url}/api/")
    yield slack
    await slack.close()


@pytest.fixture
async def ledger(database_url: DatabaseUrl, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(database_url("sqlite"))


@pytest.mark.parametrize(("membership", "seen"), [(-1.0, True), (600.0, False)])
async def test_what_is_known_of_a_person_is_as_old_as_configured(
    stand_in: SlackStandIn, slack: Slack, ledger: Ledger, membership: float, seen: bool
) -> None:
    """Priya becomes a guest: with nothing fresh enough it is seen at once, otherwise when her entry is too old."""
    clock, chat = SystemClock(), SlackChat(slack, Messages(ledger.db))
    desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
    unused = typed(Scenery, None)
    votes = Votes(desk, Decisions(desk, Catalogue({}, ledger.gate), chat, membership), slack, chat, unused, membership)
    await chat.open("#incidents")
    assert not (await votes.person(cast.PRIYA)).is_guest
    stand_in.state.change_user(stand_in.state.users[cast.PRIYA], is_restricted=True)
    assert (await votes.person(cast.PRIYA)).is_guest is seen


async def test_a_click_on_another_proposals_card_is_recorded_as_stale_and_counts_for_nothing(
    slack: Slack, ledger: Ledger
) -> None:
    """The number is a proposal's and the digest is not that one's: who pressed is told, and the record says it."""
    clock, chat = SystemClock(), SlackChat(slack, Messages(ledger.db))
    desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
    decisions = Decisions(desk, Catalogue({}, ledger.gate), chat, 600.0)
    votes = Votes(desk, decisions, slack, chat, typed(Scenery, None), 600.0)
    await chat.open("#incidents")
    incident, now = await opened(ledger, None), await ledger.now()
    proposal = restart().model_copy(update={"expires_at": now + timedelta(minutes=5)})
    await ledger.append(incident, Draft("proposed", Kind.PROPOSED, proposal.to_json(), "responder"))
    word = Word(Kind.APPROVAL, await votes.person(cast.PRIYA), "button", "card", "click", now)
    for event, n in (("click", 1), ("click", 1), ("another", 99)):  # twice the same; and what is no proposal at all
        said = await votes.vote(incident, n, replace(word, event=event), "00000000")
        assert "Your click changed nothing." in told(said).text
        assert f"This button belongs to {incident}/{n}; since" in told(said).text
    state = await desk.incidents.state(incident)
    given = state.proposals[1]
    assert [(c.entry.n, c.vote.verdict) for c in given.votes] == [(2, Verdict.STALE)]
    assert (state.n, given.approvals, given.status) == (2, (), "waiting")
    assert "not counted: a person whose name was deleted, another proposal" in str(
        proposal_message(state, Scene(now), given).blocks
    )
    assert "it was for another proposal" in note_text(state, given.votes[0].entry, {})
