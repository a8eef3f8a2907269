"""A browser in front of the Slack stand-in's page that takes small pictures of single messages, forms and tabs.

It shows what the page draws and changes nothing in it; only the frame around the messages is made wide.
"""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from playground.page.server import add_page
from playground.page.world import WorldState
from playground.person import Person, Sight
from playground.slack import SlackStandIn

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-background-networking"]
FRAME = """
  main { grid-template-columns: 118px 620px 620px minmax(0, 1fr) !important; }
  .tools, .foot { display: none !important; }
  .pane { grid-template-rows: auto minmax(0, 1fr) auto !important; }
  .pane > header { flex-wrap: wrap; min-height: 36px; padding: 6px 14px !important; }
"""
BOX = "(what) => (what.scrollIntoView({ block: 'nearest' }), what.getBoundingClientRect().toJSON())"
COLOURS = 224  # what is drawn is text on white with a few emoji; more would only be weight
NOTHING: WorldState = {
    "incident": None,
    "incidents": [],
    "entries": [],
    "chain": "intact",
    "records": {},
    "faults": [],
    "release": {"current": "", "bad": False, "run": None},
    "shop": {"healthy": True, "error_rate": 0.0},
}


class OnlySlack:
    """The page's world where nothing but the chat is looked at."""

    async def state(self) -> WorldState:
        return NOTHING

    async def ship_bad_release(self) -> NoReturn:
        raise NotImplementedError

    async def switch_fault(self, key: str, *, on: bool) -> NoReturn:
        raise NotImplementedError


class SlackWithPage(SlackStandIn):
    """The stand-in, and at its root the page that shows it."""

    def application(self) -> Any:
        app = super().application()
        add_page(app, OnlySlack())
        return app


class Camera:
    """One tab; each picture is written as PNG under its name once it shows the words that it is taken for."""

    def __init__(self, tab: Page, folder: Path) -> None:
        self.tab = tab
        self.taken: list[str] = []
        self._folder = folder

    async def message(self, name: str, seen: Sight, *words: str, by: str = "Priya Raman") -> None:
        """A message as `by` sees it, in the thread where it is a reply, else in the channel."""
        pane = "#channel" if seen.thread == seen.ts else "#thread"
        await self.acts_as(by)
        await self._take(name, self.tab.locator(f'{pane} [data-ts="{seen.ts}"]'), *words)

    async def told(self, name: str, who: Person, *words: str) -> Sight:
        """What `who` alone is told."""
        seen = await who.is_told(*words)
        await self.message(name, seen, by=who.name)
        return seen

    async def form(self, name: str, *words: str, by: str) -> None:
        """The modal in front of `by`."""
        await self.acts_as(by)
        await self._take(name, self.tab.locator(".modal"), *words)

    async def part(self, name: str, selector: str, *words: str) -> None:
        """Any other part of the page."""
        await self._take(name, self.tab.locator(selector), *words)

    async def acts_as(self, name: str) -> None:
        """See the page with the eyes of somebody."""
        await self.tab.get_by_role("radio", name=name).click()

    async def goes_to(self, place: str) -> None:
        """Open a conversation, or the app's Home, from the sidebar."""
        await self.tab.locator("#sidebar button", has_text=place).click()

    async def _take(self, name: str, what: Locator, *words: str) -> None:
        await expect(what).to_be_visible()
        for word in words:
            await expect(what).to_contain_text(word)
        await self.tab.mouse.move(0, 0)  # nothing is under the pointer in the picture
        drawn = Image.open(io.BytesIO(await self._still(what))).convert("RGB")
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(self._folder / f"{name}.png", optimize=True)
        self.taken.append(name)

    async def _still(self, what: Locator) -> bytes:
        """A picture during which it was neither moved nor drawn anew with another size."""
        while True:
            before = await what.evaluate(BOX)
            if before["width"]:
                taken = await self.tab.screenshot(clip=before, animations="disabled")
                if await what.evaluate(BOX) == before:
                    return taken


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def camera(browser: Browser, url: str, folder: Path) -> AsyncIterator[Camera]:
    """A camera in front of the page at `url`."""
    context = await browser.new_context(viewport={"width": 1900, "height": 2400}, bypass_csp=True)
    tab = await context.new_page()
    tab.set_default_timeout(10_000)
    await tab.goto(url)
    await tab.add_style_tag(content=FRAME)
    await tab.locator("#sidebar [aria-current]").wait_for()
    yield Camera(tab, folder)
    await context.close()
