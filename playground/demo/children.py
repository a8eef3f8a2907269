"""Start the world's programs as processes and end every one of them; it knows none of them.

Each is the leader of its own process group, so that Ctrl-C on the terminal reaches only us, who end them in order, and
so that what a program started itself ends with it. If we are killed, the kernel ends them (`tethered.py`).
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import playground

ROOT = Path(playground.__file__).parents[1]
TETHER = Path(__file__).with_name("tethered.py")
READY_WITHIN = 20.0
ENDS_WITHIN = 8.0


class DidNotStart(Exception):
    """A program ended, or said nothing, before it was ready; the words name its log."""


class Program(Protocol):
    """What is asked of a program that runs; `asyncio.subprocess.Process` is one."""

    @property
    def pid(self) -> int:
        """The process's id, which is its group's too."""

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""

    def terminate(self) -> None:
        """Send SIGTERM."""

    async def wait(self) -> int:
        """Its exit code, once it has ended."""


@dataclass(slots=True)
class Child:
    """One running program. `ready` is its ready line, where it prints one."""

    name: str
    process: Program
    log: Path
    ready: Mapping[str, Any]

    @property
    def pid(self) -> int:
        """The program's own process id: the tether became the program."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None

    @property
    def ended(self) -> str:
        """How it ended, `signal 9` or `exit code 1`; empty while it runs."""
        code = self.process.returncode
        if code is None:
            return ""
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and whatever it started; one that is gone is no error."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def end(self) -> None:
        """SIGTERM, and SIGKILL for what does not listen; the whole group is gone afterwards."""
        if self.running:
            self.signal(signal.SIGCONT)  # a stopped program takes no SIGTERM
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                async with asyncio.timeout(ENDS_WITHIN):
                    await self.process.wait()
            except TimeoutError:
                self.signal(signal.SIGKILL)
                await self.process.wait()
        self.signal(signal.SIGKILL)


class Children:
    """Every program that was started; ends them, the youngest first."""

    def __init__(self, logs: Path, environ: Mapping[str, str] | None = None) -> None:
        self._logs = logs
        self._environ = without_proxies(os.environ if environ is None else environ)
        self._all: list[Child] = []

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._logs.mkdir, parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._all):
            await child.end()

    async def python(self, name: str, module: str, *arguments: str, **env: str) -> Child:
        """Run `python -m module` and wait for its ready line. Raises `DidNotStart`."""
        process = await self._run(name, [sys.executable, "-m", module, *arguments], env, asyncio.subprocess.PIPE)
        child = self.take(name, process)
        assert process.stdout is not None  # noqa: S101  asked for above
        try:
            async with asyncio.timeout(READY_WITHIN):
                line = await process.stdout.readline()
            child.ready = json.loads(line)
        except (TimeoutError, ValueError) as err:
            raise DidNotStart(f"{name} did not start; its log is {child.log}") from err
        return child

    async def start(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> Child:
        """Run a program. Its words go to `<name>.log`."""
        return self.take(name, await self._run(name, command, env, None))

    def log(self, name: str) -> Path:
        """Where the words of a program of this name go."""
        return self._logs / f"{name}.log"

    def environ(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """What every program finds in its environment, and `env`."""
        return {**self._environ, "PYTHONUNBUFFERED": "1", **(env or {})}

    def take(self, name: str, process: Program) -> Child:
        """Take charge of a program that runs: it is ended with the others."""
        child = Child(name, process, self.log(name), {})
        self._all.append(child)
        return child

    async def _run(
        self, name: str, command: list[str], env: Mapping[str, str] | None, stdout: int | None
    ) -> asyncio.subprocess.Process:
        """`stdout`: where standard output goes, to the log where it is None, as errors always do."""
        with self.log(name).open("ab") as file:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command),
                cwd=ROOT,
                env=self.environ(env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file if stdout is None else stdout,
                stderr=file,
                process_group=0,
            )


def without_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without HTTP proxies: everything here is on 127.0.0.1, and Slack's SDK would ask a proxy."""
    return {name: value for name, value in environ.items() if not name.lower().endswith("_proxy")}
