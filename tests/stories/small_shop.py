"""A shop small enough to live in the test's process: a measure, two partners that know it, and what rolls it back.

It answers over real HTTP as the demo's services do, and goes wrong at a named call: `Calls` is the list of names.
"""

import asyncio
import json
import os
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

from aiohttp import web

from playground.serving import listening

GOOD, BAD = "2026.11.24-2", "2026.11.24-3"
RATE, SHARE = 50.0, 0.073
Json = dict[str, Any]
Wrong = Literal["503", "hang", "cut", "lost-answer", "html", "403"]


@dataclass
class Calls:
    """Every call that arrived, by name and with its body, and what shall go wrong at the next of a name."""

    log: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    wrong: dict[str, list[Wrong]] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)

    def kill_at(self, point: str, pid: int) -> None:
        """SIGKILL at `before POST act`, or `after POST act#2`: nothing is answered."""
        self.kills[point] = pid

    def stop_at(self, point: str, pid: int) -> None:
        """SIGSTOP at such a point: it is answered, and the process does not see the answer before its SIGCONT."""
        self.stops[point] = pid

    def spoil(self, call: str, *kinds: Wrong) -> None:
        """Let the next calls of this name go wrong, one kind each."""
        self.wrong.setdefault(call, []).extend(kinds)

    def arrived(self, call: str, body: str) -> str:
        """Note a call; its name with the number of its kind: `POST act#1`."""
        self.log.append(call)
        self.bodies.append(body)
        return f"{call}#{self.log.count(call)}"

    def fires(self, moment: str, numbered: str) -> bool:
        """Kill or stop, if this is a point that is set; once. Whether it was killed."""
        call, _, nth = numbered.partition("#")
        names = (f"{moment} {numbered}", *((f"{moment} {call}",) if nth == "1" else ()))
        for points, number in ((self.stops, signal.SIGSTOP), (self.kills, signal.SIGKILL)):
            for point in filter(points.__contains__, names):
                os.kill(points.pop(point), number)
                self.fired.add(point)
                return number == signal.SIGKILL
        return False


class SmallShop:
    """`ship()` breaks it; an action that takes effect repairs it. `acts_for`: seconds until an action has ended.

    `honours_key`: a second request with the same operation id has no second effect. While `tells` is cleared nobody is
    told its state.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls = Calls()
        self.release = GOOD
        self.previous = GOOD  # what the releases partner says ran before
        self.log_lines: list[str] = []  # more than the logs partner says at other times
        self.acts_for = 0.0
        self.honours_key = True
        self.works = True
        self.effects: list[str] = []
        self.restarts: list[str] = []
        self.repaired = asyncio.Event()
        self.tells = asyncio.Event()
        self.tells.set()
        self._ends: dict[str, float] = {}
        self._counted = (time.monotonic(), 1000.0, 2.0)
        self._began = datetime.now(UTC)
        self._closing = asyncio.Event()
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._around])
        app.on_shutdown.append(self._let_go)
        app.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/state", self._state),
                web.post("/rollback", self._act),
                web.get("/rollback/{op}", self._status),
                web.post("/restart", self._restart),
                web.post("/{partner}/mcp", self._partner),
                web.route("*", "/{partner}/mcp", self._no_stream),
            ]
        )
        self.url = await self._running.enter_async_context(listening(app))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    def ship(self) -> None:
        """Put the bad release on every pod."""
        self._count()
        self.release, self._began = BAD, datetime.now(UTC) - timedelta(minutes=4)
        self.repaired.clear()

    def repair(self) -> None:
        """Put the good release back, without anybody's action."""
        self._count()
        self.release = GOOD

    # going wrong

    @web.middleware
    async def _around(self, request: web.Request, handler: Any) -> web.StreamResponse:
        name = self.calls.arrived(await _name(request), await request.text())
        if self.calls.fires("before", name):
            return _cut(request)
        waiting = self.calls.wrong.get(name.partition("#")[0])
        wrong = waiting.pop(0) if waiting else None
        if wrong is not None and wrong != "lost-answer":
            return await self._spoiled(request, wrong)
        response: web.StreamResponse = await handler(request)
        if wrong == "lost-answer" or self.calls.fires("after", name):
            return _cut(request)
        return response

    async def _spoiled(self, request: web.Request, wrong: Wrong) -> web.StreamResponse:
        if wrong == "hang":
            await self._closing.wait()
        if wrong in ("hang", "cut"):
            return _cut(request)
        if wrong == "html":
            return web.Response(text="<html>It works</html>", content_type="text/html")
        return web.json_response({"error": "not now"}, status=int(wrong))

    async def _let_go(self, _: web.Application) -> None:
        self._closing.set()

    # the measure

    def _count(self) -> tuple[float, float]:
        then, served, failed = self._counted
        now = time.monotonic()
        orders = (now - then) * RATE
        broken = SHARE if self.release == BAD else 0.0
        self._counted = (now, served + orders * (1 - broken), failed + orders * broken)
        return self._counted[1], self._counted[2]

    async def _metrics(self, _: web.Request) -> web.Response:
        served, failed = self._count()
        lines = [
            f'checkout_requests_total{{code="201"}} {served}',
            f'checkout_requests_total{{code="500"}} {failed}',
            f'payments_requests_total{{code="200"}} {served}',
            f'payments_requests_total{{code="503"}} {served / 1000}',
            "db_connections 31",
            "db_connections_max 100",
        ]
        return web.Response(text="".join(f"{line}\n" for line in lines), content_type="text/plain")

    # what acts

    async def _state(self, _: web.Request) -> web.Response:
        await self.tells.wait()
        return web.json_response({"release": self.release})

    async def _act(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if request.query.get("dry_run"):
            return web.json_response({"pods": 6, "settings": 0, "migration": False})
        op = request.headers["Idempotency-Key"]
        if not (self.honours_key and op in self._ends):
            self.effects.append(op)
            self._ends[op] = time.monotonic() + self.acts_for
            if self.works:
                self._count()
                self.release = asked.get("to", GOOD)
                self.repaired.set()
        return self._progress(op)

    async def _restart(self, request: web.Request) -> web.Response:
        self.restarts.append((await request.json())["database"])
        return web.json_response({"status": "succeeded", "message": "restarted"})

    async def _status(self, request: web.Request) -> web.Response:
        op = request.match_info["op"]
        return self._progress(op) if op in self._ends else web.json_response({"error": "no such"}, status=404)

    def _progress(self, op: str) -> web.Response:
        ended = time.monotonic() >= self._ends[op]
        body = {"run": "8846", "status": "succeeded" if ended else "running", "done": 6 if ended else 2, "of": 6}
        return web.json_response(body | {"message": "6 of 6 pods run " + GOOD}, status=200 if ended else 202)

    # the partners

    async def _no_stream(self, _: web.Request) -> web.Response:
        return web.Response(status=405, headers={"Allow": "POST"})

    async def _partner(self, request: web.Request) -> web.Response:
        message = await request.json()
        if "id" not in message:
            return web.Response(status=202)
        partner = request.match_info["partner"]
        match message["method"]:
            case "initialize":
                server = {"name": partner, "version": "1"}
                result: Json = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": server}
            case "tools/list":
                result = {"tools": [_tool(partner)]}
            case "tools/call":
                answer = self._answer(partner)
                text = {"type": "text", "text": json.dumps(answer)}
                result = {"content": [text], "structuredContent": answer, "isError": False}
            case _:
                result = {}
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _answer(self, partner: str) -> Json:
        window = {"from": _stamp(self._began - timedelta(minutes=26)), "to": _stamp(datetime.now(UTC))}
        return {"window": window, **(self._log_answer() if partner == "logs" else self._release_answer())}

    def _log_answer(self) -> Json:
        facts = {
            "requests": 5890, "failed": 430, "error": "KeyError: 'currency'", "matching": 412, "share": 0.958,
            "other_failures": 18, "release": BAD, "one_release": True, "apps": "6.2 and older",
            "first_seen": _stamp(self._began + timedelta(minutes=2)),
        }  # fmt: skip
        says = f"`KeyError: 'currency'` in 412 of 430 failed requests (96 %), every one on release {BAD}."
        return {"says": says, "facts": facts, "confidence": 0.95, "examples": self.log_lines}

    def _release_answer(self) -> Json:
        facts = {
            "changes": 1, "kind": "deploy", "status": "succeeded", "release": BAD, "previous": self.previous, "pods": 6,
            "began": _stamp(self._began), "canary_at": _stamp(self._began + timedelta(minutes=1)),
            "canary_orders": 50, "canary_errors": 0, "canary_with_currency": 50, "migration": False,
        }  # fmt: skip
        return {"says": f"1 change to `checkout`: release {BAD}.", "facts": facts}


def _tool(partner: str) -> Json:
    strings = {name: {"type": "string"} for name in ("question", "service", "since", "until")}
    shape = {"type": "object", "properties": strings, "required": list(strings)}
    return {"name": "investigate" if partner == "logs" else "what_changed", "inputSchema": shape}


async def _name(request: web.Request) -> str:
    parts = request.path.strip("/").split("/")
    if parts[-1] == "mcp" and request.method == "POST":
        return f"{parts[0]} {(await request.json())['method']}"
    if parts[0] == "rollback":
        return "GET status" if request.method == "GET" else "POST dry-run" if request.query else "POST act"
    return f"{request.method} {parts[-1]}"


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
