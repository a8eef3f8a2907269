"""A guest of the channel reads: what would change something is refused in words, and changes nothing.

Whoever is not even that, or comes from outside, is shown no incident.
"""

from functools import partial

import pytest

from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld, until

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


LOOKS = ("status", "list", "why 2041", "why CheckoutErrorRate", "mirror 2041", "partners", "history checkout")


async def test_incidents_are_shown_to_members_and_to_guests_of_the_channel(stage: LightWorld, slack: Slack) -> None:
    state, elsewhere = stage.stand_in.state, Slack(stage.stand_in.url, stage.http)
    elsewhere.channel = cast.CHECKOUT
    state.join(state.channels[cast.CHECKOUT], cast.SAM)
    state.leave(state.channels[cast.INCIDENTS], cast.SAM)
    state.change_user(state.users[cast.DANA], is_stranger=True)
    await stage.start()
    await stage.proposed()
    for person, where in ((slack.person(cast.DANA), cast.INCIDENTS), (elsewhere.person(cast.SAM), cast.CHECKOUT)):
        for words in LOOKS:
            await person.types(f"/watch {words}")
        told = await until(
            partial(_told, stage, where, person.user), lambda said: len(said) == len(LOOKS), 20, "all are answered"
        )
        assert {*told} == {"Incidents are shown to members of #incidents."}
        await person.types("/watch help")
        await person.is_told(f"Watchkeeper, for {person.name}", "`help`", lacks=["status", "partners"])
        await person.types("/watch approve 2041/12")  # a word that is judged is recorded all the same
        await person.is_told("uests, outside and deactivated accounts read here")
    await slack.person(cast.TOM).types("/watch list")
    await slack.person(cast.TOM).is_told("1 open: INC-2041")


async def _told(stage: LightWorld, channel: str, user: str) -> list[str]:
    """What was said in this channel to this person alone."""
    messages = stage.stand_in.state.channels[channel].messages.values()
    return [message.text for message in messages if message.ephemeral_to == user]
