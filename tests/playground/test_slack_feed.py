"""The page's feed: a snapshot, then whole messages as they change."""

import asyncio
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast

ROOM = cast.INCIDENTS


async def test_a_page_sees_everything_as_it_happens(slack: SlackStandIn, client: AsyncWebClient) -> None:
    before = slack.people.message(cast.PRIYA, ROOM, "before")
    async with aiohttp.ClientSession(slack.url) as session, session.ws_connect("/page/feed") as ws:

        async def event() -> dict[str, Any]:
            received: dict[str, Any] = await ws.receive_json(timeout=5)
            return received

        snapshot = await event()
        assert snapshot["type"] == "snapshot"
        assert snapshot["workspace"] == {
            "id": cast.TEAM,
            "name": "Shop",
            "app_user": cast.WATCHKEEPER,
            "commands": ["/watch"],
        }
        assert [message["text"] for message in snapshot["messages"]] == ["before"]
        assert {"id": cast.SAM, "is_restricted": True}.items() <= next(
            user for user in snapshot["users"] if user["id"] == cast.SAM
        ).items()

        reply = (await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=before.ts))["ts"]
        posted, parent = await event(), await event()
        assert (posted["type"], posted["message"]["ts"], posted["message"]["thread_ts"]) == (
            "message",
            reply,
            before.ts,
        )
        assert (parent["type"], parent["message"]["reply_count"]) == ("message_changed", 1)

        slack.people.react(cast.MAYA, ROOM, reply, "eyes")
        reacted = await event()
        assert (reacted["type"], reacted["reaction"]) == ("reaction_added", "eyes")
        assert reacted["message"]["reactions"] == [{"name": "eyes", "users": [cast.MAYA]}]

        await client.chat_postEphemeral(channel=ROOM, user=cast.TOM, text="only you")
        assert (await event())["message"]["ephemeral_to"] == cast.TOM
        await client.chat_update(channel=ROOM, ts=reply, text="changed")
        assert (await event())["message"]["history_len"] == 1
        await client.chat_delete(channel=ROOM, ts=reply)
        assert [(await event())["type"], (await event())["message"]["reply_count"]] == ["message_deleted", 0]
        slack.people.join(cast.TOM, "checkout")
        assert cast.TOM in (await event())["channel"]["members"]


async def test_two_hundred_commands_at_once_are_all_acknowledged(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ticket = (await client.apps_connections_open(app_token=cast.APP_TOKEN))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(ticket) as ws:

        async def acknowledge() -> None:
            await ws.receive_json()
            for _ in range(200):
                envelope = await ws.receive_json()
                await ws.send_str(f'{{"envelope_id":"{envelope["envelope_id"]}"}}')

        app = asyncio.create_task(acknowledge())
        deliveries = [slack.people.command(cast.PRIYA, ROOM, f"/watch status {number}") for number in range(200)]
        outcomes = await asyncio.gather(*(delivery.outcome for delivery in deliveries))
        await app
    assert all(outcome.acked for outcome in outcomes)
