"""A world that turns fast: both stand-ins and a small shop in the test's process, and Watchkeeper as a process.

Everything goes over real sockets. The words of a story are methods here: `ship_bad_release`, `alert`, `resolve`, …
"""

import asyncio
import contextlib
import copy
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp

from playground.alert_rule import Alert, Reading, Rule, webhook
from playground.demo import config, ledger, records
from playground.demo.children import Child, Children
from playground.demo.config import Pace, Places
from playground.demo.ledger import Incident
from playground.demo.records import Held
from playground.demo.world import app_of_the_manifest, held_port, until_ready
from playground.person import Sight, Slack
from playground.slack import SlackStandIn, cast
from playground.vendors.github import GitHubStandIn
from tests.stories import warm
from tests.stories.small_shop import SmallShop

Value = TypeVar("Value")
Json = dict[str, Any]
PACE = Pace(settle=0.3, interval=0.2, edit_every=0.1)
INCIDENT = config.FIRST_NUMBER
# On a machine with much else to do a process may stand still for a second between a start and its sending.
TIMING = {"late_write": "400ms", "send_guard": "2s", "edit_every": "100ms", "recovery_settle": "300ms"}


class LightWorld:
    """Up between `async with` and its end; `start` starts Watchkeeper with `tree` as its configuration.

    `playbook` replaces texts in the playbook as delivered. `github` is GitHub's description, if every exchange with it
    is to be checked: see `github.violations`.
    """

    def __init__(self, folder: Path, *, github: Path | None = None) -> None:
        self.folder = folder
        self.shop = SmallShop()
        self.stand_in = SlackStandIn(app_of_the_manifest())
        self.github = GitHubStandIn(validate=github)
        self.pace = PACE
        self.tree: Json = {}
        self.playbook: dict[str, str] = {}
        self.annotations: dict[str, str] = {}  # over those of the alert's rule
        self.labels: dict[str, str] = {}  # the same
        self.starts = 0
        self._alert = Alert(Rule(hold=0.0))
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        enter = self._running.enter_async_context
        self.http = await enter(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)))
        for part in (self.shop, self.stand_in, self.github):
            await enter(part)
        self.children = await enter(Children(self.folder / "logs"))
        self.slack = Slack(self.stand_in.url, self.http)
        shop = self.shop.url
        places = Places(self.stand_in.url, self.github.url, shop, shop, f"{shop}/logs")
        self.port = self._running.enter_context(held_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.tree = config.tree(places, self.port, self.pace)
        self.tree["timing"] |= TIMING
        self.tree["slack"]["streaming"] = "off"  # whoever wants it says so: a plan is then written in one call or two
        self.tree["memory"]["github"]["late_write"] = TIMING["late_write"]
        del self.tree["tools"]["shop_metrics"]["history"]
        releases = self.tree["partners"]["logs"] | {"role": "what changed", "tool": "what_changed"}
        self.tree["partners"]["releases"] = releases | {"url": f"{shop}/releases/mcp", "short": "Release {release}"}
        self.tree["actions"]["restart-database"] = _restart(shop)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    # Watchkeeper

    async def start(self, *under: str, wait: bool = True) -> Child:
        """Start Watchkeeper on what is in the folder: a warm one, or `under` another program a cold one."""
        path = await asyncio.to_thread(config.write, self.folder, self.tree, self.pace, self.playbook)
        words = ["run", "--config", str(path)]
        if under:
            command = [*under, sys.executable, "-m", "bot", *words]
            self.bot = await self.children.start("watchkeeper", command, config.TOKENS)
        else:
            environ, output = self.children.environ(config.TOKENS), self.children.log("watchkeeper")
            self.bot = self.children.take("watchkeeper", await warm.start(words, environ, output))
        self.starts += 1
        if wait:
            await until_ready(self.http, self.bot, self.url)
        return self.bot

    async def beside(self) -> Child:
        """Start a second replica on the same data, with a door of its own: on PostgreSQL only."""
        port, folder = self._running.enter_context(held_port()), self.folder / "second"
        tree = copy.deepcopy(self.tree)
        tree["web"]["port"] = port
        tree["ledger"]["record_key_file"] = str(self.folder / "record.key")
        tree["memory"]["files"]["root"] = str(self.folder / "records")
        path = await asyncio.to_thread(config.write, folder, tree, self.pace, self.playbook)
        environ, output = self.children.environ(config.TOKENS), self.children.log("second")
        words = ["run", "--config", str(path)]
        child = self.children.take("second", await warm.start(words, environ, output))
        await until_ready(self.http, child, f"http://127.0.0.1:{port}")
        return child

    async def kill(self) -> None:
        """Kill -9."""
        os.kill(self.bot.pid, signal.SIGKILL)
        await self.bot.process.wait()

    async def restart(self) -> None:
        """Kill it, and start it again on the same data."""
        await self.kill()
        await self.start()

    def says(self) -> str:
        """What Watchkeeper wrote to its log."""
        return self.bot.log.read_text("utf-8")

    async def runs(self, *words: str) -> tuple[int, str]:
        """Run `watchkeeper …` beside it: exit code and words."""
        command = [sys.executable, "-m", "bot", *words, "--config", str(self.folder / "watchkeeper.yaml")]
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **config.TOKENS},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    # the story

    async def ship_bad_release(self) -> None:
        """Break the shop, and let the alert fire and arrive."""
        self.shop.ship()
        await self.alert_fires()

    async def alert_fires(self) -> None:
        """The monitor sees the failures and tells of them, until it is heard."""
        if self._alert.state != "firing":
            for at, requests, failed in ((0, 0, 0), (10, 1000, 73)):
                self._alert.read(Reading(at, requests, failed))
        await self._send()

    async def alert_resolves(self) -> None:
        """The monitor sees that the failures are over."""
        self._alert.read(Reading(20, 3000, 73))
        await self._send()

    async def _send(self) -> None:
        body = webhook(self._alert, receiver="watchkeeper", url=self.shop.url)
        for alert in body["alerts"]:
            alert["annotations"] = alert["annotations"] | self.annotations
            alert["labels"] = alert["labels"] | self.labels
        await self.send(body)

    async def send(self, body: Json) -> None:
        """Send a webhook as Alertmanager does: again after 5xx or no answer."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self.http.post(f"{self.url}/alerts/alertmanager", json=body) as response:
                    if response.status < 500:
                        assert response.status == 202, await response.text()
                        return
            await asyncio.sleep(0.1)

    async def proposed(self) -> Sight:
        """Break the shop and wait for the card with the proposal, ready to be decided."""
        await self.ship_bad_release()
        return await self.card()

    async def card(self) -> Sight:
        """The card of the newest proposal that waits, once the bot has put its emoji there."""
        return await self.slack.expects("Approvals", event_type="watchkeeper_proposal", reaction="no_entry")

    async def ends(self) -> Incident:
        """What was approved repairs the shop, the alert resolves, the incident closes, and every record has it all."""
        async with asyncio.timeout(15):
            await self.shop.repaired.wait()
        await self.alert_resolves()
        await self.slack.expects("Closed, resolved")
        return await self.all_mirrored()

    # what is there afterwards

    async def ledger(self, number: int = INCIDENT) -> Incident:
        """The incident as the SQLite ledger has it; one without entries while it is not there."""
        found = (await asyncio.to_thread(ledger.read, self.folder / "watchkeeper.db", number)).newest
        return found or Incident(number, closed=False)

    def in_github(self, number: int = INCIDENT) -> Held:
        """What GitHub holds of an incident."""
        return records.in_github(self.github, f"INC-{number}")

    def in_files(self, number: int = INCIDENT) -> Held:
        """What the files hold of an incident."""
        return records.in_files(self.folder / "records", f"INC-{number}")

    async def entered(self, kind: str, count: int = 1, within: float = 15) -> Incident:
        """The incident once it has so many entries of a kind."""
        return await until(self.ledger, lambda incident: len(incident.kinds(kind)) >= count, within, f"{kind} entered")

    async def all_mirrored(self, within: float = 20, number: int = INCIDENT) -> Incident:
        """The incident once both records hold every entry, and that each does once and in order."""

        async def look() -> tuple[Incident, list[int], list[int]]:
            return await self.ledger(number), self.in_github(number).numbers, self.in_files(number).numbers

        def same(seen: tuple[Incident, list[int], list[int]]) -> bool:
            return all(len(set(numbers)) == seen[0].count for numbers in seen[1:])

        incident, github, files = await until(look, same, within, "every entry is in every record")
        assert incident.fault == ""
        assert github == files == list(range(1, incident.count + 1))
        return incident


async def until(
    look: Callable[[], Awaitable[Value]], wanted: Callable[[Value], bool], within: float, what: str
) -> Value:
    """Look again and again until what is seen is as wanted; AssertionError with the last sight after `within` s."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = await look()
        if wanted(seen):
            return seen
        assert asyncio.get_running_loop().time() < deadline, f"not within {within} s: {what}; last seen: {seen!r}"
        await asyncio.sleep(0.03)


def with_pace(**changes: float) -> Pace:
    """The light world's pace with changes."""
    return replace(PACE, **changes)


def _restart(shop: str) -> Json:
    """A second action, with a high risk: two of the database's people, and no reaction."""
    return {
        "type": "http",
        "title": "restart database {database}",
        "what": "`restart-database` {database}",
        "where": "`{database}`, production",
        "blast_radius": "`checkout`, `orders`; no writes for 20 to 40\u00a0s",
        "risk": "high",
        "quorum": 2,
        "arguments": {"database": {"type": "string", "pattern": "^[a-z-]+$"}},
        "approvers": {"users": [cast.MAYA, cast.BEN], "group": cast.DATABASE_APPROVERS, "name": "@database-approvers"},
        "options": {"url": f"{shop}/restart", "body": {"database": "{database}"}, "idempotency": "none"},
    }
