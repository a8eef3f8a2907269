"""The App Home: what waits, what is open, how record and partners are; and it stays true without being opened again."""

from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld, until

ASKED = "logs tools/call"


async def published(stage: LightWorld, user: str) -> int:
    """How often this person's Home was published."""
    calls = [call for call in stage.stand_in.api.log if call["method"] == "views.publish"]
    return sum(1 for call in calls if call["args"]["user_id"] == user)


async def test_a_decision_waits_and_the_home_follows_it_to_the_close(
    world: LightWorld, priya: Person, tom: Person, maya: Person
) -> None:
    await priya.opens_home()
    await priya.sees_home("Watchkeeper, for Priya Raman", "nothing is halted · mode: review", "Waits for you: 0")
    card = await world.proposed()
    waits = await priya.sees_home(
        "Waits for you: 1", "Proposal 2041/", "roll back checkout", "0 of 1 approvals", "Open incidents: 1"
    )
    assert waits.buttons == ["Review", "Open an incident"]
    review = next(block["accessory"] for block in waits.message["blocks"] if "accessory" in block)
    assert review["url"].endswith(f"p{card.ts.replace('.', '')}?thread_ts={card.thread}&cid={cast.INCIDENTS}")
    assert "SEV2 major · `checkout`" in waits
    assert "Needs a decision · since" in waits
    await tom.opens_home()
    await tom.sees_home("Waits for you: 0", "Nothing waits for your decision", "Open incidents: 1", "Needs a decision")
    await maya.opens_home()
    await maya.sees_home("Waits for you: 1")
    await tom.types("/watch halt database migration")
    await priya.sees_home("Halted* by Tom Becker", "An approval counts after `/watch resume` only", lacks=["Proposal"])
    await priya.types("/watch resume")
    await priya.sees_home("Proposal 2041/", "nothing is halted")
    await priya.reacts("✅", card)
    for person in (priya, maya):  # nobody opened theirs again
        await person.sees_home("Waits for you: 0", lacks=["Proposal 2041/"])
    await world.ends()
    seen = await priya.sees_home("Open incidents: 0", "1 incident · median to finding", "1 proposal: 1 approved")
    assert "1 of 1 verified" in seen
    assert "p50" in await priya.sees_home("*logs*", "*releases*")


async def test_a_record_that_is_down_is_shown_with_its_lag(world: LightWorld, slack: Slack, priya: Person) -> None:
    down = world.github.faults.add("down", times=None)
    await priya.opens_home()
    await world.proposed()
    await priya.sees_home("*GitHub*", "entries behind for", "answers 503, next try", "*Files*", "up to date, ")
    await until(world.ledger, lambda found: world.in_files().count == found.count, 10, "the files have it all")
    await priya.types("/watch mirror 2041")
    await priya.is_told(
        "File: ", "entries, lag", "GitHub: 0 of ", "answers 503 since", "asked", "next", "Nothing waits"
    )
    world.github.faults.clear(down.id)
    await priya.sees_home("*GitHub*", lacks=["behind"], within=40)
    await priya.types("/watch mirror")
    await priya.is_told("GitHub #", ", file: ", "entries, lag", lacks=["Nothing waits"])


async def test_a_partner_that_is_silent_thrice_is_skipped_until_it_answers(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    stage.tree["partners"]["logs"] |= {"seconds": "300ms", "skip_for": "20m"}
    stage.shop.calls.spoil(ASKED, "hang", "hang", "hang")
    await stage.start()
    await priya.opens_home()
    await stage.ship_bad_release()
    await slack.expects("First silence; after 3 in a row it is skipped for 20 min", "`/watch partners` shows its state")
    await priya.sees_home("*logs*", "silent once since", "skipped after 3")
    await stage.entered("conclusion")
    await priya.types("/watch rerun")
    await slack.expects("Second silence in a row; after 3 it is skipped for 20 min", "`/watch ask logs …` asks again")
    await priya.sees_home("silent twice in a row since", "skipped after 3")
    await stage.entered("conclusion", 2)
    await priya.types("/watch rerun")
    await slack.expects("Third silence in a row; it is skipped for 20 min")
    await stage.entered("conclusion", 3)
    await stage.restart()
    await priya.types("/watch rerun")
    await slack.expects("`logs` was not asked", "Skipped until", "silent 3 times in a row", "asks all the same")
    await slack.expects("Not asked, skipped until", event_type="watchkeeper_plan")
    incident = await stage.entered("conclusion", 4)
    assert incident.kinds("silent")[-1].published["payload"]["reason"] == "skipped"
    assert stage.shop.calls.log.count(ASKED) == 3
    # Nobody opened it again. A Home that was being published at the kill is claimed for some seconds.
    await priya.sees_home("silent 3 times in a row since", "skipped until", within=25)
    await priya.types("/watch partners")
    await priya.is_told("`logs`, log specialist: silent 3 times in a row since", "skipped until", "Asked at once")
    await priya.types("/watch ask 2041 logs what failed?")
    await slack.expects("log specialist", "412 of 430", "asked by Priya Raman")
    await priya.sees_home("*logs*", "answers, p50", lacks=["skipped"], within=25)
    await priya.types("/watch rerun")
    await stage.entered("conclusion", 5)
    assert stage.shop.calls.log.count(ASKED) == 5


async def test_a_held_question_waits_and_nobody_is_asked_for_leave_while_it_is_skipped(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    approval = {"policy": "approval", "window": "10m", "approvers": {"users": [cast.PRIYA]}}
    stage.tree["partners"]["logs"] |= {**approval, "seconds": "300ms", "skip_after": 1}
    stage.tree["on_call"] = {"checkout": {"rotation": [cast.PRIYA], "starts": "2020-01-06T08:00:00Z", "every": "7d"}}
    stage.shop.calls.spoil(ASKED, "hang")
    await stage.start()
    await priya.opens_home()
    await priya.sees_home("Watch of Priya Raman, ", " 08:00 to ", " 08:00 UTC")
    await stage.ship_bad_release()
    await slack.expects("Question to `logs`", reaction="no_entry", event_type="watchkeeper_question")
    home = await priya.sees_home("Waits for you: 1", "Question 2041/", "Sent by your leave only")
    assert home.buttons == ["Review", "Open an incident"]
    await priya.types(f"/watch approve 2041/{(await stage.entered('held')).kinds('held')[0].n}")
    await slack.expects("First silence; it is skipped for 10 min")
    await stage.entered("conclusion")
    await priya.types("/watch rerun")
    await slack.expects("`logs` was not asked", "Skipped until")
    incident = await stage.entered("conclusion", 2)
    assert len(incident.kinds("held")) == 1


async def test_a_guest_sees_what_is_open_and_decides_nothing(
    world: LightWorld, slack: Slack, sam: Person, priya: Person
) -> None:
    card = await world.proposed()
    await sam.opens_home()
    home = await sam.sees_home("Watchkeeper, for Sam Reyes", "Open incidents: 1", "Needs a decision")
    for words in ("Waits for you", "Proposal", "Shared record", "Partners", "Last 7 days"):
        assert words not in home
    assert home.buttons == []
    await priya.reacts("✅", card)
    await world.ends()
    await sam.sees_home("Open incidents: 0", "No incident is open")


async def test_a_home_is_published_for_whoever_opened_it_and_only_when_it_changed(
    stage: LightWorld, slack: Slack, priya: Person, tom: Person
) -> None:
    stage.tree["memory"] = {}  # a record's lag would be news
    stage.tree["timing"]["edit_every"] = "10ms"  # what is looked at so often is seldom published
    await stage.start()
    await stage.proposed()
    await priya.opens_home()
    await priya.sees_home("Waits for you: 1", "1 proposal: 1 waits")
    before = await published(stage, cast.PRIYA)
    for n in range(8):  # news that no Home shows, one after the other
        await tom.types(f"/watch note 2041 report {n}")
        await slack.expects(f">report {n}")
    await tom.types("/watch halt migration")
    await priya.sees_home("Halted* by Tom Becker")
    assert before < await published(stage, cast.PRIYA) <= before + 2, "the halt, and perhaps a minute that passed"
    assert await published(stage, cast.TOM) == 0


async def test_an_incident_is_opened_from_the_home(world: LightWorld, slack: Slack, tom: Person) -> None:
    await tom.opens_home()
    home = await tom.sees_home("Open incidents: 0", "Waits for you: 0")
    await tom.presses("Open an incident", home)
    await tom.sees_form("Open an incident", "How bad")
    await tom.enters(title="Customers cannot pay", other="payments", severity="SEV2")
    await slack.expects("Opened by Tom Becker", "Customers cannot pay", event_type="watchkeeper_root")
    await tom.sees_home("Open incidents: 1", "INC-2041", "Customers cannot pay")
