"""The narrator: every message once, true in the end, whatever Slack, a former owner or the network does.

Rows are those of the protocol; the chat is the Slack stand-in over HTTP, the ledger a PostgreSQL.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from bot import narrator
from bot.narrator import Narrator
from bot.scenery import Scenery
from bot.slack import Slack
from bot.teller import Pace
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.fold import Incidents
from engine.lease import Lease
from engine.ledger import Draft
from engine.model import Alert, Kind, Owner, Severity, Triage
from engine.people import People
from engine.ports import SystemClock
from engine.published import SYSTEM
from engine.store.messages import Messages
from playground.slack import SlackStandIn, cast
from playground.slack.faults import Match
from playground.slack.model import Message
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change
from tests.views.situations import roll_back

ALERT = Alert(source="alertmanager", name="Errors", status="firing", fingerprint="f1", service="checkout")
TRIAGE = Triage(severity=Severity.SEV2, service="checkout", title="7.3 % of requests fail", summary="Many fail.")
QUICK = Pace(edit_every=0.05, send=0.3, late=1.0)
PATIENT = Pace(edit_every=0.05, send=5.0, late=60.0)


@dataclass
class Process:
    """One process that shows incidents; `begin` starts its narrator, `end` is a death without a last word."""

    desk: Desk
    slack: Slack
    channel: str
    task: asyncio.Task[None] | None = None

    def begin(self, pace: Pace = QUICK) -> None:
        scenery = Scenery(self.desk, {}, "/watch", Catalogue({}, self.desk.ledger.gate))
        teller = Narrator(
            self.slack, self.desk, channel=self.channel, scenery=scenery, pace=pace, recorded=lambda _: True
        )
        self.task = asyncio.create_task(teller.run())

    async def end(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def dies(self) -> None:
        process = self.desk.lease.process
        await change(self.desk.ledger, "UPDATE process SET lease_until = {now} - 1 WHERE id = :id", id=process)

    async def opens(self) -> int:
        await self.desk.lease.renew()
        owner = Owner(self.desk.lease.process, 1)
        incident = await self.desk.ledger.transact(lambda book: book.open_incident(2041, owner))
        await self.desk.ledger.append(incident, Draft("alert", Kind.ALERT, ALERT.to_json(), "alertmanager"))
        await self.desk.ledger.append(incident, Draft("triage/1", Kind.TRIAGE, TRIAGE.to_json(), "triage"))
        self.desk.lease.opened(incident)
        return incident

    async def notes(self, incident: int, says: str) -> None:
        await self.desk.ledger.append(incident, Draft(f"note/{says}", Kind.NOTE, {"says": says}, "person:x"))


NewProcess = Callable[[], Awaitable[Process]]


@pytest.fixture
async def stand_in() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as running:
        yield running


@pytest.fixture
async def process(
    database_url: DatabaseUrl, open_ledger: OpenLedger, stand_in: SlackStandIn
) -> AsyncIterator[NewProcess]:
    """`await process()`: one more process on the same database and workspace."""
    url, made = database_url("postgresql"), []

    async def new() -> Process:
        ledger, clock = await open_ledger(url), SystemClock()
        slack = Slack(stand_in.app.bot_token, f"{stand_in.url}/api/")
        await slack.open()
        desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
        made.append(Process(desk, slack, await slack.channel_id("#incidents")))
        return made[-1]

    yield new
    for one in made:
        await one.end()
        await one.slack.close()


def shown(stand_in: SlackStandIn) -> list[Message]:
    """The bot's messages in the channel that were not deleted, oldest first."""
    channel = stand_in.state.channel_named("incidents")
    assert channel is not None
    return [m for m in channel.messages.values() if m.bot and m.metadata and not m.deleted]


def roots(stand_in: SlackStandIn) -> list[Message]:
    return [m for m in shown(stand_in) if not m.is_reply]


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110  the stand-in tells nobody
            await asyncio.sleep(0.02)


def says(message: Message) -> str:
    return f"{message.text} {message.blocks}"


class TestPosting:
    async def test_an_unknown_post_is_looked_for_and_found(self, stand_in: SlackStandIn, process: NewProcess) -> None:
        """Rule 4: a positive look counts at once."""
        one = await process()
        stand_in.faults.spoil("lost-answer", Match("chat.postMessage"))
        incident = await one.opens()
        one.begin(PATIENT)
        await until(lambda: bool(roots(stand_in)))
        await one.notes(incident, "hello")
        await until(lambda: len(shown(stand_in)) == 2)
        assert len(roots(stand_in)) == 1

    async def test_what_did_not_land_is_posted_again_after_the_late_write_bound(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        one = await process()
        stand_in.faults.spoil("reset", Match("chat.postMessage"))
        incident = await one.opens()
        one.begin()
        await until(lambda: len(roots(stand_in)) == 1)
        row = (await Messages(one.desk.ledger.db).of(incident))["root"]
        assert row.attempts == 2
        first = (await one.desk.ledger.entries(incident))[0].at
        assert (row.attempted_at - first).total_seconds() >= QUICK.late

    async def test_a_definite_refusal_is_repeated_when_slack_says(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        """Row 26: 429 did nothing, so nothing is looked or waited for."""
        one = await process()
        stand_in.faults.spoil("429", Match("chat.postMessage"), retry_after=4)
        await one.opens()
        one.begin(PATIENT)
        await until(lambda: len(roots(stand_in)) == 1)
        refused, taken = [call["at"] for call in stand_in.api.log if call["method"] == "chat.postMessage"]
        assert 4 <= taken - refused < 8

    async def test_no_post_waits_behind_an_edit_whose_turn_has_not_come(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        """Edits are counted for the whole workspace, and a dead record makes many of them."""
        one = await process()
        incident = await one.opens()
        one.begin(PATIENT)
        await until(lambda: len(roots(stand_in)) == 1)
        while one.slack.place_for_edit() < 60:
            pass
        closed = Draft("closed/1", Kind.CLOSED, {"how": "person", "says": "seen"}, "person:x")
        await one.desk.ledger.append(incident, closed)
        await until(lambda: len(shown(stand_in)) == 2)
        assert not roots(stand_in)[0].versions, "the root message has no turn for a minute"

    async def test_a_post_is_found_behind_many_others(self, stand_in: SlackStandIn, process: NewProcess) -> None:
        """A2: the look lists everything; a full page is not everything."""
        one = await process()
        incident = await one.opens()
        one.begin(PATIENT)
        await until(lambda: len(roots(stand_in)) == 1)
        await one.end()
        await change(one.desk.ledger, "UPDATE message SET ts = NULL WHERE incident = :i", i=incident)
        for i in range(450):
            stand_in.people.message(cast.PRIYA, "incidents", f"chatter {i}")
        one.begin(PATIENT)
        await one.notes(incident, "hello")
        await until(lambda: len(shown(stand_in)) == 2)
        assert len(roots(stand_in)) == 1

    async def test_a_process_that_ends_in_the_middle_of_a_post_leaves_one_message(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        one, heir = await process(), await process()
        stand_in.faults.spoil("timeout", Match("chat.postMessage"))
        incident = await one.opens()
        one.begin()
        messages = Messages(one.desk.ledger.db)
        while not await messages.of(incident):  # noqa: ASYNC110  the intent comes before the post
            await asyncio.sleep(0.02)
        await one.end()
        await one.dies()
        await heir.desk.lease.renew()
        assert await heir.desk.lease.adopt() == [SYSTEM, incident]
        heir.begin()
        await until(lambda: len(roots(stand_in)) == 1)


class TestEdits:
    async def test_an_unknown_edit_that_lands_last_is_edited_over(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        """Row 29: edit 1 times out, edit 2 lands, edit 1 lands."""
        one = await process()
        incident = await one.opens()
        one.begin(Pace(edit_every=0.05, send=0.3, late=4.0))
        await until(lambda: len(roots(stand_in)) == 1)
        [root] = roots(stand_in)
        stand_in.faults.spoil("reset", Match("chat.update"))
        worse = TRIAGE.model_copy(update={"title": "all requests fail"})
        await one.desk.ledger.append(incident, Draft("triage/2", Kind.TRIAGE, worse.to_json(), "triage"))
        await until(lambda: "all requests fail" in says(root))
        await one.slack.writes.chat_update(channel=root.channel, ts=root.ts, text="7.3 % of requests fail, once more")
        assert "all requests fail" not in says(root)
        await until(lambda: "all requests fail" in says(root))

    async def test_an_heir_edits_over_what_a_former_owner_leaves(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        """Rows 28 and 29: after adoption the root is edited again, and second copies are deleted."""
        former, heir = await process(), await process()
        incident = await former.opens()
        former.begin()
        await former.notes(incident, "hello")
        await until(lambda: len(shown(stand_in)) == 2)
        await former.end()
        root, note = shown(stand_in)
        await former.dies()
        await heir.desk.lease.renew()
        assert await heir.desk.lease.adopt() == [SYSTEM, incident]
        heir.begin()
        for message, thread in ((root, None), (note, root.ts)):
            await former.slack.writes.chat_postMessage(
                channel=message.channel, text="a zombie's copy", metadata=message.metadata, thread_ts=thread
            )
        await former.slack.writes.chat_update(channel=root.channel, ts=root.ts, text="a zombie's edit")
        assert len(shown(stand_in)) == 4
        await until(lambda: [m.ts for m in shown(stand_in)] == [root.ts, note.ts] and "zombie" not in says(root))


class TestTheLinkToACard:
    """The root's button leads to the card; Slack says where that is."""

    async def test_a_link_that_slack_did_not_give_is_asked_for_again(
        self, stand_in: SlackStandIn, process: NewProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(narrator, "ASK_LINK", 0.3)
        one = await process()
        stand_in.faults.spoil("500", Match("chat.getPermalink"), times=4)  # each question is repeated once
        incident = await one.opens()
        one.begin(PATIENT)
        await one.desk.ledger.append(incident, Draft("p/1", Kind.PROPOSED, roll_back().to_json(), "playbook"))
        await until(lambda: bool(roots(stand_in)) and "Needs a decision" in says(roots(stand_in)[0]))
        assert "Review the proposal" not in says(roots(stand_in)[0])
        await until(lambda: "Review the proposal" in says(roots(stand_in)[0]))
        asked = [call for call in stand_in.api.log if call["method"] == "chat.getPermalink"]
        assert len(asked) == 5, "a link that is known is not asked for"

    async def test_a_link_that_never_comes_keeps_no_closed_incident(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        one = await process()
        stand_in.faults.spoil("500", Match("chat.getPermalink"), times=100)
        incident = await one.opens()
        await one.desk.ledger.append(incident, Draft("p/1", Kind.PROPOSED, roll_back().to_json(), "playbook"))
        one.begin(QUICK)
        await until(lambda: len(shown(stand_in)) == 2)
        await one.desk.ledger.append(
            incident, Draft("closed/1", Kind.CLOSED, {"how": "person", "says": "x"}, "person:x")
        )
        await until(lambda: incident not in one.desk.lease.epochs)


class TestHalts:
    """The system incident has no root; its messages stand in the channel, and it never ends."""

    async def halts(self, process: Process, key: str = "halted/1") -> None:
        payload = {"reason": "database migration", "started": []}
        await process.desk.ledger.append(SYSTEM, Draft(key, Kind.HALTED, payload, "person:x"))

    async def owned(self, process: Process) -> None:
        await process.desk.lease.renew()
        assert await process.desk.lease.adopt() == [SYSTEM]

    async def test_an_unknown_post_is_looked_for_and_found(self, stand_in: SlackStandIn, process: NewProcess) -> None:
        one = await process()
        await self.owned(one)
        await self.halts(one)
        stand_in.faults.spoil("lost-answer", Match("chat.postMessage"))
        one.begin(PATIENT)
        await until(lambda: bool(shown(stand_in)))
        await one.desk.ledger.append(SYSTEM, Draft("resumed/1", Kind.RESUMED, {}, "person:y"))
        await until(lambda: len(shown(stand_in)) == 2 and "Ended by" in says(shown(stand_in)[0]))
        assert ["Halted" in shown(stand_in)[0].text, "Resumed" in shown(stand_in)[1].text] == [True, True]
        assert len(roots(stand_in)) == 2

    async def test_an_heir_deletes_what_a_former_owner_posts_again(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        former, heir = await process(), await process()
        await self.owned(former)
        await self.halts(former)
        former.begin()
        await until(lambda: len(shown(stand_in)) == 1)
        await former.end()
        [message] = shown(stand_in)
        await former.dies()
        await self.owned(heir)
        heir.begin()
        await former.slack.writes.chat_postMessage(
            channel=message.channel, text="a zombie's copy", metadata=message.metadata
        )
        assert len(shown(stand_in)) == 2
        await until(lambda: [m.ts for m in shown(stand_in)] == [message.ts])

    async def test_the_end_never_stands_before_the_halt(self, stand_in: SlackStandIn, process: NewProcess) -> None:
        one = await process()
        await self.owned(one)
        await self.halts(one)
        await one.desk.ledger.append(SYSTEM, Draft("resumed/1", Kind.RESUMED, {}, "person:y"))
        stand_in.faults.spoil("429", Match("chat.postMessage"), retry_after=1)
        one.begin(PATIENT)
        await until(lambda: len(shown(stand_in)) == 2)
        assert [m.text.partition(" ")[0] for m in shown(stand_in)] == ["Halted", "Resumed"]


class TestOwnership:
    async def test_a_zombie_posts_nothing(self, stand_in: SlackStandIn, process: NewProcess) -> None:
        """It does not know that it was adopted until it wants to record an intent."""
        zombie, heir = await process(), await process()
        incident = await zombie.opens()
        zombie.begin()
        await until(lambda: len(roots(stand_in)) == 1)
        await zombie.dies()
        await heir.desk.lease.renew()
        await heir.desk.lease.adopt()
        await zombie.notes(incident, "hello")
        await until(lambda: incident not in zombie.desk.lease.epochs)
        assert len(shown(stand_in)) == 1
        heir.begin()
        await until(lambda: len(shown(stand_in)) == 2)

    async def test_back_and_forth_doubles_nothing(self, stand_in: SlackStandIn, process: NewProcess) -> None:
        """Row 12: what was known at an older epoch is not known any more."""
        one, other = await process(), await process()
        incident = await one.opens()
        one.begin()
        await until(lambda: len(roots(stand_in)) == 1)
        await one.dies()
        await other.desk.lease.renew()
        await other.desk.lease.adopt()
        other.begin()
        await other.notes(incident, "hello")
        await until(lambda: len(shown(stand_in)) == 2)
        await other.end()
        await other.dies()
        one.desk.lease.lost(incident)
        await one.desk.lease.renew()
        assert await one.desk.lease.adopt() == [SYSTEM, incident]
        await one.notes(incident, "again")
        await until(lambda: any("again" in says(m) for m in shown(stand_in)))
        assert len(shown(stand_in)) == 3

    async def test_a_closed_incident_that_is_shown_is_nobodys(
        self, stand_in: SlackStandIn, process: NewProcess
    ) -> None:
        """Nothing is kept of it in the process, and news bring it back."""
        one = await process()
        incident = await one.opens()
        one.begin()
        await one.desk.ledger.append(incident, Draft("closed/1", Kind.CLOSED, {"how": "recovered"}, "responder"))
        await until(lambda: incident not in one.desk.lease.epochs)
        assert len(shown(stand_in)) == 2
        await one.notes(incident, "afterwards")
        assert await one.desk.lease.adopt() == [SYSTEM, incident]
        await until(lambda: len(shown(stand_in)) == 3)
