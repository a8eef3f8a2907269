"""The records, the ledger strip and the bar: what they say, and that their switches reach the world."""

import pytest

from playground.slack import cast

expect = pytest.importorskip("playwright.async_api", reason="the browser group is not installed").expect
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_before_the_first_incident_every_part_says_what_will_come(scene):
    await expect(scene.channel).to_contain_text("No incident yet. Ship a bad release to break the shop.")
    await expect(scene.thread).to_contain_text("No thread open.")
    await expect(scene.tab.locator("#record")).to_contain_text("No record yet.")
    await expect(scene.tab.locator("#ledger")).to_contain_text("No entries yet.")
    await expect(scene.tab.locator("#shop")).to_have_text("0.2 % of orders fail")
    ids = await scene.tab.locator("[id]").evaluate_all("all => all.map(node => node.id)")
    assert len(ids) == len(set(ids))


async def test_the_issue_reads_as_in_github_and_its_marker_is_hidden(scene):
    scene.world.investigated(entries=9, text="**Finding by logs**\n`KeyError` in [all 412](https://logs.example.com/q)")
    record = scene.tab.locator("#record")
    await expect(record.get_by_role("heading")).to_have_text("INC-2041 SEV2 #318")
    await expect(record.locator(".issue li")).to_have_text(["Open", "incident"])
    await expect(record.locator(".comment")).to_have_count(3)
    comment = record.locator(".comment").last
    await expect(comment.locator("header")).to_have_text("watchkeeperbot24 Oct 2026 02:07:04 UTC")
    await expect(comment.locator("b, code, a")).to_have_count(4)
    await expect(comment.locator(".marker")).to_have_text("marker in an HTML comment, not shown by GitHub")
    await expect(comment).not_to_contain_text("seq=1")
    await record.get_by_role("button", name="6 earlier comments").click()
    await expect(record.locator(".comment")).to_have_count(9)


async def test_a_record_that_is_behind_says_so_in_its_tab_its_panel_and_the_ledger(scene):
    scene.world.investigated(entries=3, behind=1)
    tab = scene.tab.get_by_role("tab", name="GitHub")
    await expect(tab.locator(".badge")).to_have_class("badge behind")
    await expect(tab.locator(".badge")).to_have_text("2")
    await expect(scene.tab.locator("#record")).to_contain_text("1 entry behind: 503, next try 13:42.")
    github = scene.tab.get_by_role("row", name="GitHub")
    await expect(github.get_by_role("rowheader")).to_have_text("GitHub 503, next try 13:42")
    await expect(github.locator("td")).to_have_text(["1.2 s", "1.2 s", ""])
    await expect(github.get_by_role("img", name="waits")).to_have_count(1)
    await tab.focus()
    await scene.tab.keyboard.press("ArrowRight")
    await expect(scene.tab.get_by_role("tab", name="Files")).to_have_attribute("aria-selected", "true")
    await expect(scene.tab.locator("#record")).to_contain_text("2026/11/INC-2041.md")


async def test_a_long_trouble_is_cut_and_moves_no_column(scene):
    scene.world.investigated(entries=3)
    github = scene.tab.get_by_role("row", name="GitHub")
    before = await github.locator("td").first.bounding_box()
    scene.world.investigated(entries=3, behind=1)
    words = "does not take it, refused by a proxy on the way, next try 13:42:07"
    scene.world.now["records"]["github"]["note"] = words
    await expect(github.get_by_role("rowheader")).to_have_attribute("title", words)
    assert await github.locator("td").first.bounding_box() == before


async def test_the_files_marker_lines_are_folded_and_stay_unfolded_while_entries_come(scene):
    marker = f"<!-- watchkeeper:1 INC-2041 seq=1 part=1/1 kind=alert op=a hash=b sig=c data={'x' * 1150} -->"
    text = f"# INC-2041\n\n## 1 · Alert\n**Action** None.\n{marker}\n"
    scene.world.investigated()
    scene.world.now["records"]["files"]["text"] = text
    await scene.tab.get_by_role("tab", name="Files").click()
    parts = scene.tab.locator("#record .file")
    await expect(parts.locator("summary")).to_have_text(f"marker line, {len(marker) / 1000:.3g} kB, folded")
    await expect(parts.get_by_text("data=xxx")).to_be_hidden()
    await expect(parts).to_contain_text("**Action** None.")
    await parts.locator("summary").click()
    await expect(parts.get_by_text("data=xxx")).to_be_visible()
    files = scene.world.now["records"]["files"] | {"text": text + text.replace("seq=1", "seq=2")}
    scene.world.now = scene.world.now | {"records": scene.world.now["records"] | {"files": files}}
    await expect(parts.locator("summary")).to_have_count(2)
    await expect(parts.get_by_text("data=xxx").first).to_be_visible()
    await expect(parts.get_by_text("data=xxx").last).to_be_hidden()


async def test_the_ledger_shows_each_entry_with_both_paths_and_tints_decisions(scene):
    scene.world.investigated(entries=3)
    del scene.world.now["entries"][1]["slack_ms"]
    ledger = scene.tab.locator("#ledger")
    await expect(ledger.locator("h2")).to_have_text("Ledger of INC-2041")
    words = "· 3 entries, chain intact · times are minutes and seconds after 02:00 UTC"
    await expect(ledger.locator("#ledger-state")).to_have_text(words)
    await expect(ledger.get_by_role("columnheader")).to_have_text(["1finding07:04", "2finding07:04", "3finding07:04"])
    await expect(ledger.get_by_role("row", name="Slack").locator("td")).to_have_text(["", "–", "58 ms"])
    await expect(ledger.locator("td.decision")).to_have_count(3)
    scene.world.now = scene.world.now | {"chain": "broken"}
    await expect(ledger.locator("#ledger-state.bad")).to_contain_text("chain broken")


async def test_the_newest_entry_stays_in_view_and_a_reader_who_scrolled_back_stays_there(scene):
    strip = scene.tab.locator("#ledger .strip")
    scene.world.investigated(entries=40)
    await expect(strip.get_by_role("columnheader").last).to_be_in_viewport()
    scene.world.investigated(entries=45)
    await expect(strip.get_by_role("columnheader").nth(44)).to_be_in_viewport()
    await strip.evaluate("strip => strip.scrollLeft = 0")
    scene.world.investigated(entries=50)
    await expect(strip.get_by_role("columnheader")).to_have_count(50)
    assert await strip.evaluate("strip => strip.scrollLeft") == 0


async def test_the_bar_orders_a_release_and_switches_faults(scene):
    bar = scene.tab.locator("#bar")
    await bar.get_by_role("button", name="Ship a bad release").click()
    await expect(scene.tab.get_by_role("status", name="Notice")).to_have_text("A roll-back runs now.")
    faults = bar.get_by_role("button", name="Faults")
    await faults.click()
    switch = scene.tab.get_by_role("menuitemcheckbox", name="GitHub answers 503")
    await expect(switch).to_have_attribute("aria-checked", "false")
    await switch.click()
    await expect(faults).to_have_text("Faults: 1GitHub")
    assert scene.world.orders == ["ship_bad_release", ("github_down", True)]
    scene.world.now = scene.world.now | {
        "release": {"current": "2026.11.24-3", "bad": True, "run": None},
        "shop": {"healthy": False, "error_rate": 0.073},
    }
    await expect(bar.get_by_role("button", name="Bad release is live")).to_be_disabled()
    await expect(bar.locator("#shop.bad")).to_have_text("7.3 % of orders fail")


async def test_the_end_of_watchkeeper_is_said_for_as_long_as_it_is_true(scene):
    ended = scene.tab.locator("#ended")
    scene.world.now = scene.world.now | {"ended": "Watchkeeper ended (signal 9)."}
    await expect(ended).to_have_text("Watchkeeper ended (signal 9).")
    await expect(ended).to_have_css("background-color", "rgb(179, 38, 30)")
    scene.world.now = {key: value for key, value in scene.world.now.items() if key != "ended"}
    await expect(ended).to_be_empty()


async def test_a_lost_server_is_said_and_found_again(scene):
    await scene.post(text="before")
    await expect(scene.channel).to_contain_text("before")
    lost = scene.tab.locator("#link-lost")
    port = int(scene.slack.url.rpartition(":")[2])
    await scene.stop()
    await expect(lost).to_contain_text("does not answer")
    await scene.start(port)
    await expect(lost).to_be_empty(timeout=8000)
    scene.slack.people.message(cast.PRIYA, cast.INCIDENTS, "after")
    await expect(scene.channel).to_contain_text("after")
    # The browser itself reports each refused connection as an error; here they were meant.
    scene.errors.clear()
