"""The main job with a person in the browser: headless Chromium drives the demo's page and nothing else.

With WATCHKEEPER_SCREENSHOT=1 the picture that the README shows, docs/demo.png, is taken anew.
"""

import os
import shutil
from pathlib import Path

import pytest

from playground.demo.world import DemoWorld

playwright = pytest.importorskip("playwright.async_api", reason="the browser group is not installed")
expect = playwright.expect

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-background-networking"]
PICTURE = Path(__file__).parents[2] / "docs" / "demo.png"


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed; on Debian: apt-get install chromium")
async def test_a_person_breaks_the_shop_and_decides_in_the_browser(tmp_path: Path) -> None:
    async with DemoWorld(tmp_path / "data") as world, playwright.async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        tab = await chromium.new_page(viewport={"width": 1280, "height": 1050})
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.set_default_timeout(30_000)
        await tab.goto(world.url)
        channel, thread = tab.locator("#channel"), tab.locator("#thread")
        await tab.get_by_role("radio", name="Priya Raman").click()
        await tab.get_by_role("button", name="Ship a bad release").click()
        await expect(tab.get_by_role("button", name="Bad release is live")).to_be_visible(timeout=30_000)

        root = channel.locator("[data-ts]").filter(has_text="of requests fail")
        await root.wait_for()
        await root.locator("button.replies").click()
        card = thread.locator("[data-ts]").filter(has_text="Proposal 2041/")
        await card.get_by_role("button", name="Approve").wait_for()
        await card.locator(".chip", has_text="✅").click()
        await expect(card).to_contain_text("Approved", timeout=20_000)
        await expect(root).to_contain_text("Verifying until", timeout=30_000)
        await expect(root).to_contain_text("Closed", timeout=30_000)
        await expect(root).to_contain_text("the same in both records", timeout=20_000)
        issue = tab.get_by_role("tab", name="GitHub")
        entries = len((await world.state())["entries"])
        await expect(issue).to_contain_text(str(entries))
        await expect(tab.locator("#ledger-state")).to_contain_text(f"{entries} entries, chain intact")
        await expect(tab.locator("#ledger .strip .dot.waits")).to_have_count(0)
        await tab.mouse.move(0, 0)  # nothing is under the pointer in the picture
        picture = await tab.screenshot()
        await tab.get_by_role("tab", name="Files").click()
        await expect(tab.locator("#record")).to_contain_text("INC-2041")
        await chromium.close()
    assert wrong == []
    (tmp_path / "demo.png").write_bytes(picture)
    if os.environ.get("WATCHKEEPER_SCREENSHOT") == "1":
        shutil.copy(tmp_path / "demo.png", PICTURE)
