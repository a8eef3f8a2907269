"""What an action acts on: takes a roll-back, says what it runs, and notes when the request arrived."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Self

from aiohttp import web

from playground.serving import listening


class ActionTarget:
    """The demo's roll-back endpoint without anything behind it; `POST /bare` is the bare program's."""

    def __init__(self) -> None:
        self.url = ""
        self._waiting: asyncio.Future[float] | None = None
        self._left = 0
        self._done: set[str] = set()
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.post("/rollback", self._act),
                web.get("/rollback/{op}", self._status),
                web.get("/state", self._state),
                web.post("/bare", self._bare),
            ]
        )
        self.url = await self._running.enter_async_context(listening(app))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    def next(self, count: int = 1) -> "asyncio.Future[float]":
        """When the last of the next `count` requests to act arrives, by `time.perf_counter`; ask before causing it."""
        self._waiting, self._left = asyncio.get_running_loop().create_future(), count
        return self._waiting

    def _arrived(self) -> None:
        self._left -= 1
        if self._waiting is not None and self._left == 0:
            self._waiting.set_result(time.perf_counter())

    async def _act(self, request: web.Request) -> web.Response:
        if request.query.get("dry_run"):
            return web.json_response({"pods": 6, "settings": 0, "migration": False})
        self._arrived()
        self._done.add(request.headers["Idempotency-Key"])
        return web.json_response({"status": "succeeded", "says": "rolled back"})

    async def _bare(self, _: web.Request) -> web.Response:
        self._arrived()
        return web.Response(status=202)

    async def _status(self, request: web.Request) -> web.Response:
        if request.match_info["op"] not in self._done:
            return web.json_response({"error": "no such"}, status=404)
        return web.json_response({"status": "succeeded"})

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response({"release": "2026.11.24-3"})
