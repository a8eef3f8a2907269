"""The stand-in as a server: who asks, what is left of the limit, what goes wrong; the API itself is in api.py."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from playground.serving import listening
from playground.vendors.clock import Clock
from playground.vendors.door import Door
from playground.vendors.exchange import Call, Exchanges
from playground.vendors.faults import Fault, Faults
from playground.vendors.pagerduty.api import Api, Handler
from playground.vendors.pagerduty.control import act
from playground.vendors.pagerduty.errors import Refusal, access_denied, bad_credentials, not_found, too_fast
from playground.vendors.pagerduty.incidents import Incidents
from playground.vendors.pagerduty.limits import Limits
from playground.vendors.pagerduty.pages import incident_page
from playground.vendors.pagerduty.people import KEYS, Key
from playground.vendors.pagerduty.shapes import Shapes

SERVER = "https://api.pagerduty.com"
OWN_FAULTS = ("rate-limit",)
SORRY = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"


class PagerDutyStandIn:
    """PagerDuty for one account. `validate` is a path to PagerDuty's API description, then see `violations`.

    `newest_first`: how an incident's notes are listed, which PagerDuty does not say.
    """

    def __init__(
        self,
        *,
        per_minute: int = 960,
        newest_first: bool = True,
        validate: Path | None = None,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
    ) -> None:
        self.url = ""
        self.clock = Clock(now) if now else Clock()
        self.incidents = Incidents(self.clock)
        self.faults = Faults(OWN_FAULTS)
        self.violations: list[str] = []
        self.limits = Limits(per_minute)
        self._shapes = Shapes()
        self._api = Api(self.incidents, self._shapes, newest_first=newest_first)
        self._exchanges = Exchanges(self.faults, self._instead, self.clock)
        self._validate = validate
        self._port = port
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self._validate is not None:
            await self._read_contract(self._validate)
        app = web.Application(middlewares=[_unknown_path])
        app.on_shutdown.append(self._exchanges.let_go)
        knobs = {
            "clock_ahead": partial(setattr, self.clock, "ahead"),
            "list_lag": partial(setattr, self._api, "list_lag"),
        }
        deeds = partial(act, self.incidents)
        app.add_routes(Door(self.faults, self._exchanges, act=deeds, snapshot=self.snapshot, knobs=knobs).routes())
        app.router.add_get("/page/incidents/{id}", self._show_page)
        for name, path, handler in self._api.routes():
            app.router.add_route(name.partition(" ")[0], path, self._route(name, handler))
        self.url = await self._running.enter_async_context(listening(app, self._port))
        self._shapes.answer_at(self.url)
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

    def snapshot(self) -> dict[str, Any]:
        """Everything that is written here, oldest first; times in ISO 8601 with microseconds.

        {"version", "url", "faults", "incidents": [{"id", "number", "url", "service", "title", "details", "status",
        "by", "resolution", "key", "priority", "urgency", "calls", "at", "notes": [{"id", "author", "content", "at"}]}]}
        `version` grows with every change; `calls` is how often the incident paged people.
        """
        return {
            "version": self.incidents.version,
            "url": self.url,
            "faults": self.faults.as_json()["faults"],
            "incidents": [self._shapes.snapshot(one) for one in self.incidents.incidents.values()],
        }

    async def _read_contract(self, path: Path) -> None:
        from playground.vendors.contract import Contract  # noqa: PLC0415  openapi-core is a test's dependency

        contract = await asyncio.to_thread(Contract, path, SERVER)
        self.violations, self._exchanges.check = contract.violations, contract.check

    def _route(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(call: Call, request: web.Request) -> web.Response:
            return await self._answer(call, request, handler)

        return self._exchanges.route(name, answer)

    async def _answer(self, call: Call, request: web.Request, handler: Handler) -> web.Response:
        headers: dict[str, str] = {}
        try:
            key = _key(request)
            call.login = request.headers.get("From")
            headers = self.limits.spend(key)
            if request.method != "GET" and not key.writes:
                raise access_denied()
            response = await handler(request)
        except Refusal as refusal:
            response = _refused(refusal)
        response.headers.update(headers)
        return response

    async def _show_page(self, request: web.Request) -> web.Response:
        try:
            incident = self.incidents.incident(request.match_info["id"])
        except Refusal as refusal:
            return web.Response(text=str(refusal), status=refusal.status)
        return web.Response(text=incident_page(incident), content_type="text/html")

    def _instead(self, fault: Fault) -> web.Response:
        match fault.plain:
            case "down":
                return web.json_response({"error": {"message": "Service Unavailable", "code": 2000}}, status=503)
            case "html":
                return web.Response(text=SORRY, content_type="text/html", status=fault.status or 502)
            case "unauthorized":
                return _refused(bad_credentials())
            case "missing":
                return _refused(not_found())
            case "rate-limit":
                return _refused(too_fast(self.limits.per_minute, fault.retry_after))
            case _:
                body = {"error": {"message": "Internal Server Error", "code": 2000}}
                return web.json_response(body, status=fault.status or 502)


def _key(request: web.Request) -> Key:
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    for key in KEYS:
        if scheme == "Token" and said == f"token={key.value}":
            return key
    raise bad_credentials()


@web.middleware
async def _unknown_path(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _refused(not_found())


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
