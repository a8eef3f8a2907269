"""Who speaks: what is known of a person is as old as `timing.membership` allows, and no older."""

from collections.abc import AsyncIterator
from typing import cast as typed

import pytest

from bot.chat import SlackChat
from bot.scenery import Scenery
from bot.slack import Slack
from bot.votes import Votes
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.fold import Incidents
from engine.lease import Lease
from engine.ledger import Ledger
from engine.oversight.decisions import Decisions
from engine.people import People
from engine.ports import SystemClock
from engine.store.messages import Messages
from playground.slack import SlackStandIn, cast
from tests.conftest import DatabaseUrl, OpenLedger


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
