"""An action whose answer is lost: what the target can do about it decides what happens, and it never acts twice."""

import pytest

from playground.person import Person, Slack
from tests.stories.light import LightWorld


def _declared(stage: LightWorld, idempotency: str) -> None:
    stage.tree["actions"]["rollback-release"]["options"]["idempotency"] = idempotency


@pytest.mark.parametrize("lost", ["lost-answer", "html"])
async def test_key_the_same_operation_is_sent_again(lost: str, stage: LightWorld, slack: Slack, priya: Person) -> None:
    _declared(stage, "key")
    stage.shop.calls.spoil("POST act", "lost-answer" if lost == "lost-answer" else "html")
    await stage.start()
    card = await stage.proposed()
    await priya.reacts("✅", card)
    incident = await stage.ends()
    assert len(stage.shop.effects) == 1
    assert stage.shop.calls.log.count("POST act") == 2
    assert len(incident.kinds("started")) == len(incident.kinds("result")) == 1


async def test_lookup_it_is_found_and_not_sent_again(stage: LightWorld, slack: Slack, priya: Person) -> None:
    _declared(stage, "lookup")
    stage.shop.honours_key = False
    stage.shop.calls.spoil("POST act", "lost-answer")
    await stage.start()
    card = await stage.proposed()
    await priya.reacts("✅", card)
    incident = await stage.ends()
    assert stage.shop.calls.log.count("POST act") == 1
    assert len(stage.shop.effects) == len(incident.kinds("result")) == 1


async def test_lookup_it_never_arrived_and_people_are_asked(stage: LightWorld, slack: Slack, priya: Person) -> None:
    _declared(stage, "lookup")
    stage.shop.calls.spoil("POST act", "cut")
    await stage.start()
    card = await stage.proposed()
    await priya.reacts("✅", card)
    await slack.expects("unknown", ts=card.ts)
    await stage.entered("unknown")
    assert stage.shop.calls.log.count("POST act") == 1
    assert stage.shop.effects == []


async def test_none_it_is_not_repeated_and_people_are_asked(stage: LightWorld, slack: Slack, priya: Person) -> None:
    _declared(stage, "none")
    stage.shop.honours_key = False
    stage.shop.calls.spoil("POST act", "lost-answer")
    await stage.start()
    card = await stage.proposed()
    await priya.reacts("✅", card)
    await slack.expects("unknown", ts=card.ts)
    incident = await stage.entered("unknown")
    assert len(stage.shop.effects) == 1
    assert stage.shop.calls.log.count("POST act") == 1
    assert incident.kinds("result") == []


async def test_the_target_refuses(world: LightWorld, slack: Slack, priya: Person) -> None:
    card = await world.proposed()
    world.shop.calls.spoil("POST act", "403")
    await priya.reacts("✅", card)
    await slack.expects("Failed", ts=card.ts)
    incident = await world.entered("result")
    assert incident.kinds("result")[0].published["payload"]["outcome"]["status"] == "failed"
    assert world.shop.effects == []


async def test_it_acts_and_mends_nothing(world: LightWorld, slack: Slack, priya: Person) -> None:
    world.shop.works = False
    card = await world.proposed()
    await priya.reacts("✅", card)
    await slack.expects("No effect", "7.3 %")
    incident = await world.entered("verified")
    assert incident.kinds("verified")[0].published["payload"]["effect"] == "no_effect"
    assert not incident.closed


@pytest.mark.parametrize("idempotency", ["lookup", "none"])
async def test_killed_after_the_request_it_never_acts_twice(
    idempotency: str, stage: LightWorld, slack: Slack, priya: Person
) -> None:
    _declared(stage, idempotency)
    stage.shop.honours_key = False
    await stage.start()
    card = await stage.proposed()
    stage.shop.calls.kill_at("after POST act", stage.bot.pid)
    await priya.reacts("✅", card)
    await stage.bot.process.wait()
    await stage.start()
    if idempotency == "lookup":
        incident = await stage.ends()
        assert len(incident.kinds("result")) == 1
    else:
        await slack.expects("unknown", ts=card.ts)
        incident = await stage.entered("unknown")
        assert incident.kinds("result") == []
    assert stage.shop.calls.log.count("POST act") == len(stage.shop.effects) == 1
