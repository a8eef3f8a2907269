"""The HTTP door: alerts in, Slack's requests where they come over HTTP, health and metrics out.

A webhook is verified, stored raw and answered 202; parsing comes after. A verified sender never gets a 4xx for what it
sent, because several of them drop on 4xx: what cannot be read is kept and shown. Too much at once is answered 503,
which they repeat.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.inbox import Inbox
from engine.errors import Denied, Permanent, Unavailable, Unsupported
from engine.fast.intake import Intake
from engine.model import Reason
from engine.ports import AlertSource

log = structlog.get_logger()
MOST_BYTES = 4_000_000
MOST_WAITING = 5_000
LAST_WORDS = 5.0  # seconds for what is being handled when the process stops


class AlertDoor:
    """Takes webhooks of the configured sources."""

    def __init__(self, sources: Mapping[str, AlertSource], inbox: Inbox, intake: Intake) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "watchkeeper_alerts", "Deliveries, by source and by what became of them", ["source", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.waiting = Gauge("watchkeeper_inbox_waiting", "Deliveries not handled yet", registry=self.registry)
        self._sources = sources
        self._inbox = inbox
        self._intake = intake
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, request: Request) -> Response:
        """`POST /alerts/<name>`."""
        name = request.path_params["source"]
        source = self._sources.get(name)
        if source is None:
            known = ", ".join(sorted(self._sources)) or "none"
            return PlainTextResponse(f"No alert source {name!r} is configured; configured: {known}.\n", 404)
        body = await body_of(request)
        if body is None:
            return self._refused(name, "too_large", 413, f"More than {MOST_BYTES} bytes.")
        try:
            source.verify(request.headers, body, request.client.host if request.client else "")
        except Denied as err:
            return self._refused(name, "denied", 401, str(err))
        if len(self._tasks) > MOST_WAITING:
            return self._refused(name, "shed", 503, "Too many deliveries wait; send it again.")
        key = f"alert/{secrets.token_hex(12)}"
        try:
            await self._inbox.put(key, f"alerts/{name}", body)
        except Unavailable:
            return self._refused(name, "not_stored", 503, "It cannot be stored now; send it again.")
        self.received.labels(name, "accepted").inc()
        self.handle_soon(key, name, body)
        return PlainTextResponse("accepted\n", 202)

    def handle_soon(self, key: str, name: str, body: bytes) -> None:
        """Handle a stored delivery in a task of its own."""
        task = asyncio.create_task(self.handle(key, name, body), name=key)
        self._tasks.add(task)
        self.waiting.set(len(self._tasks))
        task.add_done_callback(self._handled)

    def _handled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.waiting.set(len(self._tasks))
        if not task.cancelled() and task.exception() is not None:
            log.error("a delivery is left as it is until the next start", exc_info=task.exception())

    async def handle(self, key: str, name: str, body: bytes) -> None:
        """Parse and take in; what cannot be read is parked, and shown."""
        await self._inbox.handle(key, partial(self._take, key, name, body))

    async def _take(self, key: str, name: str, body: bytes) -> list[dict[str, Any]]:
        """What became of each alert, for the inbox. Raises `Permanent` where it cannot be read."""
        source = self._sources.get(name)
        if source is None:
            raise Permanent(f"the source {name} is no longer configured")
        try:
            alerts = source.parse(body)
        except Unsupported as err:
            self.received.labels(name, "unreadable").inc()
            raise Permanent(f"{Reason.UNREADABLE.words} {err}") from err
        if not alerts:
            return [{"name": "", "incident": None, "reason": Reason.EMPTY}]
        taken = await self._intake.receive(alerts, key)
        return [{"name": t.alert.name, "incident": t.incident, "reason": t.reason} for t in taken]

    async def settle(self) -> None:
        """Wait a while for what was accepted; what is not done by then is taken again at the next start."""
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=LAST_WORDS)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _refused(self, name: str, outcome: str, status: int, says: str) -> Response:
        self.received.labels(name, outcome).inc()
        log.warning("a delivery was refused", source=name, status=status, says=says)
        return PlainTextResponse(f"{says}\n", status)


async def body_of(request: Request) -> bytes | None:
    """The body, or None where it is too large; then the rest of it is not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def application(
    door: AlertDoor, ready: Callable[[], Awaitable[Mapping[str, str]]], slack: Sequence[BaseRoute] = ()
) -> Starlette:
    """The ASGI application. `ready` says what is not, by part; empty means ready. `slack` are Slack's own doors."""

    async def readyz(_: Request) -> Response:
        missing = await ready()
        return JSONResponse({"ready": not missing, **missing}, 503 if missing else 200)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(door.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/alerts/{source}", door.receive, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            *slack,
        ]
    )
