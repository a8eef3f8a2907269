"""Socket Mode as Bolt and a bare WebSocket see it: tickets, acknowledgements, redelivery, disconnects."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from playground.slack.clock import Clock
from tests.playground.slack_door import Door, bolt

Json = dict[str, Any]


class Socket:
    """One bare socket: receives envelopes, acknowledges when told."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def receive(self) -> Json:
        received: Json = await self.ws.receive_json(timeout=5)
        return received

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        answer: Json = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_str(json.dumps(answer | ({"payload": payload} if payload else {})))


async def ticket(slack: SlackStandIn) -> str:
    client = AsyncWebClient(base_url=f"{slack.url}/api/")
    return str((await client.apps_connections_open(app_token=cast.APP_TOKEN))["url"])


@asynccontextmanager
async def socket(slack: SlackStandIn) -> AsyncIterator[Socket]:
    async with aiohttp.ClientSession() as session, session.ws_connect(await ticket(slack)) as ws:
        opened = Socket(ws)
        assert (await opened.receive())["type"] == "hello"
        yield opened


def said(envelope: Json) -> str:
    return str(envelope["payload"]["event"]["text"])


async def test_a_ticket_opens_one_socket_once(slack: SlackStandIn) -> None:
    url = await ticket(slack)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        hello = await ws.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": "A07WATCHKPR"}
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url)
        assert caught.value.status == 401


async def test_dead_tickets_open_nothing_and_the_next_one_does(slack: SlackStandIn, door: Door) -> None:
    await door.post("dead-tickets", times=1)
    dead = await ticket(slack)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(dead)
    assert caught.value.status == 401
    async with socket(slack):
        pass


async def test_the_eleventh_socket_is_sent_away(slack: SlackStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        opened = [await session.ws_connect(await ticket(slack)) for _ in range(11)]
        firsts = [await ws.receive_json() for ws in opened]
        assert [first["type"] for first in firsts] == ["hello"] * 10 + ["disconnect"]
        assert firsts[-1]["reason"] == "too_many_websockets"
        for ws in opened:
            await ws.close()


async def test_each_envelope_goes_to_one_socket_and_any_may_acknowledge(slack: SlackStandIn, door: Door) -> None:
    async with socket(slack) as one, socket(slack) as two:
        for text in ("a", "b"):
            slack.people.message(cast.PRIYA, "incidents", text)
        first, second = await one.receive(), await two.receive()
        assert {said(first), said(second)} == {"a", "b"}
        assert (first["accepts_response_payload"], first["retry_attempt"]) == (False, 0)
        await two.ack(first)
        await one.ack(second)
        command = asyncio.create_task(door.act(cast.PRIYA, "command", text="/watch status"))
        received = asyncio.create_task(one.receive())
        other = asyncio.create_task(two.receive())
        done, pending = await asyncio.wait({received, other}, return_when=asyncio.FIRST_COMPLETED)
        envelope = done.pop().result()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        await one.ack(envelope)
        assert (await command)["acked"]
        pending.pop().cancel()
    assert slack.sockets.unacknowledged == 0


async def test_pings_are_echoed(slack: SlackStandIn) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(await ticket(slack), autoping=False) as ws:
        await ws.receive_json()
        await ws.ping(b"sdk-ping-pong:1795486024.5")
        pong = await ws.receive(timeout=5)
        assert (pong.type, bytes(pong.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1795486024.5")


async def test_an_unacknowledged_event_comes_again_with_the_same_id() -> None:
    # 3 s, 1 min and 5 min in a hundredth of their time.
    async with SlackStandIn(clock=Clock(scale=100)) as slack, socket(slack) as ws:
        slack.people.message(cast.PRIYA, "incidents", "hello")
        envelopes = [await ws.receive() for _ in range(4)]
        assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
        assert len({envelope["envelope_id"] for envelope in envelopes}) == 4
        attempts = [(envelope["retry_attempt"], envelope["retry_reason"]) for envelope in envelopes]
        assert attempts == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
        await ws.ack(envelopes[3])


async def test_an_event_while_nobody_is_connected_comes_with_a_retry() -> None:
    async with SlackStandIn(clock=Clock(scale=100)) as slack:
        slack.people.message(cast.PRIYA, "incidents", "hello")
        async with socket(slack) as ws:
            envelope = await ws.receive()
            assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "connection_failed")
            await ws.ack(envelope)


async def test_a_command_nobody_acknowledges_is_told_to_its_person(slack: SlackStandIn, door: Door) -> None:
    answer = await door.act(cast.PRIYA, "command", text="/watch status")
    assert (answer["acked"], answer["reason"]) == (False, "connection_failed")
    await door.expect(ephemeral_to=cast.PRIYA, contains='/watch failed with the error "dispatch_failed"')
    await door.post("clock", scale=100)
    async with socket(slack) as ws:
        answer = await door.act(cast.PRIYA, "command", text="/watch status")
        assert (answer["acked"], answer["reason"]) == (False, "timeout")
        envelope = await ws.receive()
        await ws.ack(envelope, {"text": "too late"})
        await door.expect(ephemeral_to=cast.PRIYA, contains="/watch failed because the app did not respond")
        # Nothing comes again: the next envelope is the next event.
        slack.people.message(cast.PRIYA, "incidents", "next")
        assert said(await ws.receive()) == "next"
    late = await door.get("expect", ephemeral_to=cast.PRIYA, contains="too late", timeout="0")
    assert door.status == 408
    assert len(late["there"]) == 2


async def test_held_acknowledgements_and_doubled_envelopes(slack: SlackStandIn, door: Door) -> None:
    async with socket(slack) as ws:
        await door.post("redeliver", duplicate=True)
        slack.people.message(cast.PRIYA, "incidents", "twice")
        one, two = await ws.receive(), await ws.receive()
        assert one["payload"]["event_id"] == two["payload"]["event_id"]
        assert one["envelope_id"] != two["envelope_id"]
        await ws.ack(one)
        await door.post("reset")
        await door.post("hold-acks", on=True)
        await door.post("clock", scale=100)
        slack.people.message(cast.PRIYA, "incidents", "held")
        held = await ws.receive()
        await ws.ack(held)
        assert (await ws.receive())["payload"]["event_id"] == held["payload"]["event_id"]


async def test_a_held_event_comes_after_the_one_that_overtook_it(slack: SlackStandIn, door: Door) -> None:
    async with socket(slack) as ws:
        await door.post("hold-events", on=True)
        slack.people.message(cast.PRIYA, "incidents", "first")
        await door.post("hold-events", on=False)
        slack.people.message(cast.PRIYA, "incidents", "second")
        assert said(await ws.receive()) == "second"
        assert await door.post("late-events") == {"ok": True, "delivered": 1}
        assert said(await ws.receive()) == "first"


async def test_only_subscribed_events_of_ones_own_channels_come() -> None:
    app = cast.watchkeeper(bot_events=("reaction_added", "subteam_members_changed", "member_joined_channel"))
    async with SlackStandIn(app) as slack, socket(slack) as ws:
        there = slack.people.message(cast.TOM, "support", "not for the app")
        slack.people.react(cast.TOM, "support", there.ts, "eyes")
        message = slack.people.message(cast.PRIYA, "incidents", "not subscribed")
        slack.people.react(cast.PRIYA, "incidents", message.ts, "eyes")
        event = (await ws.receive())["payload"]["event"]
        assert event["item"] == {"type": "message", "channel": cast.INCIDENTS, "ts": message.ts}
        assert (event["type"], event["user"], event["item_user"]) == ("reaction_added", cast.PRIYA, cast.PRIYA)
        slack.state.change_group(slack.state.groups[cast.CHECKOUT_APPROVERS], [cast.MAYA])
        assert (await ws.receive())["payload"]["event"]["subteam_id"] == cast.CHECKOUT_APPROVERS
        slack.people.join(cast.TOM, "checkout")
        assert (await ws.receive())["payload"]["event"]["user"] == cast.TOM


async def test_ones_own_messages_and_edits_come_as_events(slack: SlackStandIn, client: AsyncWebClient) -> None:
    async with socket(slack) as ws:
        ts = (await client.chat_postMessage(channel=cast.INCIDENTS, text="one"))["ts"]
        posted = (await ws.receive())["payload"]["event"]
        assert (posted["bot_id"], posted["channel_type"], posted["ts"]) == ("B07WATCHKPR", "channel", ts)
        await client.chat_update(channel=cast.INCIDENTS, ts=ts, text="two")
        changed = (await ws.receive())["payload"]["event"]
        assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "two")
        assert changed["previous_message"]["text"] == "one"
        await client.chat_delete(channel=cast.INCIDENTS, ts=ts)
        assert (await ws.receive())["payload"]["event"]["deleted_ts"] == ts


async def test_bolt_answers_and_comes_back_after_a_disconnect(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    app = AsyncApp(client=client)

    @app.command("/watch")
    async def watch(ack: AsyncAck, command: Json) -> None:
        await ack(f"asked: {command['text']}")

    async with bolt(slack, app):
        answer = await door.act(cast.PRIYA, "command", text="/watch ask @maya now")
        assert answer["acked"], answer
        await door.expect(ephemeral_to=cast.PRIYA, contains="asked: ask <@U07MAYA0003|maya> now")
        told = await door.post("disconnect", reason="refresh_requested", close_after=0.2)
        assert told["sockets"] == 1
        await door.get("sockets", staying="1")
        assert door.status == 200
        assert (await door.act(cast.PRIYA, "command", text="/watch again"))["acked"]
        await door.expect(ephemeral_to=cast.PRIYA, contains="asked: again")


async def test_bolt_sees_the_retry_of_an_event_it_did_not_take(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.clock.scale = 100
    app = AsyncApp(client=client)
    seen: list[tuple[str, list[str] | None]] = []
    taken = asyncio.Event()

    @app.middleware
    async def store(req: AsyncBoltRequest, body: Json, next: Any) -> None:
        seen.append((body["event_id"], dict(req.headers).get("x-slack-retry-num")))
        if len(seen) == 1:
            # A database that is down: the envelope must stay unacknowledged.
            raise RuntimeError("down")
        await next()

    @app.event("message")
    async def message() -> None:
        taken.set()

    @app.error
    async def swallow() -> None:
        """Bolt would answer for itself; the missing acknowledgement is the point."""

    async with bolt(slack, app):
        slack.people.message(cast.PRIYA, "incidents", "hello")
        await asyncio.wait_for(taken.wait(), 10)
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == ["0"]
    assert seen[1][1] == ["1"]
