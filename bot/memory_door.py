"""`POST /memory/<name>`: a record's webhook says which ticket has news. It is kept until that ticket was read.

Its text is not used: it may be late, out of order or lost, and what stands in the ticket is read there.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog
from prometheus_client import CollectorRegistry, Counter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.inbox import Delivery, Inbox
from bot.web import MOST_BYTES, body_of
from engine.errors import Denied, Unavailable, Unsupported
from engine.memory import Memory

log = structlog.get_logger()
SOURCE = "memory/"
MOST_WAITING = 1_000


class MemoryDoor:
    """Takes the webhooks of the configured records. `hinted`: backend and ticket; it returns once that was read."""

    def __init__(
        self,
        memory: Mapping[str, Memory],
        inbox: Inbox,
        hinted: Callable[[str, str], Awaitable[None]],
        registry: CollectorRegistry,
    ) -> None:
        self.received = Counter(
            "watchkeeper_hints", "Webhooks of records, by record and by what became of them", ["record", "outcome"],
            registry=registry,
        )  # fmt: skip
        self.routes = [Route("/memory/{record}", self.receive, methods=["POST"])]
        self._memory = memory
        self._inbox = inbox
        self._hinted = hinted
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, request: Request) -> Response:
        """One webhook: 202 once it is kept, 401 for a signature that is none of the configured secret's."""
        name = request.path_params["record"]
        memory = self._memory.get(name)
        if memory is None:
            return PlainTextResponse(f"No record {name!r} is configured.\n", 404)
        body = await body_of(request)
        if body is None:
            return self._refused(name, "too_large", 413, f"More than {MOST_BYTES} bytes.")
        try:
            tickets = memory.hinted({k.lower(): v for k, v in request.headers.items()}, body)
        except Denied as err:
            return self._refused(name, "denied", 401, str(err))
        except Unsupported as err:
            return self._refused(name, "unsupported", 404, str(err))
        if len(self._tasks) > MOST_WAITING:
            return self._refused(name, "shed", 503, "Too many wait; send it again.")
        key, kept = f"hint/{secrets.token_hex(12)}", json.dumps(list(tickets)).encode()
        try:
            await self._inbox.put(key, f"{SOURCE}{name}", kept)
        except Unavailable:
            return self._refused(name, "not_stored", 503, "It cannot be stored now; send it again.")
        self.received.labels(name, "accepted").inc()
        self._follow_soon(Delivery(key, f"{SOURCE}{name}", kept))
        return PlainTextResponse("accepted\n", 202)

    def took(self, delivery: Delivery) -> bool:
        """Whether it is a hint, and is followed now."""
        if not delivery.source.startswith(SOURCE):
            return False
        self._follow_soon(delivery)
        return True

    def _follow_soon(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._inbox.handle(delivery.key, partial(self._follow, delivery)))
        self._tasks.add(task)
        task.add_done_callback(self._followed)

    def _followed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a hint is left as it is until the next start", exc_info=task.exception())

    async def _follow(self, delivery: Delivery) -> None:
        for ticket in delivery.json():
            await self._hinted(delivery.source.removeprefix(SOURCE), str(ticket))

    async def aclose(self) -> None:
        """What was not followed yet is taken again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _refused(self, name: str, outcome: str, status: int, says: str) -> Response:
        self.received.labels(name, outcome).inc()
        log.warning("a hint was refused", record=name, status=status, says=says)
        return PlainTextResponse(f"{says}\n", status)
