"""The whole world in one data folder: Slack with its page, GitHub, the shop and its people, and Watchkeeper itself.

The two stand-ins live in this process, so that they can be made to fail; everything else is a process of its own. All
speak over sockets on 127.0.0.1. Nothing here knows an incident: `state.py` looks, `check.py` plays the story.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import yaml

from playground.demo import config
from playground.demo.children import ROOT, Child, Children, DidNotStart
from playground.demo.config import Pace, Places
from playground.demo.faults import Switches
from playground.demo.shown import Shown
from playground.demo.state import DemoState
from playground.page.server import add_page
from playground.page.world import Refused, WorldState
from playground.serving import HOST, listening
from playground.slack import SlackStandIn, cast
from playground.slack.model import App
from playground.vendors.github import GitHubStandIn

GOOD, BAD = "2026.11.24-2", "2026.11.24-3"
BOT_READY_WITHIN = 30.0


class DemoWorld:
    """Up between `async with` and its end. `url` is the page's; `folder` keeps everything that is written.

    `playbook` replaces texts in the playbook as delivered.
    """

    def __init__(self, folder: Path, *, pace: Pace | None = None, port: int = 0) -> None:
        self.folder = folder
        self.pace = pace or Pace()
        self.playbook: dict[str, str] = {}
        self.url = ""
        self.slack = SlackStandIn(app_of_the_manifest())
        self.github = GitHubStandIn()
        self.shown = Shown()
        self._port = port
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._running.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    async def _start(self) -> None:
        enter = self._running.enter_async_context
        self._http = await enter(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)))
        await enter(self.github)
        await self._start_page()
        self.children = await enter(Children(self.folder / "logs"))
        await self._start_shop()
        self._state = DemoState(self.folder, self.github, self.shown, self.switches)
        await self._start_bot()
        await self.start_monitoring()
        self._running.push_async_callback(self._feed.close)  # it reads what is about to end

    async def _start_page(self) -> None:
        self.slack.state.listeners.append(self.shown.heard)
        app = self.slack.application()
        self._feed = add_page(app, self)
        self.url = await self._running.enter_async_context(listening(app, self._port))
        self.slack.at(self.url)

    async def _start_shop(self) -> None:
        log = self.folder / "shop.log"
        start = self.children.python
        self._shop = (await start("shop", "playground.shop.shop", "--log", str(log))).ready["url"]
        roll = f"{self.pace.roll:g}"
        _, releases, logs = await asyncio.gather(
            start("traffic", "playground.shop.traffic", "--url", self._shop),
            start("releases", "playground.shop.releases", "--shop", self._shop, "--seconds", roll),
            start("log-specialist", "playground.partners.logs", "--log", str(log)),
        )
        self.places = Places(self.url, self.github.url, self._shop, releases.ready["url"], logs.ready["url"])
        self.switches = Switches(self.slack, self.github, logs)

    async def _start_bot(self) -> None:
        port = self._running.enter_context(held_port())
        self.bot_url = f"http://{HOST}:{port}"
        tree = self.configuration(port)
        self.config = await asyncio.to_thread(config.write, self.folder, tree, self.pace, self.playbook)
        command = [sys.executable, "-m", "bot", "run", "--config", str(self.config)]
        self.bot = await self.children.start("watchkeeper", command, config.TOKENS)
        await until_ready(self._http, self.bot, self.bot_url)

    def configuration(self, port: int) -> config.Json:
        """What Watchkeeper is told; it listens on `port`."""
        return config.tree(self.places, port, self.pace)

    async def start_monitoring(self) -> None:
        """Start what watches the shop and tells Watchkeeper."""
        pace = self.pace
        self._monitor = await self.children.python(
            "monitor",
            "playground.monitor",
            *("--shop", self._shop, "--to", f"{self.bot_url}/alerts/alertmanager"),
            *("--scrape", f"{pace.scrape:g}", "--window", f"{pace.window:g}", "--for", f"{pace.hold:g}"),
        )

    # what the page asks for, and the check too

    async def state(self) -> WorldState:
        """See `World`."""
        deployed, measured = await asyncio.gather(
            self._get(f"{self.places.releases}/state"), self._get(f"{self._monitor.ready['url']}/state")
        )
        now = await self._state.now(deployed, measured)
        if ended := self.bot.ended:
            now["ended"] = f"Watchkeeper ended ({ended}). Start the demo again to go on."
        return now

    async def ship_bad_release(self) -> None:
        """See `World`."""
        wanted = {"service": "checkout", "release": BAD}
        try:
            async with self._http.post(f"{self.places.releases}/deploy", json=wanted) as response:
                if response.status != 202:
                    raise Refused(f"The deployment service refused: {(await response.json())['error']}.")
        except (aiohttp.ClientError, TimeoutError) as err:
            raise Refused("The deployment service does not answer.") from err

    async def switch_fault(self, key: str, *, on: bool) -> None:
        """See `World`."""
        self.switches.switch(key, on=on)

    async def _get(self, url: str) -> config.Json:
        async with self._http.get(url, raise_for_status=True) as response:
            body: config.Json = await response.json()
            return body


async def until_ready(http: aiohttp.ClientSession, bot: Child, url: str) -> None:
    """Wait until Watchkeeper takes alerts and hears Slack. Raises `DidNotStart`, naming its log."""
    missing = "nothing answers"
    try:
        async with asyncio.timeout(BOT_READY_WITHIN):
            while bot.running:
                try:
                    async with http.get(f"{url}/readyz") as response:
                        if response.status == 200:
                            return
                        missing = json.dumps(await response.json())
                except aiohttp.ClientError:
                    missing = "nothing answers"
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise DidNotStart(f"Watchkeeper is not ready ({missing}); its log is {bot.log}") from None
    raise DidNotStart(f"Watchkeeper ended with {bot.process.returncode}; its log is {bot.log}")


@contextmanager
def held_port() -> Iterator[int]:
    """A free port of 127.0.0.1 that nobody else is given meanwhile, for a program that is told its port.

    A socket that is bound and does not listen keeps others away, and SO_REUSEADDR lets the program listen all the same.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, 0))
        yield holder.getsockname()[1]


def app_of_the_manifest() -> App:
    """The app as the project's own manifest declares it."""
    return cast.from_manifest(yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")))
