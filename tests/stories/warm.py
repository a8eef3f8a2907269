"""Programs that start at once: `watchkeeper …` as a fork of an interpreter that has imported it (`warm_server.py`)."""

import asyncio
import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.demo.children import ROOT, TETHER


@dataclass
class WarmProcess:
    """One program, as `playground.demo.children.Program`."""

    pid: int
    _ended: asyncio.Task[int]

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Send SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)


async def start(
    arguments: list[str], environ: Mapping[str, str], log: Path, module: str = "bot.__main__"
) -> WarmProcess:
    """Start `watchkeeper`, or another module's `main`, with these arguments; what it writes goes to `log`."""
    order: dict[str, Any] = {"module": module, "arguments": arguments, "environ": dict(environ)}
    order |= {"log": str(log), "folder": str(ROOT)}
    reader, writer = await asyncio.open_unix_connection(_server())
    try:
        writer.write(json.dumps(order).encode() + b"\n")
        pid = int(await reader.readline())
    except BaseException:  # whoever waited for it was cancelled
        writer.close()
        raise

    async def ended() -> int:
        code = int(await reader.readline())
        writer.close()
        await writer.wait_closed()
        return code

    return WarmProcess(pid, asyncio.create_task(ended()))


@functools.cache
def _server() -> str:
    """The socket of this process's warm interpreter, which is started at the first use and ends with us."""
    folder = tempfile.mkdtemp(prefix="watchkeeper-warm-")
    path = f"{folder}/socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        os.set_inheritable(listener.fileno(), True)
        command = [sys.executable, "-m", "tests.stories.warm_server", str(listener.fileno())]
        server = subprocess.Popen(
            [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )

    def end() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait()
        Path(path).unlink()
        Path(folder).rmdir()

    atexit.register(end)
    return path
