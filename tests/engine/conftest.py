"""What the tests of decisions and actions share: a target with effects, and two processes before it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import pytest

from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import Office, Room, Target, action_at

Idempotency = Literal["key", "lookup", "none"]
TwoOffices = Callable[..., Awaitable[tuple[Office, Office]]]


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with Target().serving() as running:
        yield running


@pytest.fixture
async def two_offices(database_url: DatabaseUrl, open_ledger: OpenLedger, target: Target) -> AsyncIterator[TwoOffices]:
    """`await two_offices("key")`: two processes that share database, chat and target."""
    actions = []

    async def open_(idempotency: Idempotency, **more: Any) -> tuple[Office, Office]:
        url, room = database_url("postgresql"), Room()
        actions.append(action_at(target.url, idempotency))
        first, second = [Office(await open_ledger(url), SystemClock(), room, actions[-1], **more) for _ in range(2)]
        await second.desk.lease.renew()
        return first, second

    yield open_
    for action in actions:
        await action.aclose()
