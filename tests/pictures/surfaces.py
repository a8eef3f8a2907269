"""What is left: forms, steering, commands that look, the Home, channels, records, and incidents that end otherwise."""

from playground.person import Slack
from playground.slack import cast
from tests.pictures.studio import QUESTION, ROOT, Studio

ASKED = "logs tools/call"


async def steered(studio: Studio) -> None:
    """People ask, note, correct, narrow, stop; and the forms for it."""
    world, slack, take, tom = studio.world, studio.slack, studio.camera, studio.tom
    world.tree["partners"]["logs"] |= {"policy": "veto_window", "window": "10m", "outside": True}
    world.tree["partners"]["logs"] |= {"carries": "alert, time window, service name"}
    await world.start()
    await world.ship_bad_release()
    question = await slack.expects("Question to `logs`", reaction="no_entry", **QUESTION)
    root = await slack.expects("Investigating", **ROOT)
    await tom.presses("Ask a partner", root)
    await tom.sees_form("Ask a partner")
    await take.form("form-ask", by="Tom Becker")
    await tom.enters(partner="releases", text="What else changed?")
    await take.told("told-asked", tom, "Asked `releases`")
    await tom.picks("Add a note", root)
    await tom.sees_form("Add a note")
    await take.form("form-note", by="Tom Becker")
    await tom.enters(text="Three shops report failed payments since 02:05.")
    await take.message("note", await slack.expects("Note by Tom Becker"), "Three shops")
    await tom.picks("Correct a finding", root)
    await tom.sees_form("What is wrong")
    await take.form("form-correct", by="Tom Becker")
    await tom.leaves_form()
    await studio.maya.types("/watch focus rule-out network the links are idle")
    await take.told("told-focus", studio.maya, "Recorded in INC-2041")
    await take.message("focus-ruled-out", await slack.expects("Ruled out", "the links are idle"), "the links are idle")
    await studio.maya.types("/watch focus add The cache returns old carts")
    added = await slack.expects("Hypothesis added", event_type="watchkeeper_focus")
    await take.message("focus-added", added, "The cache returns old carts")
    await studio.maya.reacts("⛔", question)
    await slack.expects("stopped", "It was not sent", ts=question.ts)
    await take.message("question-stopped", question, "It was not sent")
    no_cause = await slack.expects("No likely cause", event_type="watchkeeper_correlation")
    await take.message("conclusion-none", no_cause, "No likely cause")
    await world.entered("not_proposed")
    root = await slack.expects("Needs a person", **ROOT)
    await take.message("root-no-cause", root, "Needs a person")
    await tom.picks("Close by hand", root)
    await tom.sees_form("Close by hand")
    await take.form("form-close", by="Tom Becker")
    await tom.enters(text="The provider mended it.")
    closed = await slack.expects("closed", event_type="watchkeeper_closed")
    await take.message("summary-by-hand", closed, "Why it was closed", "entries in both records")


async def looked_at(studio: Studio) -> None:
    """What is behind a card's menu, and the commands that look, while a record takes no writes."""
    world, take, priya = studio.world, studio.camera, studio.priya
    down = world.github.faults.add("down", times=None)
    await world.start()
    card = await world.proposed()
    await priya.opens_home()
    await priya.sees_home("Waits for you: 1", "entries behind")
    await take.goes_to("Watchkeeper")
    await take.part("home", "#channel .home", "Waits for you: 1", "entries behind")
    await take.goes_to("incidents")
    await priya.picks("Why this one", card)
    await take.told("told-why-this-one", priya, "proposes for")
    await priya.picks("Show the exact request", card)
    await priya.sees_form("POST")
    await take.form("form-request", by="Priya Raman")
    await priya.leaves_form()
    await priya.picks("Ask for another way", card)
    await priya.sees_form("What should be different")
    await take.form("form-another-way", by="Priya Raman")
    await priya.leaves_form()
    told = {"status": "INC-2041 SEV2", "list": "1 open: INC-2041", "partners": "`logs`", "mirror": "Nothing waits"}
    for command, words in told.items():
        await priya.types(f"/watch {command}")
        await take.told(f"told-{command}", priya, words)
    root = await studio.slack.expects("GitHub", "entries behind", **ROOT)
    await take.message("root-record-behind", root, "entries behind")
    world.github.faults.clear(down.id)


async def refused(studio: Studio) -> None:
    """A record that refuses an entry for good."""
    studio.world.github.faults.add("error", "POST comment", status=410, times=None)
    await studio.world.start()
    await studio.world.proposed()
    line = await studio.slack.expects("refused entry", "for good", event_type="watchkeeper_refused")
    await studio.camera.message("record-refused", line, "for good")


async def recovered(studio: Studio) -> None:
    """A partner fails, nothing is proposed, and the alert goes away by itself."""
    world, slack, take = studio.world, studio.slack, studio.camera
    world.shop.calls.spoil(ASKED, "503", "503", "503")
    await world.start()
    await world.ship_bad_release()
    await take.message("silence", await slack.expects("logs", event_type="watchkeeper_silence"))
    await slack.expects("No likely cause")
    world.shop.repair()
    await world.alert_resolves()
    await slack.expects("Closed, recovered by itself", **ROOT)
    await world.all_mirrored()
    root = await slack.expects("Closed, recovered by itself", "the same in both records", **ROOT)
    await take.message("root-recovered", root, "the same in both records")
    summary = await slack.expects("closed", event_type="watchkeeper_closed")
    await take.message("summary-recovered", summary, "Pinned by")


async def declared(studio: Studio) -> None:
    """A person opens an incident from a message elsewhere."""
    world, take = studio.world, studio.camera
    await world.start()
    here = Slack(world.stand_in.url, world.http, "checkout")
    priya = here.person(cast.PRIYA)
    await here.person(cast.MAYA).types("Payments fail for some customers since 2.")
    message = await here.expects("Payments fail")
    await priya.uses("wk_open_incident_here", message)
    await priya.sees_form("Open an incident")
    await take.form("form-declare", by="Priya Raman")
    await priya.enters(title="Customers cannot pay", severity="SEV2", other="payments", seen="12 reports since 02:00")
    await take.told("told-declared", studio.priya, "INC-2041 is open")
    root = await studio.slack.expects("Opened by Priya Raman", **ROOT)
    await take.message("root-declared", root, "Opened by Priya Raman")
    plan = await studio.slack.expects("No playbook matches")
    del plan
    await take.goes_to("checkout")
    origin = await here.expects("opened by Priya Raman", event_type="watchkeeper_origin")
    await take.message("origin", origin, "opened by Priya Raman")


async def own_channel(studio: Studio) -> None:
    """A grave incident in a channel of its own, with its topic and links; and one that Slack refuses."""
    world, take = studio.world, studio.camera
    world.labels = {"severity": "critical"}
    invited = {"users": [cast.MAYA, cast.PRIYA]}
    world.tree["incidents"]["own_channel"] = {"severities": ["SEV1"], "invite": invited}
    await world.start()
    await world.ship_bad_release()
    own = Slack(world.stand_in.url, world.http, "inc-2041-checkout")
    card = await own.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry")
    root = await studio.slack.expects("SEV1 critical", "Needs a decision", "Decide in", **ROOT)
    await take.message("root-own-channel", root, "Decide in")
    await take.goes_to("inc-2041-checkout")
    await take.part("channel-header", "#channel > header", "Needs a decision", "GitHub #318")
    await take.message("channel-card", card, "0 of 1")


async def no_channel(studio: Studio) -> None:
    """Slack refuses the channel; everything goes on in the thread."""
    world = studio.world
    world.stand_in.app.scopes = tuple(scope for scope in world.stand_in.app.scopes if scope != "channels:manage")
    world.labels = {"severity": "critical"}
    world.tree["incidents"]["own_channel"] = {"severities": ["SEV1"]}
    await world.start()
    await world.ship_bad_release()
    line = await studio.slack.expects("No channel of its own", event_type="watchkeeper_channel")
    await studio.camera.message("no-channel", line, "Everything goes on here")
