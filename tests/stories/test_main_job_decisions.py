"""People decide: who may, what counts, what is answered to whom, and what then runs or does not."""

import pytest

from playground.person import NotAllowed, Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld
from tests.stories.small_shop import BAD

FOUR = "Ben Adler, Jonas Lind, Maya Okafor, Priya Raman"
RESTART = "/watch run restart-database checkout-db looks like the pool is exhausted"


async def test_a_veto_binds_even_when_a_yes_follows(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    card = await world.proposed()
    await maya.reacts("⛔", card)
    await slack.expects("Vetoed", "Maya Okafor", "It will not run", ts=card.ts)
    await maya.is_told("Your veto of 2041/", "counts", "will not run")
    await priya.reacts("✅", card)
    await priya.is_told("was already decided", "Your ✅ changed nothing")
    await maya.takes_back("⛔", card)
    incident = await world.entered("approval")
    assert incident.kinds("approval")[0].published["payload"]["verdict"] == "decided"
    await slack.expects("Needs a person")
    assert world.shop.effects == []
    assert incident.kinds("started") == []


async def test_the_reason_of_a_veto_stands_on_the_card(world: LightWorld, slack: Slack, maya: Person) -> None:
    card = await world.proposed()
    await maya.types("/watch veto 2041/12 The failures are KeyErrors, not time-outs.")
    await slack.expects("Vetoed", "The failures are KeyErrors, not time-outs.", ts=card.ts)
    assert world.shop.effects == []


async def test_nobody_decides_in_time(stage: LightWorld, slack: Slack, priya: Person) -> None:
    stage.tree["actions"]["rollback-release"]["expires"] = "1500ms"
    await stage.start()
    card = await stage.proposed()
    await slack.expects("Expired", "Nobody decided, nothing ran", ts=card.ts)
    await priya.reacts("✅", card)
    await priya.is_told("expired at", "Nothing ran, and nobody said no: expired is not denied")
    await priya.is_told("To decide now, `/watch rerun 2041` reads the state again and proposes anew")
    await priya.types("/watch rerun 2041")
    await slack.expects("Proposal 2041/", "0 of 1", event_type="watchkeeper_proposal")
    incident = await stage.entered("proposed", 2)
    assert incident.kinds("expired")[0].published["payload"]["proposal"] == incident.kinds("proposed")[0].n
    assert incident.kinds("approval")[0].published["payload"]["verdict"] == "expired"
    assert incident.kinds("started") == []
    assert stage.shop.effects == []


async def test_a_yes_without_the_right_is_recorded_and_does_not_count(
    world: LightWorld, tom: Person, priya: Person
) -> None:
    card = await world.proposed()
    await tom.reacts("✅", card)
    said = await tom.is_told(
        "Your ✅ on 2041/12 does not count: `rollback-release` on `checkout` is decided by",
        FOUR,
        "You can add what you know with `/watch note 2041 …`, or ask an approver",
        "Who grants the right: `/watch why 2041/12`",
    )
    assert len(said.words.splitlines()) <= 3
    incident = await world.entered("approval")
    assert incident.kinds("approval")[0].published["payload"]["verdict"] == "no_right"
    assert world.shop.effects == []
    await priya.reacts("✅", card)
    assert (await world.ends()).closed


async def test_a_guest_reads_here_and_does_not_decide(world: LightWorld, sam: Person) -> None:
    card = await world.proposed()
    await sam.reacts("⛔", card)
    await sam.is_told("does not count: guests, outside and deactivated accounts read here, they do not decide")
    incident = await world.entered("veto")
    assert incident.kinds("veto")[0].published["payload"]["verdict"] == "outsider"
    assert world.shop.release == BAD


async def test_another_apps_yes_does_not_count(world: LightWorld, slack: Slack, priya: Person) -> None:
    card = await world.proposed()
    await slack.person(cast.DEPLOY_HELPER).reacts("✅", card)
    incident = await world.entered("approval")
    assert incident.kinds("approval")[0].published["payload"]["verdict"] == "not_a_person"
    words = "A ✅ by the app Deploy Helper does not count: only people decide. 2041/"
    await slack.expects(words, "stands at 0 of 1.", event_type="watchkeeper_app_word")
    assert world.shop.effects == []


async def test_who_requests_does_not_approve_and_high_risk_takes_the_button(
    world: LightWorld, slack: Slack, tom: Person, maya: Person, ben: Person
) -> None:
    await world.proposed()
    await tom.types(RESTART)
    await tom.is_told("Proposed as 2041/", "restart database checkout-db", "You requested it, so you cannot approve it")
    card = await slack.expects("restart database checkout-db", "looks like the pool is exhausted", "0 of 2")
    number = card.words.partition("Proposal ")[2].partition(":")[0]

    await tom.reacts("✅", card)
    await tom.is_told(
        f"Your ✅ on {number} does not count, for two reasons: you requested it, and its risk is high, so approval "
        f"takes the button or `/watch approve {number}`.",
        f"(Ben Adler, Maya Okafor). To take it back: `/watch withdraw {number}`.",
    )
    await tom.types(f"/watch approve {number}")
    await tom.is_told(f"of {number} does not count: you requested it")
    await maya.reacts("✅", card)
    await maya.is_told("its risk is high, so approval takes the button or", f"/watch approve {number}")
    with pytest.raises(NotAllowed, match="confirm_required"):
        await maya.presses("Approve", card)

    await maya.presses("Approve", card, confirm=True)
    await maya.is_told(f"Counted: 1 of 2 for {number}")
    assert world.shop.restarts == []
    await ben.types(f"/watch approve {number}")
    await slack.expects("Approved", "2 of 2", ts=card.ts)
    incident = await world.entered("result")
    assert world.shop.restarts == ["checkout-db"]
    assert len(incident.kinds("started")) == 1


async def test_the_requesters_veto_counts(world: LightWorld, slack: Slack, tom: Person) -> None:
    await world.proposed()
    await tom.types(RESTART)
    card = await slack.expects("restart database checkout-db", "0 of 2")
    await tom.reacts("⛔", card)
    await slack.expects("Vetoed", "Tom Becker", ts=card.ts)
    assert world.shop.restarts == []


async def test_a_yes_that_is_taken_back_does_not_count(
    world: LightWorld, slack: Slack, maya: Person, ben: Person
) -> None:
    world.shop.calls.spoil("GET state", "503", "503", "503")
    await world.ship_bad_release()
    card = await world.card()
    world.shop.calls.spoil("GET state", "503")  # the gate cannot read the state again now, so there is time
    await maya.reacts("✅", card)
    await maya.is_told("Counted: 1 of 1")
    await maya.takes_back("✅", card)
    await maya.is_told("is withdrawn: 0 of 1. Nothing had started.")
    await slack.expects("0 of 1", ts=card.ts)
    incident = await world.entered("withdrawal")
    assert incident.kinds("started") == []
    assert world.shop.effects == []


async def test_the_gate_denies_what_was_bound_to_another_state(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    card = await world.proposed()
    world.shop.release = "2026.11.24-4"
    await priya.reacts("✅", card)
    await slack.expects("is now 2026.11.24-4, no longer 2026.11.24-3", "Nothing ran", ts=card.ts)
    await maya.reacts("✅", card)
    await maya.is_told(
        "2041/12 was approved but did not start: release is now 2026.11.24-4, no longer 2026.11.24-3.",
        "Nothing ran. `/watch rerun 2041` looks again.",
    )
    assert world.shop.effects == []
    assert len((await world.entered("denied")).kinds("started")) == 0

    await maya.types("/watch rerun 2041")
    number = f"2041/{(await world.entered('proposed', 2)).kinds('proposed')[1].n}"
    fresh = await slack.expects(f"Proposal {number}", "0 of 1", reaction="no_entry", event_type="watchkeeper_proposal")
    await priya.reacts("✅", fresh)
    incident = await world.ends()
    assert [e.published["payload"]["proposal"] for e in incident.kinds("started")] == [incident.kinds("proposed")[1].n]
    assert len(world.shop.effects) == 1
