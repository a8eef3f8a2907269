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

from bot.declaring import Declaring
from bot.homes import Homes
from bot.inbox import Delivery, Inbox
from bot.line import Line
from bot.listeners import Doors, register, replay
from bot.menus import Menus
from bot.slack import Slack
from bot.slack_views import SlackViews
from bot.vetoes import VetoReasons
from bot.views.veto_form import veto_form
from bot.votes import Votes
from bot.watch import Watch
from engine.errors import Unavailable
from engine.model import Category
from engine.redact import Gate
from engine.store.database import Database
from playground.demo.world import app_of_the_manifest
from playground.slack import SlackStandIn, cast
from playground.slack.clock import Clock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.playground.slack_door import bolt
from tests.views.situations import SITUATIONS

SOONER = 10.0  # Slack's 3 s for an ack are 0.3 s here


WHOLE = {"reason": "drops open payments", "kind": "too_broad", "lesson": ["learn"]}
HEARD = (2041, 17, "drops open payments", Category.TOO_BROAD, True)


class Listening:
    """What stands behind the doors: it hears each line and says one word."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def obey(self, line: Line) -> str:
        self.lines.append(line.text)
        return "Heard."


class Reasoning:
    """What stands behind the form of a veto's reason: it hears what is entered, and knows where to answer."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    async def give(self, *said: object, **more: object) -> str:
        self.heard.append((*said[:2], *said[3:], more["lesson"]))
        return "Recorded."

    async def later(self, incident: int, of: int, user: str) -> str:
        self.heard.append((incident, of, "later"))
        return "It stands."

    async def place_of(self, incident: int) -> tuple[str, str | None]:
        return cast.INCIDENTS, None


class Failing(Inbox):
    """Cannot store the first `failures` deliveries, and stores none before `may_store`."""

    failures = 0
    puts = 0

    def __init__(self, database: Database) -> None:
        super().__init__(database, "p1")
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
    reasons: Reasoning = field(default_factory=Reasoning)

    def app(self) -> AsyncApp:
        app = AsyncApp(client=self.slack.reads, request_verification_enabled=False)
        register(app, self.doors())
        return app

    def doors(self) -> Doors:
        watch, votes, reasons = typed(Watch, self.watch), typed(Votes, self.reasons), typed(VetoReasons, self.reasons)
        menus, declaring, homes = typed(Menus, None), typed(Declaring, None), typed(Homes, None)
        slack, forms = self.slack, SlackViews(self.slack)
        return Doors(watch, votes, reasons, menus, declaring, homes, self.inbox, slack, forms, Gate(), cast.INCIDENTS)

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
        house = House(stand_in, slack, Failing(ledger.db))
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


class TestModals:
    """A form: what lacks something is answered in it, what is whole is stored and taken once."""

    async def shown(self, house: House) -> None:
        state = SITUATIONS["the story, waiting"]().state(17)
        decided = state.proposals[13]
        form = veto_form(state, decided, decided.votes[-1])
        house.stand_in.clock.scale = 1.0
        trigger = house.stand_in.triggers.issue(cast.PRIYA)
        assert await SlackViews(house.slack).open(trigger, Gate().tree(form))
        assert not await SlackViews(house.slack).open(trigger, Gate().tree(form))  # a trigger opens one
        house.stand_in.clock.scale = SOONER

    def closed(self, house: House) -> bool:
        return house.stand_in.views.top(cast.PRIYA) is None

    async def test_what_is_missing_is_said_in_the_form_and_not_stored(self, house: House) -> None:
        await self.shown(house)
        empty = house.stand_in.modals.submit(cast.PRIYA, WHOLE | {"reason": "   "})
        assert (await empty.outcome).acked
        view = house.stand_in.views.top(cast.PRIYA)
        assert view is not None
        assert view.errors == {"reason": "A reason has at least 3 characters."}
        assert (house.inbox.puts, house.reasons.heard) == (0, [])
        mended = house.stand_in.modals.submit(cast.PRIYA, WHOLE)
        assert (await mended.outcome).acked
        await house.until(lambda: house.answers == ["Recorded."])
        assert self.closed(house)
        assert house.reasons.heard == [HEARD]

    async def test_a_second_delivery_of_a_form_is_acknowledged_and_taken_by_nobody(self, house: House) -> None:
        await self.shown(house)
        first = house.stand_in.modals.submit(cast.PRIYA, WHOLE)
        assert (await first.outcome).acked
        again = json.loads(first.body) | {"trigger_id": "another"}
        assert (await house.stand_in.sockets.deliver("interactive", again, accepts=True).outcome).acked
        await house.until(lambda: bool(house.answers))
        assert house.inbox.puts == 2
        assert (house.reasons.heard, house.answers) == ([HEARD], ["Recorded."])

    async def test_a_form_that_cannot_be_stored_stays_open(self, house: House) -> None:
        house.inbox.failures = 1
        await self.shown(house)
        lost = house.stand_in.modals.submit(cast.PRIYA, WHOLE)
        assert not (await lost.outcome).acked
        assert not self.closed(house)
        assert (await house.stand_in.modals.submit(cast.PRIYA, {}).outcome).acked
        await house.until(lambda: house.answers == ["Recorded."])
        assert house.reasons.heard == [HEARD]

    async def test_a_close_is_told_too(self, house: House) -> None:
        await self.shown(house)
        house.stand_in.modals.close(cast.PRIYA)
        await house.until(lambda: house.answers == ["It stands."])
        assert house.reasons.heard == [(2041, 17, "later")]

    async def test_what_a_process_left_behind_is_handed_to_its_listener(self, house: House) -> None:
        await self.shown(house)
        payload = house.stand_in.modals.submit(cast.PRIYA, WHOLE)
        await house.until(lambda: house.answers == ["Recorded."])
        await replay(house.app(), house.inbox, Delivery("slack/again", "slack", payload.body.encode()))
        await house.until(lambda: house.reasons.heard == [HEARD, HEARD])
