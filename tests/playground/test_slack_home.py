"""App Home and shortcuts: what a person opens beside the conversations, and what the app is told of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from playground.slack.model import Shortcut
from tests.playground.slack_door import Door, bolt, bolt_app

Json = dict[str, Any]
HOME = Path(__file__).parents[3] / "shared/storyboard/blocks/app-home.json"


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    app = cast.watchkeeper(bot_events=("app_home_opened",), home_tab=True)
    async with SlackStandIn(app) as standin:
        yield standin


def home(words: str) -> Json:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": words}}
    return {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}


async def test_opening_the_home_lets_the_app_publish_it(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    app = bolt_app(client)
    opened: list[Json] = []
    pressed: list[Json] = []

    @app.event("app_home_opened")
    async def publish(event: Json) -> None:
        opened.append(event)
        await client.views_publish(user_id=event["user"], view=home(f"visit {len(opened)}"))

    @app.action("go")
    async def go(ack: AsyncAck, body: Json) -> None:
        await ack()
        pressed.append(body)

    async with bolt(slack, app):
        assert (await door.act(cast.PRIYA, "click", "", on="home", action_id="go"))["error"] == "no_home"
        await door.act(cast.PRIYA, "open_home", "")
        first = (await door.get("view", user=cast.PRIYA, on="home", contains="visit 1"))["view"]
        await door.act(cast.PRIYA, "open_home", "")
        second = (await door.get("view", user=cast.PRIYA, on="home", contains="visit 2"))["view"]
        assert (await door.act(cast.PRIYA, "click", "", on="home", action_id="go"))["acked"]
        stale = client.views_publish(user_id=cast.PRIYA, view=home("x"), hash=first["hash"])
        with pytest.raises(SlackApiError, match="hash_conflict"):
            await stale
        await door.act(cast.PRIYA, "open_home", "", tab="messages")
    assert first["id"] == second["id"]
    assert [event["tab"] for event in opened[:2]] == ["home", "home"]
    assert ("view" in opened[0], opened[1]["view"]["hash"]) == (False, first["hash"])
    assert opened[0]["channel"].startswith("D")
    assert pressed[0]["view"]["type"] == "home"


async def test_a_home_needs_its_tab_and_takes_no_modals_words(slack: SlackStandIn, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_publish(user_id="U000", view=home("x"))
    view = home("x") | {"title": {"type": "plain_text", "text": "x"}}
    with pytest.raises(SlackApiError) as caught:
        await client.views_publish(user_id=cast.PRIYA, view=view)
    assert "/view/title" in caught.value.response["response_metadata"]["messages"][0]
    slack.app.home_tab = False
    with pytest.raises(SlackApiError, match="not_enabled"):
        await client.views_publish(user_id=cast.PRIYA, view=home("x"))


@pytest.mark.skipif(not HOME.exists(), reason="the storyboard's blocks (../shared/storyboard/blocks) are not here")
async def test_the_storyboards_home_can_be_published_and_the_feed_carries_it(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    async with aiohttp.ClientSession(slack.url) as session, session.ws_connect("/page/feed") as ws:
        snapshot = await ws.receive_json(timeout=5)
        assert (snapshot["app"]["home_tab"], snapshot["modals"], snapshot["homes"]) == (True, {}, {})
        await client.views_publish(user_id=cast.PRIYA, view=json.loads(HOME.read_text()))
        told = await ws.receive_json(timeout=5)
        assert (told["type"], told["user"], told["view"]["callback_id"]) == ("home", cast.PRIYA, "wk_home")
        trigger = slack.triggers.issue(cast.MAYA)
        modal = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "divider"}]}
        await client.views_open(trigger_id=trigger, view=modal)
        told = await ws.receive_json(timeout=5)
        assert (told["type"], told["user"], len(told["views"])) == ("modal", cast.MAYA, 1)
        slack.modals.close(cast.MAYA)
        assert (await ws.receive_json(timeout=5))["views"] == []


async def test_a_shortcut_has_to_be_in_the_manifest(door: Door, slack: SlackStandIn) -> None:
    ts = slack.people.message(cast.PRIYA, cast.INCIDENTS, "x").ts
    slack.app.shortcuts = (Shortcut("Open", "message", "open"),)
    assert (await door.act(cast.PRIYA, "shortcut", callback_id="open"))["error"] == "shortcut_not_found"
    assert (await door.act(cast.PRIYA, "shortcut", callback_id="other", ts=ts))["error"] == "shortcut_not_found"
    answer = await door.act(cast.PRIYA, "shortcut", callback_id="open", ts=ts)
    assert answer["reason"] == "connection_failed"


async def test_a_message_shortcut_names_its_thread_and_can_open_a_modal(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    app = bolt_app(client)
    used: list[Json] = []

    @app.shortcut("open_incident")
    async def opened(ack: AsyncAck, body: Json) -> None:
        await ack()
        used.append(body)
        title = {"type": "plain_text", "text": "Open an incident"}
        view = {"type": "modal", "title": title, "blocks": [{"type": "divider"}]}
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    root = slack.people.message(cast.PRIYA, cast.INCIDENTS, "root").ts
    reply = slack.people.message(cast.PRIYA, cast.INCIDENTS, "reply", root).ts
    async with bolt(slack, app):
        await door.act(cast.TOM, "shortcut", callback_id="open_incident", ts=reply)
        await door.get("view", user=cast.TOM, contains="Open an incident")
        assert door.status == 200
    assert (used[0]["message"]["thread_ts"], used[0]["channel"]["id"]) == (root, cast.INCIDENTS)
    assert used[0]["response_url"].startswith(slack.url)
