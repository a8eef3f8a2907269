"""The stand-in as a server: who asks, what is left of the limit, what goes wrong; the API itself is in api.py."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from playground.serving import listening
from playground.vendors.github.accounts import ACCOUNTS, BOT
from playground.vendors.github.api import Api, Handler
from playground.vendors.github.control import Control
from playground.vendors.github.errors import Refusal, bad_credentials, not_found, secondary_limit, unauthenticated
from playground.vendors.github.faults import Fault, Faults
from playground.vendors.github.limits import Limits, used_up
from playground.vendors.github.pages import issue_page
from playground.vendors.github.shapes import Shapes
from playground.vendors.github.tracker import Account, Tracker

KEPT_CALLS = 20_000
UNICORN = "<!DOCTYPE html><html><body><h1>Unicorn!</h1><p>This page is taking too long to load.</p></body></html>"
Work = Callable[[], Awaitable[web.Response]]


@dataclass
class Call:
    """One call as it is logged; `status` is None where no answer was sent, `fault` says what went wrong."""

    n: int
    at: str
    call: str
    path: str
    login: str | None = None
    status: int | None = None
    ms: float | None = None
    fault: str | None = None


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
    ) -> None:
        self.url = ""
        owner, _, name = repository.partition("/")
        self.tracker = Tracker(owner, name, first_issue=first_issue, now=now)
        self.faults = Faults()
        self._shapes = Shapes(self.tracker)
        self.limits = Limits(per_hour)
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.violations: list[str] = []
        self._accounts = accounts
        self._validate = validate
        self._port = port
        self._check: Callable[[web.Request, bytes, web.Response], None] | None = None
        self._count = 0
        self._closing = asyncio.Event()
        self._late: set[asyncio.Task[web.Response]] = set()
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self._validate is not None:
            await self._read_contract(self._validate)
        app = web.Application(middlewares=[_unknown_path])
        app.on_shutdown.append(self._let_go)
        app.add_routes(Control(self).routes())
        app.router.add_get(f"/{self.tracker.owner}/{self.tracker.name}/issues/{{number:\\d+}}", self._show_page)
        app.router.add_get("/rate_limit", self._route("GET rate_limit", self._show_limits))
        for name, path, handler in Api(self.tracker, self._shapes).routes():
            app.router.add_route(name.partition(" ")[0], path, self._route(name, handler))
        self.url = await self._running.enter_async_context(listening(app, self._port))
        self._shapes.answer_at(self.url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        await self._running.aclose()

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
        from playground.vendors.github.contract import Contract  # noqa: PLC0415  openapi-core is a test's dependency

        contract = await asyncio.to_thread(Contract, path)
        self.violations, self._check = contract.violations, contract.check

    async def _let_go(self, app: web.Application) -> None:
        self._closing.set()

    def _route(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self._count += 1
            at = self.tracker.now().isoformat(timespec="microseconds").replace("+00:00", "Z")
            call = Call(self._count, at, name, request.path)
            self.calls.append(call)
            began = time.perf_counter()
            response = await self._run(call, request, handler)
            call.ms = round((time.perf_counter() - began) * 1000, 2)
            return response

        return serve

    async def _run(self, call: Call, request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await request.read()
        text = body.decode("utf-8", "replace")

        async def work() -> web.Response:
            return await self._answer(call, request, handler)

        kills = self.faults.due_kills(call.call, text)
        fault = self.faults.next_fault(call.call, text)
        for kill in kills:
            call.fault = f"killed {kill.moment}"
            if kill.moment == "after":
                await work()
            kill.fire()
        if kills:
            return _cut(request)
        if fault is not None:
            call.fault = fault.kind
            return await self._spoil(call, fault, request, work)
        response = await work()
        call.status = response.status
        if self._check is not None:
            self._check(request, body, response)
        return response

    async def _spoil(self, call: Call, fault: Fault, request: web.Request, work: Work) -> web.StreamResponse:
        if fault.takes_effect:
            await work()
        if fault.kind == "late":
            self._later(fault.delay, work)
        if fault.kind in ("hang", "hang-after"):
            await self._closing.wait()
        response = _instead(fault)
        if response is None:
            return _cut(request)
        call.status = response.status
        return response

    def _later(self, delay: float, work: Work) -> None:
        async def wait_and_work() -> web.Response:
            await asyncio.sleep(delay)
            return await work()

        task = asyncio.create_task(wait_and_work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

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

    def _who(self, request: web.Request) -> Account:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not token:
            raise unauthenticated()
        for account in self._accounts:
            if scheme.lower() in ("bearer", "token") and account.token == token:
                return account
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


def _instead(fault: Fault) -> web.Response | None:
    """Make the answer that a fault gives; None when it gives none."""
    match fault.kind:
        case "down":
            return web.json_response({"message": "Service unavailable"}, status=503)
        case "error" | "error-after":
            return web.json_response({"message": "Server Error"}, status=fault.status)
        case "html":
            return web.Response(text=UNICORN, content_type="text/html", status=fault.status)
        case "secondary-limit":
            return _refused(secondary_limit(fault.status, fault.retry_after))
        case "primary-limit":
            return _refused(used_up(BOT.id, fault.retry_after))
        case "hang" | "hang-after" | "cut" | "cut-after" | "late":
            return None


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
