"""In whose name the bot speaks: one workspace by its token, or several that installed the app.

With several, one of them is home: its channel has the incidents and its people decide. Tokens come from the store, are
exchanged before they end, and go when a workspace uninstalls. It knows no listener's work.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from starlette.routing import BaseRoute

from bot.commands_manifest import INSTALL_EVENTS
from bot.complaint import Complaint
from bot.installations import AHEAD, Installations, States, sealing_key
from bot.listeners import Doors, register
from bot.listeners.elsewhere import elsewhere
from bot.listeners.installs import removal
from bot.oauth_pages import OAuthPages
from bot.settings_slack import OAuth
from bot.settings_slack import Slack as SlackSettings
from bot.slack import Slack
from bot.slack_elsewhere import Elsewhere
from engine.errors import ConfigError, Unavailable
from engine.store.database import Database

log = structlog.get_logger()
_BOLT = logging.getLogger("bolt")
LOOK = 5.0


class Workspaces(Protocol):
    """One workspace, or several."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """What it needs at the HTTP door."""
        ...

    async def opened(self) -> None:
        """Wait until there is a token to speak with."""
        ...

    async def run(self) -> None:
        """Keep the token good until cancelled."""
        ...

    def listening(self, doors: Doors, command: str) -> AsyncApp:
        """The Bolt app with every listener; whose events it takes is settled here."""
        ...

    @property
    def missing(self) -> bool:
        """Whether there is no token to speak with."""
        ...


def workspaces(settings: SlackSettings, slack: Slack, database: Database) -> Workspaces:
    """As `slack.oauth` says. Blocking: it reads or makes the key. Raises `ConfigError`."""
    if settings.oauth is None:
        return OneWorkspace(slack)
    store = Installations(database, sealing_key(settings.oauth.key_file))
    return SeveralWorkspaces(settings.oauth, settings.base_url, store, States(database), slack)


class OneWorkspace:
    """The one whose bot token is in the configuration."""

    routes: Sequence[BaseRoute] = ()
    missing = False

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def opened(self) -> None:
        """At once."""

    async def run(self) -> None:
        """Nothing ends."""
        await asyncio.Event().wait()

    def listening(self, doors: Doors, command: str) -> AsyncApp:
        """It takes every event as this workspace's; Slack is open already."""
        app = _bolt(self._slack.base_url, self._whose)
        register(app, doors, command)
        return app

    async def _whose(self, team_id: str | None) -> AuthorizeResult:
        slack = self._slack
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_user_id=slack.bot_user, bot_id=slack.bot_id, bot_token=slack.token
        )


class SeveralWorkspaces:
    """Those that installed the app."""

    def __init__(self, oauth: OAuth, base_url: str, store: Installations, states: States, slack: Slack) -> None:
        self.store = store
        self.home = oauth.home
        self.missing = True
        self._oauth = oauth
        self._base_url = base_url
        self._slack = slack
        self._token = ""
        self._there = asyncio.Event()
        self._complaint = Complaint()
        client = AsyncWebClient(base_url=base_url)
        secret = oauth.client_secret.get_secret_value()
        self._rotator = AsyncTokenRotator(client_id=oauth.client_id, client_secret=secret, client=client)
        self._pages = OAuthPages(oauth, base_url, store, states)

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """Where a workspace installs."""
        return self._pages.routes

    async def opened(self) -> None:
        """Wait until the home workspace has installed."""
        await self._there.wait()

    async def run(self) -> None:
        """Exchange what ends soon, and speak with what is held now, until cancelled."""
        while True:
            try:
                await self.rotate()
                await self.follow()
            except Unavailable as err:
                log.warning("the ledger does not answer", says=str(err))
            except ConfigError as err:
                self._say(str(err))
            await asyncio.sleep(LOOK)

    async def follow(self) -> None:
        """Take up the home workspace's token as it is in the store: installed, exchanged by any replica, or gone."""
        self.home = self.home or await self.store.first()
        bot = await self.store.async_find_bot(enterprise_id=None, team_id=self.home)
        self.missing = bot is None
        if bot is None:
            where = f"{self.home} has not installed the app" if self.home else "nobody has installed the app yet"
            self._say(f"{where}; open {self._oauth.url}/slack/install")
        elif bot.bot_token != self._token:
            self._token = bot.bot_token
            self._slack.use(bot.bot_token)
            self._there.set()
            log.info("Slack is spoken to as an installed app", workspace=bot.team_id)

    async def rotate(self) -> None:
        """Exchange each token that ends soon and that no other replica is exchanging."""
        while (bot := await self.store.due()) is not None:
            try:
                fresh = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=AHEAD // 60)
            except (SlackTokenRotationError, aiohttp.ClientError, OSError, TimeoutError) as err:
                self._say(f"the token of {bot.team_id} cannot be exchanged: {err}")
                continue  # claimed still, so that the next try comes in a minute
            if fresh is not None:
                await self.store.rotated(fresh)

    def listening(self, doors: Doors, command: str) -> AsyncApp:
        """It takes installed workspaces' events. Who is not at home is told so; who uninstalls is forgotten."""
        app = _bolt(self._base_url, self._whose)
        register(app, doors, command)  # first, because its first middleware stores
        app.middleware(elsewhere(doors, self.store, lambda: self.home, Elsewhere(self._base_url)))
        for event in INSTALL_EVENTS:
            app.event(event)(removal(doors, self.store))
        return app

    async def _whose(self, team_id: str | None) -> AuthorizeResult | None:
        """Nobody's where the workspace is not installed; Bolt then drops the event, and tells the person."""
        bot = await self.store.async_find_bot(enterprise_id=None, team_id=team_id)
        if bot is None:
            return None
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team_id,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
        )

    def _say(self, words: str) -> None:
        if self._complaint.is_news(words):
            log.warning("the installed app cannot be used", says=words)


def _bolt(base_url: str, whose: Callable[..., Awaitable[AuthorizeResult | None]]) -> AsyncApp:
    """Bolt with our answer to whose an event is: left alone it looks for tokens and secrets in the environment.

    The signature was checked by `bot.request_url`; a socket needs none.
    """

    async def authorize(team_id: str | None) -> AuthorizeResult | None:  # Bolt takes no bound method
        return await whose(team_id)

    return AsyncApp(
        name="watchkeeper",  # or it reads the caller's source file, on the event loop
        client=AsyncWebClient(base_url=base_url),
        authorize=authorize,  # type: ignore[arg-type]  # None is what Bolt documents for "not installed"
        logger=_BOLT,
        request_verification_enabled=False,
    )
