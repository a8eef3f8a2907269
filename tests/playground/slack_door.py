"""How tests reach the Slack stand-in: its control door over HTTP, and a Bolt app on its sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn

Json = dict[str, Any]


class Door:
    """`POST` and `GET` below `/control`; the answer's status is in `status`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.status = 0

    async def post(self, name: str, /, **body: Any) -> Json:
        async with self._session.post(f"/control/{name}", json=body) as response:
            self.status = response.status
            answer: Json = await response.json()
            return answer

    async def get(self, name: str, /, **query: str) -> Json:
        async with self._session.get(f"/control/{name}", params=query) as response:
            self.status = response.status
            answer: Json = await response.json()
            return answer

    async def act(self, who: str, do: str, channel: str = "incidents", /, **more: Any) -> Json:
        return await self.post("act", **{"as": who, "do": do, "channel": channel, **more})

    async def expect(self, **query: str) -> Json:
        """The message that fits, or an AssertionError that shows what was there instead."""
        answer = await self.get("expect", **({"timeout": "10"} | query))
        assert self.status == 200, answer
        message: Json = answer["message"]
        return message


@asynccontextmanager
async def bolt(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app on one socket of the stand-in, closed in the end."""
    handler = AsyncSocketModeHandler(app, slack.app.app_token)
    await handler.connect_async()
    try:
        yield handler
    finally:
        await handler.close_async()


def bolt_app(client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(client=client)
