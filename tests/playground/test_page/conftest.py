"""One real Chromium, and for each test the page in a fresh tab, served beside a fresh stand-in."""

from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from playground.page.server import add_page
from playground.page.world import Refused
from playground.serving import listening
from playground.slack import SlackStandIn, cast

CHROMIUM = Path("/usr/bin/chromium")
HAS_CHROMIUM = CHROMIUM.exists()
QUIET = ["background-networking", "component-update", "sync", "quic", "gpu"]
FLAGS = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]
T0 = "2026-10-24T02:07:04.000000Z"


class World:
    """A world the test writes by hand; its orders are kept."""

    def __init__(self):
        self.orders = []
        self.now = {
            "incident": None,
            "incidents": [],
            "entries": [],
            "chain": "intact",
            "records": {},
            "faults": [{"name": "GitHub answers 503", "short": "GitHub", "key": "github_down", "on": False}],
            "release": {"current": "2026.11.24-2", "bad": False, "run": None},
            "shop": {"healthy": True, "error_rate": 0.002},
        }

    async def state(self):
        return self.now

    async def ship_bad_release(self):
        self.orders.append("ship_bad_release")
        raise Refused("A roll-back runs now.")

    async def switch_fault(self, key, *, on):
        self.orders.append((key, on))
        self.now = self.now | {"faults": [self.now["faults"][0] | {"on": on}]}

    def investigated(self, entries=3, text="**Evidence** `KeyError`", behind=0):
        """Fill in an incident with `entries` entries, the last a decision that waits for GitHub when behind."""
        late = [None if n > entries - behind else 1210.0 for n in range(1, entries + 1)]
        body = f"{text}\n<!-- watchkeeper:1 INC-2041\nseq=1 -->"
        issue = {"url": "https://github.example.com/1", "title": "INC-2041 SEV2", "number": 318, "state": "open"}
        comments = [{"author": "watchkeeper[bot]", "at": T0, "body": body}] * entries
        github = issue | {"labels": ["incident"], "comments": comments, "entries": entries - behind, "behind": behind}
        files = {"path": "2026/11/INC-2041.md", "text": text, "entries": entries, "behind": 0}
        rows = [
            {"n": n, "kind": "finding", "at": T0, "decision": n == entries, "slack_ms": 58.4 if n > 1 else None}
            | {"records": {"github": late[n - 1], "files": 2.0}}
            for n in range(1, entries + 1)
        ]
        records = {"github": github | {"note": "503, next try 13:42"}, "files": files}
        self.now = self.now | {"incident": "INC-2041", "incidents": [{"id": "INC-2041", "state": "open"}]}
        self.now |= {"entries": rows, "records": records}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    playwright = pytest.importorskip("playwright.async_api", reason="the browser group is not installed")
    if not HAS_CHROMIUM:
        pytest.skip(f"there is no {CHROMIUM}")
    async with playwright.async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        await chromium.close()


class Scene:
    """One stand-in with the page on it, open in a tab, and the app's own client."""

    def __init__(self, tab, http):
        self.slack, self.world, self.tab = SlackStandIn(), World(), tab
        self.channel, self.thread = tab.locator("#channel"), tab.locator("#thread")
        self.bot, self.http = AsyncWebClient(cast.BOT_TOKEN, session=http), http
        self.errors = []
        self._serving = AsyncExitStack()
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("console", self._heard)

    def _heard(self, line):
        # A refusal is an answer the page shows; the browser also calls it an error.
        if line.type == "error" and "status of 409" not in line.text:
            self.errors.append(line.text)

    async def start(self, port=0):
        app = self.slack.application()
        add_page(app, self.world)
        self.slack.at(await self._serving.enter_async_context(listening(app, port)))
        self.bot.base_url = f"{self.slack.url}/api/"

    async def stop(self):
        await self._serving.aclose()

    async def post(self, blocks=None, text="words", **more):
        return (await self.bot.chat_postMessage(channel=cast.INCIDENTS, text=text, blocks=blocks, **more))["ts"]

    async def act_as(self, name):
        await self.tab.get_by_role("radio", name=name).click()

    def message(self, ts, pane=None):
        return (pane or self.channel).locator(f'[data-ts="{ts}"]')

    @asynccontextmanager
    async def app(self):
        """The app's socket; yields a function that returns the next envelope of a type, acknowledging all."""
        opened = await AsyncWebClient(cast.APP_TOKEN, base_url=f"{self.slack.url}/api/").apps_connections_open(
            app_token=cast.APP_TOKEN
        )
        async with self.http.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json(timeout=3))["type"] == "hello"

            async def envelope(kind):
                while True:
                    given = await socket.receive_json(timeout=3)
                    await socket.send_json({"envelope_id": given["envelope_id"]})
                    if given["type"] == kind:
                        return given["payload"]

            yield envelope


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser):
    tab = await browser.new_page(viewport={"width": 1280, "height": 1050})
    tab.set_default_timeout(5000)
    async with ClientSession() as http:
        scene = Scene(tab, http)
        await scene.start()
        await tab.goto(scene.slack.url)
        await tab.locator("#sidebar [aria-current]").wait_for()
        yield scene
        await tab.close()
        await scene.stop()
    assert scene.errors == []
