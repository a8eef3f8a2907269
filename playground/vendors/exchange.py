"""Every call that reaches a vendor's stand-in: logged, killed or spoiled as was set, answered, and checked.

It knows no vendor: who asks, what is allowed and what is said is the stand-in's own.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from playground.vendors.faults import Fault, Faults

KEPT_CALLS = 20_000
Work = Callable[[], Awaitable[web.Response]]
Instead = Callable[[Fault], web.Response]
Check = Callable[[str, web.Request, bytes, web.Response], None]


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


Answer = Callable[[Call, web.Request], Awaitable[web.Response]]


class Exchanges:
    """The calls of one stand-in. `instead` makes the answer of a fault that has one; `check`, once set, sees each."""

    def __init__(self, faults: Faults, instead: Instead, now: Callable[[], datetime]) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.check: Check | None = None
        self._faults = faults
        self._instead = instead
        self._now = now
        self._count = 0
        self._closing = asyncio.Event()
        self._late: set[asyncio.Task[web.Response]] = set()

    def route(self, name: str, answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler that does `answer` under the name by which logs, faults and kill points know the call."""

        async def serve(request: web.Request) -> web.StreamResponse:
            self._count += 1
            at = self._now().isoformat(timespec="microseconds").replace("+00:00", "Z")
            call = Call(self._count, at, name, request.path)
            self.calls.append(call)
            began = time.perf_counter()
            response = await self._run(call, request, answer)
            call.ms = round((time.perf_counter() - began) * 1000, 2)
            return response

        return serve

    async def let_go(self, app: web.Application) -> None:
        """End the calls that hang; for the application's shutdown."""
        self._closing.set()

    async def aclose(self) -> None:
        """Forget what would still have landed late."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _run(self, call: Call, request: web.Request, answer: Answer) -> web.StreamResponse:
        body = await request.read()
        text = body.decode("utf-8", "replace")

        async def work() -> web.Response:
            return await answer(call, request)

        kills = self._faults.due_kills(call.call, text)
        fault = self._faults.next_fault(call.call, text)
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
        if self.check is not None:
            self.check(call.call, request, body, response)
        return response

    async def _spoil(self, call: Call, fault: Fault, request: web.Request, work: Work) -> web.StreamResponse:
        if fault.takes_effect:
            await work()
        match fault.plain:
            case "slow":
                await asyncio.sleep(fault.delay)
                response = await work()
            case "half":
                return await _half(request, await work())
            case "late":
                self._later(fault.delay, work)
                return _cut(request)
            case "hang":
                await self._closing.wait()
                return _cut(request)
            case "cut":
                return _cut(request)
            case _:
                response = self._instead(fault)
        call.status = response.status
        return response

    def _later(self, delay: float, work: Work) -> None:
        async def wait_and_work() -> web.Response:
            await asyncio.sleep(delay)
            return await work()

        task = asyncio.create_task(wait_and_work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, response: web.Response) -> web.StreamResponse:
    body = response.body if isinstance(response.body, bytes) else b""
    headers = {"Content-Type": response.headers.get("Content-Type", "application/json")}
    began = web.StreamResponse(status=response.status, headers={**headers, "Content-Length": str(len(body))})
    await began.prepare(request)
    await began.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()  # what was written still arrives
    return began
