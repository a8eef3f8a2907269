"""One MCP connection, held open in a task of its own, and the pipe it runs through; it knows no question.

https://modelcontextprotocol.io · https://github.com/modelcontextprotocol/python-sdk
Surprises: the SDK's scopes must be left in the task that entered them, hence the task; a refused HTTP request (401,
421, 5xx) reaches the caller as the same `MCPError` and a dead port as an `ExceptionGroup`, hence the response hook and
`root_of`. A JSON answer has no size limit of its own, hence `CappedTransport`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import httpcore2  # noqa: F401  httpx2 imports it at the first client, which reads files on the event loop
import httpx2
import jsonschema.validators  # noqa: F401  the SDK imports it at the first declared answer
import referencing.exceptions  # noqa: F401  as above
from mcp import Client
from typing_extensions import override

from connectors.http import MAX_BYTES, TLS

log = logging.getLogger(__name__)
_GRACE = 8.0  # the SDK gives a child 2 s after stdin closed and 2 s after SIGTERM; a little more for a busy machine


def root_of(err: BaseException) -> BaseException:
    """The first error inside nested exception groups."""
    while isinstance(err, BaseExceptionGroup):
        err = err.exceptions[0]
    return err


class CappedTransport(httpx2.AsyncBaseTransport):
    """Ends the answer to a POST that grows beyond the cap; the GET stream of a session may live and grow for days."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on."""
        response = await self._inner.handle_async_request(request)
        if request.method == "POST" and isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Capped(response.stream)
        return response

    @override
    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MAX_BYTES:
                raise httpx2.ReadError(f"the answer is larger than {MAX_BYTES // 1024**2} MiB")
            yield chunk

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def capped_transport() -> CappedTransport:
    """A transport over the shared TLS context."""
    return CappedTransport(httpx2.AsyncHTTPTransport(verify=TLS))


class Session:
    """One connection. `ready` gives the client, or the reason why there is none."""

    def __init__(self, name: str, connect: Callable[[], AbstractAsyncContextManager[Client]]) -> None:
        self.ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._hold(connect), name=f"{name}: mcp")
        self._task.add_done_callback(self._tell)

    async def close(self) -> None:
        """Leave politely; a connection or child that does not let go is cut."""
        self._stop.set()
        _, hanging = await asyncio.wait({self._task}, timeout=_GRACE)
        if hanging:
            self._task.cancel()
            await asyncio.wait({self._task})

    def cut(self) -> None:
        """End it now; a child is terminated, then killed, in the background."""
        self._task.cancel()

    async def _hold(self, connect: Callable[[], AbstractAsyncContextManager[Client]]) -> None:
        async with connect() as client:
            self.ready.set_result(client)
            await self._stop.wait()

    def _tell(self, task: asyncio.Task[None]) -> None:
        """Give the questions that wait for the connection the reason; later, calls in flight have their own."""
        err = None if task.cancelled() else task.exception()
        if self.ready.done():
            log.debug("an MCP connection ended (%s)", type(root_of(err)).__name__ if err else "closed")
            return
        reason = root_of(err) if err else ConnectionError("the connection was cut")
        self.ready.set_exception(reason)
        self.ready.exception()  # nobody need be waiting
