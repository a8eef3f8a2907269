"""What is down, late or doubled outside: the investigation goes on, and nothing is lost or there twice."""

import asyncio
import time
from collections import Counter

from playground.alert_rule import Alert, Reading, Rule, webhook
from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import INCIDENT, LightWorld, until


async def test_github_is_down_for_the_whole_incident_and_back_later(
    world: LightWorld, slack: Slack, priya: Person
) -> None:
    down = world.github.faults.add("down", times=None)
    began = time.monotonic()
    card = await world.proposed()
    assert time.monotonic() - began < 5
    await priya.reacts("✅", card)
    await slack.expects("Verified: error rate")
    await world.alert_resolves()
    root = await slack.expects("Closed, resolved", "GitHub", "entries behind")
    incident = await until(
        world.ledger, lambda found: world.in_files().count == found.count, 5, "the files have it all"
    )
    assert incident.closed
    assert world.in_github().count == 0

    world.github.faults.clear(down.id)
    await slack.expects("the same in both records", ts=root.ts, within=40)
    incident = await world.all_mirrored(within=5)
    assert incident.closed
    assert [issue["state"] for issue in world.github.snapshot()["issues"]] == ["closed"]


async def test_slack_delivers_every_envelope_twice(world: LightWorld, slack: Slack, priya: Person, tom: Person) -> None:
    await slack.tell("redeliver", duplicate=True)
    card = await world.proposed()
    await tom.types("/watch note 2041 three shops report failed payments")
    await tom.is_told("Recorded in INC-2041")
    await tom.mentions("note one more shop", thread=card.thread)
    await world.entered("note", 2)
    await tom.presses("Approve", card, confirm=True)
    await tom.is_told("does not count")
    await priya.reacts("✅", card)
    incident = await world.ends()
    kinds = Counter(entry.kind for entry in incident.entries)
    assert (kinds["note"], kinds["approval"], kinds["started"]) == (2, 2, 1)
    assert len(world.shop.effects) == 1
    assert [sum(words in told for told in tom_reads(world)) for words in ("Recorded in", "does not count")] == [2, 1]
    assert len(tom_reads(world)) == 3, "one answer for each of his words"


def tom_reads(world: LightWorld) -> list[str]:
    """What the bot told Tom alone."""
    channel = world.stand_in.state.channel_named("incidents")
    assert channel is not None
    return [m.text for m in channel.messages.values() if m.ephemeral_to == cast.TOM and m.bot]


async def test_slack_limits_messages_and_loses_an_answer(world: LightWorld, slack: Slack, priya: Person) -> None:
    await slack.tell("fault", method="chat.postMessage", kind="429", times=2, retry_after=1)
    await slack.tell("fault", method="chat.postMessage", kind="lost-answer", event_type="watchkeeper_proposal")
    await slack.tell("fault", method="chat.update", kind="500", times=2)
    card = await world.proposed()
    await priya.reacts("✅", card)
    await world.ends()
    kinds = Counter(str((sight.message["metadata"] or {}).get("event_type")) for sight in await slack.shows())
    assert kinds.pop("watchkeeper_finding") == 2  # one of each partner
    assert set(kinds.values()) == {1}, kinds
    assert "watchkeeper_proposal" in kinds


async def test_an_alert_is_told_again_and_again(world: LightWorld, slack: Slack) -> None:
    await world.ship_bad_release()
    root = await slack.expects("of requests fail", "INC-2041")
    for _ in range(3):
        await world.alert_fires()
    incident = await world.entered("recurred")
    assert incident.number == INCIDENT
    await slack.expects("received", "times", ts=root.ts)
    assert len([sight for sight in await slack.shows() if "SEV2 major" in sight and sight.thread == sight.ts]) == 1


async def test_an_alert_that_nobody_can_read_is_kept_and_shown(world: LightWorld, slack: Slack, priya: Person) -> None:
    await world.send({"not": "an alert"})
    await priya.types("/watch list")
    await priya.is_told("Kept, not handled: a delivery from")


async def test_slack_is_down_at_the_start_and_back_later(stage: LightWorld, slack: Slack, priya: Person) -> None:
    await slack.tell("down", on=True)
    await stage.start(wait=False)
    await stage.ship_bad_release()
    await stage.entered("proposed")
    assert stage.in_files().count > 0
    assert await slack.shows() == []
    await slack.tell("down", on=False)
    card = await stage.card()
    await priya.reacts("✅", card)
    assert (await stage.ends()).closed


async def test_slack_goes_down_in_the_middle(world: LightWorld, slack: Slack, priya: Person) -> None:
    world.shop.acts_for = 1.0
    card = await world.proposed()
    await priya.reacts("✅", card)
    await world.entered("started")
    await slack.tell("down", on=True)
    await world.entered("verified")
    await world.alert_resolves()
    await world.entered("closed")
    for words in ("Verified", "Closed, resolved"):
        assert [sight for sight in await slack.shows() if words in sight] == []
    await slack.tell("down", on=False)
    async with asyncio.timeout(20):
        await world.stand_in.sockets.until_staying(1)
    await slack.expects("Closed, resolved", event_type="watchkeeper_root")
    verified = await slack.expects("Verified: error rate", event_type="watchkeeper_verification")
    assert (await world.all_mirrored()).closed
    shown = [
        sight.ts
        for sight in await slack.shows()
        if (sight.message["metadata"] or {}).get("event_type") == "watchkeeper_verification"
    ]
    assert shown == [verified.ts]
    assert len(world.shop.effects) == 1


async def test_restarted_between_the_proposal_and_the_yes(
    world: LightWorld, slack: Slack, priya: Person, tom: Person
) -> None:
    card = await world.proposed()
    await world.restart()
    await tom.reacts("✅", card)
    await tom.is_told("Your ✅ on 2041/12 does not count")
    await priya.reacts("✅", card)
    incident = await world.ends()
    assert len(incident.kinds("proposed")) == 1
    assert len(world.shop.effects) == 1
    assert len([s for s in await slack.shows() if "Proposal 2041/12" in s and s.ts == card.ts]) == 1


async def test_the_alert_goes_away_by_itself(world: LightWorld, slack: Slack) -> None:
    world.shop.calls.spoil("logs tools/call", "503", "503", "503")
    await world.ship_bad_release()
    await slack.expects("No likely cause")
    world.shop.repair()
    await world.alert_resolves()
    await slack.expects("Closed, recovered by itself")
    incident = await world.all_mirrored()
    assert world.shop.effects == []
    assert incident.closed


async def test_a_second_outbreak_reopens_the_incident(world: LightWorld, slack: Slack, priya: Person) -> None:
    card = await world.proposed()
    await priya.reacts("✅", card)
    await world.ends()
    world.shop.ship()
    again = Alert(Rule(hold=0.0))
    for at, requests, failed in ((0, 0, 0), (10, 1000, 91)):
        again.read(Reading(at, requests, failed))
    await world.send(webhook(again, receiver="watchkeeper", url=world.shop.url))
    await slack.expects("Reopened", "second time")
    incident = await until(world.ledger, lambda found: not found.closed, 10, "open again")
    assert len(incident.kinds("reopened")) == 1
