"""What the bot learns of people from Slack, and what it does where Slack does not say."""

from collections.abc import AsyncIterator

import pytest
import structlog

from bot.chat import SlackChat
from bot.slack import Slack
from engine.catalogue import Catalogue, CatalogueAction
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

DANA = f"slack:{cast.DANA}"
MEMBERS = {f"slack:{user}" for user in (cast.PRIYA, cast.MAYA, cast.BEN, cast.JONAS)}
ALWAYS = -1.0  # seconds: nothing is fresh enough


@pytest.fixture
async def stand_in() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as running:
        yield running


@pytest.fixture
async def slack(stand_in: SlackStandIn) -> AsyncIterator[Slack]:
    slack = Slack(stand_in.app.bot_token, f"{stand_in.url}/api/")
    await slack.open()
    yield slack
    await slack.close()


@pytest.fixture
async def ledger(database_url: DatabaseUrl, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(database_url("sqlite"))


def restart(group: str) -> CatalogueAction:
    """An action that Dana may approve, and this group."""
    return CatalogueAction(
        name="restart",
        action=None,  # type: ignore[arg-type]  # nothing is run here
        arguments={},
        title="restart",
        what="restart",
        where="here",
        approvers=(DANA,),
        group=group,
    )


class TestGroups:
    @pytest.mark.parametrize("group", [cast.CHECKOUT_APPROVERS, "S07NOBODY01"])
    async def test_of_a_group_that_cannot_be_read_nobody_may_approve(
        self, stand_in: SlackStandIn, slack: Slack, ledger: Ledger, group: str
    ) -> None:
        """Neither whoever was in it before nor anybody else: only the people listed by name."""
        chat, clock, action = SlackChat(slack, Messages(ledger.db)), SystemClock(), restart(group)
        desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
        decisions = Decisions(desk, Catalogue({"restart": action}, ledger.gate), chat, ALWAYS)
        known = MEMBERS if group == cast.CHECKOUT_APPROVERS else set()
        assert await decisions.allowed("restart") == known | {DANA}
        stand_in.state.paid_plan = False
        assert await decisions.allowed("restart") == {DANA}

    async def test_it_is_said_once_and_again_after_it_could_be_read(self, stand_in: SlackStandIn, slack: Slack) -> None:
        with structlog.testing.capture_logs() as logs:
            for paid in (False, False, True, False):
                stand_in.state.paid_plan = paid
                assert bool(await slack.group(cast.CHECKOUT_APPROVERS, ALWAYS)) is paid
        said = [entry for entry in logs if entry["log_level"] == "warning"]
        assert [(entry["group"], "plan_upgrade_required" in entry["says"]) for entry in said] == [
            (cast.CHECKOUT_APPROVERS, True)
        ] * 2
