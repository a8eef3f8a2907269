"""The stand-in as one aiohttp application on 127.0.0.1; it joins the parts and holds no rule of Slack's itself."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Literal, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from playground.serving import listening
from playground.slack import args as arguments
from playground.slack import blocks, cast, interactions, wire
from playground.slack.acts import Acts
from playground.slack.clock import Clock
from playground.slack.control import Control
from playground.slack.courier import Courier
from playground.slack.errors import SlackError
from playground.slack.events import Events
from playground.slack.faults import Faults, cut
from playground.slack.feed import Feed
from playground.slack.installs import Installs
from playground.slack.interactions import ResponseUrls, Triggers
from playground.slack.methods import METHODS
from playground.slack.modals import Modals
from playground.slack.model import App
from playground.slack.payloads import Payloads
from playground.slack.people import People
from playground.slack.request_url import RequestUrl
from playground.slack.sights import Sights
from playground.slack.sockets import Sockets
from playground.slack.state import Workspace
from playground.slack.uploads import Uploads, check_pictures
from playground.slack.views import Views
from playground.slack.web_api import Desk, WebApi

# The largest request: an upload; Slack takes more.
MOST_BYTES = 16 * 1024 * 1024
# What is Slack; the control door and the page's feed stay open when Slack is down.
SLACK_PATHS = ("/api/", "/oauth/", "/link/", "/response/", "/upload/", "/files-pri/")


class SlackStandIn:
    """A Slack for one workspace and one app, in memory; an async context manager.

    `url` is where it answers, `url + "/api/"` the base of its Web API. `state` is the workspace, `people` acts for its
    users without HTTP, `modals` in the views that the app shows them. `app` defaults to the storyboard's Watchkeeper;
    `cast.from_manifest` makes one of a manifest.
    """

    def __init__(self, app: App | None = None, *, port: int = 0, clock: Clock | None = None) -> None:
        self.url = ""
        self.app = app or cast.watchkeeper()
        self.clock = clock or Clock()
        self.state = Workspace(self.clock)
        self.sockets = Sockets(self.clock, self.app)
        self.request_url = RequestUrl(self.clock, self.app)
        self.courier = Courier(self.sockets, self.request_url)
        self.faults = Faults()
        self.response_urls = ResponseUrls(self.clock)
        self.triggers = Triggers(self.clock)
        self.views = Views(self.clock, self._view_changed)
        self.uploads = Uploads(self.state, self.app)
        payloads = Payloads(self.app, self.triggers)
        self.people = People(self.state, self.app, self.courier, self.response_urls, payloads)
        self.modals = Modals(self.state, self.app, self.people, self.views, self.courier, payloads)
        desk = Desk(self.state, self.app, self.sockets, self.triggers, self.views, self.uploads)
        self.installs = Installs(self.clock, self.app, self.courier)
        self.api = WebApi(desk, METHODS, self.faults, self.installs)
        acts = Acts(self.state, self.people, self.modals)
        sights = Sights(self.state, self.sockets, self.faults, self.api, self.views)
        self.control = Control(self.state, self.sockets, self.request_url, self.faults, self.api, acts, sights)
        self.events = Events(self.state, self.app, self.courier)
        self.feed = Feed(self.state, self.app, self.views)
        self._port = port
        self._running = AsyncExitStack()

    def application(self) -> web.Application:
        """The routes, for whoever serves them beside others; `listen` must be told where that is."""
        web_app = web.Application(middlewares=[self._outage], client_max_size=MOST_BYTES)
        web_app.add_routes(
            [
                web.post("/api/{method}", self.api.handle),
                web.get("/api/{method}", self.api.handle, allow_head=False),
                web.get("/link/", self.sockets.handle),
                web.get("/oauth/v2/authorize", self.installs.authorize),
                web.post("/response/{token:.+}", self._respond),
                web.get("/page/feed", self.feed.handle),
                *self.uploads.routes(),
                *self.control.routes(),
            ]
        )
        web_app.on_shutdown.append(self._shut_down)
        return web_app

    def at(self, url: str) -> None:
        """Say under which address the application is served; it is told to the app in tickets and response URLs."""
        self.url = self.response_urls.root = self.uploads.root = url
        self.sockets.root = url.replace("http", "ws", 1)

    async def __aenter__(self) -> Self:
        self.at(await self._running.enter_async_context(listening(self.application(), self._port)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    async def _shut_down(self, _: web.Application) -> None:
        self.faults.closing.set()
        self.sockets.close()
        await self.request_url.close()
        await self.feed.close()

    def _view_changed(self, kind: Literal["modal", "home"], user: str) -> None:
        self.state.tell(kind, user, self.state.next_ts())

    @web.middleware
    async def _outage(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.control.down and request.path.startswith(SLACK_PATHS):
            try:
                cut(request)
            except ConnectionResetError:
                return web.Response()
        return await handler(request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """A POST to a response URL: `ok` as text, or 404 with what is wrong with the URL."""
        try:
            given = await arguments.read(request)
            async with self.faults.around("response_url", given, request) as fault:
                if fault is not None:
                    return fault.response()
                place = self.response_urls.use(request.match_info["token"])
                shown = arguments.Args(given).structure("blocks", "invalid_blocks_format")
                checked = blocks.checked(shown) if shown else []
                check_pictures(self.state, checked)
                interactions.respond(self.state, self.app, place, given, checked)
            return web.Response(text="ok")
        except SlackError as error:
            status = 404 if error.code.endswith("_url") else 400
            return wire.Answer({"ok": False, "error": error.code, **error.fields}, status).response()
        except ConnectionResetError:
            return web.Response()
