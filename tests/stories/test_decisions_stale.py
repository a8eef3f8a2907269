"""A click on what stands no longer: the button of a superseded proposal, or one that was drawn with another digest."""

import json
import re

from playground.person import Person, Slack
from tests.stories.light import LightWorld

CARD = {"event_type": "watchkeeper_proposal"}


async def test_a_click_on_a_superseded_proposal_leads_to_the_new_one(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    """The old card still has its buttons, because Slack takes no edit of it yet."""
    card = await world.proposed()
    world.shop.previous = "2026.11.24-1"
    await slack.tell("fault", kind="500", method="chat.update", contains=card.ts, times=1000)
    await priya.types("/watch rerun 2041")
    number = f"2041/{(await world.entered('proposed', 2)).kinds('proposed')[1].n}"
    fresh = await slack.expects(f"Proposal {number}", "Approvals", reaction="no_entry", **CARD)
    await maya.presses("Approve", card, confirm=True)
    told = await maya.is_told(
        "This button belongs to 2041/12; since", f"the proposal is {number} (roll back", "Your click changed nothing."
    )
    assert told.buttons == [f"Open {number}"]
    await slack.tell("reset")
    await slack.expects("Denied", f"uperseded by {number}", ts=card.ts)
    incident = await world.entered("approval")
    assert [e.published["payload"]["verdict"] for e in incident.kinds("approval")] == ["decided"]
    assert incident.kinds("started") == []
    await priya.reacts("✅", fresh)
    await slack.expects("Approved", "Priya Raman", ts=fresh.ts)


async def test_a_button_with_another_digest_decides_nothing(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    card = await world.proposed()
    blocks = re.sub(r"(2041/12@)[0-9a-f]+", r"\g<1>00000000", json.dumps(card.message["blocks"]))
    assert blocks.count("@00000000") >= 2
    headers = {"Authorization": f"Bearer {world.stand_in.app.bot_token}"}
    body = {"channel": slack.channel, "text": "as it was drawn before", "blocks": blocks}
    async with world.http.post(f"{world.stand_in.url}/api/chat.postMessage", data=body, headers=headers) as response:
        older = await slack.expects("as it was drawn before", ts=(await response.json())["ts"])
    before = (await world.ledger()).count
    for person, button in ((maya, "Approve"), (priya, "Veto")):
        await person.presses(button, older, confirm=True)
        told = await person.is_told("This button belongs to 2041/12; since", "Your click changed nothing.")
        assert told.buttons == ["Open 2041/12"]
    later = (await world.ledger()).entries[before:]  # what was said is on the record, as what does not count
    assert [(e.kind, e.published["payload"]["verdict"]) for e in later] == [("approval", "stale"), ("veto", "stale")]
    await slack.expects("not counted", "another proposal", ts=card.ts)
    await slack.expects("0 of 1", ts=card.ts)
    assert world.shop.effects == []
