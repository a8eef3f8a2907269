"""People open an incident: from a message, from anywhere, by command. One form is one incident; a person closes it."""

import json

from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import INCIDENT, LightWorld, until

HERE, ANYWHERE = "wk_open_incident_here", "wk_open_incident"
FORM = {"title": "Customers cannot pay", "severity": "SEV2", "other": "payments", "seen": "12 reports since 02:00"}


async def count(world: LightWorld) -> int:
    """How many incidents there are."""
    incidents = 0
    while (await world.ledger(INCIDENT + incidents)).count:
        incidents += 1
    return incidents


async def test_a_message_becomes_one_incident_through_a_kill_and_a_second_delivery(stage: LightWorld) -> None:
    await stage.start()
    here = Slack(stage.stand_in.url, stage.http, "checkout")
    priya, maya = here.person(cast.PRIYA), here.person(cast.MAYA)
    await maya.types("Payments fail for <customers> since 2, says @Ben Adler: https://status.example.com")
    message = await here.expects("Payments fail")
    await priya.uses(HERE, message)
    form = await priya.sees_form("Open an incident", "About a message; its thread gets one line")
    seen = next(block for block in form["blocks"] if block["block_id"] == "seen")["element"]["initial_value"]
    assert seen == "Payments fail for <customers> since 2, says somebody: https://status.example.com"
    kill = stage.stand_in.faults.kill_at("before chat.getPermalink", stage.bot.pid)
    sent = stage.stand_in.modals.submit(cast.PRIYA, FORM)
    assert (await sent.outcome).acked
    await stage.bot.process.wait()
    assert kill.fired
    assert await count(stage) == 0
    await stage.start()

    await stage.slack.person(cast.PRIYA).is_told("INC-2041 is open: SEV2 major, `payments`: Customers cannot pay")
    root = await stage.slack.expects(
        "Opened by Priya Raman, about", "Customers cannot pay", event_type="watchkeeper_root"
    )
    line = await here.expects(
        "*<http", "INC-2041", "SEV2 major, opened by Priya Raman", event_type="watchkeeper_origin"
    )
    assert line.thread == message.ts
    assert root.ts.replace(".", "") in line.words, "the line leads to the incident's message"
    again = json.loads(sent.body)
    assert (await stage.stand_in.sockets.deliver("interactive", again, accepts=True).outcome).acked
    await priya.uses(HERE, message)
    await priya.sees_form("Open an incident")
    await priya.enters(**FORM | {"other": ""})
    told = await stage.slack.person(cast.PRIYA).is_told("INC-2041 is open for `payments` already", "Nothing was opened")
    await stage.slack.person(cast.PRIYA).presses("Add it as a note", told)
    await stage.slack.expects("*Note by Priya Raman*", ">Customers cannot pay. 12 reports since 02:00")
    incident = await stage.entered("note")
    assert await count(stage) == 1
    assert len(incident.kinds("alert")) == len(incident.kinds("triage")) == 1
    assert "U07" not in json.dumps([entry.published for entry in incident.entries]), "an entry names nobody"
    await stage.all_mirrored()


async def test_anybody_opens_one_from_anywhere_and_a_person_closes_it(
    world: LightWorld, slack: Slack, tom: Person, sam: Person
) -> None:
    await sam.uses(ANYWHERE)
    await sam.sees_form("Guests, outside and deactivated accounts read here")
    await tom.uses(ANYWHERE)
    await tom.sees_form("Open an incident", "How bad")
    await tom.enters(**FORM)
    await tom.is_told("INC-2041 is open: SEV2 major, `payments`", "No alert ends it; `/watch close 2041` does")
    root = await slack.expects("No playbook matches.", "Opened by Tom Becker")
    await tom.types("/watch open sev1 PAYMENTS: nobody can pay")
    await tom.is_told("INC-2041 is open for `payments` already (Customers cannot pay)")
    await tom.types("/watch open SEV9 500 customers wait")
    await tom.is_told("`SEV9` is not a severity: SEV1 critical", "Write `/watch open SEV2 …`. Nothing was opened.")
    await tom.types("/watch open sev-4: 500 customers wait")
    await tom.is_told("INC-2042 is open: SEV4 notice: 500 customers wait")
    said_once = await slack.expects("SEV4 notice", "No playbook matches.", event_type="watchkeeper_root")
    assert str(said_once.message["blocks"]).count("500 customers wait") == 1
    for nothing_said in ("/watch open", "/watch open SEV1"):
        await tom.types(nothing_said)
        await tom.is_told("What is wrong is missing")
    await tom.uses(ANYWHERE)
    form = await tom.sees_form("Another service")
    assert [o["value"] for o in form["blocks"][2]["element"]["options"]] == ["payments"]
    await tom.leaves_form()

    elsewhere = Slack(world.stand_in.url, world.http, "support")
    outside = elsewhere.person(cast.TOM)
    await outside.types("search is slow")
    await outside.uses(HERE, await elsewhere.expects("search is slow"))
    await outside.sees_form("About a message in a channel where the app is not")
    await outside.enters(title="Search is slow", severity="SEV4", other="search")
    await tom.is_told("INC-2043 is open: SEV4 notice, `search`", "no line leads from there")

    await sam.picks("Close by hand", root)
    await sam.is_told("Guests, outside and deactivated accounts read here")
    await tom.picks("Close by hand", root)
    await tom.sees_form("Close by hand", "without a reading that proves it")
    await tom.enters(text="The provider mended it.")
    await tom.is_told("INC-2041 is closed by you", lacks=("a new outbreak",))
    await slack.expects("Closed by Tom Becker", "The provider mended it.", event_type="watchkeeper_root")
    for number in range(3):
        await world.all_mirrored(number=INCIDENT + number)
    assert await count(world) == 3


async def test_a_playbook_of_its_labels_takes_it_up(
    stage: LightWorld, slack: Slack, tom: Person, priya: Person
) -> None:
    stage.playbook['alertname: "~.*Error(Rate|Ratio|s).*"'] = "source: person\n  service: checkout"
    await stage.start()
    stage.shop.ship()
    await tom.types("/watch open SEV2 checkout: orders fail")
    await tom.is_told("INC-2041 is open: SEV2 major, `checkout`: orders fail")
    card = await stage.card()
    await priya.reacts("✅", card)
    await slack.expects("*Verified:*", "No alert ends it; `/watch close 2041` does", event_type="watchkeeper_root")
    root = await slack.expects("Mitigated, not yet resolved", event_type="watchkeeper_root")
    await priya.picks("Close by hand", root)
    await priya.sees_form("Close by hand")
    await priya.enters(text="Orders are well again.")
    await slack.expects("Closed by", "Priya Raman", event_type="watchkeeper_closed")
    incident = await until(stage.ledger, lambda seen: seen.closed, 5, "closed")
    assert incident.kinds("alert_resolved") == []
