"""Modals, the app's home and its shortcuts on the page: what the acting person sees, enters, and what the app gets."""

import json
from pathlib import Path

import pytest

from playground.slack import cast

expect = pytest.importorskip("playwright.async_api", reason="the browser group is not installed").expect
pytestmark = pytest.mark.asyncio(loop_scope="module")
STORYBOARD = Path(__file__).parents[4] / "shared" / "storyboard" / "blocks"


def plain(text):
    return {"type": "plain_text", "text": text}


def option(value, **more):
    return {"text": plain(value.title()), "value": value} | more


def ask(label, element, **more):
    given = {"type": "input", "block_id": label.lower(), "label": plain(label), "element": element}
    return given | {"element": element | {"action_id": "x"}} | more


REASON = ask(
    "Reason", {"type": "plain_text_input", "multiline": True, "min_length": 3}, hint=plain("Shown on the card.")
)
KIND = ask("Kind", {"type": "static_select", "options": [option("cause"), option("broad")]})
WHO = ask("Who", {"type": "users_select"}, optional=True)
WHEN = ask("When", {"type": "datepicker", "initial_date": "2026-11-24"})
BOXES = ask(
    "Lesson", {"type": "checkboxes", "options": [option("learn", description=plain("Reviewed."))]}, optional=True
)
ALERT = {"type": "alert", "level": "success", "text": plain("Your veto counts.")}


def modal(*blocks, **more):
    shown = list(blocks) or [ALERT, REASON, KIND, WHO, WHEN, BOXES]
    given = {"type": "modal", "callback_id": "why", "title": plain("Why the veto?"), "submit": plain("Record")}
    return given | {"close": plain("Later"), "blocks": shown} | more


async def open_for(scene, who, view):
    return await scene.bot.views_open(trigger_id=scene.slack.triggers.issue(who), view=view)


def dialog(scene, name="Why the veto?"):
    return scene.tab.get_by_role("dialog", name=name)


async def test_a_modal_is_filled_and_submitted_by_the_person_it_is_for(scene):
    await open_for(scene, cast.MAYA, modal())
    await expect(dialog(scene)).to_have_count(0)
    await scene.act_as("Maya Okafor")
    box = dialog(scene)
    await expect(box.get_by_role("note")).to_contain_text("Your veto counts.")
    await expect(box.locator(".unknown")).to_have_count(0)
    async with scene.app() as envelope:
        await box.get_by_label("Reason").fill("The failures are KeyErrors")
        await box.get_by_label("Kind").select_option("broad")
        await box.get_by_label("Who").select_option(label="Ben Adler")
        await box.get_by_label("Learn").check()
        await box.get_by_role("button", name="Record").click()
        sent = await envelope("interactive")
        await expect(box).to_have_count(0)
    values = {block: entered["x"] for block, entered in sent["view"]["state"]["values"].items()}
    assert (sent["type"], sent["user"]["id"]) == ("view_submission", cast.MAYA)
    assert values["reason"]["value"] == "The failures are KeyErrors"
    assert (values["kind"]["selected_option"]["value"], values["who"]["selected_user"]) == ("broad", cast.BEN)
    assert values["when"]["selected_date"] == "2026-11-24"
    assert [one["value"] for one in values["lesson"]["selected_options"]] == ["learn"]


async def test_what_is_missing_or_wrong_is_said_under_its_input(scene):
    await open_for(scene, cast.PRIYA, modal(REASON, KIND))
    box = dialog(scene)
    await box.get_by_label("Reason").fill("no")
    await box.get_by_role("button", name="Record").click()
    await expect(box.locator(".wrong")).to_have_text(
        ["Please enter at least 3 characters.", "Please complete this required field."]
    )
    await expect(box.get_by_label("Reason")).to_have_value("no")
    await box.get_by_label("Reason").fill("not so")
    await box.get_by_label("Kind").select_option("cause")
    # No app is connected: Slack keeps the modal and says so.
    await box.get_by_role("button", name="Record").click()
    await expect(box.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
    await expect(box.locator(".wrong")).to_have_count(0)
    await expect(box.get_by_label("Reason")).to_have_value("not so")


async def test_what_is_typed_stays_through_edits_and_other_people(scene):
    view = (await open_for(scene, cast.PRIYA, modal(REASON, KIND)))["view"]
    box = dialog(scene)
    await box.get_by_label("Reason").press_sequentially("not yet entered")
    await scene.bot.views_update(view_id=view["id"], view=modal(REASON, KIND, title=plain("Why not?")))
    changed = dialog(scene, "Why not?")
    await expect(changed.get_by_label("Reason")).to_have_value("not yet entered")
    await expect(changed.get_by_label("Reason")).to_be_focused()
    scene.slack.modals.fill(cast.PRIYA, {"kind": "broad"})
    await expect(changed.get_by_label("Kind")).to_have_value("broad")
    await scene.act_as("Tom Becker")
    await expect(changed).to_have_count(0)
    await scene.act_as("Priya Raman")
    await expect(changed.get_by_label("Reason")).to_have_value("not yet entered")


async def test_modals_stack_and_close_by_button_cross_and_escape(scene):
    first = await open_for(scene, cast.PRIYA, modal(notify_on_close=True))
    inside = scene.slack.triggers.issue(cast.PRIYA, first["view"]["id"])
    second = modal(REASON, title=plain("Second"), close=None)
    await scene.bot.views_push(trigger_id=inside, view=second)
    box = scene.tab.get_by_role("dialog")
    await expect(box.get_by_role("heading")).to_have_text("Second")
    await box.get_by_role("button", name="Back").click()
    await expect(box.get_by_role("heading")).to_have_text("Why the veto?")
    async with scene.app() as envelope:
        await box.get_by_label("Reason").press("Escape")
        closed = await envelope("interactive")
    assert (closed["type"], closed["is_cleared"]) == ("view_closed", False)
    await expect(box).to_have_count(0)
    await open_for(scene, cast.PRIYA, modal())
    await box.get_by_role("button", name="Close").click()
    await expect(box).to_have_count(0)
    await expect(scene.tab.get_by_label("Message the channel")).to_be_enabled()


@pytest.mark.skipif(not STORYBOARD.exists(), reason="the storyboard is not beside this checkout")
async def test_the_storyboards_modal_and_home_are_drawn_whole(scene):
    await open_for(scene, cast.PRIYA, json.loads((STORYBOARD / "veto-modal.json").read_text()))
    box = dialog(scene)
    await expect(box.get_by_label("Reason", exact=True)).to_be_focused()
    await expect(box.locator(".unknown")).to_have_count(0)
    await expect(box.locator(".label")).to_have_text(["Reason", "Kind of reason", "For the next time (optional)"])
    await box.get_by_role("button", name="Later").click()
    scene.slack.app.home_tab = True
    await scene.tab.reload()
    await scene.bot.views_publish(user_id=cast.PRIYA, view=json.loads((STORYBOARD / "app-home.json").read_text()))
    await scene.tab.get_by_role("navigation").get_by_role("button", name="Watchkeeper").click()
    await expect(scene.channel.locator(".home h3")).to_have_count(6)
    await expect(scene.channel.locator(".unknown")).to_have_count(0)
    assert await scene.tab.evaluate("document.documentElement.scrollWidth") == 1280


async def test_the_home_tells_the_app_and_takes_presses(scene):
    scene.slack.app.home_tab = True
    scene.slack.app.bot_events = ("app_home_opened",)
    await scene.tab.reload()
    row = scene.tab.get_by_role("navigation").get_by_role("button", name="Watchkeeper")
    async with scene.app() as envelope:
        await row.click()
        event = (await envelope("events_api"))["event"]
        assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", cast.PRIYA, "home")
        await expect(scene.channel).to_contain_text("Watchkeeper has published nothing here yet.")
        button = {"type": "button", "action_id": "declare", "text": plain("Open an incident")}
        home = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
        await scene.bot.views_publish(user_id=cast.PRIYA, view=home)
        await scene.channel.get_by_role("button", name="Open an incident").click()
        press = await envelope("interactive")
        assert (press["container"]["type"], press["actions"][0]["action_id"]) == ("view", "declare")
        await scene.act_as("Maya Okafor")
        await expect(scene.channel).to_contain_text("published nothing")
        await scene.channel.get_by_role("tab", name="Messages").click()
        while event["tab"] != "messages":
            event = (await envelope("events_api"))["event"]
    await scene.bot.chat_postMessage(channel=cast.MAYA, text="read-in")
    await expect(scene.channel.locator(".message")).to_contain_text("read-in")
    await expect(row).to_have_attribute("aria-current", "page")


async def test_shortcuts_on_messages_and_beside_the_line(scene):
    ts = scene.slack.people.message(cast.TOM, cast.INCIDENTS, "Three shops report failed payments").ts
    async with scene.app() as envelope:
        await scene.message(ts).hover()
        await scene.message(ts).get_by_role("button", name="Message shortcuts").click()
        await scene.tab.get_by_role("menuitem", name="Open an incident").click()
        used = await envelope("interactive")
        assert (used["type"], used["message"]["ts"], used["user"]["id"]) == ("message_action", ts, cast.PRIYA)
        await scene.channel.get_by_role("button", name="Shortcuts", exact=True).click()
        await scene.tab.get_by_role("menuitem", name="Open an incident").click()
        used = await envelope("interactive")
    assert (used["type"], "channel" in used) == ("shortcut", False)


async def test_hostile_views_stay_text(scene):
    hostile = "<img src=x onerror='window.hacked=1'>"
    text = {"type": "plain_text_input", "placeholder": plain(hostile)}
    kind = {"type": "static_select", "options": [option(hostile)], "placeholder": plain(hostile)}
    error_view = modal(ALERT | {"text": {"type": "mrkdwn", "text": hostile}}, ask(hostile, text), ask("b", kind))
    view = (await open_for(scene, cast.PRIYA, error_view))["view"]
    shown = scene.slack.views.find(view["id"])
    shown.errors, shown.trouble = {"b": hostile}, hostile
    scene.slack.views.changed(shown)
    box = scene.tab.get_by_role("dialog")
    await expect(box.get_by_role("alert")).to_have_text(hostile)
    await expect(box.locator(".wrong")).to_have_text(hostile)
    assert await box.locator("img, script").count() == 0
    assert await scene.tab.evaluate("window.hacked") is None
