"""A question to a partner is held, and people let it go, stop it, or do nothing; what was not shown is never sent."""

import asyncio

import pytest

from playground.demo.ledger import Incident
from playground.person import Person, Sight, Slack
from playground.slack import cast
from tests.stories.light import LightWorld, until

ASKED = "logs tools/call"
QUESTION = {"event_type": "watchkeeper_question"}


def hold(stage: LightWorld, window: str = "2s", policy: str = "veto_window", **more: object) -> None:
    stage.tree["partners"]["logs"] |= {"policy": policy, "window": window, "outside": True, **more}
    stage.tree["partners"]["logs"]["carries"] = "alert, time window, service name"


async def held(stage: LightWorld) -> Sight:
    await stage.ship_bad_release()
    return await stage.slack.expects("Question to `logs`", reaction="no_entry", **QUESTION)


def sent(stage: LightWorld) -> int:
    return stage.shop.calls.log.count(ASKED)


def seconds(incident: Incident, kind: str, other: str) -> float:
    """From the held question's one entry to its other."""
    first, last = incident.kinds(kind)[-1], incident.kinds(other)[-1]
    return (last.at - first.at) / 1e6


async def test_nobody_stops_it_and_it_is_sent_at_the_end(stage: LightWorld, slack: Slack) -> None:
    hold(stage)
    await stage.start()
    question = await held(stage)
    assert "unless someone stops it" in question
    assert "Goes to an outside company · carries alert, time window, service name" in question
    assert question.buttons == ["Send now", "Stop it"]
    await slack.expects(
        "The question to `logs` is held until", "⛔ in the thread stops it", event_type="watchkeeper_root"
    )
    await slack.expects("logs", "Held until", "see below", event_type="watchkeeper_plan")
    assert sent(stage) == 0
    await slack.expects("log specialist", "412 of 430", ts=question.ts)  # the answer stands in the same message
    incident = await stage.all_mirrored()
    asked = [e for e in incident.kinds("asked") if e.published["payload"].get("held")]
    shown = incident.kinds("shown")[0]
    assert asked[0].at - shown.at >= 2_000_000
    assert sent(stage) == 1
    assert (await stage.card()).words.count("roll back checkout")


async def test_a_stop_within_the_window_binds(stage: LightWorld, slack: Slack, maya: Person, priya: Person) -> None:
    hold(stage, "5s")
    await stage.start()
    question = await held(stage)
    await maya.reacts("⛔", question)
    await slack.expects("Question to `logs` stopped", "by ⛔", "It was not sent", "Nothing left the", ts=question.ts)
    await maya.is_told("Your veto counts: the question to `logs`")
    await maya.takes_back("⛔", question)
    await priya.reacts("✅", question)
    await priya.is_told("was already stopped by", "Your ✅ changed nothing")
    await slack.expects("logs", "Stopped by Maya Okafor; it was not sent", event_type="watchkeeper_plan")
    incident = await stage.entered("conclusion")
    assert incident.kinds("conclusion")[0].published["payload"]["stopped"] == ["logs"]
    await slack.expects("*Stopped:* `logs`", event_type="watchkeeper_root")
    await stage.all_mirrored()
    assert sent(stage) == 0


async def test_the_button_stops_it(stage: LightWorld, slack: Slack, tom: Person) -> None:
    hold(stage, "5s")
    await stage.start()
    question = await held(stage)
    await tom.presses("Stop it", question)
    await slack.expects("stopped", "by button", "It was not sent", ts=question.ts)
    await stage.entered("stopped")
    assert sent(stage) == 0


@pytest.mark.parametrize("way", ["reaction", "button", "command"])
async def test_a_yes_sends_it_now(stage: LightWorld, slack: Slack, tom: Person, maya: Person, way: str) -> None:
    hold(stage, "10m")
    await stage.start()
    question = await held(stage)
    number = (await stage.entered("held")).kinds("held")[0].n
    match way:
        case "reaction":
            await tom.reacts("✅", question)
        case "button":
            await tom.presses("Send now", question)
        case _:
            await tom.types("/watch help")
            await tom.is_told("Watchkeeper, for Tom Becker", "`approve 2041/19`", lacks=["You may approve", "resume"])
            await tom.types("/watch approve")
            await tom.is_told(f"Which one? Open here: 2041/{number}.", f"`/watch approve 2041/{number}`")
            await tom.types(f"/watch approve 2041/{number}")
    await tom.is_told("Counted: the question to `logs`", "is sent now")
    await slack.expects("log specialist", "412 of 430", ts=question.ts)
    await maya.reacts("⛔", question)
    await maya.is_told(
        "The question to `logs` was already sent,", "it cannot be taken back", "Your ⛔ changed nothing."
    )
    assert sent(stage) == 1


async def test_a_guests_word_does_not_count(stage: LightWorld, sam: Person) -> None:
    hold(stage, "3s")
    await stage.start()
    question = await held(stage)
    await sam.reacts("⛔", question)
    await sam.is_told("does not count: guests, outside and deactivated accounts")
    await stage.entered("finding", 5)
    assert sent(stage) == 1


async def test_what_nobody_could_see_is_never_sent(stage: LightWorld, slack: Slack) -> None:
    hold(stage, "500ms")
    await stage.start()
    await slack.tell("down", on=True)
    await stage.ship_bad_release()
    await stage.entered("held")
    await stage.entered("finding", 4)
    await asyncio.sleep(1.5)  # three windows long
    assert sent(stage) == 0
    assert (await stage.ledger()).kinds("shown") == []
    await slack.tell("down", on=False)
    incident = await stage.entered("finding", 5, within=30)
    assert seconds(incident, "shown", "asked") >= 0.5
    assert sent(stage) == 1


async def test_a_restart_keeps_the_end_of_the_window(stage: LightWorld, slack: Slack) -> None:
    hold(stage, "6s")
    await stage.start()
    await held(stage)
    await stage.entered("shown")
    await stage.restart()
    incident = await stage.entered("finding", 5)
    assert len(incident.kinds("shown")) == 1
    assert 6 <= seconds(incident, "shown", "asked") < 12
    assert sent(stage) == 1


@pytest.mark.parametrize("stop", [True, False])
async def test_the_window_ends_while_nobody_runs(stage: LightWorld, slack: Slack, maya: Person, *, stop: bool) -> None:
    hold(stage, "1500ms")
    await stage.start()
    question = await held(stage)
    await stage.entered("shown")
    await stage.kill()
    if stop:
        await maya.reacts("⛔", question)
    await asyncio.sleep(1.6)
    await stage.start()
    if stop:
        await slack.expects("Question to `logs` stopped", "It was not sent", ts=question.ts)
        incident = await stage.entered("stopped")
        assert incident.kinds("veto")[0].published["payload"]["verdict"] == "counted"
    else:
        await slack.expects("log specialist", "412 of 430", ts=question.ts)
    assert sent(stage) == int(not stop)


async def test_only_an_approver_lets_it_go(stage: LightWorld, slack: Slack, tom: Person, priya: Person) -> None:
    hold(stage, "10m", "approval", approvers={"users": [cast.PRIYA], "name": "@checkout-approvers"})
    await stage.start()
    question = await held(stage)
    assert "waits for @checkout-approvers" in question
    await tom.reacts("✅", question)
    await tom.is_told("does not count: Priya Raman may let the question to `logs` go")
    await stage.entered("approval")
    assert sent(stage) == 0
    await priya.reacts("✅", question)
    await slack.expects("log specialist", "412 of 430", ts=question.ts)
    assert sent(stage) == 1


async def test_nobody_approves_it_in_time(stage: LightWorld, slack: Slack, priya: Person) -> None:
    hold(stage, "1s", "approval", approvers={"users": [cast.PRIYA]})
    await stage.start()
    question = await held(stage)
    await slack.expects("Question to `logs` expired", "Nobody approved it", "It was not sent", ts=question.ts)
    await priya.reacts("✅", question)
    await priya.is_told("Nobody let the question to `logs`", "go in time")
    incident = await stage.all_mirrored()
    assert incident.kinds("conclusion")[0].published["payload"]["stopped"] == ["logs"]
    assert sent(stage) == 0


async def test_who_asks_does_not_let_it_go_alone(stage: LightWorld, slack: Slack, priya: Person, maya: Person) -> None:
    hold(stage, "10m", "approval", approvers={"users": [cast.PRIYA, cast.MAYA]})
    await stage.start()
    question = await held(stage)
    await maya.presses("Stop it", question)
    await stage.entered("stopped")
    await priya.types("/watch ask logs which app versions fail?")
    await priya.is_told("The question to `logs` is held in INC-2041")
    own = await slack.expects("asked by Priya Raman", "Which app versions fail?", reaction="no_entry", **QUESTION)
    await priya.reacts("✅", own)
    await priya.is_told("does not count: you asked it", "Maya Okafor")
    assert sent(stage) == 0
    await maya.reacts("✅", own)
    await slack.expects("asked by Priya Raman", "412 of 430", ts=own.ts)
    assert sent(stage) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_around_the_post_that_begins_the_window(stage: LightWorld, slack: Slack, moment: str) -> None:
    hold(stage, "1s")
    await slack.tell("clock", scale=20)
    await stage.start()
    kill = stage.stand_in.faults.kill_at(f"{moment} chat.postMessage", stage.bot.pid, event_type="watchkeeper_question")
    await stage.ship_bad_release()
    await stage.bot.process.wait()
    assert kill.fired
    assert (await stage.ledger()).kinds("shown") == []
    await stage.start()
    incident = await stage.entered("finding", 5, within=25)
    assert len(incident.kinds("shown")) == 1
    assert seconds(incident, "shown", "asked") >= 1
    questions = [m for m in await slack.shows() if "Question to" in m or "log specialist" in m]
    assert len([m for m in questions if m.thread != m.ts]) == 1
    assert sent(stage) == 1


async def test_the_partners_own_limit_bounds_a_playbooks_question(stage: LightWorld, slack: Slack) -> None:
    stage.tree["partners"]["logs"]["seconds"] = "700ms"
    await stage.start()
    stage.shop.calls.spoil(ASKED, "hang")
    await stage.ship_bad_release()
    await slack.expects("logs", "did not answer in 0.7 s", event_type="watchkeeper_silence")
    assert (await until(stage.ledger, lambda i: bool(i.kinds("silent")), 5, "silent")).kinds("conclusion") is not None
