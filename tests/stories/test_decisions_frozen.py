"""An owner that is frozen (SIGSTOP) at each step from the approval to the result, adopted meanwhile, and then thawed.

Two replicas on one PostgreSQL. Whatever the one that wakes up still does: there is at most one effect, the record says
what is true of it, and so does the card.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from playground.person import Person, Sight, Slack
from tests.conftest import DatabaseUrl
from tests.stories.light import INCIDENT, LightWorld, until

ADOPTED = 15.0  # a lease is 6 s, and the heir looks every 2 s
HOOK = """
CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
CREATE TRIGGER held AFTER INSERT ON entry FOR EACH ROW WHEN (NEW.kind = 'started') EXECUTE FUNCTION held();
"""


class Two:
    """The owner, the heir, and what their ledger says."""

    def __init__(self, stage: LightWorld, url: str) -> None:
        self.stage, self.url = stage, url

    async def begins(self, idempotency: str, **more: Any) -> Sight:
        """The owner has proposed, and the heir is up."""
        stage = self.stage
        stage.tree["ledger"]["url"] = self.url
        stage.tree["actions"]["rollback-release"]["options"] |= {"idempotency": idempotency, "seconds": "60s"} | more
        stage.shop.honours_key = idempotency == "key"
        await stage.start()
        card = await stage.proposed()
        await stage.beside()
        return card

    async def entries(self) -> list[dict[str, Any]]:
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            rows = await connection.execute("SELECT published FROM entry WHERE incident = %s ORDER BY n", (INCIDENT,))
            return [json.loads(bytes(published)) for (published,) in await rows.fetchall()]

    async def kinds(self) -> list[str]:
        return [entry["kind"] for entry in await self.entries()]

    async def epoch(self) -> int:
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            row = await (await connection.execute("SELECT epoch FROM incident WHERE id = %s", (INCIDENT,))).fetchone()
            return int(row[0]) if row else 0

    async def frozen_at(self, point: str) -> None:
        """The owner has come to this call at the shop."""

        async def fired() -> bool:
            return point in self.stage.shop.calls.fired

        await until(fired, bool, 10, point)

    async def adopted(self) -> None:
        await until(self.epoch, lambda epoch: epoch > 1, ADOPTED, "adopted")

    async def has(self, kind: str) -> None:
        await until(self.kinds, lambda kinds: kind in kinds, ADOPTED, kind)

    def thaws(self) -> None:
        os.kill(self.stage.bot.pid, signal.SIGCONT)

    @asynccontextmanager
    async def held_after_its_start(self) -> AsyncIterator[None]:
        """Inside, the owner has committed its start and waits for the read that comes before the send."""
        connect = psycopg.AsyncConnection.connect
        async with await connect(self.url, autocommit=True) as gate, await connect(self.url) as table:
            await gate.execute("SELECT pg_advisory_lock(1)")
            yield
            await until(lambda: _waits(gate, "advisory"), bool, 10, "the start is being written")
            locking = asyncio.create_task(table.execute("LOCK TABLE control IN ACCESS EXCLUSIVE MODE"))
            await until(lambda: _waits(gate, "relation"), bool, 3, "the lock stands in the queue")
            await gate.execute("SELECT pg_advisory_unlock(1)")
            await locking
            os.kill(self.stage.bot.pid, signal.SIGSTOP)
            await table.rollback()


async def _waits(connection: psycopg.AsyncConnection[Any], kind: str) -> bool:
    found = await connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = %s", (kind,))
    return await found.fetchone() is not None


@pytest.fixture
def two(stage: LightWorld, database_url: DatabaseUrl) -> Two:
    return Two(stage, database_url("postgresql"))


async def test_before_its_start_the_heir_starts_and_the_thawed_one_does_not(
    two: Two, slack: Slack, priya: Person
) -> None:
    card = await two.begins("lookup")
    two.stage.shop.calls.stop_at("before GET state#2", two.stage.bot.pid)
    await priya.reacts("✅", card)
    await two.frozen_at("before GET state#2")
    await two.adopted()
    await two.has("result")
    two.thaws()
    await slack.expects("Verified: error rate")
    await slack.expects("Approved", "Priya Raman", ts=card.ts)
    assert (await two.kinds()).count("started") == len(two.stage.shop.effects) == 1


async def test_between_its_start_and_its_send_it_sends_nothing_any_more(two: Two, slack: Slack, priya: Person) -> None:
    card = await two.begins("lookup")
    async with await psycopg.AsyncConnection.connect(two.url) as connection:
        await connection.execute(HOOK)
    async with two.held_after_its_start():
        await priya.reacts("✅", card)
    await two.adopted()
    await two.has("unknown")
    await slack.expects("Outcome unknown", ts=card.ts)
    two.thaws()
    await slack.expects("Not sent", "too slow", ts=card.ts)
    assert (await two.kinds())[-1] == "aborted"
    assert two.stage.shop.calls.log.count("POST act") == 0
    assert two.stage.shop.effects == []


async def test_after_its_send_people_are_asked_until_it_says_how_it_went(two: Two, slack: Slack, priya: Person) -> None:
    card = await two.begins("none")
    two.stage.shop.calls.stop_at("after POST act", two.stage.bot.pid)
    await priya.reacts("✅", card)
    await two.frozen_at("after POST act")
    await two.adopted()
    await two.has("unknown")
    await slack.expects("Outcome unknown", ts=card.ts)
    two.thaws()
    await two.has("result")
    await slack.expects("Approved", "Priya Raman", ts=card.ts, lacks=["Outcome unknown"])
    assert two.stage.shop.calls.log.count("POST act") == len(two.stage.shop.effects) == 1


@pytest.mark.parametrize("point", ["after POST act", "before GET status"])
async def test_where_it_can_be_looked_for_the_heir_finds_how_it_went(
    two: Two, slack: Slack, priya: Person, point: str
) -> None:
    two.stage.shop.acts_for = 0.3
    card = await two.begins("lookup")
    two.stage.shop.calls.stop_at(point, two.stage.bot.pid)
    await priya.reacts("✅", card)
    await two.frozen_at(point)
    await two.adopted()
    await two.has("result")
    two.thaws()
    await slack.expects("Verified: error rate")
    await slack.expects("Approved", "Priya Raman", ts=card.ts)
    assert (await two.kinds()).count("result") == 1
    assert two.stage.shop.calls.log.count("POST act") == len(two.stage.shop.effects) == 1
