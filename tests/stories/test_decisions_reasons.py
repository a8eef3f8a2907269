"""A veto counts at the click; why is asked after it, in a form, and once more when the incident closes."""

from playground.demo import records
from playground.demo.ledger import Incident
from playground.person import Person, Sight, Slack
from tests.stories.light import INCIDENT, LightWorld, until

BROAD = "A restart drops about 240 open payment sessions."
WRONG = "The failures are KeyErrors, not database time-outs."
ENTERED = {"reason": BROAD, "kind": "too_broad", "lesson": ["learn"]}
LABEL = f"INC-{INCIDENT}"


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
