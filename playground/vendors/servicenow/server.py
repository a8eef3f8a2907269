"""The stand-in as a server: who asks, what is left of the limit, what goes wrong; the API itself is in api.py."""

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from playground.serving import listening
from playground.vendors.clock import Clock
from playground.vendors.door import Door
from playground.vendors.exchange import Call, Exchanges
from playground.vendors.faults import Fault, Faults
from playground.vendors.servicenow.accounts import CLIENTS, USERS, User
from playground.vendors.servicenow.api import Api, Handler
from playground.vendors.servicenow.control import act
from playground.vendors.servicenow.errors import Refusal, no_record, unauthenticated
from playground.vendors.servicenow.limits import Limits
from playground.vendors.servicenow.pages import incident_page
from playground.vendors.servicenow.shapes import Shapes
from playground.vendors.servicenow.signin import Tokens, signed_in
from playground.vendors.servicenow.tables import Instance

OWN_FAULTS = ("rate-limit", "cancelled", "hibernating")
PAGE = "<html><body><h1>{}</h1></body></html>"
CANCELLED = {
    "message": "Transaction cancelled: maximum execution time exceeded",
    "detail": "maximum execution time exceeded Check logs for error trace",
}


class ServiceNowStandIn:
    """One instance.

    Its own kinds of faults: `rate-limit` (429), `cancelled` (a list that ends in an error, with 200), `hibernating`
    (200 with a page). Knobs of the door: `clock_ahead` and `search_lag` in seconds, `note_moves_to`,
    the state to which a business rule moves an incident that gets a work note, and `token_seconds`.
    """

    def __init__(
        self,
        *,
        first_number: int = 48_211,
        per_hour: int = 100_000,
        journal_chars: int = 1_000_000,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
    ) -> None:
        self.url = ""
        self.clock = Clock(now) if now else Clock()
        self.instance = Instance(first_number=first_number, journal_chars=journal_chars, now=self.clock)
        self.faults = Faults(OWN_FAULTS)
        self.limits = Limits(per_hour)
        self.tokens = Tokens(CLIENTS)
        self._shapes = Shapes(USERS)
        self.api = Api(self.instance, self._shapes, USERS, self.clock)
        self._exchanges = Exchanges(self.faults, self._instead, self.clock)
        self._port = port
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[_unknown_path])
        app.on_shutdown.append(self._exchanges.let_go)
        door = Door(self.faults, self._exchanges, act=partial(act, self), snapshot=self.snapshot, knobs=self._knobs())
        app.add_routes(door.routes())
        app.router.add_get("/incident.do", self._show_page)
        app.router.add_post("/oauth_token.do", self._exchanges.route("POST token", self._give_token))
        for name, path, handler in self.api.routes():
            app.router.add_route(name.partition(" ")[0], path, self._route(name, handler))
        self.url = await self._running.enter_async_context(listening(app, self._port))
        self._shapes.url = self.url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exchanges.aclose()
        await self._running.aclose()

    @property
    def calls(self) -> deque[Call]:
        """Every call, the last ones of very many."""
        return self._exchanges.calls

    def user(self, user_name: str) -> User | None:
        """Find a user by the name that signs in."""
        return next((user for user in USERS if user.user_name == user_name), None)

    def snapshot(self) -> dict[str, Any]:
        """Everything that is written here, for the page; times as ServiceNow stores them, UTC.

        {"version", "url", "faults", "incidents": [see `Shapes.snapshot`]}. `version` grows with every change.
        """
        return {
            "version": self.instance.version,
            "url": self.url,
            "faults": self.faults.as_json()["faults"],
            "incidents": [self._shapes.snapshot(one) for one in self.instance.incidents.values()],
        }

    def _knobs(self) -> dict[str, Callable[[float], None]]:
        return {
            "clock_ahead": partial(setattr, self.clock, "ahead"),
            "search_lag": partial(setattr, self.api, "search_lag"),
            "note_moves_to": lambda state: setattr(self.instance, "note_moves_to", int(state)),
            "token_seconds": partial(setattr, self.tokens, "seconds"),
        }

    def _route(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(call: Call, request: web.Request) -> web.Response:
            try:
                user = signed_in(request, USERS, self.tokens)
                call.login = user.user_name
                self.limits.spend(user)
                response = await handler(request, user)
            except Refusal as refusal:
                response = _refused(refusal)
            if call.login is not None:
                response.headers.update(self.limits.headers())
            return response

        return self._exchanges.route(name, answer)

    async def _give_token(self, call: Call, request: web.Request) -> web.Response:
        return await self.tokens.give(request)

    async def _show_page(self, request: web.Request) -> web.Response:
        try:
            incident = self.instance.incident(request.query.get("sys_id", ""))
        except Refusal as refusal:
            return web.Response(text=str(refusal), status=refusal.status)
        return web.Response(text=incident_page(self._shapes.snapshot(incident)), content_type="text/html")

    def _instead(self, fault: Fault) -> web.Response:
        """Make the answer that a fault gives."""
        match fault.plain:
            case "html":
                page = PAGE.format("502 Bad Gateway")
                return web.Response(text=page, content_type="text/html", status=fault.status or 502)
            case "hibernating":
                return web.Response(text=PAGE.format("Instance Hibernating"), content_type="text/html")
            case "cancelled":
                return web.json_response({"result": [], "error": CANCELLED, "status": "failure"})
            case "unauthorized":
                return _refused(unauthenticated())
            case "missing":
                return _refused(no_record())
            case "rate-limit":
                return _refused(self.limits.used_up(fault.retry_after))
            case _:
                status = fault.status or (503 if fault.plain == "down" else 500)
                return _refused(Refusal(status, "Internal server error", "The instance could not answer"))


@web.middleware
async def _unknown_path(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _refused(Refusal(400, "Requested URI does not represent any resource", request.path))


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
