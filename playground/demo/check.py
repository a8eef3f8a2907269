"""The main job, headless, with people who follow a script; what counts at the end is measured, not believed.

Counts come from the records themselves, health from the shop's own monitor, the chain from `watchkeeper ledger verify`.
"""

import asyncio
import contextlib
import sys
import time
from dataclasses import asdict, dataclass

import aiohttp

from playground.demo import config, ledger, records
from playground.demo.config import FIRST_NUMBER
from playground.demo.ledger import Incident
from playground.demo.world import DemoWorld
from playground.person import Sight, Slack
from playground.slack import cast

INCIDENT = f"INC-{FIRST_NUMBER}"
HEALTHY_FOR_A_WHILE = 1.5


class Failed(Exception):
    """The check did not come out as it must; the words say what."""


@dataclass(frozen=True)
class Report:
    """The check's one line."""

    incident: str
    state: str
    entries: int
    mirrored: dict[str, int]
    seconds: float


async def check(world: DemoWorld) -> Report:
    """Play the story in a running world. Raises `Failed`, or `NotSeen` for words that did not appear."""
    async with aiohttp.ClientSession() as session:
        slack = Slack(world.url, session)
        await _until_healthy(world, 20)
        say("the shop is healthy; a bad release is shipped")
        broken_at = time.time()
        await world.ship_bad_release()
        await _play(slack)
    incident = await _all_mirrored(world)
    await _until_healthy(world, 10)
    await _verified(world)
    return _report(world, incident, broken_at)


async def _play(slack: Slack) -> None:
    """What people see and do, in the storyboard's words."""
    root = await slack.expects("of requests fail", INCIDENT, within=30)
    say(f"seen: {_first_line(root)}")
    finding = await slack.expects("answered in", "KeyError: 'currency'", thread_ts=root.ts, within=30)
    say(f"seen: {_first_line(finding)}")
    card = await slack.expects("Proposal", "roll back checkout to 2026.11.24-2", "Approvals", thread_ts=root.ts)
    say(f"seen: {_first_line(card)}")
    await slack.person(cast.PRIYA).reacts("✅", card)
    say("done: ✅ by Priya Raman")
    await slack.expects("Approved", "Priya Raman", ts=card.ts)
    await slack.expects("Verified: error rate", thread_ts=root.ts, within=40)
    say("seen: verified")
    closed = await slack.expects("Closed", ts=root.ts, within=40)
    say(f"seen: {_first_line(closed)}")


async def _all_mirrored(world: DemoWorld) -> Incident:
    """The incident, once both records hold every entry of it."""
    held: dict[str, int] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):
            while True:
                incident = await _incident(world)
                held = await _held(world)
                if all(count == incident.count for count in held.values()):
                    return incident
                await asyncio.sleep(0.1)
    raise Failed(f"not every entry is in every record: {held}")


async def _incident(world: DemoWorld) -> Incident:
    found = (await asyncio.to_thread(ledger.read, world.folder / "watchkeeper.db", FIRST_NUMBER)).newest
    if found is None:
        raise Failed(f"{INCIDENT} is not in the ledger")
    return found


async def _held(world: DemoWorld) -> dict[str, int]:
    files = await asyncio.to_thread(records.in_files, world.folder / "records", INCIDENT)
    return {"github": records.in_github(world.github, INCIDENT).count, "files": files.count}


async def _until_healthy(world: DemoWorld, within: float) -> None:
    """Wait until customers have been served without a fault of the release for a while, by the monitor's measure."""
    deadline = time.monotonic() + within
    since = time.monotonic()
    while time.monotonic() - since < HEALTHY_FOR_A_WHILE:
        state = await world.state()
        shop = state["shop"]
        if not shop["healthy"] or state["release"]["bad"]:
            since = time.monotonic()
        if time.monotonic() > deadline:
            raise Failed(f"the shop is not healthy: {shop['error_rate']:.1%} of orders fail")
        await asyncio.sleep(0.2)


async def _verified(world: DemoWorld) -> None:
    command = [sys.executable, "-m", "bot", "ledger", "verify", "--config", str(world.config)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=world.children.environ(config.TOKENS),  # it compares with the tickets, and asks as Watchkeeper does
    )
    words, _ = await process.communicate()
    say(words.decode().strip())
    if process.returncode != 0:
        raise Failed("the ledger does not verify")


def _report(world: DemoWorld, incident: Incident, broken_at: float) -> Report:
    files = records.in_files(world.folder / "records", INCIDENT)
    github = records.in_github(world.github, INCIDENT)
    for name, held in (("github", github), ("files", files)):
        if held.numbers != list(range(1, incident.count + 1)):
            raise Failed(f"{name} holds the entries {held.numbers}, not 1 to {incident.count} once each in order")
    ended = incident.kinds("closed")
    if not ended:
        raise Failed(f"{INCIDENT} is not closed")
    return Report(
        incident=INCIDENT,
        state="closed",
        entries=incident.count,
        mirrored={"github": github.count, "files": files.count},
        seconds=round(ended[-1].at / 1_000_000 - broken_at, 1),
    )


def as_json(report: Report) -> dict[str, object]:
    """The report as the one line says it."""
    return asdict(report)


def say(words: str) -> None:
    """Tell the one who watches; stdout is for the result alone."""
    print(words, file=sys.stderr, flush=True)


def _first_line(sight: Sight) -> str:
    return sight.words.splitlines()[0]
