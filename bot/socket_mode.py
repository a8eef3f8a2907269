"""Socket Mode with a watchdog: connect, stay connected, say whether we are.

slack-sdk keeps a WebSocket ticket that died before it was used and would try it for ever; the watchdog throws it away,
so that the next try asks for a new one.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from starlette.routing import BaseRoute

from bot.complaint import Complaint

log = structlog.get_logger()
LOOK = 1.0
RETRY = 2.0


class SocketMode:
    """One socket to Slack for one app."""

    routes: Sequence[BaseRoute] = ()  # nothing at the HTTP door

    def __init__(self, app_token: str) -> None:
        self._token = app_token
        self._handler: AsyncSocketModeHandler | None = None

    async def connected(self) -> bool:
        """Whether envelopes can arrive now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def run(self, app: AsyncApp) -> None:
        """Connect and watch until cancelled."""
        self._handler = AsyncSocketModeHandler(app, self._token, ping_interval=5)
        client = self._handler.client
        complaint = Complaint()
        try:
            while True:
                try:
                    await self._handler.connect_async()
                    break
                except Exception as err:  # whatever the SDK raises: Slack is not there yet
                    if complaint.is_news(str(err)):
                        log.warning("Slack's socket cannot be opened yet", says=str(err))
                    client.wss_uri = None
                    await asyncio.sleep(RETRY)
            log.info("connected to Slack")
            while True:
                await asyncio.sleep(LOOK)
                if not await client.is_connected():
                    client.wss_uri = None
        finally:
            with suppress(Exception):  # closing a socket that is gone is no news
                await self._handler.close_async()
