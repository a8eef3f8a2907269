"""The socket to Slack, and its watchdog: a ticket that died before it was used is not tried for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.socket_mode import SocketMode
from playground.slack import SlackStandIn, cast


@pytest.fixture
async def stand_in() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as running:
        yield running


@pytest.fixture
async def socket(stand_in: SlackStandIn) -> AsyncIterator[SocketMode]:
    """An app that acknowledges `/watch`, on its way to a socket."""
    app = AsyncApp(client=AsyncWebClient(stand_in.app.bot_token, base_url=f"{stand_in.url}/api/"))

    @app.command("/watch")
    async def watch(ack: AsyncAck) -> None:
        await ack()

    socket = SocketMode(stand_in.app.app_token)
    running = asyncio.create_task(socket.run(app))
    yield socket
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def opens(stand_in: SlackStandIn) -> int:
    """How often the app has asked for a ticket."""
    return sum(call["method"] == "apps.connections.open" for call in stand_in.api.log)


async def obeyed(stand_in: SlackStandIn) -> bool:
    """Whether a person's command arrives."""
    return (await stand_in.people.command(cast.PRIYA, "incidents", "/watch status").outcome).acked


async def test_a_ticket_that_died_before_it_was_used_is_thrown_away(stand_in: SlackStandIn, socket: SocketMode) -> None:
    """The Web API answers all the while; slack-sdk alone would try the dead ticket for ever."""
    async with asyncio.timeout(10):
        await stand_in.sockets.until_staying(1)
    assert await obeyed(stand_in)
    assert opens(stand_in) == 1

    stand_in.sockets.dead_tickets = 1
    # The frame alone: a socket that closes as well starts a second reconnection, which happens to mend the first.
    stand_in.sockets.disconnect("refresh_requested", close_after=10)
    async with asyncio.timeout(15):
        await stand_in.sockets.until_staying(1)
    assert opens(stand_in) == 3, "the dead ticket, and the one that was asked for instead"
    assert await obeyed(stand_in)
    assert await socket.connected()
