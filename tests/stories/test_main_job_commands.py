"""What people type: every word of `/watch`, and the same words to `@watchkeeper` in a thread."""

import pytest

from playground.person import NotAllowed, Person, Slack
from tests.stories.light import LightWorld

# A mention can have line breaks: each stands for a space.
BROKEN = {
    "ask nobody\nwhat slowed first?": "`nobody` is not a partner here",
    "run restart-database\ncheckout_db": "`restart-database` was not proposed",
    "mirror retry\njira": "`jira` is no record",
    "focus rule-out\ndatabase its connections are flat": "Recorded in INC-2041",
}


async def test_looking(world: LightWorld, slack: Slack, priya: Person, tom: Person) -> None:
    await priya.types("/watch list")
    await priya.is_told("No incident is open.")
    await world.proposed()
    await priya.types("/watch help")
    await priya.is_told("Watchkeeper, for Priya Raman in #incidents", "approve 2041/19", "`rollback-release`")
    await tom.types("/watch help")
    await tom.is_told("Watchkeeper, for Tom Becker", lacks=["approve 2041/19"])
    await priya.types("/watch status")
    await priya.is_told("INC-2041 SEV2 major, checkout. Needs a decision", "2041/12, roll back checkout", "0 of 1")
    await priya.types("/watch status 2041")
    await priya.types("/watch list")
    await priya.is_told("1 open: INC-2041 SEV2 major, checkout, needs a decision")
    await priya.types("/watch why 2041/12")
    await priya.is_told("Decided by", "1 of 4, not the requester; medium risk, so ✅ counts", "watchkeeper.yaml line")
    await priya.types("/watch why CheckoutErrorRate")
    await priya.is_told("CheckoutErrorRate", "it became INC-2041")
    await priya.types("/watch why 2041/3")
    await priya.is_told("INC-2041", "plan, by `responder`")


async def test_words_that_are_no_command(world: LightWorld, priya: Person) -> None:
    await priya.types("/watch aprove 2041/12")
    await priya.is_told("`/watch aprove` is not a command. Nearest: `approve`. Nothing changed.")
    await priya.types("/watch approve 2041/999")
    await priya.is_told("2041/999 is no proposal. Nothing changed.")
    await priya.types("/watch status 7")
    await priya.is_told("INC-7 is not in this ledger")
    await priya.types("/watch run reboot-everything")
    await priya.is_told("No incident is open")


async def test_taking_part(world: LightWorld, slack: Slack, priya: Person, tom: Person) -> None:
    card = await world.proposed()
    await tom.types("/watch note 2041 three shops report failed payments")
    await tom.is_told("Recorded in INC-2041 as entry")
    await slack.expects("three shops report failed payments", "Tom Becker", thread_ts=card.thread)
    await tom.types("/watch ask logs what do the failed requests have in common?")
    await tom.is_told("Asked `logs` in INC-2041; the answer comes in the thread, at the latest at")
    incident = await world.entered("finding", 6)
    assert incident.kinds("asked")[-1].published["payload"]["question"]["source"] == "logs"
    await tom.types("/watch ask nobody anything?")
    await tom.is_told("`nobody` is not a partner here. Partners: `logs`, `releases`")
    await tom.types("/watch run restart-database checkout_db")
    await tom.is_told("was not proposed", "database")
    await priya.types("/watch close 2041")
    await priya.is_told("waits for a decision, so the incident stays open")
    assert not (await world.ledger()).closed


async def test_deciding_by_command_and_closing_by_hand(world: LightWorld, slack: Slack, priya: Person) -> None:
    card = await world.proposed()
    await priya.types("/watch approve 9999/1")
    await priya.is_told("9999/1 is no proposal. Nothing changed.", "Waiting for a decision: 2041/12.")
    await priya.types("/watch approve")
    await priya.is_told("Which one? Open here: 2041/12. Write `/watch approve 2041/12`. Nothing changed.")
    await priya.types("/watch approve 2041/12")
    await slack.expects("Approved", "Priya Raman", ts=card.ts)
    await slack.expects("Verified: error rate")
    await priya.types("/watch close 2041 the monitor is late")
    await priya.is_told("INC-2041 is closed by you")
    await slack.expects("Closed", "Priya Raman", event_type="watchkeeper_root")
    assert (await world.all_mirrored()).closed
    assert len(world.shop.effects) == 1


async def test_the_same_words_in_a_thread(world: LightWorld, slack: Slack, priya: Person, tom: Person) -> None:
    card = await world.proposed()
    with pytest.raises(NotAllowed, match="not supported in threads"):
        await priya.types("/watch approve 2041/12", thread=card.thread)
    await tom.mentions("status", thread=card.thread)
    await tom.is_told("INC-2041 SEV2 major, checkout. Needs a decision", thread_ts=card.thread)
    await tom.mentions("why 12", thread=card.thread)
    await tom.is_told("1 of 4, not the requester", thread_ts=card.thread)
    await tom.mentions("approve 12", thread=card.thread)
    await tom.is_told("approval of 2041/12 does not count", thread_ts=card.thread)
    for text, told in BROKEN.items():
        await tom.mentions(text, thread=card.thread)
        await tom.is_told(told, thread_ts=card.thread)
    assert (await world.ledger()).kinds("focus")[0].published["payload"]["how"] == "rule_out"
    await priya.mentions("approve 12", thread=card.thread)
    assert (await world.ends()).closed


async def test_the_buttons_of_the_card(world: LightWorld, slack: Slack, priya: Person) -> None:
    card = await world.proposed()
    await priya.presses("Approve", card, confirm=True)
    await slack.expects("Approved", "Priya Raman", "button", ts=card.ts)
    assert (await world.ends()).closed
