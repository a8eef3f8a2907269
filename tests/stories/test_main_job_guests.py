"""A guest reads: every word of `/watch` that would change something is refused in words, and changes nothing."""

import pytest

from playground.person import Person, Slack
from tests.stories.light import LightWorld

TRIED = {
    "note 2041 three shops report failed payments": "",
    "ask logs what do the failed requests have in common?": "",
    "run restart-database checkout-db looks like the pool is exhausted": "",
    "close 2041 I have seen enough": "",
    "approve 2041/12": "approval",
    "veto 2041/12 not now": "veto",
}


@pytest.mark.parametrize("words", TRIED, ids=lambda words: words.partition(" ")[0])
async def test_a_guests_command_is_refused_and_changes_nothing(
    words: str, world: LightWorld, slack: Slack, sam: Person
) -> None:
    card = await world.proposed()
    before = await world.all_mirrored()
    asked = list(world.shop.calls.log)
    await sam.types(f"/watch {words}")
    said = await sam.is_told("uests, outside and deactivated accounts read here")
    after = await world.ledger()
    recorded = [(entry.kind, entry.published["payload"].get("verdict")) for entry in after.entries[before.count :]]
    vote = TRIED[words]
    assert recorded == ([(vote, "outsider")] if vote else [])
    assert ("does not count" if vote else "Nothing changed") in said
    assert not after.closed
    assert [call for call in world.shop.calls.log[len(asked) :] if call != "GET metrics"] == []
    assert world.shop.effects == world.shop.restarts == []
    await slack.expects("0 of 1", ts=card.ts)
    await slack.expects("Needs a decision", event_type="watchkeeper_root")
