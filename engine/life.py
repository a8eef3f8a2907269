"""What runs for one incident in this process: the wake-up handle and the tasks that were started, by name.

A task that fails is taken again after a pause that grows, never at once; nothing of it is lost or silent.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from engine.errors import NotOwner, Unavailable
from engine.wake import Watch

log = structlog.get_logger()
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds, after each failure in a row
Work = Callable[[], Coroutine[Any, Any, None]]


class Pauses:
    """How long what failed rests, by name; what succeeded is forgotten."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[int, float]] = {}

    def failed(self, name: str) -> None:
        """It failed just now."""
        times = self._failed.get(name, (0, 0.0))[0]
        self._failed[name] = (times + 1, time.monotonic() + PAUSES[min(times, len(PAUSES) - 1)])

    def succeeded(self, name: str) -> None:
        """The next failure is the first one again."""
        self._failed.pop(name, None)

    def left(self, name: str) -> float:
        """Seconds until it may be taken again."""
        return max(0.0, self._failed.get(name, (0, 0.0))[1] - time.monotonic())


class Life:
    """One incident's tasks. `disowned`: another process owns the incident, as one of them was told."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.disowned = False
        self._pauses = Pauses()

    def begin(self, name: str, work: Work) -> float | None:
        """Start it unless it runs. Seconds to wait where it rests after a failure, else None."""
        if name in self.tasks:
            return None
        if left := self._pauses.left(name):
            return left
        task = asyncio.create_task(work(), name=name)
        self.tasks[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))
        return None

    def end(self, name: str) -> None:
        """Stop it where it runs: nobody waits for what it would bring any more."""
        if name in self.tasks:
            self.tasks[name].cancel()

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        del self.tasks[name]
        error = None if task.cancelled() else task.exception()
        if error is None:
            self._pauses.succeeded(name)
        elif isinstance(error, NotOwner):
            self.disowned = True
        else:
            self._pauses.failed(name)
            failure: dict[str, Any] = {"says": str(error)} if isinstance(error, Unavailable) else {"exc_info": error}
            log.error("a step failed; it is taken again", step=name, **failure)
        self.watch.note(())
