"""A record that refuses for good is told, and people decide: try again, leave it out, or a new ticket."""

from playground.person import Person, Slack
from tests.stories.light import LightWorld, until


async def test_people_decide_about_a_record_that_refused(
    world: LightWorld, slack: Slack, priya: Person, sam: Person
) -> None:
    gone = world.github.faults.add("error", "POST comment", status=410, times=None)
    card = await world.proposed()
    line = await slack.expects("refused entry", "for good", "`/watch mirror 2041 retry github`")
    assert "GitHub" in line
    await sam.types("/watch mirror 2041 retry github")
    await sam.is_told("Guests, outside and deactivated accounts read here")
    await priya.types("/watch mirror 2041 skip github")
    await priya.is_told("The reason is missing")
    await priya.types("/watch mirror 2041 retry files")
    await priya.is_told("Files has refused nothing of INC-2041")
    await priya.types("/watch mirror 2041 retry jira")
    await priya.is_told("`jira` is no record. Configured: `github` and `files`")
    world.github.faults.clear(gone.id)
    await priya.types("/watch mirror 2041 skip github the ticket takes no such text")
    await priya.is_told("GitHub is left without entry")
    await priya.reacts("✅", card)
    await world.shop.repaired.wait()
    await world.alert_resolves()
    await slack.expects("Closed, resolved")

    async def held() -> tuple[list[int], list[int]]:
        return world.in_github().numbers, world.in_files().numbers

    github, files = await until(held, lambda both: both[0][-1:] == both[1][-1:] != [], 20, "both follow to the end")
    assert files == list(range(1, len(files) + 1))
    assert len({*files} - {*github}) == 1, "what was left out is missing, and nothing else"
    ordered = (await world.ledger()).kinds("record_ordered")
    assert len(ordered) == 1
