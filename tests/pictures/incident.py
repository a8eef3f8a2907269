"""One incident from its alert to its closing, its correction and its coming back, in the storyboard's order."""

from playground.demo.config import HISTORY
from playground.person import Sight
from tests.pictures.studio import CARD, QUESTION, RESTART, ROOT, Studio
from tests.stories.light import until, with_pace

LINES = [
    f"2026-11-24T02:05:{n:02d}Z ERROR checkout 2026.11.24-3 pod={n % 6} POST /orders 500 "
    f"KeyError: 'currency' cart.py:88 in total() app=6.2 order=ord_ABC{n:03d}XYZ"
    for n in range(60)
]
WHY = "The failures are KeyErrors in checkout code, not database time-outs. A restart drops about 240 open sessions."
CAUSE = "Carts opened before the release have no currency, whatever the app."


async def incident(studio: Studio) -> None:
    """Play it, and take a picture of every message as it becomes what it is."""
    _set_up(studio)
    await studio.world.start()
    await _investigated(studio)
    await _vetoed(studio)
    card = await _concluded(studio)
    await _acted(studio, card)
    await _closed(studio)
    await _came_back(studio)


def _set_up(studio: Studio) -> None:
    world = studio.world
    world.tree["tools"]["shop_metrics"]["history"] = {"metrics": HISTORY, "every": "50ms", "keep": "1m"}
    world.tree["slack"]["streaming"] = "auto"
    world.tree["timing"]["edit_every"] = "200ms"
    outside = world.tree["partners"]["releases"] | {"role": "traces", "url": f"{world.shop.url}/dynatrace/mcp"}
    held = {"policy": "veto_window", "window": "30s", "outside": True, "carries": "alert, time window, service name"}
    world.tree["partners"]["dynatrace"] = outside | held | {"seconds": "2s"}
    question = "which dependency of `checkout` slowed or failed first, and in which trace?"
    world.playbook["\nhypotheses:\n"] = f"\n  - partner: dynatrace\n    question: {question}\n\nhypotheses:\n"
    world.shop.calls.spoil("dynatrace tools/call", "hang")
    world.shop.log_lines = LINES
    world.pace = with_pace(settle=3.0)
    world.shop.acts_for = 4.0
    world.annotations = {"description": "the threshold is 1\u00a0%, exceeded for 2\u00a0min"}


async def reads(studio: Studio, times: int) -> None:
    """The shop's page is read for longer than a rate is taken over."""
    begun = studio.world.shop.calls.log.count("GET metrics")

    async def count() -> int:
        return studio.world.shop.calls.log.count("GET metrics") - begun

    await until(count, lambda read: read >= times, 40, "the page is read")


async def _investigated(studio: Studio) -> None:
    world, slack, take = studio.world, studio.slack, studio.camera
    await reads(studio, 240)
    world.shop.ship()
    await reads(studio, 60)
    await slack.tell("fault", method="chat.update", kind="429", times=2, retry_after=1)
    await world.alert_fires()
    root = await slack.expects("Triage", **ROOT)
    await take.message("root-triage", root, "Triage")
    question = await slack.expects("unless someone stops it", reaction="no_entry", **QUESTION)
    root = await slack.expects("Investigating", "5 of 6 answered", **ROOT)
    plan = await slack.expects("Held until", "KeyError: 'currency'. Entry", "ends it")
    await world.all_mirrored()
    await take.message("root-investigating", root, "5 of 6 answered", "GitHub #318")
    await take.message("plan-running", plan, "5 of 6 sources answered", "Held until")
    await take.message("question-held", question, "unless someone stops it")
    for name, words in (("releases", "what changed"), ("logs", "log specialist")):
        found = await slack.expects(words, "answered in", event_type="watchkeeper_finding")
        await take.message(f"finding-{name}", found, words)
    file = next(sight for sight in await slack.shows() if sight.message["files"])
    await take.message("finding-file", file, "full answer")


async def _vetoed(studio: Studio) -> None:
    slack, take, maya = studio.slack, studio.camera, studio.maya
    await studio.tom.types(RESTART)
    await take.message("told-proposed", await studio.tom.is_told("Proposed as 2041/"), by="Tom Becker")
    card = await slack.expects("restart database checkout-db", "0 of 2", reaction="no_entry", **CARD)
    await take.message("proposal-high-risk", card, "Risk", "High", by="Tom Becker")
    number = card.words.partition("Proposal ")[2].partition(":")[0]
    await maya.presses("Veto", card)
    await maya.sees_form("Why the veto?")
    await slack.tell("act", **{"as": maya.user, "do": "fill", "values": {"reason": WHY, "kind": "wrong_cause"}})
    await take.form("form-veto", "counts since", by="Maya Okafor")
    await maya.enters(reason=WHY, kind="wrong_cause")
    told = await maya.is_told("Recorded as entry")
    await take.message("told-reason", told, number, by="Maya Okafor")
    await take.message("proposal-vetoed", await slack.expects("Vetoed", "kind of reason", ts=card.ts), "kind of reason")


async def _concluded(studio: Studio) -> Sight:
    slack, take = studio.slack, studio.camera
    question = await slack.expects("Question to `dynatrace`", **QUESTION)
    await studio.priya.presses("Send now", question)
    await take.message("told-question", await studio.priya.is_told("Counted: the question"))
    silent = await slack.expects("did not answer in", ts=question.ts)
    card = await slack.expects("roll back checkout", "0 of 1", reaction="no_entry", **CARD)
    await studio.world.all_mirrored()
    plan = await slack.expects("Investigation finished", event_type="watchkeeper_plan")
    await take.message("plan-finished", plan, "Investigation finished")
    await take.message("question-silent", silent, "did not answer in")
    conclusion = await slack.expects("Likely cause", event_type="watchkeeper_correlation")
    await take.message("conclusion", conclusion, "Likely cause")
    await take.message("root-decision", await slack.expects("Needs a decision", **ROOT), "Needs a decision")
    await take.message("proposal-waiting", card, "0 of 1")
    return card


async def _acted(studio: Studio, card: Sight) -> None:
    world, slack, take = studio.world, studio.slack, studio.camera
    await studio.tom.reacts("✅", card)
    await take.message("told-no-right", await studio.tom.is_told("does not count"), by="Tom Becker")
    await studio.priya.reacts("✅", card)
    root = await slack.expects("Acting", **ROOT)
    await take.message("root-acting", root, "Acting")
    await studio.maya.reacts("✅", card)
    await take.told("told-decided", studio.maya, "was already decided")
    await take.message("proposal-approved", await slack.expects("Approved", ts=card.ts), "Approved")
    root = await slack.expects("Verifying until", **ROOT)
    await take.message("root-verifying", root, "Verifying until")
    result = await slack.expects("Done:", event_type="watchkeeper_verification")
    await take.message("result-done", result, "Until then nothing is called fixed")
    await slack.expects("Verified: error rate", event_type="watchkeeper_verification")
    await world.all_mirrored()
    await take.message("root-mitigated", await slack.expects("Mitigated", **ROOT), "Mitigated")
    await take.message("result-verified", result, "Verified")


async def _closed(studio: Studio) -> None:
    world, slack, take = studio.world, studio.slack, studio.camera
    await world.ends()
    root = await slack.expects("the same in both records", **ROOT)
    await take.message("root-closed", root, "the same in both records")
    summary = await slack.expects("closed: resolved", event_type="watchkeeper_closed")
    await world.all_mirrored()
    await take.message("summary", summary, "Pinned by", "entries in both records")
    n = (await world.ledger()).kinds("conclusion")[0].n
    await studio.maya.types(f"/watch correct 2041/{n} {CAUSE}")
    corrected = await slack.expects("corrected the conclusion", CAUSE)
    await take.message("correction", corrected, CAUSE)
    await world.all_mirrored()
    await take.message("root-corrected", await slack.expects("corrected by", CAUSE, **ROOT), CAUSE)


async def _came_back(studio: Studio) -> None:
    world, slack, take = studio.world, studio.slack, studio.camera
    world.shop.ship()
    await world.alert_fires()
    again = await slack.expects("Reopened", "second time", **ROOT)
    await take.message("root-reopened", again, "Reopened")
    await take.message("reopened", await slack.expects("came back"), "came back")
