"""People steer an investigation: they end it, begin a new round, correct what was found, narrow what is weighed."""

import pytest

from playground.person import Person, Slack
from tests.stories.light import LightWorld

ASKED = "logs tools/call"


async def test_stopping_ends_what_runs_and_concludes(stage: LightWorld, slack: Slack, tom: Person) -> None:
    stage.shop.calls.spoil(ASKED, "hang")
    await stage.start()
    await stage.ship_bad_release()
    await stage.entered("finding", 4)
    await slack.expects("`/watch stop 2041` ends it", event_type="watchkeeper_plan")
    await tom.types("/watch stop 2041")
    await tom.is_told("INC-2041: 1 question stopped; the conclusion is drawn from what is there")
    await slack.expects("Question to `logs` stopped", "by command", "its answer is not waited for")
    await slack.expects("logs", "Stopped by Tom Becker; its answer is not waited for", event_type="watchkeeper_plan")
    incident = await stage.entered("conclusion", within=5)
    assert incident.kinds("conclusion")[0].published["payload"]["stopped"] == ["logs"]
    assert len(incident.kinds("finding")) == 4
    await tom.types("/watch stop")
    await tom.is_told("Nothing of INC-2041 is being looked at")
    await stage.all_mirrored()


async def test_stopping_stops_what_is_held(stage: LightWorld, slack: Slack, tom: Person) -> None:
    stage.tree["partners"]["logs"] |= {"policy": "veto_window", "window": "10m"}
    await stage.start()
    await stage.ship_bad_release()
    question = await slack.expects("Question to `logs`", reaction="no_entry", event_type="watchkeeper_question")
    await tom.mentions("stop", thread=question.thread)
    await slack.expects("stopped", "by command", "It was not sent", ts=question.ts)
    await stage.entered("conclusion")
    assert ASKED not in stage.shop.calls.log


async def test_a_new_round_weighs_again_and_keeps_the_waiting_proposal(
    world: LightWorld, slack: Slack, priya: Person
) -> None:
    card = await world.proposed()
    await priya.types("/watch rerun")
    await priya.is_told("INC-2041: a new round begins")
    await slack.expects("New round by Priya Raman")
    incident = await world.entered("conclusion", 2)
    assert [e.published["payload"]["round"] for e in incident.kinds("plan")] == [1, 2]
    says = (await world.entered("not_proposed")).kinds("not_proposed")[0].published["payload"]["says"]
    assert says == f"2041/{incident.kinds('proposed')[0].n} proposes the same and still waits."
    await priya.reacts("✅", card)
    assert (await world.ends()).closed


async def test_a_new_rounds_proposal_supersedes_the_old_one(
    world: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    card = await world.proposed()
    world.shop.previous = "2026.11.24-1"
    await priya.types("/watch rerun 2041")
    incident = await world.entered("proposed", 2)
    await slack.expects("Denied", f"uperseded by 2041/{incident.kinds('proposed')[1].n}", ts=card.ts)
    await maya.reacts("✅", card)
    await world.entered("approval")
    assert (await world.ledger()).kinds("started") == []
    assert world.shop.effects == []


async def test_a_correction_stands_in_place_of_the_conclusion(
    world: LightWorld, slack: Slack, maya: Person, priya: Person
) -> None:
    card = await world.proposed()
    n = (await world.ledger()).kinds("conclusion")[0].n
    await maya.types(f"/watch correct 2041/{n} Carts opened before the release have no currency.")
    await maya.is_told("Recorded in INC-2041 as entry", f"which corrects entry {n}")
    await slack.expects(
        "Maya Okafor corrected the conclusion", "~", "*Carts opened before the release have no currency.*"
    )
    await slack.expects("*Likely cause,* corrected by", "Carts opened before", event_type="watchkeeper_root")
    await priya.types("/watch status")
    await priya.is_told("Likely cause: Carts opened before the release have no currency (corrected by Maya Okafor)")
    await priya.types("/watch correct 2041/1 no")
    await priya.is_told("2041/1 is neither a finding nor a conclusion. Nothing changed.")
    await priya.reacts("✅", card)
    incident = await world.ends()
    await slack.expects("*Cause,* corrected by", "Carts opened before", event_type="watchkeeper_closed")
    original = incident.kinds("conclusion")[0].published["payload"]["likely"]["says"]
    assert "Carts" not in original
    assert len(incident.kinds("correction")) == 1


async def test_what_people_rule_out_stays_ruled_out_and_what_they_add_is_listed(
    stage: LightWorld, slack: Slack, maya: Person
) -> None:
    stage.shop.calls.spoil(ASKED, "hang")
    stage.tree["partners"]["logs"]["seconds"] = "3s"
    await stage.start()
    await stage.ship_bad_release()
    await stage.entered("finding", 4)
    await maya.types("/watch focus rule-out network the links are idle")
    await maya.is_told("Recorded in INC-2041 as entry", "The conclusion takes it up")
    await maya.types("/watch focus add The cache returns old carts")
    await slack.expects("Hypothesis added", "by Maya Okafor", "The cache returns old carts")
    await slack.expects("Ruled out", "~network~", "the links are idle, by Maya Okafor")
    shown = await slack.expects(
        "*Also possible*", "The cache returns old carts (by Maya Okafor, confidence not stated)"
    )
    assert "No likely cause" in shown
    await maya.mentions("focus", thread=shown.thread)
    await maya.is_told("The text is missing. Write `@watchkeeper focus", thread_ts=shown.thread)
    incident = await stage.all_mirrored()
    assert len(incident.kinds("focus")) == 2


async def test_a_likely_cause_that_a_person_rules_out_is_not_acted_on(
    world: LightWorld, slack: Slack, maya: Person, priya: Person
) -> None:
    await world.proposed()
    likely = (await world.ledger()).kinds("conclusion")[0].published["payload"]["likely"]
    await maya.types(f"/watch focus rule-out {likely['name']} it was rolled out before, without failures")
    await maya.is_told("The conclusion stands already", "/watch rerun 2041")
    await priya.types("/watch rerun")
    incident = await world.entered("conclusion", 2)
    second = incident.kinds("conclusion")[1].published["payload"]
    assert (second["likely"] or {}).get("name") != likely["name"]
    ruled = next(h for h in second["others"] if h["name"] == likely["name"])
    assert ruled["ruled_out"].startswith("it was rolled out before")
    assert len((await world.entered("not_proposed")).kinds("proposed")) == 1
    await slack.expects("it was rolled out before, without failures, by Maya Okafor")


@pytest.mark.parametrize("words", ["stop", "rerun", "focus look at the app", "correct 2041/9 no"])
async def test_guests_do_not_steer(world: LightWorld, sam: Person, words: str) -> None:
    await world.proposed()
    before = (await world.ledger()).count
    await sam.types(f"/watch {words}")
    await sam.is_told("Guests, outside and deactivated accounts")
    assert (await world.ledger()).count == before
