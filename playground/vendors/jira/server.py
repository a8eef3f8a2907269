"""The stand-in as a server: who asks, what is left of the limit, what goes wrong; the API itself is in api.py."""

import asyncio
import base64
import binascii
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
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
from playground.vendors.jira.accounts import ACCOUNTS
from playground.vendors.jira.api import BEYOND, Api, Handler
from playground.vendors.jira.control import act
from playground.vendors.jira.description import mended
from playground.vendors.jira.errors import Refusal, no_issue, not_found, too_fast, unauthenticated
from playground.vendors.jira.index import Index
from playground.vendors.jira.limits import Limits
from playground.vendors.jira.model import WORKFLOW, Account, Transition
from playground.vendors.jira.pages import issue_page
from playground.vendors.jira.shapes import Shapes
from playground.vendors.jira.tracker import SCREEN, Tracker

SERVER = "https://your-domain.atlassian.net"
# `limit` is 429 with Retry-After in seconds, `limit-dated` with a date.
OWN_FAULTS = ("limit", "limit-dated")
SORRY = "<!DOCTYPE html><html><head><title>Atlassian Cloud Notifications Page</title></head><body>Sorry</body></html>"


class JiraStandIn:
    """One project of Jira Cloud. `validate` is a path to Jira's API description, then see `violations`."""

    def __init__(
        self,
        project: str = "OPS",
        *,
        accounts: tuple[Account, ...] = ACCOUNTS,
        first_issue: int = 771,
        workflow: Sequence[Transition] = WORKFLOW,
        screen: Sequence[str] = SCREEN,
        most: int = 100_000,
        seconds: float = 60.0,
        validate: Path | None = None,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
    ) -> None:
        self.url = ""
        self.clock = Clock(now) if now else Clock()
        self.index = Index()
        self.tracker = Tracker(
            project, first_issue=first_issue, now=self.clock, index=self.index, workflow=workflow, screen=screen
        )
        self.faults = Faults(OWN_FAULTS)
        self.limits = Limits(most, seconds)
        self.violations: list[str] = []
        self._shapes = Shapes(project)
        self._exchanges = Exchanges(self.faults, _instead, self.clock)
        self._accounts = accounts
        self._validate = validate
        self._port = port
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self._validate is not None:
            await self._read_contract(self._validate)
        app = web.Application(middlewares=[_unknown_path], client_max_size=8 * 1024 * 1024)
        app.on_shutdown.append(self._exchanges.let_go)
        knobs = {
            "clock_ahead": partial(setattr, self.clock, "ahead"),
            "search_lag": partial(setattr, self.index, "lag"),
        }
        door = Door(self.faults, self._exchanges, act=partial(act, self), snapshot=self.snapshot, knobs=knobs)
        app.add_routes(door.routes())
        app.router.add_get("/browse/{key}", self._show_page)
        for name, path, handler in Api(self.tracker, self.index, self._shapes).routes():
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

    def account(self, name: str) -> Account | None:
        """Find an account by its name."""
        return next((account for account in self._accounts if account.name == name), None)

    def snapshot(self) -> dict[str, Any]:
        """Everything that is written here, for the page; times in ISO 8601 with microseconds.

        {"version", "url", "project", "faults", "issues": [{"id", "key", "url", "summary", "status", "labels",
        "priority", "parent", "author", "bot", "description": ADF, "properties": {key: value}, "at", "updated",
        "comments": [{"id", "author", "bot", "body": ADF, "properties", "at", "updated"}]}]}
        `version` grows with every change, so an unchanged one needs no second look.
        """
        return {
            "version": self.tracker.version,
            "url": self.url,
            "project": self.tracker.project,
            "faults": self.faults.as_json()["faults"],
            "issues": [self._shapes.snapshot(issue) for issue in self.tracker.issues.values()],
        }

    async def _read_contract(self, path: Path) -> None:
        from playground.vendors.contract import Contract  # noqa: PLC0415  openapi-core is a test's dependency

        contract = await asyncio.to_thread(Contract, path, SERVER, BEYOND, mended)
        self.violations, self._exchanges.check = contract.violations, contract.check

    def _route(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(call: Call, request: web.Request) -> web.Response:
            return await self._answer(call, request, handler)

        return self._exchanges.route(name, answer)

    async def _answer(self, call: Call, request: web.Request, handler: Handler) -> web.Response:
        headers = {"Atl-Traceid": f"{call.n:032x}"}
        try:
            account = self._who(request)
        except Refusal as refusal:
            return _refused(refusal)
        call.login = account.name
        try:
            self.limits.spend(account)
            response = await handler(request, account)
        except Refusal as refusal:
            response = _refused(refusal)
        for name, value in (headers | self.limits.headers(account)).items():
            response.headers.setdefault(name, value)
        return response

    def _who(self, request: web.Request) -> Account:
        """By Basic with the e-mail and the API token, or by the token as a bearer."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        email, token = "", given
        if scheme.lower() == "basic":
            try:
                email, _, token = base64.b64decode(given, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise unauthenticated() from None
        for account in self._accounts:
            if token == account.token and email in ("", account.email):
                return account
        raise unauthenticated()

    async def _show_page(self, request: web.Request) -> web.Response:
        for issue in self.tracker.issues.values():
            if issue.key == request.match_info["key"]:
                return web.Response(text=issue_page(issue), content_type="text/html")
        return web.Response(text="There is no such issue.", status=404)


@web.middleware
async def _unknown_path(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _refused(not_found())


def _instead(fault: Fault) -> web.Response:
    """Make the answer that a fault gives."""
    match fault.plain:
        case "down":
            return web.json_response({"message": "Service Unavailable"}, status=503, headers={"Retry-After": "5"})
        case "html":
            return web.Response(text=SORRY, content_type="text/html", status=fault.status or 502)
        case "unauthorized":
            return _refused(unauthenticated())
        case "missing":
            return _refused(no_issue())
        case "limit" | "limit-dated":
            return _refused(too_fast(fault.retry_after, dated=fault.plain == "limit-dated", status=fault.status or 429))
        case _:
            return _refused(Refusal(fault.status or 502, "Internal server error"))


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
