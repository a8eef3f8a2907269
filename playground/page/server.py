"""Serves the demo page's files, its feed of everything besides chat, and the door for what the demo can be told to do.

It knows no Slack (the page reads `/page/feed` and writes `/control/act` of the stand-in) and fills no state itself.

- `GET /` → the page; `GET /page/<name>.css|js|svg` → its files.
- `GET /page/world`: WebSocket; one `WorldState` as JSON at once, then one whenever it changed, at most every 200 ms.
- `POST /page/do`: `{"do": "ship_bad_release"}` or `{"do": "fault", "key": "github_down", "on": true}` →
  200 `{"ok": true}`; 400 for anything else; 409 `{"ok": false, "error": "refused", "detail": words}` from the world.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import WSCloseCode, web

from playground.page.world import Refused, World

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
PUSH_SECONDS = 0.2
# Nothing from outside and no inline script: text that slips into the page still cannot run or call home.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}


def add_page(app: web.Application, world: World) -> "WorldFeed":
    """Add the page's routes to the application that serves the Slack stand-in.

    Close the feed it returns before the world ends; the application closes it otherwise.
    """
    feed = WorldFeed(world)
    app.router.add_get("/", _index)
    app.router.add_get("/page/world", feed.watch)
    app.router.add_post("/page/do", _doing(world))
    app.router.add_get(r"/page/{file:\w+\.(?:css|js|svg)}", _file)
    app.on_shutdown.append(lambda _app: feed.close())
    return feed


class WorldFeed:
    """Reads the world while at least one page watches and tells every page what changed since it was last told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told: dict[web.WebSocketResponse, str] = {}
        self._reader: asyncio.Task[None] | None = None
        self._closed = False

    async def watch(self, request: web.Request) -> web.WebSocketResponse:
        """One page's WebSocket, until it leaves."""
        _refuse_strangers(request)
        if self._closed:
            raise web.HTTPServiceUnavailable(text="The demo is ending.")
        page = web.WebSocketResponse(heartbeat=20, compress=False)
        await page.prepare(request)
        self._told[page] = ""
        try:
            await self._tell(page, await self._read())
            if self._reader is None or self._reader.done():
                self._reader = asyncio.create_task(self._push())
            async for _ in page:
                pass  # the page has nothing to say here; reading is how its leaving is noticed
        finally:
            del self._told[page]
        return page

    async def close(self) -> None:
        """Let go of every page, so that the server can stop, and take no other."""
        self._closed = True
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._leave(WSCloseCode.GOING_AWAY)

    async def _push(self) -> None:
        try:
            while self._told:
                await asyncio.sleep(PUSH_SECONDS)
                now = await self._read()
                await asyncio.gather(*(self._tell(page, now) for page in tuple(self._told)))
        except Exception:
            # Pages that are let go connect again, and say meanwhile that what they show may be old.
            log.exception("the demo's state could not be read")
            await self._leave(WSCloseCode.INTERNAL_ERROR)

    async def _read(self) -> str:
        return json.dumps(await self._world.state(), ensure_ascii=False)

    async def _tell(self, page: web.WebSocketResponse, now: str) -> None:
        if page.closed or self._told.get(page, now) == now:
            return
        self._told[page] = now
        with contextlib.suppress(ConnectionError):  # it left this moment; `watch` notices and forgets it
            await page.send_str(now)

    async def _leave(self, code: int) -> None:
        await asyncio.gather(*(page.close(code=code) for page in tuple(self._told)))


def _doing(world: World) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def do(request: web.Request) -> web.Response:
        _refuse_strangers(request)
        try:
            order = await request.json()
        except ValueError:  # not JSON, or not UTF-8
            order = None
        try:
            match order:
                case {"do": "ship_bad_release"}:
                    await world.ship_bad_release()
                case {"do": "fault", "key": str(key), "on": bool(on)}:
                    await world.switch_fault(key, on=on)
                case _:
                    return web.json_response({"ok": False, "error": "unknown_order"}, status=400)
        except Refused as err:
            return web.json_response({"ok": False, "error": "refused", "detail": str(err)}, status=409)
        return web.json_response({"ok": True})

    return do


def _refuse_strangers(request: web.Request) -> None:
    """Another site open in the same browser must not drive the demo: its requests carry its own Origin."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden(text="This door is for the page itself.")


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html", headers=HEADERS)


async def _file(request: web.Request) -> web.FileResponse:
    path = STATIC / request.match_info["file"]
    if path.parent != STATIC or not await asyncio.to_thread(path.is_file):
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=HEADERS)
