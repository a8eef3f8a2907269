"""People take part in the ticket: what they write there comes back, is judged as in Slack, and is answered."""

from typing import Any

import pytest

from playground.person import Slack
from playground.slack import cast
from tests.stories.light import LightWorld, until

ISSUE = 318
SECRET = "a webhook's secret"
PEOPLE = {"Priya-Raman": cast.PRIYA, "maya-okafor": cast.MAYA, "ben-adler": cast.BEN, "tom-becker": cast.TOM}


class Ticket:
    """GitHub's site, as people use it."""

    def __init__(self, world: LightWorld) -> None:
        self.world = world

    async def act(self, login: str, do: str, **more: Any) -> int:
        asked = {"as": login, "do": do, "issue": ISSUE, **more}
        async with self.world.http.post(f"{self.world.github.url}/control/act", json=asked) as answer:
            assert answer.status == 200, await answer.text()
            return int((await answer.json())["id"] or 0)

    async def comments(self, login: str, body: str) -> int:
        return await self.act(login, "comment", body=body)

    async def says(self, *words: str) -> str:
        """A comment of the bot's with these words."""

        async def look() -> list[str]:
            comments = self.world.github.tracker.issues[ISSUE].comments
            return [c.body for c in comments if c.author.bot and all(word in c.body for word in words)]

        return (await until(look, bool, 15, f"the ticket says {words}"))[0]

    def note_of(self, n: int) -> int:
        comments = self.world.github.tracker.issues[ISSUE].comments
        return next(c.id for c in comments if c.author.bot and f" seq={n} " in c.body)


@pytest.fixture
def ticket(stage: LightWorld) -> Ticket:
    """Before the start."""
    stage.tree["people"] = {"github": PEOPLE}
    stage.tree["memory"]["github"] |= {"webhook_secret": SECRET, "read_every": "1h"}
    return Ticket(stage)


async def number_of_proposal(world: LightWorld) -> int:
    return (await world.entered("proposed")).kinds("proposed")[0].n


async def read_back(world: LightWorld) -> list[str]:
    """The kinds of what was read in tickets."""
    return [entry.kind for entry in (await world.ledger()).entries if "read" in entry.published["payload"]]


async def test_the_ticket_takes_part_from_the_approval_to_the_morning_after(
    stage: LightWorld, ticket: Ticket, slack: Slack
) -> None:
    """Only webhooks tell the bot to look: the clock would not within the story."""
    world = stage
    await world.start()
    world.github.webhooks.url, world.github.webhooks.secret = f"{world.url}/memory/github", SECRET
    await world.proposed()
    n = await number_of_proposal(world)
    await ticket.says(f" seq={n} ")
    async with world.http.post(f"{world.url}/memory/github", data=b"{}") as answer:
        assert answer.status == 401

    await ticket.comments("ben-adler", "The canary had no order without a currency.")
    line = await slack.expects("Note by Ben Adler", "The canary had no order")
    assert f"/shop/checkout/issues/{ISSUE}|GitHub #{ISSUE}>" in line
    await ticket.comments("maya-okafor", "Approve")
    await ticket.says(f"Which one? Open here: {n}. Write `approve {n}`. Nothing changed.")
    await ticket.comments("dana-silva", f"approve {n}")
    await ticket.says("Not counted: approved by dana-silva", "`people.github` in watchkeeper.yaml maps it")
    await ticket.comments("tom-becker", f"> looks right\n\n**approve** {n}")
    await ticket.says("Not counted: approved by Tom Becker", "no right to decide this")
    assert not world.shop.repaired.is_set()

    await ticket.comments("priya-raman", f"@watchkeeper approve 2041/{n} the release is the cause")
    await ticket.says("Approved by Priya Raman** · entry", "Comment by Priya Raman in GitHub")
    incident = await world.ends()
    await slack.expects("comment in GitHub #318")

    (conclusion,) = incident.kinds("conclusion")
    says = f"correct {conclusion.n} Carts opened before 02:01 UTC have no currency, whatever the app."
    await ticket.comments("maya-okafor", says)
    line = await slack.expects("Maya Okafor corrected the conclusion", "Carts opened before 02:01 UTC")
    assert f"GitHub #{ISSUE}>" in line
    await ticket.says("Corrected by Maya Okafor", f"which corrects entry\u00a0{conclusion.n}")
    await world.all_mirrored()
    assert await read_back(world) == ["note", "remarked", "approval", "approval", "approval", "correction"]
    assert set(world.github.webhooks.answers) == {202}


async def test_what_happens_to_the_ticket_itself_is_told_and_a_thumb_vetoes_across_a_crash(
    stage: LightWorld, ticket: Ticket, slack: Slack
) -> None:
    """No webhook: it is read by the clock."""
    world = stage
    world.tree["memory"]["github"]["read_every"] = "200ms"
    await world.start()
    await world.proposed()
    n = await number_of_proposal(world)
    await ticket.says(f" seq={n} ")
    await ticket.act("ben-adler", "edit_comment", comment=ticket.note_of(2), body="nothing to see here")
    await slack.expects("The note of entry\u00a02 was altered", "`watchkeeper ledger verify`")
    await ticket.act("maya-okafor", "close")
    await slack.expects("Ticket closed", "Maya Okafor", "`/watch close 2041`")
    comment = await ticket.comments("priya-raman", "hm")
    await slack.expects("Note by Priya Raman")
    await world.kill()
    await ticket.act("priya-raman", "edit_comment", comment=comment, body=f"approve {n}")
    await ticket.act("maya-okafor", "react", comment=ticket.note_of(n), content="-1")
    await world.start()
    await slack.expects("Vetoed", "Maya Okafor", "👎 in GitHub #318")
    await ticket.says("An edited comment does not approve.")
    await world.restart()
    await ticket.act("maya-okafor", "unreact", comment=ticket.note_of(n), content="-1")
    await ticket.comments("tom-becker", "the last word")
    await slack.expects("Note by Tom Becker")
    assert sorted(await read_back(world)) == ["note", "note", "remarked", "remarked", "remarked", "veto"]
    assert not world.shop.repaired.is_set()
