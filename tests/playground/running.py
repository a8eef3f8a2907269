"""Start a module of the playground as a process, and wait for what real processes bring about."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Value = TypeVar("Value")


async def eventually(
    look: Callable[[], Awaitable[Value]], wanted: Callable[[Value], bool], within: float = 10
) -> Value:
    """Look again and again until what is seen is as wanted; AssertionError with the last sight after `within` s."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = await look()
        if wanted(seen):
            return seen
        assert asyncio.get_running_loop().time() < deadline, f"not within {within} s; last seen: {seen!r}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def process(module: str, *arguments: str, env: dict[str, str] | None = None) -> AsyncIterator[dict[str, Any]]:
    """Run `python -W error -m module`; yields its ready line with the process id, and expects it to end well."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, env=env
    )
    assert running.stdout is not None
    try:
        line = await asyncio.wait_for(running.stdout.readline(), 20)
        ready = json.loads(line)
        assert ready["ready"] is True
        yield ready | {"pid": running.pid}
    finally:
        if running.returncode is None:
            running.terminate()
        assert await asyncio.wait_for(running.wait(), 10) == 0
