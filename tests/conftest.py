"""What every room's tests share: no blocking calls in the event loop, a clock to move, and both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from blockbuster import blockbuster_ctx

from engine.ledger import Ledger
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub
from tests.clock import MovableClock
from tests.postgres import Server, Unavailable

DatabaseUrl = Callable[[Literal["sqlite", "postgresql"]], str]
OpenLedger = Callable[..., Awaitable[Ledger]]


@pytest.fixture(autouse=True)
def nothing_blocks() -> Iterator[None]:
    """A blocking call in the event loop from our own code fails the test."""
    with blockbuster_ctx(["bot", "engine", "connectors"]):
        yield


@pytest.fixture
def clock() -> MovableClock:
    """Time that passes only when the test says so: `await clock.advance(seconds)`."""
    return MovableClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for the whole run, started when the first test asks for it."""
    try:
        server = Server()
    except Unavailable as why:
        pytest.skip(str(why))
    yield server
    server.stop()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseUrl]:
    """`database_url("sqlite")` or `database_url("postgresql")`: the URL of a fresh, empty database, each time."""
    created: list[str] = []

    def fresh(dialect: Literal["sqlite", "postgresql"]) -> str:
        if dialect == "sqlite":
            created.append("")
            return f"sqlite:///{tmp_path / f'ledger-{len(created)}.db'}"
        server: Server = request.getfixturevalue("postgres")
        created.append(server.create_database())
        return server.url(created[-1])

    yield fresh
    for name in filter(None, created):
        request.getfixturevalue("postgres").drop_database(name)


@pytest.fixture
async def open_ledger(clock: MovableClock) -> AsyncIterator[OpenLedger]:
    """`await open_ledger(url, gate=Gate())`: a started ledger on that database, closed at the end of the test."""
    opened: list[Ledger] = []

    async def open_(url: str, gate: Gate | None = None) -> Ledger:
        ledger = Ledger(await asyncio.to_thread(connect, url, clock), gate or Gate(), Hub())
        opened.append(ledger)
        await ledger.start()
        return ledger

    yield open_
    for ledger in opened:
        await ledger.db.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: one file runs on one worker, and a long one begun last would keep the other idle."""
    long = ("_torture", "_machine", "_crashes", "_frozen")
    items.sort(key=lambda item: next((i for i, name in enumerate(long) if name in item.nodeid), len(long)))
