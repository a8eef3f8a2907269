"""The doors of Slack: stored before the ack, a duplicate answered and not handled, nothing acked that is not stored.

A real Bolt app on a socket of the stand-in, with its real inbox; only what the words would do is left out.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import cast as typed

import pytest
from slack_bolt.async_app import AsyncApp
from typing_extensions import override

from bot.inbox import Inbox
from bot.line import Line
from bot.listeners import Doors, register
from bot.slack import Slack
from bot.votes import Votes
from bot.watch import Watch
from engine.errors import Unavailable
from engine.ledger import Ledger
from engine.redact import Gate
from playground.demo.world import app_of_the_manifest
from playground.slack import SlackStandIn, cast
from playground.slack.clock import Clock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.playground.slack_door import bolt

SOONER = 10.0  # Slack's 3 s for an ack are 0.3 s here


class Listening:
    """What stands behind the doors: it hears each line and says one word."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def obey(self, line: Line) -> str:
        self.lines.append(line.text)
        return "Heard."


class Failing(Inbox):
    """Cannot store the first `failures` deliveries, and stores none before `may_store`."""

    failures = 0
    puts = 0

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger.db, "p1")
        self.may_store = asyncio.Event()
        self.may_store.set()

    @override
    async def put(self, key: str, source: str, body: bytes) -> bool:
        self.puts += 1
        await self.may_store.wait()
        if self.puts <= self.failures:
            raise Unavailable("the ledger does not answer")
        return await super().put(key, source, body)


@dataclass
class House:
    """One process: its socket at the stand-in, its inbox, and what it heard."""

    stand_in: SlackStandIn
    slack: Slack
    inbox: Failing
    watch: Listening = field(default_factory=Listening)

    def app(self) -> AsyncApp:
        app = AsyncApp(client=self.slack.reads, request_verification_enabled=False)
        watch, votes = typed(Watch, self.watch), typed(Votes, None)
        register(app, Doors(watch, votes, self.inbox, self.slack, Gate()))
        return app

    @property
    def answers(self) -> list[str]:
        channel = self.stand_in.state.channel_named("incidents")
        assert channel is not None
        return [m.text for m in channel.messages.values() if m.ephemeral_to == cast.PRIYA and m.bot]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  the stand-in tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture
async def house(database_url: DatabaseUrl, open_ledger: OpenLedger) -> AsyncIterator[House]:
    ledger = await open_ledger(database_url("sqlite"))
    async with SlackStandIn(app_of_the_manifest(), clock=Clock(scale=SOONER)) as stand_in:
        slack = Slack(stand_in.app.bot_token, f"{stand_in.url}/api/")
        await slack.open()
        house = House(stand_in, slack, Failing(ledger))
        async with bolt(stand_in, house.app()):
            yield house
        await slack.close()


def speak(house: House, how: str) -> None:
    if how == "command":
        house.stand_in.people.command(cast.PRIYA, "incidents", "/watch status")
    else:
        house.stand_in.people.mention(cast.PRIYA, "incidents", "status")


async def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(house: House) -> None:
    house.inbox.failures = 1
    speak(house, "mention")
    await house.until(lambda: house.answers == ["Heard."])
    assert house.inbox.puts == 2
    assert house.watch.lines == ["status"]
    async with asyncio.timeout(10):
        while await house.inbox.waiting():  # noqa: ASYNC110  it is marked after the answer
            await asyncio.sleep(0.01)
    assert await house.inbox.parked() == []


async def test_a_command_that_cannot_be_stored_is_told_so_by_slack(house: House) -> None:
    """Slack sends commands once; the person reads that the app did not respond, and may type it again."""
    house.inbox.failures = 1
    lost = house.stand_in.people.command(cast.PRIYA, "incidents", "/watch status")
    assert not (await lost.outcome).acked
    assert house.watch.lines == []


async def test_a_duplicate_is_acknowledged_and_handled_by_nobody(house: House) -> None:
    first = house.stand_in.people.command(cast.PRIYA, "incidents", "/watch status")
    assert (await first.outcome).acked
    again = house.stand_in.sockets.deliver("slash_commands", json.loads(first.body))
    assert (await again.outcome).acked
    await house.until(lambda: bool(house.answers))
    assert house.inbox.puts == 2
    assert (house.watch.lines, house.answers) == (["status"], ["Heard."])


@pytest.mark.parametrize("how", ["command", "mention"])
async def test_nothing_is_acknowledged_before_it_is_stored(house: House, how: str) -> None:
    house.stand_in.clock.scale = 1.0
    house.inbox.may_store.clear()
    speak(house, how)
    await house.until(lambda: house.inbox.puts == 1)
    for _ in range(20):  # an ack that is under way would arrive meanwhile
        await house.slack.reads.auth_test()
        assert house.stand_in.sockets.unacknowledged == 1
    assert house.watch.lines == []
    house.inbox.may_store.set()
    await house.until(lambda: house.stand_in.sockets.unacknowledged == 0 and house.answers == ["Heard."])
    assert house.watch.lines == ["status"]
