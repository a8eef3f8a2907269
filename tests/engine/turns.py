"""Who goes on next: a process is held before each thing that it reads, writes, asks or sends, for as long as wanted.

Whatever runs under a name (`Turns.begin`) waits `here` before every access to the database, the chat, the target and
the clock, until it is let on; what runs without a name goes on at once. Nothing is polled and nobody sleeps.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from typing_extensions import override

from connectors.actions.http import HttpAction
from engine.model import Outcome, Person, Scalar
from engine.ports import Chat
from engine.redact import CleanTree
from engine.store.database import Database
from engine.store.tx import Tx
from tests.clock import MovableClock

T = TypeVar("T")
WHO: ContextVar[str] = ContextVar("who", default="")
STILL = 10  # turns of the event loop without a call under way, after which everybody waits


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody who waits: under which name, and before what."""

    who: str
    what: str
    may_go: "asyncio.Future[None]"


class Turns:
    """The waiting, and the letting on."""

    def __init__(self) -> None:
        self.waiting: list[Turn] = []
        self.came: Callable[[str, str], None] = lambda who, what: None
        self.written = False  # since somebody looked
        self.commits_twice = False  # the answer to the next COMMIT is lost, so that the transaction is repeated
        self._under_way = 0
        self._ended = asyncio.Event()

    def begin(self, who: str, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run it under a name; it waits before its first access."""
        token = WHO.set(who)
        try:
            return asyncio.create_task(work, name=who)
        finally:
            WHO.reset(token)

    @asynccontextmanager
    async def here(self, what: str) -> AsyncIterator[None]:
        """One access; whoever runs under a name waits before it."""
        if who := WHO.get():
            self.came(who, what)
            turn = Turn(who, what, asyncio.get_running_loop().create_future())
            self.waiting.append(turn)
            await turn.may_go
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._ended.set()

    @property
    def names(self) -> list[str]:
        """Who waits, in the order in which they came."""
        return list(dict.fromkeys(turn.who for turn in self.waiting))

    def before(self, who: str) -> str:
        """What this name waits before; empty for one who does not wait."""
        return next((turn.what for turn in self.waiting if turn.who == who), "")

    async def let_on(self, who: str) -> None:
        """One access of this name; returns when everybody waits again, or has ended."""
        mine = [turn for turn in self.waiting if turn.who == who]
        self.waiting = [turn for turn in self.waiting if turn.who != who]
        for turn in mine:
            turn.may_go.set_result(None)
        await self.settle()

    async def settle(self) -> None:
        """Until nobody goes on by themselves."""
        still = 0
        while still < STILL:
            if self._under_way:
                self._ended.clear()
                await self._ended.wait()
                still = 0
            await asyncio.sleep(0)
            still += 1


class TurnsDatabase:
    """See `engine.store.database.Database`; the waiting is before the transaction, never inside."""

    def __init__(self, inner: Database, turns: Turns) -> None:
        self.dialect, self.url = inner.dialect, inner.url
        self._inner, self._turns = inner, turns

    async def write(self, work: Callable[[Tx], T], *, urgent: bool = False) -> T:
        async with self._turns.here("write"):
            self._turns.written = True
            done = await self._inner.write(work, urgent=urgent)
            if WHO.get() and self._turns.commits_twice:
                self._turns.commits_twice = False
                return await self._inner.write(work, urgent=urgent)
            return done

    async def read(self, work: Callable[[Tx], T]) -> T:
        async with self._turns.here("read"):
            return await self._inner.read(work)

    async def close(self) -> None:
        await self._inner.close()


class TurnsChat(Chat):
    """The chat, with a waiting before each question to it."""

    def __init__(self, inner: Chat, turns: Turns) -> None:
        self._inner, self._turns = inner, turns

    async def _ask(self, what: str, question: Callable[[], Awaitable[T]]) -> T:
        async with self._turns.here(what):
            return await question()

    @override
    async def reactions(self, incident: int, proposal: int) -> Mapping[str, frozenset[str]] | None:
        return await self._ask("reactions", lambda: self._inner.reactions(incident, proposal))

    @override
    async def person(self, ref: str, max_age: float, incident: int | None = None) -> Person:
        return await self._ask("person", lambda: self._inner.person(ref, max_age, incident))

    @override
    async def group(self, group: str, max_age: float) -> frozenset[str]:
        return await self._ask("group", lambda: self._inner.group(group, max_age))


class TurnsAction:
    """See `engine.ports.Action`: the real connector, with a waiting before each request."""

    def __init__(self, inner: HttpAction, turns: Turns) -> None:
        self.idempotency = inner.idempotency
        self._inner, self._turns = inner, turns

    async def state(self, arguments: CleanTree) -> Mapping[str, Scalar]:
        async with self._turns.here("state"):
            return await self._inner.state(arguments)

    async def preview(self, arguments: CleanTree) -> Any:
        return await self._inner.preview(arguments)

    async def run(self, op: str, arguments: CleanTree) -> Outcome:
        task = asyncio.current_task()
        async with self._turns.here(f"{task.get_name() if task else ''} sends {op}"):
            return await self._inner.run(op, arguments)

    async def look(self, op: str, arguments: CleanTree) -> Outcome | None:
        async with self._turns.here("look"):
            return await self._inner.look(op, arguments)

    async def aclose(self) -> None:
        await self._inner.aclose()


class TurnsClock(MovableClock):
    """Whoever sleeps waits for their turn, however much time passes; the others' time is moved by hand."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def passes(self, seconds: float) -> None:
        """Time goes on; nobody sleeps on it."""
        self._passed += round(seconds * 1_000_000)

    @override
    async def sleep(self, seconds: float) -> None:
        async with self._turns.here("sleep"):
            return
