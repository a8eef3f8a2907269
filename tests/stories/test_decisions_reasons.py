"""A veto counts at the click; why is asked after it, in a form, and once more when the incident closes."""

from playground.demo import records
from playground.demo.ledger import Incident
from playground.person import Person, Sight, Slack
from tests.stories.light import INCIDENT, LightWorld, until

BROAD = "A restart drops about 240 open payment sessions."
WRONG = "The failures are KeyErrors, not database time-outs."
ENTERED = {"reason": BROAD, "kind": "too_broad", "lesson": ["learn"]}
LABEL = f"INC-{INCIDENT}"
RESTART = "/watch run restart-database checkout-db looks like the pool is exhausted"


async def vetoed(slack: Slack, card: Sight, *words: str, lacks: tuple[str, ...] = ()) -> Sight:
    return await slack.expects("*Vetoed* by", "It will not run", *words, lacks=lacks, ts=card.ts)


async def in_both_tickets(stage: LightWorld, *words: str) -> None:
    """The issue and the file that people read say all of this."""

    async def missing() -> list[str]:
        issue = "\n".join(str(c["body"]) for i in records.issues(stage.github, LABEL) for c in i["comments"])
        page = records.markdown(stage.folder / "records", LABEL)
        texts = [issue, page.read_text("utf-8") if page else ""]
        return [word for word in words for text in texts if word not in text.replace("\u00a0", " ")]

    await until(missing, lambda found: found == [], 15, "both tickets say it")


def first(incident: Incident, kind: str) -> int:
    return incident.kinds(kind)[0].n


async def test_it_counts_before_the_form_is_submitted(stage: LightWorld, slack: Slack, maya: Person) -> None:
    await stage.start()
    card = await stage.proposed()
    await maya.presses("Veto", card)
    await maya.sees_form("Why the veto?", "Your veto of 2041/", "counts since", "`rollback-release` will not run")
    await vetoed(slack, card, lacks=("kind of reason",))
    await maya.enters(**ENTERED)
    await maya.is_told("Recorded as entry", "your reason stands on the card", "in every ticket")
    await vetoed(slack, card, BROAD, "kind of reason: too broad", "suggested as a lesson")
    incident = await stage.ledger()
    assert incident.kinds("veto")[0].n < first(incident, "reason")
    number = f"2041/{first(incident, 'proposed')}"
    await maya.types(f"/watch why {number}")
    await maya.is_told("*Vetoed* by", BROAD)
    await in_both_tickets(stage, "Reason of the veto by Maya Okafor", BROAD, "Kind of reason: too broad.")
    await maya.types("/watch run rollback-release checkout 2026.11.24-3 2026.11.24-2 once more")
    again = await stage.card()
    assert f"*Vetoed before:* {number} by Maya Okafor: “{BROAD}”" in again


async def test_a_second_reason_corrects_the_first_and_both_are_kept(
    stage: LightWorld, slack: Slack, maya: Person
) -> None:
    await stage.start()
    card = await stage.proposed()
    await maya.presses("Veto", card)
    await maya.sees_form("Why the veto?")
    await maya.enters(**ENTERED)
    await vetoed(slack, card, BROAD)
    number = f"2041/{first(await stage.ledger(), 'proposed')}"
    await maya.types(f"/watch veto {number} {WRONG}")
    await maya.is_told("Your reason is recorded and stands on the card")
    await vetoed(slack, card, WRONG, lacks=(BROAD, "kind of reason"))
    await in_both_tickets(stage, BROAD, WRONG)


async def test_a_reaction_and_a_command_are_answered_with_the_button_that_asks(
    stage: LightWorld, slack: Slack, maya: Person, ben: Person, tom: Person
) -> None:
    stage.tree["policy"] = {"rules": [{"when": {"action": "*"}, "veto": "approvers"}]}
    await stage.start()
    card = await stage.proposed()
    await tom.reacts("⛔", card)
    await tom.presses("Give the reason", await tom.is_told("as an objection; it does not stop it", "should know"))
    await tom.sees_form("Why the objection?", "it does not stop it")
    await tom.enters(reason=WRONG, kind="bad_moment")
    await slack.expects("*Objection* by Tom Becker", WRONG, "0 of 1", ts=card.ts)
    await maya.reacts("⛔", card)
    answer = await maya.is_told("Your veto of 2041/", "counts since", "Say why, for the card and every ticket.")
    assert answer.buttons == ["Give the reason"]
    await vetoed(slack, card, "by ⛔")
    await maya.presses("Give the reason", answer)
    form = await maya.sees_form("Why the veto?", "counts since")
    stage.stand_in.views.open(ben.user, form)  # nobody else is shown it; the door judges all the same
    await ben.enters(**ENTERED)
    await ben.is_told("is the veto of 2041/", "by Maya Okafor; only they say why. Nothing changed.")
    assert len((await stage.ledger()).kinds("reason")) == 1
    await maya.enters(reason=BROAD, kind="wrong_cause")
    await vetoed(slack, card, BROAD, "kind of reason: wrong cause", "*Objection* by Tom Becker", WRONG)

    await tom.types(RESTART)
    again = await stage.card()
    number = f"2041/{(await stage.ledger()).kinds('proposed')[-1].n}"
    await ben.types(f"/watch veto {number}")
    assert (await ben.is_told(f"Your veto of {number} counts since", "Say why")).buttons == ["Give the reason"]
    await vetoed(slack, again, "by command")


async def test_later_is_asked_for_once_at_the_close(stage: LightWorld, slack: Slack, maya: Person, tom: Person) -> None:
    asked = ("INC-2041 is closed. Your veto of 2041/", "without a reason")
    await stage.start()
    card = await stage.proposed()
    await maya.presses("Veto", card)
    await maya.sees_form("Why the veto?")
    await maya.leaves_form()
    await maya.is_told("stands without a reason. It is asked for once more when INC-2041 closes.")
    await vetoed(slack, card)
    await tom.types("/watch close 2041")
    await maya.is_told(*asked)
    await stage.entered("reason_asked")
    await stage.restart()
    await tom.types("/watch note 2041 after the close")
    await slack.expects("Note by Tom Becker", "after the close")
    await stage.all_mirrored()
    assert await told(stage, maya.user, asked[0]) == 1
    assert len((await stage.ledger()).kinds("reason_asked")) == 1
    await maya.presses("Give the reason", await maya.is_told(*asked))
    await maya.sees_form("Why the veto?")
    await maya.enters(reason=WRONG, kind="wrong_cause")
    await vetoed(slack, card, WRONG, "kind of reason: wrong cause")
    await slack.expects(
        "*Overridden:* `rollback-release`, vetoed by Maya Okafor", WRONG, event_type="watchkeeper_closed"
    )
    await in_both_tickets(stage, "Maya Okafor is asked once more for the reason of the veto", WRONG)


async def told(stage: LightWorld, user: str, words: str) -> int:
    """How often somebody was told this."""
    async with stage.http.get(f"{stage.stand_in.url}/control/messages", params={"channel": "incidents"}) as response:
        messages = (await response.json())["messages"]
    return sum(m["ephemeral_to"] == user and words in m["text"].replace("\u00a0", " ") for m in messages)


async def test_killed_between_the_click_and_the_form_and_between_the_reason_and_its_answer(
    stage: LightWorld, slack: Slack, maya: Person
) -> None:
    await stage.start()
    card = await stage.proposed()
    kill = stage.stand_in.faults.kill_at("before views.open", stage.bot.pid)
    await maya.presses("Veto", card)
    await stage.bot.process.wait()
    assert kill.fired
    assert len((await stage.ledger()).kinds("veto")) == 1
    await slack.tell("clock", scale=1000)  # its trigger is long spent when the click is taken again
    await stage.start()
    answer = await maya.is_told("Your veto of 2041/", "counts since", "Say why")
    await slack.tell("clock", scale=1)
    await maya.presses("Give the reason", answer)
    await maya.sees_form("Why the veto?")
    kill = stage.stand_in.faults.kill_at("before chat.postEphemeral", stage.bot.pid, contains="Recorded as")
    await maya.enters(**ENTERED)
    await stage.bot.process.wait()
    assert kill.fired
    await stage.start()
    await maya.is_told("Recorded as entry", "your reason stands on the card")
    await vetoed(slack, card, BROAD)
    incident = await stage.all_mirrored()
    assert (len(incident.kinds("veto")), len(incident.kinds("reason"))) == (1, 1)
