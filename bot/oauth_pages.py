"""`/slack/install` and `/slack/oauth_redirect`: how a workspace installs the app, by Bolt's own flow.

The state goes out in the address and in a cookie, is good once and for ten minutes; without it nothing is installed.
"""

from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import structlog
from slack_bolt import BoltResponse
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.commands_manifest import scopes, whole
from bot.installations import STATE_LIVES, Installations, States
from bot.settings_slack import INSTALL_PATH, REDIRECT_PATH, OAuth
from engine.errors import Unavailable

log = structlog.get_logger()
Step = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class OAuthPages:
    """The two addresses."""

    def __init__(self, oauth: OAuth, base_url: str, store: Installations, states: States) -> None:
        """Reads `manifest.yml` for the scopes to ask for. Raises `ConfigError` where it is not there."""
        settings = AsyncOAuthSettings(
            client_id=oauth.client_id,
            client_secret=oauth.client_secret.get_secret_value(),
            scopes=scopes(whole()),
            user_scopes=[],
            redirect_uri=f"{oauth.url}{REDIRECT_PATH}",
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            install_page_rendering_enabled=False,  # straight to Slack, which asks the person
            authorization_url=f"{base_url.removesuffix('api/')}oauth/v2/authorize",
            installation_store=store,
            state_store=states,
            state_expiration_seconds=STATE_LIVES,
        )
        self._flow = AsyncOAuthFlow(client=AsyncWebClient(base_url=base_url), settings=settings)

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """For the HTTP door."""
        return [Route(INSTALL_PATH, self.install), Route(REDIRECT_PATH, self.installed)]

    async def install(self, request: Request) -> Response:
        """`GET /slack/install`: on to Slack, which asks the person and sends them back."""
        return await _answer(request, self._flow.handle_installation)

    async def installed(self, request: Request) -> Response:
        """`GET /slack/oauth_redirect`: back from Slack; the code becomes a token."""
        return await _answer(request, self._flow.handle_callback)


async def _answer(request: Request, step: Step) -> Response:
    try:
        answer = await step(to_async_bolt_request(request, b""))
    except (Unavailable, aiohttp.ClientError, OSError, TimeoutError) as err:
        log.warning("an installation was not completed", says=str(err))
        return PlainTextResponse("Nothing was installed: Slack or the database does not answer. Try again.\n", 503)
    if answer.status >= 400:
        log.warning("an installation was refused", status=answer.status)
    return to_starlette_response(answer)
