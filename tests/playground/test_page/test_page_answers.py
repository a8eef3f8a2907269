"""Every click answers where the person sees it, also while the page changes, and also on a narrow window."""

import pytest

from playground.slack import cast

expect = pytest.importorskip("playwright.async_api", reason="the browser group is not installed").expect
pytestmark = pytest.mark.asyncio(loop_scope="module")
# A second reader of the world's feed: what it is told, the page was told in the same turn.
LISTEN = """() => new Promise((open) => {
  window.probe = new WebSocket(`ws://${location.host}/page/world`);
  window.told = new Promise((done) => {
    const frames = () => requestAnimationFrame(() => requestAnimationFrame(() => { probe.close(); done(); }));
    probe.onmessage = () => { probe.onmessage = frames; open(); };
  });
})"""


async def test_an_order_answers_from_the_click_on(scene):
    async def ship():
        scene.world.orders.append("shipped")

    scene.world.ship_bad_release = ship
    button = scene.tab.locator("#ship")
    await button.click()
    await expect(button).to_have_text("Shipping …")
    await expect(button).to_be_disabled()
    assert scene.world.orders == ["shipped"]
    release = scene.world.now["release"]
    for words, news in (
        ("Shipping …", {"bad": True, "run": "deploy"}),
        ("Bad release is live", {"bad": True, "run": None}),
        ("Rolling back …", {"bad": False, "run": "rollback"}),
    ):
        scene.world.now = scene.world.now | {"release": release | news}
        await expect(button).to_have_text(words)
        await expect(button).to_be_disabled()
    scene.world.now = scene.world.now | {"release": release}
    await expect(button).to_have_text("Ship a bad release")
    await expect(button).to_be_enabled()


async def test_a_refused_order_says_why_and_can_be_given_again(scene):
    button, notice = scene.tab.locator("#ship"), scene.tab.get_by_role("status", name="Notice")
    for _ in range(2):
        await button.click()
        await expect(notice).to_have_text("A roll-back runs now.")
        await expect(notice).to_be_in_viewport()
        await expect(button).to_be_enabled()
    assert scene.world.orders == ["ship_bad_release"] * 2


async def test_a_click_reaches_its_button_though_the_page_changes_meanwhile(scene):
    scene.world.now["faults"][0]["on"] = True
    which = scene.tab.locator("#faults .which")
    await expect(which).to_have_text("GitHub")
    await scene.tab.evaluate(LISTEN)
    await which.hover()
    await scene.tab.mouse.down()
    scene.world.now = scene.world.now | {"shop": {"healthy": False, "error_rate": 0.073}}
    await scene.tab.evaluate("window.told")
    await scene.tab.mouse.up()
    await expect(scene.tab.get_by_role("menu", name="Faults")).to_be_visible()
    await expect(scene.tab.locator("#shop")).to_have_text("7.3 % of orders fail")


async def test_a_message_for_one_person_can_be_dismissed(scene):
    public = await scene.post(text="for all")
    for words in ("first", "second"):
        await scene.bot.chat_postEphemeral(channel=cast.INCIDENTS, user=cast.PRIYA, text=words)
    private = scene.channel.locator(".ephemeral")
    await private.filter(has_text="first").get_by_role("button", name="Dismiss").click()
    await expect(private).to_have_count(1)
    await expect(private).to_contain_text("second")
    await expect(scene.channel.get_by_role("log")).to_be_focused()
    await scene.tab.reload()
    await expect(private).to_contain_text("second")
    await expect(private).to_have_count(1)
    await expect(scene.message(public).get_by_role("button", name="Dismiss")).to_have_count(0)


async def test_an_incident_that_slack_does_not_show_yet_is_named(scene):
    scene.world.investigated()
    await expect(scene.channel.locator(".empty")).to_have_text("INC-2041 is known; Slack does not show it yet.")
    await scene.post(text="an older one")
    await expect(scene.channel.locator(".empty")).to_be_visible()
    payload = {"event_type": "watchkeeper_root", "event_payload": {"incident": "INC-2041", "seq": 1}}
    await scene.post(text="root", metadata=payload)
    await expect(scene.channel.locator(".empty")).to_have_count(0)


@pytest.mark.parametrize("width", [900, 768])
async def test_on_a_narrow_window_everything_can_be_reached(scene, width):
    scene.world.investigated()
    root = await scene.post(text="root")
    await scene.post(text="reply", thread_ts=root)
    await scene.tab.set_viewport_size({"width": width, "height": 900})
    assert await scene.tab.evaluate("document.documentElement.scrollWidth") == width
    for part in ("#clock", "#ship", "#faults"):
        await expect(scene.tab.locator(part)).to_be_in_viewport(ratio=1)
    record, panes = scene.tab.locator("#record"), scene.tab.get_by_role("navigation", name="Panes")
    await expect(record).not_to_be_in_viewport()
    await panes.get_by_role("button", name="Records").click()
    await expect(record).to_be_in_viewport(ratio=0.99)
    await panes.get_by_role("button", name="Channel").click()
    await expect(scene.channel).to_be_in_viewport(ratio=0.99)
    await expect(record).not_to_be_in_viewport()
    await panes.get_by_role("button", name="Records").click()
    await scene.message(root).locator(".replies").click()
    await expect(scene.thread).to_be_in_viewport(ratio=0.99)


async def test_a_reader_at_the_newest_line_stays_there_when_the_window_changes(scene):
    for number in range(60):
        scene.slack.people.message(cast.TOM, cast.INCIDENTS, f"line {number} " + "words " * 30)
    last = scene.channel.locator(".message").last
    await expect(last).to_contain_text("line 59")
    for width in (1000, 1400):
        await scene.tab.set_viewport_size({"width": width, "height": 700})
        await expect(last).to_be_in_viewport(ratio=0.9)
