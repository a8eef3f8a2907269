"""The team's policy: two people, whoever is on call, observe, auto, freezes, narrowed vetoes, and what expires."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld

ROLLBACK = "rollback-release"
CARD = {"event_type": "watchkeeper_proposal"}
ROOT = {"event_type": "watchkeeper_root"}


def rule(stage: LightWorld, **sets: Any) -> None:
    """One rule for the roll-back, under the policy's other words."""
    stage.tree.setdefault("policy", {})["rules"] = [{"when": {"action": "rollback-*"}, **sets}]


def hours(n: float) -> str:
    """So many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=n)).isoformat()


async def test_two_people_decide_and_whoever_may_not_veto_objects(
    stage: LightWorld, slack: Slack, tom: Person, priya: Person, maya: Person
) -> None:
    rule(stage, two_person=True, veto="approvers")
    await stage.start()
    card = await stage.proposed()
    assert "0 of 2" in card
    await tom.reacts("⛔", card)
    said = await tom.is_told(
        "Your ⛔ is shown on 2041/12 as an objection; it does not stop it.",
        "can.",
        "Say what they should know.",
    )
    assert "Give the reason" in said
    shown = await slack.expects("Objection", "by Tom Becker, ⛔,", "0 of 2", ts=card.ts)
    assert re.search(r"Objection\*? by Tom Becker, ⛔, \d\d:\d\d UTC", shown.words)
    await priya.types("/watch why 2041/12")
    await priya.is_told("2 of 4, not the requester", "may veto", "Rule: watchkeeper.yaml line", "for action rollback-")
    await priya.reacts("✅", card)
    await priya.is_told("Counted: 1 of 2 for 2041/12", "One more of", "is needed until")
    await priya.types("/watch approve 2041/12")
    await priya.is_told("Counted: 1 of 2")
    await maya.presses("Approve", card, confirm=True)
    incident = await stage.ends()
    assert len(incident.kinds("started")[0].published["payload"]["votes"]) == 2
    objection = next(e for e in incident.kinds("veto"))
    assert objection.published["payload"]["verdict"] == "no_right"
    assert "**Objection by Tom Becker**" in stage.github.snapshot()["issues"][0]["comments"][objection.n - 2]["body"]


async def test_whoever_is_on_call_approves_and_off_the_watch_they_do_not(
    stage: LightWorld, slack: Slack, maya: Person
) -> None:
    stage.tree["on_call"] = {
        "checkout": {
            "shifts": [
                {"user": cast.MAYA, "from": hours(-8), "until": hours(-0.01)},
                {"user": cast.DANA, "from": hours(-0.01), "until": hours(8)},
            ]
        }
    }
    rule(stage, approvers={"users": [cast.BEN], "on_call": True})
    await stage.start()
    card = await stage.proposed()
    assert f"<@{cast.DANA}>, on call" in card
    await slack.expects("On call", f"<@{cast.DANA}> until", **ROOT)
    await maya.reacts("✅", card)
    await maya.is_told("Your ✅ on 2041/12 does not count", "Dana Silva, on call")
    await slack.person(cast.DANA).reacts("✅", card)
    assert (await stage.ends()).closed


async def test_observe_shows_what_would_be_proposed_and_nothing_can_start(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    stage.tree["policy"] = {"mode": "observe"}
    await stage.start()
    await stage.ship_bad_release()
    shown = await slack.expects("Would propose 2041/12", "nothing can start", event_type="watchkeeper_observed")
    assert shown.buttons == []
    assert "reactions" not in shown.message or shown.message["reactions"] == []
    await slack.expects("Would propose:", "The mode is observe", "Needs a person", **ROOT)
    await priya.types("/watch approve 2041/12")
    await priya.is_told("2041/12 is only what would be proposed: the mode is observe", "Nothing changed.")
    await priya.types("/watch why 2041/12")
    await priya.is_told("would be proposed. The mode is observe", "Rule: watchkeeper.yaml line")
    await priya.types("/watch run restart-database checkout-db to see")
    await priya.is_told("would propose to restart database checkout-db", "nothing can start")
    incident = await stage.entered("would_propose", 2)
    assert incident.kinds("proposed") == incident.kinds("started") == []
    await stage.all_mirrored()
    assert stage.shop.effects == stage.shop.restarts == []


async def test_auto_starts_after_its_window_and_a_veto_in_it_stops_it(
    stage: LightWorld, slack: Slack, tom: Person
) -> None:
    stage.tree["policy"] = {"mode": "auto", "auto_window": "3s"}
    stage.playbook = {"\npropose:\n": "\nmode: auto\n\npropose:\n"}
    await stage.start()
    card = await stage.proposed()
    assert "Starts by itself" in card
    await slack.expects("in *", "unless somebody stops it, at", "✅ starts it before, ⛔ stops it", ts=card.ts)
    await slack.expects("Starts by itself", **ROOT)
    await tom.reacts("⛔", card)
    await slack.expects("Vetoed", "It will not run", ts=card.ts)

    await tom.types("/watch rerun 2041")
    again = await slack.expects("Starts by itself", **CARD, within=20)
    await slack.expects("Started by itself", "Nobody stopped it in 3 s", ts=again.ts, within=20)
    await slack.expects("Decided by", "nobody stopped it", "(mode auto)", **ROOT)
    incident = await stage.ends()
    vetoed, free = incident.kinds("proposed")
    [started] = incident.kinds("started")
    shown = {e.published["payload"]["proposal"]: e.at for e in incident.kinds("shown")}
    assert started.published["payload"]["proposal"] == free.n
    assert set(shown) == {vetoed.n, free.n}
    assert started.at - shown[free.n] >= 3_000_000
    assert started.published["payload"]["votes"] == []
    assert len(stage.shop.effects) == 1


async def test_auto_waits_until_slack_shows_it_also_over_a_crash(stage: LightWorld, slack: Slack) -> None:
    stage.tree["policy"] = {"mode": "auto", "auto_window": "2s"}
    rule(stage, mode="auto")
    await stage.start()
    await slack.tell("down", on=True)
    await stage.ship_bad_release()
    await stage.entered("proposed")
    await asyncio.sleep(2.5)  # longer than the window
    incident = await stage.ledger()
    assert incident.kinds("shown") == incident.kinds("started") == []
    await slack.tell("down", on=False)
    [shown] = (await stage.entered("shown")).kinds("shown")
    await stage.restart()
    incident = await stage.ends()
    assert incident.kinds("started")[0].at - shown.at >= 2_000_000
    assert len(incident.kinds("shown")) == len(stage.shop.effects) == 1


async def test_while_it_is_frozen_nothing_starts_and_an_approval_never_counts(
    stage: LightWorld, slack: Slack, priya: Person, tom: Person
) -> None:
    freeze = {"name": "quarter end", "from": hours(-1), "until": hours(9), "when": {"service": "checkout"}}
    stage.tree["policy"] = {"freezes": [freeze]}
    await stage.start()
    card = await stage.proposed()
    await slack.expects("Nothing runs:", "freeze “quarter end” until", "This expires before that", ts=card.ts)
    assert card.buttons == ["Veto"]
    await priya.reacts("✅", card)
    counts = "Your ✅ on 2041/12 is recorded but does not count, so that nothing starts by itself later."
    await priya.is_told(
        "Nothing runs: freeze “quarter end” until", counts, "It expires before that; propose it again then."
    )
    await priya.types("/watch why 2041/12")
    await priya.is_told("0 of 1", "freeze “quarter end”")
    await priya.types("/watch list")
    await priya.is_told("freeze “quarter end” until", "1 open: INC-2041")
    await tom.types("/watch run rollback-release checkout 2026.11.24-3 2026.11.24-1 the one before")
    await tom.is_told("Proposed as 2041/", "Nothing runs: freeze “quarter end” until")
    [vote] = (await stage.entered("approval")).kinds("approval")
    assert vote.published["payload"]["verdict"] == "frozen"
    _, words = await stage.runs("doctor")
    assert "freeze “quarter end” is on until" in words
    await tom.reacts("⛔", card)
    await slack.expects("Vetoed", ts=card.ts)
    assert (await stage.all_mirrored()).kinds("started") == []


async def test_it_is_reminded_of_once_expires_while_nobody_runs_and_is_proposed_again(
    stage: LightWorld, slack: Slack, ben: Person, priya: Person
) -> None:
    stage.tree["timing"]["remind_before"] = "6s"
    stage.tree["actions"][ROLLBACK]["expires"] = "8s"
    await stage.start()
    card = await stage.proposed()
    words = (f"<!subteam^{cast.CHECKOUT_APPROVERS}>: 2041/12 still needs 1 approval; it expires at",)
    await slack.expects(*words, event_type="watchkeeper_reminder")
    await stage.restart()
    await stage.kill()
    proposed = (await stage.ledger()).kinds("proposed")[0]
    until_ = datetime.fromisoformat(proposed.published["payload"]["expires_at"])
    await asyncio.sleep((until_ - datetime.now(UTC)).total_seconds())
    await stage.start()
    gone = await slack.expects("Expired", "Nobody decided, nothing ran.", ts=card.ts)
    assert gone.buttons == ["Propose again"]
    await ben.presses("Propose again", gone)
    await ben.is_told("Proposed as 2041/", "roll back checkout", "You requested it, so you cannot approve it")
    fresh = await slack.expects(
        "Proposed again by Ben Adler, as 2041/12 expired.", "Approvals", reaction="no_entry", **CARD
    )
    await slack.expects("Expired", ts=card.ts, lacks=["Propose again"])
    await ben.reacts("✅", fresh)
    await ben.is_told("does not count", "you requested it")
    await priya.reacts("✅", fresh)
    incident = await stage.ends()
    assert len(incident.kinds("reminded")) == 1 + sum(
        e.published["payload"]["proposal"] != proposed.n for e in incident.kinds("reminded")
    )
    reminders = [m for m in await slack.shows() if words[0] in m]
    assert len(reminders) == 1
    assert len(stage.shop.effects) == 1


async def test_what_waits_already_is_not_proposed_a_second_time(
    world: LightWorld, slack: Slack, tom: Person, maya: Person
) -> None:
    card = await world.proposed()
    [waits] = (await world.ledger()).kinds("proposed")
    await tom.types("/watch run rollback-release checkout 2026.11.24-3 2026.11.24-2 once more")
    await tom.is_told(f"2041/{waits.n} proposes the same and still waits. Nothing changed.")
    [refused] = (await world.entered("not_proposed")).kinds("not_proposed")
    assert refused.published["payload"]["same"] == waits.n
    assert refused.published["actor"].startswith("person:")
    assert len((await world.ledger()).kinds("proposed")) == 1
    await maya.reacts("⛔", card)
    await slack.expects("Vetoed", "It will not run", ts=card.ts)
    await tom.types("/watch run rollback-release checkout 2026.11.24-3 2026.11.24-2 once more")
    await tom.is_told("Proposed as 2041/")  # nothing waits any more
    await world.all_mirrored()
