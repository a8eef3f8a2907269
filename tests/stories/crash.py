"""Kill Watchkeeper at one point of the main job, start it again as a service manager would, and see the story end.

A point names its call and, where a call has several meanings, what is in it; never a counter over all calls, because
parallel followers change that order.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from playground.person import Sight
from playground.slack import cast
from playground.slack.model import Message
from tests.stories.light import LightWorld, until

KINDS = Counter(
    alert=1, triage=1, plan=1, asked=2, finding=5, conclusion=1, proposed=1, approval=1, started=1, result=1,
    settling=1, verified=1, alert_resolved=1, closed=1,
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One call: where it arrives, its name there, and what narrows it down; `says` are words in a call to Slack."""

    at: str
    call: str
    contains: str = ""
    says: str = ""

    @override
    def __str__(self) -> str:
        """For the test's name."""
        return " ".join(filter(None, (self.at, self.call, self.contains, self.says)))

    def arm(self, world: LightWorld, moment: str, pid: int) -> Callable[[], bool]:
        """Set it; answers whether it has fired."""
        name = f"{moment} {self.call}"
        if self.at == "slack":
            kill = world.stand_in.faults.kill_at(name, pid, self.says, self.contains)
            return lambda: kill.fired
        if self.at == "github":
            point = world.github.faults.kill_at(name, pid, self.contains)
            return lambda: point.fired
        world.shop.calls.kill_at(name, pid)
        return lambda: name in world.shop.calls.fired


def slack(call: str, message: str = "", says: str = "") -> Point:
    return Point("slack", call, f"watchkeeper_{message}" if message else "", says)


def github(call: str, contains: str = "") -> Point:
    return Point("github", call, contains)


def shop(call: str) -> Point:
    return Point("shop", call)


async def killed_around(point: Point, folder: Path) -> None:
    """Play two stories side by side, one killed before the call and one after it."""
    await asyncio.gather(*(_killed(point, moment, folder / moment) for moment in ("before", "after")))


async def _killed(point: Point, moment: str, folder: Path) -> None:
    async with watched(folder) as world:
        fired = point.arm(world, moment, world.bot.pid)
        await play(world)
        # The record may still be settling what the chat shows already.
        await until(_answer(fired), bool, 10, f"{moment} {point} is reached")
        await ends_well(world)


def _answer(fired: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return fired()

    return look


@asynccontextmanager
async def watched(folder: Path, *under: str) -> AsyncIterator[LightWorld]:
    """A world with Watchkeeper just started, `under` another program if one is named, and again whenever it dies."""
    async with LightWorld(folder) as world:
        world.shop.acts_for = 0.2  # so that the target is asked how it goes
        await world.start(*under, wait=False)

        async def start_again() -> None:
            while True:
                await world.bot.process.wait()
                await world.start(wait=False)

        keeper = asyncio.create_task(start_again())
        try:
            yield world
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper


async def play(world: LightWorld) -> Sight:
    """The whole story; people do each thing once, whatever happens meanwhile."""
    # Slack delivers an event again after 3 s, 1 min and 5 min; here these take 0.15, 3 and 15 s.
    await world.slack.tell("clock", scale=20)
    await world.ship_bad_release()
    card = await world.slack.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry", within=25)
    await world.slack.person(cast.PRIYA).reacts("✅", card)
    async with asyncio.timeout(25):
        await world.shop.repaired.wait()
    await world.alert_resolves()
    return await world.slack.expects("Closed, resolved", "the same in both records", within=25)


async def ends_well(world: LightWorld) -> None:
    """Nothing is lost and nothing is there twice."""
    assert world.starts == 2, f"started {world.starts} times:\n{world.says()}"
    incident = await world.all_mirrored()
    kinds = Counter(entry.kind for entry in incident.entries)
    # An alert whose 202 was lost is sent again and counted: at least once, never an incident of its own.
    assert kinds - Counter(recurred=1) == KINDS
    assert len(world.shop.effects) == 1
    assert [issue["number"] for issue in world.github.snapshot()["issues"]] == [318]
    for record in (world.in_github(), world.in_files()):
        assert len({op for _, op in record.entries}) == incident.count
    shown = [message for message in _messages(world) if not message.deleted]
    operations = Counter(_operation(message) for message in shown if _operation(message))
    assert operations.most_common(1)[0][1] == 1, operations
    assert max(message.metadata["event_payload"]["seq"] for message in shown if message.metadata) == incident.count


def _messages(world: LightWorld) -> list[Message]:
    return list(world.stand_in.state.channels[cast.INCIDENTS].messages.values())


def _operation(message: Message) -> str:
    return str((message.metadata or {}).get("event_payload", {}).get("op", ""))
