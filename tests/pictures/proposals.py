"""What becomes of a proposal besides running: each way it can end or wait, and what people are told about it."""

from datetime import UTC, datetime, timedelta

from playground.slack import cast
from tests.pictures.studio import CARD, RESTART, ROOT, Studio

EXPIRY = "8s"


async def two_people(studio: Studio) -> None:
    """Two approvals and a narrowed veto: an objection, a first approval, one taken back, an app's, a guest's."""
    world, slack, take = studio.world, studio.slack, studio.camera
    rule = {"when": {"action": "rollback-*"}, "two_person": True, "veto": "approvers"}
    world.tree["policy"] = {"rules": [rule]}
    await world.start()
    card = await world.proposed()
    await studio.tom.reacts("⛔", card)
    await take.told("told-objection", studio.tom, "as an objection; it does not stop it")
    await studio.tom.presses("Give the reason", await studio.tom.is_told("as an objection"))
    await studio.tom.sees_form("Why the objection?")
    await studio.tom.enters(reason="The nightly export still reads from this release.", kind="bad_moment")
    await take.message("proposal-objection", await slack.expects("nightly export", ts=card.ts), "nightly export")
    await studio.priya.reacts("✅", card)
    await take.told("told-counted", studio.priya, "Counted: 1 of 2")
    await studio.priya.takes_back("✅", card)
    await take.told("told-taken-back", studio.priya, "is withdrawn: 0 of 2")
    await studio.sam.reacts("✅", card)
    await take.told("told-guest", studio.sam, "guests, outside and deactivated accounts")
    await slack.person(cast.DEPLOY_HELPER).reacts("✅", card)
    await take.message("app-word", await slack.expects("by the app Deploy Helper does not count"))
    await studio.priya.types("/watch aprove 2041/12")
    await take.told("told-unknown-word", studio.priya, "is not a command")
    await studio.priya.types("/watch why 2041/12")
    await take.told("told-why", studio.priya, "Decided by")
    await studio.priya.types("/watch help")
    await take.told("told-help", studio.priya, "Watchkeeper, for Priya Raman")


async def requested(studio: Studio) -> None:
    """A person's own request: what the requester is told, and the request taken back."""
    world, slack, take = studio.world, studio.slack, studio.camera
    await world.start()
    await world.proposed()
    await studio.tom.types(RESTART)
    card = await slack.expects("restart database checkout-db", "0 of 2", reaction="no_entry", **CARD)
    await studio.tom.reacts("✅", card)
    await take.told("told-requester", studio.tom, "for two reasons")
    await studio.maya.presses("Approve", card, confirm=True)
    await take.told("told-counted-high", studio.maya, "Counted: 1 of 2")
    number = card.words.partition("Proposal ")[2].partition(":")[0]
    await studio.tom.types(f"/watch withdraw {number} it is the release")
    await take.told("told-withdrawn", studio.tom, "will not run")
    await take.message("proposal-withdrawn", await slack.expects("Withdrawn", ts=card.ts), "it is the release")


async def expired(studio: Studio) -> None:
    """Nobody decides: the reminder, the end, the late ✅, and the same proposed again."""
    world, slack, take = studio.world, studio.slack, studio.camera
    world.tree["timing"]["remind_before"] = "6s"
    world.tree["actions"]["rollback-release"]["expires"] = EXPIRY
    await world.start()
    card = await world.proposed()
    await take.message("reminder", await slack.expects("still needs 1 approval", event_type="watchkeeper_reminder"))
    gone = await slack.expects("Expired", ts=card.ts)
    await take.message("proposal-expired", gone, "Propose again")
    await studio.priya.reacts("✅", card)
    await take.told("told-expired", studio.priya, "expired at", "expired is not denied")
    await studio.tom.presses("Propose again", gone)
    await take.told("told-proposed-again", studio.tom, "Proposed as 2041/")
    await take.message("proposal-again", await slack.expects("as 2041/12 expired", **CARD), "0 of 1")


async def denied(studio: Studio) -> None:
    """A state that changed, a proposal that another one replaced, and a click on the old one."""
    world, slack, take = studio.world, studio.slack, studio.camera
    await world.start()
    old = await world.proposed()
    world.shop.previous = "2026.11.24-1"
    await studio.priya.types("/watch rerun 2041")
    await world.entered("proposed", 2)
    await take.message("rerun", await slack.expects("New round by Priya Raman"))
    await take.message("proposal-superseded", await slack.expects("Denied", "uperseded by", ts=old.ts), "uperseded by")
    await studio.maya.reacts("✅", old)
    await take.told("told-stale", studio.maya, "belongs to 2041/12")
    card = await slack.expects("to 2026.11.24-1", "0 of 1", reaction="no_entry", **CARD)
    world.shop.release = "2026.11.24-4"
    await studio.priya.reacts("✅", card)
    await slack.expects("is now 2026.11.24-4, no longer", ts=card.ts)
    await take.message("proposal-denied", card, "is now 2026.11.24-4")
    await studio.maya.types(f"/watch approve {card.words.partition('Proposal ')[2].partition(':')[0]}")
    await take.told("told-denied", studio.maya, "was approved but did not start")
    await world.all_mirrored()
    await take.message("root-needs-person", await slack.expects("Needs a person", **ROOT), "Needs a person")


async def observed(studio: Studio) -> None:
    """Mode `observe`: what would be proposed."""
    studio.world.tree["policy"] = {"mode": "observe"}
    await studio.world.start()
    await studio.world.ship_bad_release()
    shown = await studio.slack.expects("Would propose 2041/12", event_type="watchkeeper_observed")
    await studio.camera.message("observed", shown, "nothing can start")


async def automatic(studio: Studio) -> None:
    """Mode `auto`: the countdown, and what started because nobody stopped it."""
    world, slack, take = studio.world, studio.slack, studio.camera
    world.tree["policy"] = {"mode": "auto", "auto_window": "10s"}
    world.playbook = {"\npropose:\n": "\nmode: auto\n\npropose:\n"}
    await world.start()
    card = await world.proposed()
    await slack.expects("in *", "unless somebody stops it, at", ts=card.ts)
    await take.message("proposal-auto", card, "Starts by itself")
    await take.message("root-auto", await slack.expects("Starts by itself", **ROOT), "Starts by itself")
    await slack.expects("Started by itself", ts=card.ts)
    await take.message("proposal-auto-started", card, "Started by itself")


async def frozen(studio: Studio) -> None:
    """A freeze: what the card says, and what an approval is answered."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = {"from": now.isoformat(), "until": (now + timedelta(hours=9)).isoformat()}
    studio.world.tree["policy"] = {"freezes": [{"name": "quarter end", "when": {"service": "checkout"}} | times]}
    await studio.world.start()
    card = await studio.world.proposed()
    await studio.slack.expects("freeze “quarter end”", ts=card.ts)
    await studio.camera.message("proposal-frozen", card, "freeze “quarter end”")
    await studio.priya.reacts("✅", card)
    await studio.camera.told("told-frozen", studio.priya, "Nothing runs: freeze")


async def halted(studio: Studio) -> None:
    """Everything is halted and resumed while a proposal waits."""
    world, slack, take = studio.world, studio.slack, studio.camera
    await world.start()
    card = await world.proposed()
    await studio.maya.types("/watch halt database migration until 04:00")
    said = await slack.expects("Halted", event_type="watchkeeper_halted")
    await take.message("halted", said, "Nothing starts from now on")
    await slack.expects("Halted", ts=card.ts)
    await take.message("proposal-halted", card, "An approval counts after")
    await take.message("root-halted", await slack.expects("Halted", **ROOT), "Halted")
    await studio.priya.reacts("✅", card)
    await take.told("told-halted", studio.priya, "Approve again after")
    await studio.priya.types("/watch resume")
    await take.message("resumed", await slack.expects("Resumed by", event_type="watchkeeper_resumed"))
    await take.message("halt-ended", await slack.expects("Ended by", ts=said.ts), "Ended by")


async def failed(studio: Studio) -> None:
    """It ran and nobody knows what became of it; people decide what to do."""
    world, slack, take = studio.world, studio.slack, studio.camera
    world.tree["actions"]["rollback-release"]["options"]["idempotency"] = "none"
    world.shop.honours_key = world.shop.works = False
    world.shop.calls.spoil("POST act", "lost-answer")
    await world.start()
    card = await world.proposed()
    await studio.priya.reacts("✅", card)
    await slack.expects("unknown", ts=card.ts)
    await take.message("proposal-unknown", card, "nknown")
    await take.message("unknown", await slack.expects("unknown", event_type="watchkeeper_unknown"))
    await world.all_mirrored()
    await take.message("root-unknown", await slack.expects("unknown", **ROOT), "unknown")


async def no_effect(studio: Studio) -> None:
    """It ran and mended nothing."""
    studio.world.shop.works = False
    await studio.world.start()
    await studio.priya.reacts("✅", await studio.world.proposed())
    result = await studio.slack.expects("No effect", event_type="watchkeeper_verification")
    await studio.camera.message("result-no-effect", result, "No effect")
