"""What people do in Slack, what they see, and what Slack does not let them do."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from playground.slack.errors import Refused
from playground.slack.typed import stored
from tests.playground.slack_door import Door, bolt

Json = dict[str, Any]
ROOM = cast.INCIDENTS
CONFIRM = {
    "title": {"type": "plain_text", "text": "Roll back checkout?"},
    "text": {"type": "mrkdwn", "text": "It starts at once."},
    "confirm": {"type": "plain_text", "text": "Roll back"},
    "deny": {"type": "plain_text", "text": "Not now"},
}


def button(action_id: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Press"}} | more


def card(*elements: Json) -> list[Json]:
    return [{"type": "actions", "block_id": "row", "elements": list(elements)}]


OVERFLOW = {
    "type": "overflow",
    "action_id": "more",
    "options": [
        {"text": {"type": "plain_text", "text": "Why this one"}, "value": "why:2041/19"},
        {"text": {"type": "plain_text", "text": "Show the request"}, "value": "show:2041/19"},
    ],
}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@priya and @Maya Okafor: see #incidents", "<@U07PRIYA0R1> and <@U07MAYA0003>: see <#C07INCIDENTS|incidents>"),
        ("@checkout-approvers <b> & co", "<!subteam^S07CHECKAP1> &lt;b&gt; &amp; co"),
        ("<@U07PRIYA0R1> <!channel> <!evil>", "<@U07PRIYA0R1> <!channel> &lt;!evil&gt;"),
        ("mail priya@shop.example.com @priyanka", "mail priya@shop.example.com @priyanka"),
    ],
)
async def test_typed_text(slack: SlackStandIn, typed: str, kept: str) -> None:
    assert stored(slack.state, typed) == kept


async def test_a_mention_is_answered_in_its_thread(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    app = AsyncApp(client=client)

    @app.event("app_mention")
    async def mentioned(event: Json, say: AsyncSay) -> None:
        await say(f"heard: {event['text']}", thread_ts=event["ts"])

    @app.event("message")
    async def message() -> None:
        """Take it."""

    async with bolt(slack, app):
        asked = await door.act(cast.TOM, "mention", text="status 2041")
        ts = asked["message"]["ts"]
        answer = await door.expect(thread_ts=ts, contains="heard: <@U07WATCHKPR> status 2041")
        assert answer["bot_id"] == "B07WATCHKPR"
        typed = await door.act(cast.TOM, "message", text="@watchkeeper again")
        await door.expect(thread_ts=typed["message"]["ts"], contains="again")
    shown = await door.get("messages", channel="incidents")
    parent = next(message for message in shown["messages"] if message["ts"] == ts)
    assert (parent["reply_count"], parent["latest_reply"]) == (1, answer["ts"])


async def test_commands_that_slack_itself_refuses(slack: SlackStandIn, door: Door) -> None:
    root = slack.people.message(cast.PRIYA, ROOM, "root").ts
    refused = await door.act(cast.PRIYA, "message", text="/watch status", thread_ts=root)
    assert refused["error"] == "command_in_thread"
    await door.expect(ephemeral_to=cast.PRIYA, thread_ts=root, contains="/watch is not supported in threads. Sorry!")
    assert (await door.act(cast.PRIYA, "command", text="/wacht status"))["error"] == "unknown_command"
    await door.expect(ephemeral_to=cast.PRIYA, contains="/wacht is not a valid command")
    assert (await door.act(cast.TOM, "command", "checkout", text="/watch status"))["error"] == "not_in_channel"
    assert (await door.get("log"))["calls"] == []


async def test_a_press_reaches_the_app_and_can_be_answered(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    app = AsyncApp(client=client)
    pressed: list[Json] = []

    @app.action("approve")
    async def approve(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        await ack()
        pressed.append(body)
        await respond("Counted: 1 of 2.", replace_original=False)

    @app.action("more")
    async def more(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        await ack()
        pressed.append(body)
        await respond(f"chosen: {body['actions'][0]['selected_option']['value']}", replace_original=True)

    async with bolt(slack, app):
        blocks = card(button("approve", value="2041/19", confirm=CONFIRM), OVERFLOW)
        posted = await client.chat_postMessage(channel=ROOM, text="card", blocks=blocks)
        click: Json = {"ts": posted["ts"], "action_id": "approve"}
        first = await door.act(cast.PRIYA, "click", **click)
        assert (first["error"], first["detail"]) == ("confirm_required", "It starts at once.")
        assert (await door.act(cast.PRIYA, "click", **click, confirm=True))["acked"]
        await door.expect(ephemeral_to=cast.PRIYA, contains="Counted: 1 of 2.")
        click["action_id"] = "more"
        assert (await door.act(cast.PRIYA, "click", **click, value="nothing"))["error"] == "option_not_found"
        assert (await door.act(cast.PRIYA, "click", **click, value="why:2041/19"))["acked"]
        await door.expect(ts=posted["ts"], contains="chosen: why:2041/19", edited="true")
        assert (await door.act(cast.PRIYA, "click", **click, value="why:2041/19"))["error"] == "action_not_found"
    assert pressed[0]["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "action_id": "approve",
        "block_id": "row",
        "text": {"type": "plain_text", "text": "Press"},
        "value": "2041/19",
        "action_ts": "",
    }
    assert pressed[0]["container"]["message_ts"] == posted["ts"]
    assert (pressed[0]["user"]["id"], pressed[0]["message"]["text"]) == (cast.PRIYA, "card")


async def test_a_press_nobody_answers_is_told_to_its_person(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    posted = await client.chat_postMessage(channel=ROOM, text="card", blocks=card(button("gone")))
    assert not (await door.act(cast.PRIYA, "click", ts=posted["ts"], action_id="gone"))["acked"]
    await door.expect(ephemeral_to=cast.PRIYA, contains="Watchkeeper failed")


async def test_what_is_for_one_person_is_pressed_by_that_person(client: AsyncWebClient, door: Door) -> None:
    private = await client.chat_postEphemeral(channel=ROOM, user=cast.TOM, text="x", blocks=card(button("reason")))
    click = {"ts": private["message_ts"], "action_id": "reason"}
    assert (await door.act(cast.PRIYA, "click", **click))["error"] == "message_not_found"
    assert (await door.act(cast.TOM, "react", ts=private["message_ts"], name="eyes"))["error"] == "message_not_found"
    assert (await door.act(cast.TOM, "click", **click))["reason"] == "connection_failed"
    shown = await client.chat_postMessage(
        channel=ROOM, text="x", blocks=card(button("only", visible_to_user_ids=[cast.MAYA]))
    )
    assert (await door.act(cast.TOM, "click", ts=shown["ts"], action_id="only"))["error"] == "not_visible"


async def test_a_response_url_works_five_times_within_half_an_hour(slack: SlackStandIn) -> None:
    room = slack.state.channels[ROOM]
    url = slack.response_urls.issue(room, cast.PRIYA)
    async with aiohttp.ClientSession() as session:

        async def respond(to: str, **body: Any) -> tuple[int, str]:
            async with session.post(to, json=body) as response:
                return response.status, await response.text()

        assert await respond(url) == (400, '{"ok":false,"error":"no_text"}')
        for number in range(3):
            assert await respond(url, text=f"line {number}") == (200, "ok")
        assert await respond(url, text="for all", response_type="in_channel") == (200, "ok")
        assert await respond(url, text="six") == (404, '{"ok":false,"error":"used_url"}')
        assert (await respond(f"{url}x", text="x"))[1] == '{"ok":false,"error":"no_such_url"}'
        late = slack.response_urls.issue(room, cast.PRIYA)
        slack.clock.scale = 1_000_000_000
        assert (await respond(late, text="x"))[1] == '{"ok":false,"error":"expired_url"}'
    private = [message.ephemeral_to for message in room.messages.values()]
    assert private == [cast.PRIYA] * 3 + [None]


async def test_writing_reacting_and_membership(slack: SlackStandIn, door: Door) -> None:
    message = (await door.act(cast.PRIYA, "message", text="It is."))["message"]
    ts = message["ts"]
    await door.act(cast.MAYA, "react", ts=ts, name=":white_check_mark:")
    await door.expect(ts=ts, reaction="white_check_mark", reaction_by=cast.MAYA)
    assert (await door.act(cast.TOM, "unreact", ts=ts, name="white_check_mark"))["error"] == "no_reaction"
    assert (await door.act(cast.MAYA, "unreact", ts=ts, name="white_check_mark"))["ok"]
    assert (await door.act(cast.TOM, "edit", ts=ts, text="mine"))["error"] == "not_the_author"
    edited = (await door.act(cast.PRIYA, "edit", ts=ts, text="It is. Reading it."))["message"]
    assert (edited["edited"]["user"], edited["history"][0]["text"]) == (cast.PRIYA, "It is.")
    assert (await door.act(cast.PRIYA, "delete", ts=ts))["message"]["deleted"]
    assert (await door.act(cast.SAM, "join", "checkout"))["error"] == "restricted_action"
    assert (await door.act(cast.TOM, "join", "checkout"))["ok"]
    assert (await door.act(cast.TOM, "message", "checkout", text="hello"))["ok"]
    assert (await door.act(cast.TOM, "leave", "checkout"))["ok"]
    assert (await door.act(cast.TOM, "dance"))["error"] == "unknown_act"
    await door.post("user", id=cast.TOM, deleted=True)
    assert (await door.act(cast.TOM, "message", text="x"))["error"] == "user_not_found"


async def test_another_app_writes_and_reacts_as_a_bot(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    posted = await client.chat_postMessage(channel=ROOM, text="card")
    await door.act(cast.DEPLOY_HELPER, "react", ts=posted["ts"], name="white_check_mark")
    written = (await door.act(cast.DEPLOY_HELPER, "message", text="2026.11.24-3 is out"))["message"]
    assert written["bot_id"] == "B07DEPLOYHP"


async def test_shortcuts(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    app = AsyncApp(client=client)
    used: list[Json] = []

    @app.shortcut("open_incident")
    async def opened(ack: AsyncAck, body: Json) -> None:
        await ack()
        used.append(body)

    async with bolt(slack, app):
        ts = slack.people.message(cast.PRIYA, ROOM, "Three shops report failed payments").ts
        assert (await door.act(cast.PRIYA, "shortcut", callback_id="open_incident", ts=ts))["acked"]
        assert (await door.act(cast.PRIYA, "shortcut", callback_id="open_incident"))["acked"]
    assert [body["type"] for body in used] == ["message_action", "shortcut"]
    assert used[0]["message"]["ts"] == ts


async def test_expecting_what_does_not_come_says_what_was_there(slack: SlackStandIn, door: Door) -> None:
    slack.people.message(cast.PRIYA, ROOM, "7.3\u00a0% of requests fail")
    assert (await door.expect(contains="7.3 % of", user=cast.PRIYA))["text"]
    waiting = asyncio.create_task(door.expect(contains="later", lacks="never"))
    await asyncio.sleep(0)
    slack.people.message(cast.PRIYA, ROOM, "later, never")
    slack.people.message(cast.PRIYA, ROOM, "later")
    assert (await waiting)["text"] == "later"
    missing = await door.get("expect", contains="nothing of the kind", timeout="0.05")
    assert (door.status, len(missing["there"])) == (408, 3)
    await door.get("expect", containts="x")
    assert door.status == 400


async def test_the_log_tells_every_call(client: AsyncWebClient, door: Door) -> None:
    await client.chat_postMessage(channel=ROOM, text="x" * 300, blocks=card(button("a")))
    call = (await door.get("log", method="chat.postMessage"))["calls"][0]
    assert (call["result"], call["args"]["blocks"], len(call["args"]["text"])) == ("ok", "[1 items]", 200)


async def test_in_process_people_raise(slack: SlackStandIn) -> None:
    with pytest.raises(Refused, match="not_in_channel"):
        slack.people.message(cast.SAM, "checkout", "x")
