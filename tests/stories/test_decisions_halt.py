"""Everything can be stopped, by anybody in the channel; and what was asked for can be taken back."""

import asyncio
import re
from pathlib import Path

import pytest

from engine.published import SYSTEM
from playground.person import NotSeen, Person, Slack
from playground.slack import cast
from tests.stories.crash import Point, watched
from tests.stories.crash import slack as slack_call
from tests.stories.light import LightWorld, until

WHY = "database migration until 04:00"
HALT = f"/watch halt {WHY}"
RESTART = "/watch run restart-database checkout-db looks like the pool is exhausted"
TIME = r"\d+ \w{3} 20\d\d \d\d:\d\d UTC"


async def halted(world: LightWorld, by: Person, text: str = HALT) -> None:
    await by.types(text)
    await world.slack.expects("Halted", by.name, event_type="watchkeeper_halted")


async def resumed(world: LightWorld, by: Person) -> None:
    await by.types("/watch resume")
    await world.slack.expects("Resumed", by.name, event_type="watchkeeper_resumed")


async def kinds_of_halts(world: LightWorld) -> list[str]:
    return [entry.kind for entry in (await world.ledger(SYSTEM)).entries]


class TestHalt:
    async def test_it_comes_between_the_proposal_and_the_yes(
        self, world: LightWorld, slack: Slack, priya: Person, tom: Person
    ) -> None:
        card = await world.proposed()
        await tom.types(HALT)
        await tom.is_told("Halted: nothing starts from now on. The channel is told. `/watch resume` ends it.")
        said = await slack.expects("Halted", "Tom Becker", event_type="watchkeeper_halted")
        assert said.thread == said.ts
        assert re.fullmatch(
            rf"✋ Halted by Tom Becker, {TIME}: “{WHY}”\. Nothing starts from now on; 0 actions were already started\. "
            r"Investigations and the record go on\. /watch resume ends it\.",
            said.words.splitlines()[0],
        )
        waits = ("Halted", "Tom Becker", WHY, "An approval counts after `/watch resume` only")
        await slack.expects(*waits, ts=card.ts)
        await slack.expects(*waits, event_type="watchkeeper_root")

        await priya.reacts("✅", card)
        await priya.is_told(
            "Nothing runs: Tom Becker halted all actions",
            WHY,
            "Your ✅ on 2041/12 is recorded but does not count, so that nothing starts by itself later",
            "Approve again after `/watch resume`",
        )
        await priya.types("/watch list")
        await priya.is_told("*Halted* by Tom Becker", "Nothing starts until", "1 open: INC-2041")
        await priya.types("/watch status")
        await priya.is_told("*Halted* by Tom Becker", "INC-2041 SEV2 major, checkout. Needs a decision")
        async with world.http.get(f"{world.url}/readyz") as ready:
            assert ready.status == 200

        await tom.types("/watch resume")
        await tom.is_told("A halt is ended by whoever may approve an action", "Priya Raman", "Everything stays halted")
        await priya.types("/watch resume")
        await priya.is_told("Resumed: actions may start again, and nothing starts by itself")
        await slack.expects("Resumed by Priya Raman", "does not count", event_type="watchkeeper_resumed")
        await slack.expects("Ended by Priya Raman", ts=said.ts, lacks=["✋"])
        await slack.expects("0 of 1", ts=card.ts, lacks=["Halted"])
        assert (await world.ledger()).kinds("started") == []

        await priya.takes_back("✅", card)
        await priya.reacts("✅", card)
        assert (await world.ends()).closed
        assert len(world.shop.effects) == 1
        assert [e.kind for e in (await world.all_mirrored(number=SYSTEM)).entries] == ["halted", "resumed"]
        [issue] = [i for i in world.github.snapshot()["issues"] if i["title"] == "Watchkeeper: halts and resumes"]
        assert issue["state"] == "open"

    async def test_it_comes_while_the_gate_reads_and_old_approvals_are_void(
        self, world: LightWorld, slack: Slack, priya: Person, maya: Person
    ) -> None:
        card = await world.proposed()
        world.shop.tells.clear()
        asked = world.shop.calls.log.count("GET state")
        await priya.reacts("✅", card)
        await priya.is_told("Counted: 1 of 1")

        async def reads() -> int:
            return world.shop.calls.log.count("GET state")

        await until(reads, lambda count: count > asked, 10, "the gate reads the state")
        await halted(world, maya)
        world.shop.tells.set()
        await slack.expects("0 of 1", "Halted", ts=card.ts)
        await resumed(world, priya)
        await slack.expects("0 of 1", ts=card.ts, lacks=["Halted"])
        incident = await world.entered("withdrawal")
        assert incident.kinds("started") == []
        assert world.shop.effects == []

        await maya.types("/watch approve 2041/12")
        await slack.expects("Approved", "Maya Okafor", ts=card.ts, lacks=["Priya Raman"])
        assert (await world.ends()).closed

    async def test_what_was_started_before_is_named_and_ends(
        self, world: LightWorld, slack: Slack, priya: Person, maya: Person
    ) -> None:
        world.shop.acts_for = 2.0
        card = await world.proposed()
        await priya.reacts("✅", card)
        await slack.expects("Approved", "Priya Raman", ts=card.ts)
        await world.shop.repaired.wait()
        await maya.types(HALT)
        await slack.expects("1 action was already started (2041/12)", event_type="watchkeeper_halted")
        assert (await world.ends()).closed

    async def test_two_people_halt_at_once(self, world: LightWorld, slack: Slack, maya: Person, ben: Person) -> None:
        await asyncio.gather(maya.types(HALT), ben.types(f"{HALT} too"))
        said = await slack.expects("✋", "Halted", event_type="watchkeeper_halted")
        first, second = (maya, ben) if "Maya Okafor" in said else (ben, maya)
        await first.is_told("Halted: nothing starts from now on")
        await second.is_told("All actions are halted already", first.name, WHY, "Nothing changed")
        assert await kinds_of_halts(world) == ["halted"]

    async def test_a_guest_halts_nothing_and_a_reason_is_needed(
        self, world: LightWorld, sam: Person, tom: Person, slack: Slack
    ) -> None:
        await sam.types(HALT)
        await sam.is_told("Guests, outside and deactivated accounts read here")
        await sam.types("/watch help")
        await sam.is_told("Watchkeeper, for Sam Reyes", "list", lacks=["halt", "veto", "note", "resume"])
        await tom.types("/watch halt")
        await tom.is_told("The reason is missing. Write `/watch halt &lt;reason&gt;`. Nothing changed.")
        await tom.types("/watch resume")
        await tom.is_told("Nothing is halted. Nothing changed.")
        await tom.types("/watch help")
        await tom.is_told("Watchkeeper, for Tom Becker", "halt &lt;reason&gt;", "withdraw", lacks=["resume"])
        assert await kinds_of_halts(world) == []
        assert [m for m in await slack.shows() if "Halted" in m] == []

    async def test_by_mention_and_the_system_is_no_incident(
        self, world: LightWorld, slack: Slack, priya: Person
    ) -> None:
        await priya.mentions("halt 30 min of maintenance")
        said = await slack.expects("Halted", "30 min of maintenance", event_type="watchkeeper_halted")
        await priya.types("/watch list")
        await priya.is_told("Halted", "No incident is open.", lacks=["INC-0"])
        await priya.types("/watch status 0")
        await priya.is_told("INC-0 is not in this ledger")
        await priya.types("/watch why 0/1")
        await priya.is_told("INC-0", "halted, by Priya Raman")
        await priya.mentions("status", thread=said.thread)
        await priya.is_told("No incident is open.", thread_ts=said.thread)
        await priya.mentions("resume", thread=said.thread)
        await slack.expects("Resumed", event_type="watchkeeper_resumed")
        code, words = await world.runs("ledger", "verify")
        assert (code, words.split()[:4]) == (0, ["INC-0", "ok", "2", "entries,"])
        code, words = await world.runs("ledger", "show", "INC-0")
        assert "Halted by Priya Raman" in words
        assert "Resumed by Priya Raman" in words
        code, words = await world.runs("ledger", "show")
        assert "Watchkeeper: halts and resumes" in words
        assert words.splitlines()[-1] == "0 incidents"


POINTS = (
    slack_call("chat.postMessage", "halted"),
    slack_call("chat.postEphemeral"),
    slack_call("chat.update", "halted"),
    slack_call("chat.postMessage", "resumed"),
)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_killed_around_a_call_it_is_halted_and_said_once(point: Point, moment: str, tmp_path: Path) -> None:
    async with watched(tmp_path) as world:
        await world.slack.tell("clock", scale=20)
        card = await world.proposed()
        fired = point.arm(world, moment, world.bot.pid)
        maya = world.slack.person(cast.MAYA)
        await halted(world, maya)
        await world.slack.expects("Halted", "An approval counts after", ts=card.ts)
        if not fired():
            await resumed(world, maya)
            await world.slack.expects("Ended by Maya Okafor", event_type="watchkeeper_halted")

        async def is_over() -> bool:
            return fired()

        await until(is_over, bool, 10, f"{moment} {point}")
        kinds = await kinds_of_halts(world)
        assert kinds == ["halted", "resumed"][: len(kinds)]
        await world.all_mirrored(number=SYSTEM)
        begins = [m.words.lstrip("✋ ").partition(" ")[0] for m in await world.slack.shows() if m.thread == m.ts]
        assert begins.count("Halted") == 1
        assert begins.count("Resumed") == len(kinds) - 1


class TestWithdraw:
    async def test_the_requester_withdraws_and_it_never_runs(
        self, world: LightWorld, slack: Slack, tom: Person, maya: Person, ben: Person
    ) -> None:
        await world.proposed()
        await tom.types(RESTART)
        await tom.is_told("Proposed as 2041/", "To take it back: `/watch withdraw 2041/")
        card = await slack.expects("restart database checkout-db", "0 of 2")
        number = card.words.partition("Proposal ")[2].partition(":")[0]
        await maya.presses("Approve", card, confirm=True)
        await maya.is_told("Counted: 1 of 2", f"To take yours back before it starts: `/watch withdraw {number}`")
        await tom.types(f"/watch withdraw {number} it is the release")
        await tom.is_told(f"{number} is withdrawn. `restart-database` will not run.")
        gone = await slack.expects("Withdrawn", "Tom Becker", "It will not run", "it is the release", ts=card.ts)
        assert gone.buttons == []
        await ben.types(f"/watch approve {number}")
        await ben.is_told(f"{number} was already decided", "withdrawn by", "Your command changed nothing")
        assert world.shop.restarts == []
        assert (await world.entered("withdrawn")).kinds("started") == []

    async def test_an_approver_takes_back_every_approval_of_their_own(
        self, world: LightWorld, slack: Slack, priya: Person
    ) -> None:
        card = await world.proposed()
        world.shop.tells.clear()
        await priya.reacts("✅", card)
        await priya.is_told("Counted: 1 of 1")
        await priya.types("/watch approve 2041/12")
        await priya.is_told("Counted: 1 of 1", "until then a ⛔ stops it")
        await priya.mentions("withdraw 12", thread=card.thread)
        await priya.is_told("Your approval of 2041/12 is withdrawn: 0 of 1. Nothing had started.")
        world.shop.tells.set()
        await slack.expects("0 of 1", ts=card.ts)
        await priya.presses("Approve", await world.card(), confirm=True)
        incident = await world.ends()
        assert len(incident.kinds("started")) == 1
        [vote] = incident.kinds("started")[0].published["payload"]["votes"]
        assert incident.entries[vote - 1].published["payload"]["surface"] == "button"

    async def test_after_the_start_it_is_too_late(
        self, world: LightWorld, slack: Slack, tom: Person, maya: Person, ben: Person
    ) -> None:
        await world.proposed()
        await tom.types(RESTART)
        card = await slack.expects("restart database checkout-db", "0 of 2")
        number = card.words.partition("Proposal ")[2].partition(":")[0]
        for one in (maya, ben):
            await one.types(f"/watch approve {number}")
        await slack.expects("Approved", "2 of 2", ts=card.ts)
        await world.entered("started")
        await maya.types(f"/watch withdraw {number}")
        await maya.is_told(f"{number} started", "too late to take your approval back. That changed nothing.")
        await tom.types(f"/watch withdraw {number}")
        await tom.is_told(f"Your withdrawal of {number} came too late: it started")
        await world.entered("result")
        assert world.shop.restarts == ["checkout-db"]


async def test_nothing_says_halted_where_nothing_is(world: LightWorld, slack: Slack) -> None:
    await world.proposed()
    with pytest.raises(NotSeen):
        await slack.expects("Halted", within=0.2)
    assert not [i for i in world.github.snapshot()["issues"] if "halts" in i["title"]]
