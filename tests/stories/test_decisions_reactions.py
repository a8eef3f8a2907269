"""A reaction counts by any of its names, and a veto on every message of ours that speaks of the proposal."""

import json

from playground.person import Person, Sight, Slack
from tests.stories.light import LightWorld


async def test_a_skin_tone_changes_nothing(world: LightWorld, slack: Slack, priya: Person) -> None:
    card = await world.proposed()
    await priya.reacts("white_check_mark::skin-tone-3", card)
    await slack.expects("Approved", "Priya Raman", ts=card.ts)
    assert (await world.ends()).closed


async def test_a_veto_counts_on_the_root_and_by_its_other_name(world: LightWorld, slack: Slack, maya: Person) -> None:
    card = await world.proposed()
    root = await slack.expects("Needs a decision", event_type="watchkeeper_root")
    await maya.reacts("no_entry_sign", root)
    await slack.expects("Vetoed", "Maya Okafor", ts=card.ts)
    assert world.shop.effects == []


async def test_on_a_second_copy_of_the_card_a_veto_counts_and_an_approval_does_not(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    """As a sender that died leaves one: ours, with the proposal in its metadata, and not the one on record."""
    card = await world.proposed()
    copy = await _posts(world, slack, card)
    await priya.reacts("✅", copy)
    await maya.reacts("⛔", copy)
    await slack.expects("Vetoed", "Maya Okafor", ts=card.ts)
    assert (await world.entered("veto")).kinds("approval") == []
    assert world.shop.effects == []


async def _posts(world: LightWorld, slack: Slack, card: Sight) -> Sight:
    metadata = {"event_type": "watchkeeper_copy", "event_payload": {"incident": "INC-2041", "proposal": 12}}
    headers = {"Authorization": f"Bearer {world.stand_in.app.bot_token}"}
    body = {"channel": slack.channel, "text": card.words[:200], "metadata": json.dumps(metadata)}
    async with world.http.post(f"{world.stand_in.url}/api/chat.postMessage", data=body, headers=headers) as response:
        ts = (await response.json())["ts"]
    return await slack.expects("Proposal 2041/12", ts=ts)
