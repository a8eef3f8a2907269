"""A channel of its own for a grave incident: opened once, decided in, archived when due; or none, and why."""

from collections.abc import Awaitable, Callable

import pytest

from playground.person import Person, Slack
from playground.slack import cast
from playground.slack.faults import Match
from playground.slack.model import Channel
from tests.stories.light import LightWorld, until

NAME = "inc-2041-checkout"
OWN = {"severities": ["SEV1"], "invite": {"users": [cast.MAYA], "group": cast.CHECKOUT_APPROVERS}}


def grave(world: LightWorld, **own: object) -> LightWorld:
    """Its alert is critical, and such an incident has a channel of its own."""
    world.labels = {"severity": "critical"}
    world.tree["incidents"]["own_channel"] = OWN | own
    return world


def rooms(world: LightWorld) -> list[Channel]:
    """The channels that the bot made."""
    return [room for room in world.stand_in.state.channels.values() if room.name.startswith("inc-")]


def inside(world: LightWorld) -> Slack:
    return Slack(world.stand_in.url, world.http, NAME)


def topic(world: LightWorld) -> Callable[[], Awaitable[str]]:
    async def look() -> str:
        return next((room.topic for room in rooms(world)), "").replace("\u00a0", " ")

    return look


async def test_a_grave_incident_is_worked_on_in_a_channel_of_its_own(
    stage: LightWorld, slack: Slack, tom: Person
) -> None:
    stage.tree["on_call"] = {"checkout": {"rotation": [cast.DANA], "starts": "2026-11-23T08:00:00Z", "every": "7d"}}
    await grave(stage).start()
    await stage.ship_bad_release()
    own = inside(stage)
    card = await own.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry")
    [room] = rooms(stage)
    assert not card.message["thread_ts"]
    root = await slack.expects("SEV1 critical", f"in <#{room.id}>", "Decide in")
    assert [seen.thread for seen in await slack.shows() if seen.message["metadata"]] == [root.ts]
    assert {cast.MAYA, cast.PRIYA, cast.BEN, cast.JONAS, cast.DANA} <= set(room.members)
    await until(
        topic(stage),
        lambda words: "SEV1 critical · checkout: 7.3 % of requests fail · Needs a decision until" in words,
        10,
        "topic",
    )
    links = [(b["title"], b["link"]) for b in room.bookmarks.values()]
    assert links[0][0] == "INC-2041 in the shared channel"
    assert "GitHub #318" in {title for title, _ in links}
    await own.person(cast.PRIYA).types("/watch status")
    await own.person(cast.PRIYA).is_told("INC-2041 SEV1 critical, checkout. Needs a decision")
    await own.person(cast.PRIYA).reacts("✅", card)
    await stage.ends()
    await own.expects("INC-2041 closed: resolved")
    await until(topic(stage), lambda words: "Closed, resolved" in words and "archived" in words, 10, "topic")
    assert len(rooms(stage)) == 1
    assert not room.is_archived


async def test_it_is_archived_when_it_is_due_and_a_new_outbreak_goes_on_in_the_shared_channel(
    stage: LightWorld, slack: Slack
) -> None:
    await grave(stage, archive_after="3s").start()
    await stage.ship_bad_release()
    own = inside(stage)
    await own.person(cast.PRIYA).reacts("✅", await own.expects("Approvals", event_type="watchkeeper_proposal"))
    await stage.ends()
    await own.expects("INC-2041 closed: resolved")
    await stage.restart()
    [room] = rooms(stage)
    closed = (await stage.ledger()).kinds("closed")[0]
    archived = (await stage.entered("channel", 2)).kinds("channel")[1]
    assert room.is_archived
    assert archived.at - closed.at >= 3_000_000
    await stage.all_mirrored()
    stage.shop.ship()
    await stage.alert_fires()
    root = await slack.expects("Reopened", "second time", lacks=[f"<#{room.id}>"])
    await slack.expects("came back", thread_ts=root.ts)
    await slack.expects("Approvals", event_type="watchkeeper_proposal", thread_ts=root.ts)
    assert len(rooms(stage)) == 1


async def test_whoever_decides_is_invited_before_the_card_that_mentions_them(stage: LightWorld) -> None:
    people = [cast.PRIYA, cast.BEN]
    stage.tree["actions"]["rollback-release"]["approvers"] = {"users": [cast.TOM]}
    rule = {"when": {"severity": "SEV1"}, "approvers": {"users": people, "group": cast.DATABASE_APPROVERS}}
    stage.tree["policy"] = {"rules": [rule]}
    await grave(stage, invite={"users": [cast.DANA]}).start()
    await stage.ship_bad_release()
    own = inside(stage)
    card = await own.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry")
    [room] = rooms(stage)
    assert {cast.DANA, *people, cast.MAYA} <= set(room.members)  # Maya by the group
    assert not {cast.JONAS, cast.TOM} & set(room.members)  # the rule's people, not the action's
    joined = [m.ts for m in room.messages.values() if m.subtype == "channel_join" and m.user in people]
    assert joined
    assert max(joined) < card.ts
    await own.person(cast.PRIYA).reacts("✅", card)
    await stage.ends()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_around_its_opening_there_is_one(moment: str, stage: LightWorld) -> None:
    await grave(stage).start()
    point = stage.stand_in.faults.kill_at(f"{moment} conversations.create", stage.bot.pid)
    await stage.ship_bad_release()
    await stage.bot.process.wait()
    assert point.fired
    await stage.start()
    own = inside(stage)
    await own.person(cast.PRIYA).reacts("✅", await own.expects("Approvals", event_type="watchkeeper_proposal"))
    await stage.ends()
    [room] = rooms(stage)
    assert room.purpose.startswith("INC-2041: its findings and decisions.")
    assert len((await stage.ledger()).kinds("channel")) == 1


async def test_a_name_that_somebody_else_has_is_left_to_them(stage: LightWorld) -> None:
    stage.stand_in.state.create(NAME, cast.TOM, "channel")
    stage.stand_in.faults.spoil("lost-answer", Match("conversations.create", f"{NAME}-2"))
    await grave(stage).start()
    await stage.ship_bad_release()
    own = Slack(stage.stand_in.url, stage.http, f"{NAME}-2")
    await own.expects("Approvals", event_type="watchkeeper_proposal")
    assert [room.name for room in rooms(stage)] == [NAME, f"{NAME}-2"]
    assert not rooms(stage)[0].messages


async def test_where_it_is_refused_everything_goes_on_in_the_shared_channel(stage: LightWorld, slack: Slack) -> None:
    stage.stand_in.app.scopes = tuple(scope for scope in stage.stand_in.app.scopes if scope != "channels:manage")
    await grave(stage).start()
    card = await stage.proposed()
    await slack.expects("No channel of its own", "missing_scope", "Everything goes on here.", thread_ts=card.thread)
    await slack.person(cast.PRIYA).reacts("✅", card)
    incident = await stage.ends()
    assert rooms(stage) == []
    assert len(incident.kinds("channel")) == 1


async def test_one_that_somebody_archives_loses_nothing(stage: LightWorld, slack: Slack) -> None:
    await grave(stage).start()
    await stage.ship_bad_release()
    own = inside(stage)
    card = await own.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry")
    [room] = rooms(stage)
    await own.person(cast.PRIYA).reacts("✅", card)
    stage.stand_in.state.archive(room, cast.TOM)
    await slack.expects("takes no messages any more", "Everything goes on here")
    await stage.ends()
    await slack.expects("INC-2041 closed: resolved")


async def test_a_member_of_that_channel_alone_may_stop_what_is_proposed_there(stage: LightWorld) -> None:
    await grave(stage).start()
    await stage.ship_bad_release()
    own = inside(stage)
    card = await own.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry")
    [room] = rooms(stage)
    shared = stage.stand_in.state.channels[cast.INCIDENTS]
    stage.stand_in.state.leave(shared, cast.TOM)
    stage.stand_in.state.join(room, cast.TOM)
    await own.person(cast.TOM).reacts("⛔", card)
    await own.person(cast.TOM).is_told("Your veto of 2041/")
    await own.expects("Vetoed", "Tom Becker", ts=card.ts)
