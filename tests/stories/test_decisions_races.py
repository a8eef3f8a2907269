"""Words that cross: at the same moment, in the wrong order, at another replica. What counts does not depend on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playground.person import Person, Slack
from playground.slack import cast
from tests.conftest import DatabaseUrl
from tests.stories.light import LightWorld
from tests.stories.test_decisions_frozen import Two

ROLLBACK = "rollback-release"


@asynccontextmanager
async def held(slack: Slack) -> AsyncIterator[None]:
    """Inside, what people do stands in Slack and its events wait; they come with `late`."""
    await slack.tell("hold-events", on=True)
    yield
    await slack.tell("hold-events", on=False)


async def late(slack: Slack) -> None:
    await slack.tell("late-events")


async def test_two_approve_at_the_same_moment_and_a_veto_after_the_start_is_too_late(
    world: LightWorld, slack: Slack, priya: Person, maya: Person, ben: Person
) -> None:
    world.shop.acts_for = 1.0
    card = await world.proposed()
    async with held(slack):
        await priya.reacts("✅", card)
        await maya.reacts("✅", card)
    await late(slack)
    answers = [await person.is_told("2041/12") for person in (priya, maya)]
    assert [answer for answer in answers if "Counted: " not in answer and "was already decided" not in answer] == []
    await slack.expects("Approved", ts=card.ts)
    await world.entered("started")

    await ben.reacts("⛔", card)
    await ben.is_told(
        "Your veto of 2041/12 came too late: it started", "It is recorded and stops nothing any more. To undo it:"
    )
    incident = await world.ends()
    assert len(incident.kinds("approval")) == 2
    assert incident.kinds("veto")[0].published["payload"]["verdict"] == "decided"
    assert len(incident.kinds("started")) == len(world.shop.effects) == 1


async def test_an_approval_and_a_veto_at_the_same_moment_are_a_veto(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    card = await world.proposed()
    world.shop.tells.clear()  # so that the gate, which reads the state again, is between the two and the start
    await asyncio.gather(priya.presses("Approve", card, confirm=True), maya.presses("Veto", card))
    await priya.is_told("2041/12")
    await maya.sees_form("Your veto of 2041/12", "counts since")
    world.shop.tells.set()
    await slack.expects("*Vetoed* by", "Maya Okafor", ts=card.ts)
    await slack.expects("Needs a person", event_type="watchkeeper_root")
    incident = await world.all_mirrored()
    assert [len(incident.kinds(kind)) for kind in ("approval", "veto", "started")] == [1, 1, 0]
    assert world.shop.effects == []


async def test_a_yes_and_its_removal_arrive_in_the_wrong_order(
    stage: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    stage.tree["actions"][ROLLBACK]["quorum"] = 2  # so that the order of events alone decides, and no reading again
    await stage.start()
    card = await stage.proposed()
    async with held(slack):
        await priya.reacts("✅", card)
    await priya.takes_back("✅", card)
    await priya.is_told("had not counted; taking it back changes nothing")
    await late(slack)
    await priya.is_told("Your ✅ on 2041/12 is withdrawn: 0 of 2. Nothing had started.")
    await slack.expects("0 of 2", ts=card.ts)

    await priya.reacts("✅", card)
    await priya.is_told("Counted: 1 of 2 for 2041/12", "remove your ✅")
    async with held(slack):
        await priya.takes_back("✅", card)
    await priya.reacts("✅", card)
    await stage.entered("approval", 3)
    await late(slack)
    await priya.is_told("stands: 1 of 2")
    await maya.reacts("✅", card)
    await slack.expects("Approved", "Priya Raman", "Maya Okafor", "2 of 2", ts=card.ts)
    assert (await stage.ends()).closed
    assert len(stage.shop.effects) == 1


async def test_a_click_at_another_replica_counts_there_and_starts_at_the_owner(
    stage: LightWorld, slack: Slack, priya: Person, maya: Person, database_url: DatabaseUrl
) -> None:
    two = Two(stage, database_url("postgresql"))
    card = await two.begins("key")
    owners, _ = stage.stand_in.sockets.connections
    owners.leaving = True  # Slack gives everything to the socket that stays
    seen = owners.envelopes
    await priya.presses("Approve", card, confirm=True)
    await priya.is_told("Counted: 1 of 1 for 2041/12", "then it starts")
    await slack.expects("Approved", "Priya Raman", "by button", ts=card.ts)
    await maya.reacts("⛔", card)
    await maya.is_told("Your veto of 2041/12 came too late")
    await two.has("result")
    assert owners.envelopes == seen
    assert await two.epoch() == 1  # nobody had to adopt it
    assert (await two.kinds()).count("started") == len(stage.shop.effects) == 1


async def test_an_account_that_ended_or_is_from_outside_decides_nothing(
    stage: LightWorld, slack: Slack, priya: Person, maya: Person, ben: Person
) -> None:
    stage.tree["actions"][ROLLBACK]["quorum"] = 2
    stage.tree["timing"]["membership"] = "1ms"  # as delivered what is known of an account holds a minute
    await slack.tell("user", id=ben.user, is_stranger=True)
    await stage.start()
    card = await stage.proposed()
    await priya.reacts("✅", card)
    await priya.is_told("Counted: 1 of 2")
    await ben.reacts("⛔", card)
    await ben.is_told("does not count: guests, outside and deactivated accounts read here, they do not decide")

    async with held(slack):
        await maya.reacts("✅", card)
    await slack.tell("user", id=maya.user, deleted=True)
    await late(slack)
    incident = await stage.entered("approval", 2)
    assert [e.published["payload"]["verdict"] for e in incident.kinds("approval")] == ["counted", "outsider"]
    assert incident.kinds("veto")[0].published["payload"]["verdict"] == "outsider"

    await slack.tell("user", id=maya.user, deleted=False)
    await slack.tell("user", id=priya.user, deleted=True)
    await maya.types("/watch approve 2041/12")
    reason = (await stage.entered("withdrawal")).kinds("withdrawal")[0].published["payload"]["reason"]
    assert reason == "no longer an approver"
    await slack.expects("1 of 2", ts=card.ts)
    assert (await stage.ledger()).kinds("started") == []
    await slack.person(cast.JONAS).reacts("✅", card)
    await slack.expects("Approved", "Jonas Lind", "Maya Okafor", "2 of 2", ts=card.ts, lacks=["Priya Raman"])
    await stage.entered("result")
