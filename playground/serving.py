"""Run one of the playground's HTTP services on 127.0.0.1 and say where; it knows no service."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from aiohttp import web

HOST = "127.0.0.1"


class HasUrl(Protocol):
    """What has been started and can be reached."""

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""


@asynccontextmanager
async def listening(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serve `app` on 127.0.0.1; yields its URL. Port 0 takes a free one; OSError if the port is taken."""
    # A server that is told to stop waits for open connections; one second is enough for a playground.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def say_ready(url: str) -> None:
    """Tell the starting process on stdout, as one JSON line, that requests are taken from now on."""
    print(json.dumps({"ready": True, "url": url}), flush=True)


def serve(service: AbstractAsyncContextManager[HasUrl]) -> None:
    """Run `service` as this process, until it is told to stop."""

    async def run() -> None:
        async with service as started:
            say_ready(started.url)
            await until_stopped()

    asyncio.run(run())
