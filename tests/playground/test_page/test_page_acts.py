"""What a person does on the page reaches the stand-in, and through it the app, as Slack would send it."""

import pytest

from playground.slack import cast

expect = pytest.importorskip("playwright.async_api", reason="the browser group is not installed").expect
pytestmark = pytest.mark.asyncio(loop_scope="module")


def plain(text):
    return {"type": "plain_text", "text": text}


CARD = [
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "text": plain("Approve"),
                "action_id": "wk_approve",
                "value": "2041/19",
                "style": "primary",
                "confirm": {
                    "title": plain("Roll back checkout?"),
                    "text": {"type": "mrkdwn", "text": "It starts *at once*."},
                    "confirm": plain("Roll back"),
                    "deny": plain("Not now"),
                },
            },
            {
                "type": "overflow",
                "action_id": "wk_more",
                "options": [
                    {"text": plain("Add a note"), "value": "note:2041"},
                    {"text": plain("Hand over"), "value": "handoff:2041"},
                ],
            },
        ],
    }
]


async def test_a_button_asks_first_and_then_the_app_gets_the_press(scene):
    card = scene.message(await scene.post(CARD))
    await scene.act_as("Maya Okafor")
    async with scene.app() as envelope:
        await card.get_by_role("button", name="Approve").click()
        dialog = scene.tab.get_by_role("dialog", name="Roll back checkout?")
        await expect(dialog.locator("b")).to_have_text("at once")
        await dialog.get_by_role("button", name="Not now").click()
        await expect(dialog).to_have_count(0)
        await card.get_by_role("button", name="Approve").click()
        await dialog.get_by_role("button", name="Roll back").click()
        press = await envelope("interactive")
    assert press["user"]["id"] == cast.MAYA
    assert [(a["action_id"], a["value"], a["block_id"]) for a in press["actions"]] == [
        ("wk_approve", "2041/19", "decide")
    ]


async def test_an_overflow_menu_opens_closes_and_chooses_by_keyboard(scene):
    card = scene.message(await scene.post(CARD))
    more = card.get_by_role("button", name="More actions")
    async with scene.app() as envelope:
        await more.focus()
        await scene.tab.keyboard.press("Enter")
        menu = scene.tab.get_by_role("menu")
        await expect(menu.get_by_role("menuitem", name="Add a note")).to_be_focused()
        await scene.tab.keyboard.press("Escape")
        await expect(menu).to_have_count(0)
        await expect(more).to_be_focused()
        for key in ("Enter", "ArrowDown", "Enter"):
            await scene.tab.keyboard.press(key)
        press = await envelope("interactive")
    assert press["actions"][0]["selected_option"]["value"] == "handoff:2041"


async def test_a_press_on_what_is_gone_or_unanswered_is_said(scene):
    ts = await scene.post(CARD)
    await scene.message(ts).get_by_role("button", name="More actions").click()
    await scene.tab.get_by_role("menuitem", name="Add a note").click()
    # No app is connected: Slack itself tells the person.
    await expect(scene.channel.locator(".ephemeral")).to_contain_text("dispatch_failed")
    await scene.message(ts).get_by_role("button", name="More actions").click()
    await scene.bot.chat_update(channel=cast.INCIDENTS, ts=ts, text="decided", blocks=[])
    await expect(scene.message(ts)).to_contain_text("decided")
    await scene.tab.get_by_role("menuitem", name="Hand over").click()
    await expect(scene.channel.get_by_role("status")).to_contain_text("no wk_more is on that message now")


async def test_reactions_toggle_as_the_acting_person(scene):
    ts = await scene.post(text="card")
    message, chip = scene.message(ts), scene.message(ts).locator(".chip")
    await scene.bot.reactions_add(channel=cast.INCIDENTS, timestamp=ts, name="white_check_mark")
    await expect(chip).to_have_text("✅1")
    await expect(chip).to_have_attribute("aria-pressed", "false")
    async with scene.app() as envelope:
        await chip.click()
        await expect(chip).to_have_text("✅2")
        event = (await envelope("events_api"))["event"]
        assert (event["type"], event["reaction"], event["user"]) == ("reaction_added", "white_check_mark", cast.PRIYA)
        await expect(chip).to_have_attribute("aria-pressed", "true")
        await chip.click()
        await expect(chip).to_have_text("✅1")
        assert (await envelope("events_api"))["event"]["type"] == "reaction_removed"
        await scene.act_as("Sam Reyes")
        await message.hover()
        await message.get_by_role("button", name="Add a reaction").click()
        await scene.tab.get_by_role("menuitem", name="no entry").click()
        event = (await envelope("events_api"))["event"]
    assert (event["reaction"], event["user"]) == ("no_entry", cast.SAM)


async def test_messages_mentions_and_replies_are_sent_as_typed(scene):
    root = await scene.post(text="root")
    box, reply = scene.tab.get_by_label("Message the channel"), scene.tab.get_by_label("Reply in the thread")
    await expect(reply).to_be_disabled()
    await scene.act_as("Tom Becker")
    async with scene.app() as envelope:
        await box.fill("a < b & @Priya Raman")
        await box.press("Enter")
        event = (await envelope("events_api"))["event"]
        assert (event["text"], event["user"]) == (f"a &lt; b &amp; <@{cast.PRIYA}>", cast.TOM)
        await expect(scene.channel.locator(".message").last).to_contain_text("a < b & @Priya Raman")
        await expect(box).to_have_value("")
        await scene.message(root).hover()
        await scene.message(root).get_by_role("button", name="Reply in thread").click()
        await reply.fill("@watchk")
        await scene.tab.get_by_role("option", name="@watchkeeper").click()
        await expect(reply).to_have_value("@watchkeeper ")
        await reply.press_sequentially("status")
        await reply.press("Enter")
        mention = (await envelope("events_api"))["event"]
    assert mention["thread_ts"] == root
    assert mention["text"] == f"<@{cast.WATCHKEEPER}> status"
    await expect(scene.message(root).locator(".replies")).to_contain_text("1 reply Last reply")


async def test_slash_commands_complete_and_reach_the_app(scene):
    box = scene.tab.get_by_label("Message the channel")
    async with scene.app() as envelope:
        await box.press_sequentially("/watch st")
        offered = scene.tab.get_by_role("listbox").get_by_role("option")
        await expect(offered).to_have_count(2)
        await box.press("Tab")
        await expect(box).to_have_value("/watch status ")
        await box.press_sequentially("2041")
        await box.press("Enter")
        command = await envelope("slash_commands")
    assert (command["command"], command["text"], command["user_id"]) == ("/watch", "status 2041", cast.PRIYA)


async def test_a_thread_refuses_slash_commands_as_slack_does(scene):
    root = await scene.post(text="root")
    await scene.post(text="reply", thread_ts=root)
    reply = scene.tab.get_by_label("Reply in the thread")
    await reply.fill("/watch approve 19")
    await expect(scene.tab.get_by_role("option")).to_have_count(0)
    await reply.press("Enter")
    answer = scene.thread.locator(".ephemeral")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("/watch is not supported in threads. Sorry!")
    public = [m for m in scene.slack.state.channels[cast.INCIDENTS].messages.values() if not m.ephemeral_to]
    assert [m.text for m in public] == ["root", "reply"]


async def test_the_newest_thread_is_open_until_one_is_picked_and_links_lead_to_messages(scene):
    one = await scene.post(text="first incident")
    first = await scene.post(text="first reply", thread_ts=one)
    await expect(scene.message(first, scene.thread)).to_be_visible()
    two = await scene.post(text="second incident")
    await scene.post(text="second reply", thread_ts=two)
    await expect(scene.thread).to_contain_text("second reply")
    await scene.message(one).locator(".replies").click()
    await expect(scene.thread).to_contain_text("first reply")
    link = (await scene.bot.chat_getPermalink(channel=cast.INCIDENTS, message_ts=two))["permalink"]
    await scene.post(text=f"see <{link}|the other>")
    await scene.channel.get_by_role("link", name="the other").click()
    await expect(scene.thread).to_contain_text("second reply")


async def test_conversations_are_those_of_the_acting_person_and_news_is_marked(scene):
    rooms = scene.tab.get_by_role("navigation").get_by_role("button")
    await expect(rooms).to_have_text(["# checkout", "# incidents", "# releases", "# support"])
    scene.slack.people.message(cast.TOM, cast.SUPPORT, "Three shops report failed payments")
    news = rooms.filter(has_text="support")
    await expect(news).to_have_class("news")
    await news.click()
    await expect(scene.channel).to_contain_text("Three shops")
    await expect(rooms.filter(has_text="support")).not_to_have_class("news")
    await scene.tab.get_by_role("radio", name="Priya Raman").focus()
    await scene.tab.keyboard.press("ArrowLeft")
    await expect(scene.tab.get_by_role("radio", name="Sam Reyes")).to_be_checked()
    await expect(rooms).to_have_text(["# incidents"])
