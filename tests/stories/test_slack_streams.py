"""The plan is written while people read, and is true in the end: whoever dies, stops it, or refuses it meanwhile."""

import pytest

from playground.person import Person, Sight, Slack
from playground.slack import cast
from tests.stories.light import LightWorld

PLAN = "logs: what do the failed requests have in common?"
FINISHED = ("Investigation finished", PLAN, "KeyError: 'currency'. Entry", "repeats it")


@pytest.fixture
def stage(stage: LightWorld) -> LightWorld:
    """Both partners' questions are held, so that the investigation lasts until people let them go."""
    stage.tree["slack"]["streaming"] = "auto"
    for name in ("logs", "releases"):
        stage.tree["partners"][name] |= {"policy": "veto_window", "window": "60s"}
    return stage


async def begun(stage: LightWorld) -> Sight:
    """The plan while both partners are held."""
    await stage.ship_bad_release()
    return await stage.slack.expects(PLAN, "Held until", "ends it")


async def lets_go(stage: LightWorld, name: str) -> None:
    """Somebody sends the question now."""
    card = await stage.slack.expects(f"Question to `{name}`", event_type="watchkeeper_question", reaction="no_entry")
    await stage.slack.person(cast.MAYA).presses("Send now", card)


async def ended(stage: LightWorld) -> Sight:
    """The finished plan: one message, no stream, with its metadata."""
    await lets_go(stage, "releases")
    await lets_go(stage, "logs")
    plan = await stage.slack.expects(*FINISHED, event_type="watchkeeper_plan", lacks=["Held until"])
    assert await plans(stage) == 1
    assert (plan.message["streaming"] or {"state": "none"})["state"] != "in_progress"
    assert [block["type"] for block in plan.message["blocks"]] == ["plan", "context"]
    return plan


async def plans(stage: LightWorld) -> int:
    """How many messages show a plan."""
    kinds = [{block["type"] for block in sight.message["blocks"]} for sight in await stage.slack.shows()]
    return sum("plan" in of_one for of_one in kinds)


def calls(stage: LightWorld, method: str) -> int:
    return sum(call["method"] == method for call in stage.stand_in.api.log)


async def test_the_plan_is_streamed_and_ends_true(stage: LightWorld, slack: Slack) -> None:
    await stage.start()
    plan = await begun(stage)
    assert plan.message["streaming"] == {"state": "in_progress", "recipient": cast.PRIYA, "by": ""}
    await lets_go(stage, "releases")
    grown = await slack.expects(PLAN, "Release 2026.11.24-3. Entry", "Held until", ts=plan.ts)
    assert grown.message["streaming"]["state"] == "in_progress"
    assert calls(stage, "chat.appendStream") >= 1
    await lets_go(stage, "logs")
    done = await slack.expects(*FINISHED, event_type="watchkeeper_plan", ts=plan.ts)
    assert done.message["streaming"]["state"] == "completed"
    assert (calls(stage, "chat.startStream"), calls(stage, "chat.stopStream")) == (1, 1)
    await slack.expects("Needs a decision")
    await stage.all_mirrored()


@pytest.mark.parametrize("point", ["after chat.startStream", "before chat.appendStream", "after chat.stopStream"])
async def test_killed_while_it_streams(stage: LightWorld, point: str) -> None:
    bot = await stage.start()
    stage.stand_in.faults.kill_at(point, bot.pid)
    await stage.ship_bad_release()
    if point != "after chat.startStream":
        await lets_go(stage, "releases")
    if point == "after chat.stopStream":
        await lets_go(stage, "logs")
    await bot.process.wait()
    await stage.start()
    await (ended(stage) if point == "after chat.startStream" else _finishes(stage, point))


async def _finishes(stage: LightWorld, point: str) -> None:
    if point == "before chat.appendStream":
        await lets_go(stage, "logs")
    await stage.slack.expects(*FINISHED, event_type="watchkeeper_plan")
    assert await plans(stage) == 1


async def test_a_start_whose_answer_is_lost_is_looked_for(stage: LightWorld, slack: Slack) -> None:
    await slack.tell("fault", method="chat.startStream", kind="lost-answer")
    await stage.start()
    plan = await begun(stage)
    done = await ended(stage)
    assert done.ts == plan.ts
    assert calls(stage, "chat.startStream") == 1


async def test_where_slack_refuses_streams_the_plan_is_edited(stage: LightWorld, slack: Slack) -> None:
    await slack.tell("fault", method="chat.startStream", kind="refuse", error="plan_upgrade_required")
    await stage.start()
    plan = await begun(stage)
    assert plan.message["streaming"] is None
    await ended(stage)
    assert "Slack refuses to stream" in stage.says()
    assert calls(stage, "chat.startStream") == 1


@pytest.mark.parametrize("by", ["a person", "slack"])
async def test_a_stream_that_is_ended_from_outside_goes_on_by_edits(
    stage: LightWorld, slack: Slack, priya: Person, by: str
) -> None:
    await stage.start()
    plan = await begun(stage)
    if by == "a person":
        await slack.tell("act", **{"as": priya.user, "do": "stop", "channel": slack.channel, "ts": plan.ts})
    else:
        await slack.tell("clock", scale=1000)  # its five minutes are over
    await lets_go(stage, "releases")
    await slack.expects(PLAN, "Release 2026.11.24-3. Entry", "Held until", "ends it", ts=plan.ts, edited="1")
    word = "stopped_by_user" if by == "a person" else "message_not_in_streaming_state"
    assert word in [call["result"] for call in stage.stand_in.api.log]
    await lets_go(stage, "logs")
    await slack.expects(*FINISHED, ts=plan.ts)
    assert (calls(stage, "chat.startStream"), await plans(stage)) == (1, 1)
    assert not (await stage.ledger()).kinds("stopped"), "the investigation itself went on"
