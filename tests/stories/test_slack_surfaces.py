"""What an incident's buttons and menus lead to, for members and for a guest, and that a form is the command it is."""

from collections.abc import Awaitable, Callable

import pytest

from playground.person import NotAllowed, Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld, until

ASKED = "logs tools/call"
READS = "Guests, outside and deactivated accounts read here"


def told_times(world: LightWorld, person: Person, words: str) -> Callable[[], Awaitable[int]]:
    """How often this person alone was told so."""

    async def look() -> int:
        messages = world.stand_in.state.channels[cast.INCIDENTS].messages.values()
        return sum(words in message.text for message in messages if message.ephemeral_to == person.user)

    return look


async def test_the_row_of_an_investigation(stage: LightWorld, slack: Slack, tom: Person, sam: Person) -> None:
    stage.tree["partners"]["releases"] |= {"policy": "veto_window", "window": "10m", "outside": True}
    stage.shop.calls.spoil(ASKED, "hang")
    await stage.start()
    await stage.ship_bad_release()
    await stage.entered("finding", 3)
    root = await slack.expects("Investigating", "of", "answered", event_type="watchkeeper_root")
    assert (root.buttons, root.menu) == (
        ["Ask a partner", "Stop"],
        ["Add a note", "Correct a finding", "Close by hand"],
    )

    # a guest is told, and nothing opens
    await sam.presses("Ask a partner", root)
    await sam.is_told(READS)
    for entry in root.menu:
        await sam.picks(entry, root)
    await sam.presses("Stop", root, confirm=True)
    await until(told_times(stage, sam, READS), lambda times: times == 5, 10, "every click of the guest is answered")
    assert stage.stand_in.views.top(sam.user) is None

    await tom.presses("Ask a partner", root)
    await tom.sees_form("Ask a partner", "logs: sent at once", "releases: sent after 10 min unless stopped, leaves the")
    await tom.enters(partner="releases", text="What else changed?")
    await tom.is_told("The question to `releases` is held in INC-2041")
    await slack.expects("Question to `releases`", "asked by Tom Becker", ">What else changed?")

    await tom.picks("Add a note", root)
    await tom.sees_form("Add a note", "INC-2041")
    await tom.enters(text="   ")
    await tom.sees_form("There are only spaces here.")
    await tom.enters(text="The rota is *short* tonight.")
    await tom.is_told("Recorded in INC-2041 as entry", "in every ticket")
    await slack.expects("*Note by Tom Becker*", ">The rota is ∗short∗ tonight.")

    await tom.picks("Correct a finding", root)
    form = await tom.sees_form("What is wrong", "· shop_metrics:")
    wrong = form["blocks"][0]["element"]["options"][0]["value"]
    await tom.enters(entry=wrong, text="The clock of that host is 5 min late.")
    await tom.is_told(f"which corrects entry {wrong}")

    with pytest.raises(NotAllowed, match="confirm_required"):
        await tom.presses("Stop", root)
    await tom.presses("Stop", root, confirm=True)
    await tom.is_told("INC-2041: 3 questions stopped; the conclusion is drawn from what is there")
    incident = await stage.entered("conclusion")
    assert [entry.published["payload"]["says"] for entry in incident.kinds("note")] == ["The rota is *short* tonight."]
    assert len(incident.kinds("correction")) == 1


async def test_the_menus_of_a_proposal_and_of_its_incident(
    world: LightWorld, slack: Slack, tom: Person, sam: Person, priya: Person
) -> None:
    card = await world.proposed()
    incident = await world.ledger()
    proposed, concluded = incident.kinds("proposed")[0], incident.kinds("conclusion")[0].n
    assert card.menu == ["Why this one", "Ask for another way", "Show the exact request"]
    root = await slack.expects("Needs a decision", event_type="watchkeeper_root")

    for person in (sam, tom):
        await person.picks("Why this one", card)
        await person.is_told(
            f"2041/{proposed.n} is what playbook `error-rate-after-release` proposes for:",
            "Also considered:",
            "Decided by",
            "Rule: watchkeeper.yaml line",
        )
    await sam.picks("Show the exact request", card)
    await sam.is_told(READS)
    await tom.picks("Show the exact request", card)
    digest, op = proposed.published["payload"]["digest"], proposed.published["payload"]["op"]
    await tom.sees_form("POST 127.0.0.1:", '"to": "2026.11.24-2"', digest, op, "*Bound state:* release")
    await tom.leaves_form()

    await tom.picks("Close by hand", root)
    await tom.is_told(f"2041/{proposed.n} waits for a decision, so the incident stays open")
    assert world.stand_in.views.top(tom.user) is None

    await tom.picks("Correct a finding", root)
    form = await tom.sees_form(f"{concluded} · Conclusion:")
    assert form["blocks"][0]["element"]["initial_option"]["value"] == str(concluded)
    await tom.enters(entry=str(concluded), text="Carts opened before the release have no currency.")
    await tom.is_told(f"which corrects entry {concluded}")
    await slack.expects("*Likely cause,* corrected by", "Carts opened before", event_type="watchkeeper_root")

    # Slack gives three seconds for a form; one that is not shown is said in words
    await slack.tell("fault", kind="429", method="views.open", times=1)
    await priya.picks("Ask for another way", card)
    await priya.is_told("The form was not shown in time. Nothing changed; press it again.")
    await priya.picks("Ask for another way", card)
    await priya.sees_form("What should be different")
    await priya.enters(text="Switch the feature off instead.")
    await priya.is_told("INC-2041: a new round begins")
    await slack.expects("*Focus* by Priya Raman", ">Switch the feature off instead.")
    await world.entered("conclusion", 2)
    await world.entered("not_proposed")
    await priya.reacts("✅", card)
    incident = await world.ends()
    assert (len(incident.kinds("focus")), len(incident.kinds("rerun"))) == (1, 1)

    closed = await slack.expects("Closed, resolved", event_type="watchkeeper_root")
    assert (closed.buttons, closed.menu) == ([], ["Correct a conclusion", "Add a note"])
    await tom.picks("Correct a conclusion", closed)
    await tom.sees_form("· Conclusion:")
    await tom.enters(entry=str(concluded), text="It was the cache after all.")
    await tom.is_told(f"which corrects entry {concluded}")
    await world.all_mirrored()
