"""The one thing that is said in a workspace that is not home: an answer that one person alone sees."""

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from engine.redact import Clean

log = structlog.get_logger()


class Elsewhere:
    """Says it by the token of that workspace, at most once."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def tell(self, token: str, channel: str, user: str, text: Clean) -> None:
        """In the channel, to this person alone; where there is no channel, as a direct message."""
        client = AsyncWebClient(token, self._base_url, retry_handlers=[])
        try:
            if channel:
                await client.api_call("chat.postEphemeral", json={"channel": channel, "user": user, "text": text})
            else:
                await client.api_call("chat.postMessage", json={"channel": user, "text": text})
        except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError) as err:
            log.warning("an answer did not reach its person in another workspace", says=str(err))
