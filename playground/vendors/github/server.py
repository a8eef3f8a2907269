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
from playground.vendors.github.accounts import ACCOUNTS, BOT
from playground.vendors.github.api import Api, Handler
from playground.vendors.github.apps import App
from playground.vendors.github.control import act
from playground.vendors.github.errors import Refusal, bad_credentials, not_found, secondary_limit, unauthenticated
from playground.vendors.github.limits import Limits, used_up
from playground.vendors.github.pages import issue_page
from playground.vendors.github.shapes import Shapes
from playground.vendors.github.tracker import Account, Tracker
from playground.vendors.github.webhooks import Webhooks

SERVER = "https://api.github.com"
OWN_FAULTS = ("secondary-limit", "primary-limit")
UNICORN = "<!DOCTYPE html><html><body><h1>Unicorn!</h1><p>This page is taking too long to load.</p></body></html>"


class GitHubStandIn:
    """GitHub Issues for one repository. `validate` is a path to GitHub's API description, then see `violations`."""

    def __init__(
        self,
        repository: str = "shop/checkout",
        *,
        accounts: tuple[Account, ...] = ACCOUNTS,
        first_issue: int = 318,
        per_hour: int = 5000,
        validate: Path | None = None,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
        app: App | None = None,
    ) -> None:
        self.url = ""
        self._app = app
        owner, _, name = repository.partition("/")
        self.clock = Clock(now) if now else Clock()
        self.tracker = Tracker(owner, name, first_issue=first_issue, now=self.clock)
        self.faults = Faults(OWN_FAULTS)
        self.limits = Limits(per_hour)
        self.violations: list[str] = []
        self._shapes = Shapes(self.tracker)
        self.webhooks = Webhooks(self._shapes)
        self.tracker.happened = self.webhooks.happened
        self._exchanges = Exchanges(self.faults, _instead, self.clock)
        self._accounts = accounts
        self._validate = validate
        self._port = port
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self._validate is not None:
            await self._read_contract(self._validate)
        app = web.Application(middlewares=[_unknown_path])
        app.on_shutdown.append(self._exchanges.let_go)
        knobs = {"clock_ahead": partial(setattr, self.clock, "ahead")}
        door = Door(self.faults, self._exchanges, act=partial(act, self), snapshot=self.snapshot, knobs=knobs)
        app.add_routes(door.routes())
        app.router.add_get(f"/{self.tracker.owner}/{self.tracker.name}/issues/{{number:\\d+}}", self._show_page)
        app.router.add_get("/rate_limit", self._route("GET rate_limit", self._show_limits))
        for name, path, handler in Api(self.tracker, self._shapes).routes():
            app.router.add_route(name.partition(" ")[0], path, self._route(name, handler))
        tokens = "/app/installations/{installation:\\d+}/access_tokens"
        app.router.add_post(tokens, self._exchanges.route("POST access_token", self._grant))
        self.url = await self._running.enter_async_context(listening(app, self._port))
        self._shapes.answer_at(self.url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.webhooks.aclose()
        await self._exchanges.aclose()
        await self._running.aclose()

    @property
    def calls(self) -> deque[Call]:
        """Every call, the last ones of very many."""
        return self._exchanges.calls

    def account(self, login: str) -> Account | None:
        """Find an account by its login."""
        return next((account for account in self._accounts if account.login == login), None)

    def snapshot(self) -> dict[str, Any]:
        """Everything that is written here, for the page; times in ISO 8601 with microseconds.

        {"version", "url", "repository", "faults", "issues": [{"number", "url", "title", "state", "state_reason",
        "labels": [name], "author", "bot", "body", "at", "updated", "closed", "deleted",
        "comments": [{"id", "author", "bot", "body", "at", "updated", "reactions": {content: count}}]}]}
        `version` grows with every change, so an unchanged one needs no second look.
        """
        tracker = self.tracker
        return {
            "version": tracker.version,
            "url": self.url,
            "repository": f"{tracker.owner}/{tracker.name}",
            "faults": self.faults.as_json()["faults"],
            "issues": [self._shapes.snapshot(issue) for issue in tracker.issues.values()],
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
        headers = {"X-GitHub-Request-Id": f"0000:{call.n:X}", "X-GitHub-Media-Type": "github.v3; format=json"}
        resource = "search" if request.path.startswith("/search/") else "core"
        try:
            account = self._who(request)
            call.login = account.login
            if call.call != "GET rate_limit":
                self.limits.spend(account, resource)
            self._insist_on_repository(request, account)
            response = await handler(request, account)
        except Refusal as refusal:
            response = _refused(refusal)
        account_or_none = self.account(call.login or "")
        if account_or_none is not None:
            headers |= self.limits.headers(account_or_none, resource)
        response.headers.update(headers)
        return response

    async def _grant(self, call: Call, request: web.Request) -> web.Response:
        try:
            if self._app is None:
                raise not_found()
            return await self._app.grant(request, self.clock)
        except Refusal as refusal:
            return _refused(refusal)

    def _who(self, request: web.Request) -> Account:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not token:
            raise unauthenticated()
        for account in self._accounts:
            if scheme.lower() in ("bearer", "token") and account.token == token:
                return account
        if self._app is not None and self._app.owns(token, self.clock()):
            return self._app.account
        raise bad_credentials()

    def _insist_on_repository(self, request: web.Request, account: Account) -> None:
        owner, name = request.match_info.get("owner"), request.match_info.get("repo")
        if owner is None:
            return
        here = (owner.lower(), (name or "").lower()) == (self.tracker.owner.lower(), self.tracker.name.lower())
        if not here or account.access == "none":
            raise not_found()

    async def _show_limits(self, request: web.Request, viewer: Account) -> web.Response:
        return web.json_response(self.limits.overview(viewer))

    async def _show_page(self, request: web.Request) -> web.Response:
        try:
            issue = self.tracker.issue(int(request.match_info["number"]))
        except Refusal as refusal:
            return web.Response(text=refusal.body["message"], status=refusal.status)
        return web.Response(text=issue_page(issue), content_type="text/html")


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
            return web.json_response({"message": "Service unavailable"}, status=503)
        case "html":
            return web.Response(text=UNICORN, content_type="text/html", status=fault.status or 502)
        case "unauthorized":
            return _refused(bad_credentials())
        case "missing":
            return _refused(not_found())
        case "secondary-limit":
            return _refused(secondary_limit(fault.status or 403, fault.retry_after))
        case "primary-limit":
            return _refused(used_up(BOT.id, fault.retry_after))
        case _:
            return web.json_response({"message": "Server Error"}, status=fault.status or 502)


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
