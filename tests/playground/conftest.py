"""A Slack to test against, on a free port of 127.0.0.1, with the ways to reach it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn
from tests.playground.slack_door import Door


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


@pytest.fixture
async def door(slack: SlackStandIn) -> AsyncIterator[Door]:
    """The control door over HTTP."""
    async with aiohttp.ClientSession(slack.url) as session:
        yield Door(session)


@pytest.fixture
def client(slack: SlackStandIn) -> AsyncWebClient:
    """slack_sdk's own client, with the app's bot token and no retries."""
    return AsyncWebClient(slack.app.bot_token, base_url=f"{slack.url}/api/", retry_handlers=[])
