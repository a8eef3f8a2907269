"""Waits for what a stand-in shows, and says when it did; nothing is polled and nobody is asked over HTTP."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.slack.model import Message
from playground.slack.state import Change, Workspace

LONGEST = 30.0
Fits = Callable[[Change, Message], bool]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message and the moment (`time.perf_counter`) at which the wanted change to it happened."""

    at: float
    message: Message


class Sights:
    """The changes of one workspace, as they happen."""

    def __init__(self, workspace: Workspace) -> None:
        self._wanted: list[tuple[Fits, asyncio.Future[Seen]]] = []
        workspace.listeners.append(self._heard)

    def next(self, fits: Fits) -> "asyncio.Future[Seen]":
        """The next change that fits; ask before causing it."""
        future: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._wanted.append((fits, future))
        return future

    def message(self, words: str) -> "asyncio.Future[Seen]":
        """The next message with these words in its text."""
        return self.next(lambda change, message: change.kind == "message" and words in message.text)

    def whispers(self, count: int = 1) -> "asyncio.Future[Seen]":
        """The last of the next `count` messages that one person alone sees."""
        left = count

        def fits(change: Change, message: Message) -> bool:
            nonlocal left
            left -= change.kind == "message" and message.ephemeral_to is not None
            return left <= 0

        return self.next(fits)

    def _heard(self, change: Change) -> None:
        message, at = change.message, time.perf_counter()
        if message is None:
            return
        still = []
        for fits, future in self._wanted:
            if future.done():
                continue
            if fits(change, message):
                future.set_result(Seen(at, message))
            else:
                still.append((fits, future))
        self._wanted = still


async def within(future: "asyncio.Future[Seen]", seconds: float = LONGEST) -> Seen:
    """Wait for it; TimeoutError when it does not happen."""
    async with asyncio.timeout(seconds):
        return await future
