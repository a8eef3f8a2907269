"""Where figures are taken: stand-ins and targets in this process, every program under measurement in one of its own.

Each program has a Slack of its own, so that none gets another's envelopes, and all have the demo's configuration with
the demo's connectors. Everything is on 127.0.0.1 and in one folder on a disk, because a commit that no disk keeps costs
nothing.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import aiohttp

from bench.sights import Sights
from bench.target import ActionTarget
from playground.alert_rule import fingerprint
from playground.demo import config
from playground.demo.children import Child, Children
from playground.demo.config import Pace, Places
from playground.demo.world import app_of_the_manifest, held_port, until_ready
from playground.slack import SlackStandIn, cast
from playground.slack.model import Channel
from playground.vendors.github import GitHubStandIn

Json = dict[str, Any]
PACE = Pace()
QUIET = 0.03  # seconds for what a program still does after it answered; it must not fall into the other's time
ROOMS = 40  # channels to type in: answers to one person are limited per channel, as in Slack


@dataclass(slots=True)
class Side:
    """One program with its Slack. `alerts` is where it takes webhooks."""

    stand_in: SlackStandIn
    sights: Sights
    child: Child
    alerts: str
    turn: int = 0

    def command(self, text: str) -> "asyncio.Future[Any]":
        """Tom types a command, in the next channel; done when it is acknowledged or given up."""
        self.turn += 1
        return self.stand_in.people.command(cast.TOM, room(self.turn), text).outcome


class Site:
    """Up between `async with` and its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running = AsyncExitStack()
        self.target = ActionTarget()
        self.github = GitHubStandIn(per_hour=1_000_000)

    async def __aenter__(self) -> Self:
        enter = self._running.enter_async_context
        self.http = await enter(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)))
        await enter(self.target)
        await enter(self.github)
        self._children = await enter(Children(self.folder / "logs"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    async def bot(self, name: str, change: Callable[[Json], None] | None = None, module: str = "bot") -> Side:
        """Start Watchkeeper with the demo's configuration, `change`d; returns when it is ready."""
        stand_in, folder = await self._slack(), self.folder / name
        port = self._running.enter_context(held_port())
        url, target = f"http://127.0.0.1:{port}", self.target.url
        tree = config.tree(Places(stand_in.url, self.github.url, target, target, target), port, PACE)
        del tree["tools"]["shop_metrics"]["history"]  # no shop runs here whose page could be read
        if change is not None:
            change(tree)
        path = await asyncio.to_thread(config.write, folder, tree, PACE)
        run = ["run", "--config"] if module == "bot" else []
        child = await self._children.start(name, [sys.executable, "-m", module, *run, str(path)], config.TOKENS)
        await until_ready(self.http, child, url)
        return Side(stand_in, Sights(stand_in.state), child, f"{url}/alerts/alertmanager")

    async def bare(self, name: str = "bare", *, edits: bool = False) -> Side:
        """Start the bare program. `edits`: a reaction makes it edit the message instead of acting."""
        stand_in = await self._slack()
        arguments = {
            "--slack": stand_in.url,
            "--file": str(self.folder / f"{name}.db"),
            "--target": f"{self.target.url}/bare",
            "--channel": cast.INCIDENTS,
        }
        words = [word for pair in arguments.items() for word in pair] + ["--edits"] * edits
        child = await self._children.python(name, "bench.bare", *words, **config.TOKENS)
        return Side(stand_in, Sights(stand_in.state), child, f"{child.ready['url']}/alert")

    async def post(self, side: Side, body: bytes) -> float:
        """Send a webhook; the milliseconds until it was accepted. Raises RuntimeError when it was not."""
        began = time.perf_counter()
        async with self.http.post(side.alerts, data=body, headers={"Content-Type": "application/json"}) as response:
            took = (time.perf_counter() - began) * 1000
            if response.status != 202:
                raise RuntimeError(f"{side.child.name} answered {response.status}: {await response.text()}")
        return took

    def kill(self, side: Side) -> None:
        """End a program that need not be waited for."""
        side.child.signal(signal.SIGKILL)

    async def _slack(self) -> SlackStandIn:
        stand_in = SlackStandIn(app_of_the_manifest())
        for turn in range(ROOMS):
            stand_in.state.channels[room(turn)] = Channel(room(turn), f"room-{turn}", [cast.TOM, cast.WATCHKEEPER])
        return await self._running.enter_async_context(stand_in)


def room(turn: int) -> str:
    """The id of a channel to type in."""
    return f"C07ROOM{turn % ROOMS:04d}"


def alert(name: str, service: str, summary: str) -> Json:
    """Alertmanager's webhook for one firing alert; another service is another incident."""
    labels = {"alertname": name, "environment": "production", "service": service, "severity": "major"}
    single = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": summary, "description": "the threshold is 1 %, exceeded for 30 s"},
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=up&g0.tab=1",
        "fingerprint": fingerprint(labels),
    }
    return {
        "receiver": "watchkeeper",
        "status": "firing",
        "alerts": [single],
        "groupLabels": {"alertname": name},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
    }


class Posts:
    """Slack takes about one message a second and channel, with short bursts; the bot keeps to that, so figures wait.

    It takes edits likewise, at a rate of their own.
    """

    def __init__(self, burst: float = 15.0, per_second: float = 1.0) -> None:
        self._left, self._burst, self._rate = burst, burst, per_second
        self._at = time.monotonic()

    async def room_for(self, count: int) -> None:
        """Wait until so many messages can be posted without delay, and count them as posted."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < count:
            await asyncio.sleep((count - self._left) / self._rate)
            self._at, self._left = time.monotonic(), float(count)
        self._left -= count
