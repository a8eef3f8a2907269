"""Rules, freezes, the watch and what starts by itself, at the gate; on both databases.

On PostgreSQL two processes share the database, on SQLite one process does everything.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import NotOwner, Retryable
from engine.ledger import Draft
from engine.model import Kind, Mode, Verdict
from engine.oversight.freezes import Span
from engine.oversight.halt import Halts
from engine.oversight.on_call import Schedule, Shift
from engine.oversight.remind import Reminder
from engine.oversight.rules import Deciders, Freeze, Policy, Rule
from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room, Target, action_at, adopts

Two = tuple[Office, Office]
ROUNDS = 8
WINDOW = 0.25


@pytest.fixture
def clock() -> SystemClock:
    """Real time: what came before a freeze and what came after is the point here."""
    return SystemClock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def two(
    request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger, target: Target
) -> AsyncIterator[Two]:
    url, room, action = database_url(request.param), Room(), action_at(target.url, "lookup")
    first = await open_ledger(url)
    second = first if request.param == "sqlite" else await open_ledger(url)
    yield Office(first, SystemClock(), room, action), Office(second, SystemClock(), room, action)
    await action.aclose()


def under(two: Two, policy: Policy) -> None:
    for office in two:
        office.policy = policy


async def frozen(office: Office, begins: float, ends: float) -> Freeze:
    """A freeze that begins and ends so many seconds from now."""
    now = await office.ledger.now()
    return Freeze("quarter end", Span(now + timedelta(seconds=begins), now + timedelta(seconds=ends)))


async def waits(office: Office, *people: Any) -> tuple[int, int]:
    incident = await office.opened()
    proposal = await office.proposed(incident, f"proposed/{incident}")
    for person in people:
        await office.says(incident, proposal, person)
    return incident, proposal


async def passes(office: Office, until: Any) -> None:
    """The database's clock is there."""
    while (left := (until - await office.ledger.now()).total_seconds()) > 0:
        await office.desk.clock.sleep(left)


class TestFreeze:
    async def test_either_the_start_or_the_freeze_comes_first(self, two: Two) -> None:
        """The start is committed before the freeze begins, by the database's clock, or not at all."""
        owner, other = two
        owner.room.on_card = None
        for _ in range(ROUNDS):
            under(two, Policy())
            incident, proposal = await waits(owner, PRIYA)
            freeze = await frozen(other, 0.05, 60)
            under(two, Policy(freezes=(freeze,)))
            assert isinstance(freeze.span, Span)
            await passes(owner, freeze.span.since - timedelta(seconds=0.012))
            starts = []
            for _ in range(6):
                with suppress(Retryable):  # it is frozen by now
                    starts.append(await owner.start(incident, proposal))
            assert all(start.entry.at < freeze.span.since for start in starts if start)

    async def test_the_guard_is_the_transactions_own(self, two: Two) -> None:
        """What is read before it says that no freeze is on; it begins before the commit."""
        owner, _ = two
        incident, proposal = await waits(owner, PRIYA)
        freeze = await frozen(owner, 1.0, 60)
        under(two, Policy(freezes=(freeze,)))
        act, read = owner.act, owner.ledger.append
        assert isinstance(freeze.span, Span)

        async def late(number: int, draft: Draft, nonce: str | None = None) -> Any:
            await passes(owner, freeze.span.since)
            return await read(number, draft, nonce)

        owner.ledger.append = late  # type: ignore[method-assign]
        state = await owner.state(incident)
        assert await act.start(state, state.proposals[proposal]) is None
        assert Kind.STARTED not in await owner.kinds(incident)

    async def test_a_vote_that_the_freeze_overtakes_is_frozen_and_not_expired(self, two: Two) -> None:
        _, other = two
        incident, proposal = await waits(other)
        freeze = await frozen(other, 1.0, 60)
        under(two, Policy(freezes=(freeze,)))
        read = other.ledger.append
        assert isinstance(freeze.span, Span)

        async def late(number: int, draft: Draft, nonce: str | None = None) -> Any:
            await passes(other, freeze.span.since)
            return await read(number, draft, nonce)

        other.ledger.append = late  # type: ignore[method-assign]
        assert (await other.says(incident, proposal, PRIYA)).verdict == Verdict.FROZEN
        assert (await other.says(incident, proposal, MAYA, Kind.VETO)).verdict == Verdict.COUNTED

    async def test_an_approval_before_it_counts_again_after_it_and_one_during_it_never_does(self, two: Two) -> None:
        owner, other = two
        before, proposal = await waits(owner, PRIYA)
        during, second = await waits(owner)
        freeze = await frozen(owner, -1, 60)
        under(two, Policy(freezes=(freeze,)))
        assert (await other.says(during, second, PRIYA)).verdict == Verdict.FROZEN
        with pytest.raises(Retryable, match="quarter end"):
            await owner.start(before, proposal)
        clicked = await owner.ledger.now()
        under(two, Policy(freezes=(await frozen(owner, -1, 0),)))  # it has ended
        late = await other.says(during, second, MAYA, at=clicked)
        assert late.verdict == Verdict.FROZEN  # a click of then that was handled only now
        assert await owner.start(during, second) is None
        assert await owner.start(before, proposal) is not None


class TestWhoMay:
    async def test_whoever_is_on_call_approves_and_whoever_was_or_will_be_does_not(self, two: Two) -> None:
        owner, other = two
        now = await owner.ledger.now()
        shifts = (
            Shift(MAYA.ref, now - timedelta(hours=8), now),
            Shift(TOM.ref, now, now + timedelta(hours=1)),
            Shift(PRIYA.ref, now + timedelta(hours=1), now + timedelta(hours=9)),
        )
        on_call = Rule(approvers=Deciders(on_call="checkout"), place="watchkeeper.yaml line 41")
        under(two, Policy(rules=(on_call,), schedules={"checkout": Schedule(shifts=shifts)}))
        incident, proposal = await waits(owner)
        verdicts = [(await other.says(incident, proposal, person)).verdict for person in (MAYA, PRIYA, TOM)]
        assert verdicts == [Verdict.NO_RIGHT, Verdict.NO_RIGHT, Verdict.COUNTED]
        assert (await owner.decided(incident, proposal)).proposal.rule == "watchkeeper.yaml line 41, for everything"
        ended = replace(shifts[1], until=await owner.ledger.now())
        under(two, Policy(rules=(on_call,), schedules={"checkout": Schedule(shifts=(ended, shifts[2]))}))
        assert (await other.says(incident, proposal, TOM, surface="command")).verdict == Verdict.NO_RIGHT
        assert await owner.start(incident, proposal) is not None  # it was given on his watch

    async def test_in_a_gap_the_group_stands_in(self, two: Two) -> None:
        owner, other = two
        rule = Rule(approvers=Deciders(on_call="checkout"))
        under(two, Policy(rules=(rule,), schedules={"checkout": Schedule(group="S0STANDIN")}))
        owner.room.groups = {"S0STANDIN": {TOM.ref}}
        incident, proposal = await waits(owner)
        assert (await other.says(incident, proposal, PRIYA)).verdict == Verdict.NO_RIGHT
        assert (await other.says(incident, proposal, TOM)).verdict == Verdict.COUNTED

    async def test_a_veto_without_the_right_is_an_objection_and_stops_nothing(self, two: Two) -> None:
        owner, other = two
        under(two, Policy(rules=(Rule(veto="approvers"),)))
        incident, proposal = await waits(owner, PRIYA)
        assert (await other.says(incident, proposal, TOM, Kind.VETO)).verdict == Verdict.NO_RIGHT
        owner.room.on_card = {"no_entry": {TOM.ref}}  # and it still stands there when the reactions are read again
        decided = await owner.decided(incident, proposal)
        assert [cast.entry.actor for cast in decided.objections] == [await owner.desk.people.pseudonym(TOM)]
        assert await owner.start(incident, proposal) is not None

    async def test_a_veto_without_the_right_after_the_start_stops_nothing(self, two: Two, target: Target) -> None:
        owner, other = two
        under(two, Policy(rules=(Rule(veto="approvers"),)))
        incident, proposal = await waits(owner, PRIYA)
        start = await owner.start(incident, proposal)
        assert start is not None
        assert (await other.says(incident, proposal, TOM, Kind.VETO)).verdict == Verdict.NO_RIGHT
        await owner.send(incident, proposal, start)
        assert len(target.effects) == 1

    async def test_a_veto_with_the_right_stops_it_also_where_only_its_reaction_is_seen(self, two: Two) -> None:
        owner, _ = two
        under(two, Policy(rules=(Rule(veto=Deciders((MAYA.ref,))),)))
        incident, proposal = await waits(owner, PRIYA)
        owner.room.on_card = {"no_entry": {MAYA.ref}}
        assert await owner.start(incident, proposal) is None
        assert (await owner.decided(incident, proposal)).status == "vetoed"

    async def test_the_two_person_rule_wants_two_people(self, two: Two) -> None:
        owner, other = two
        under(two, Policy(rules=(Rule(two_person=True),)))
        incident, proposal = await waits(owner, PRIYA)
        await other.says(incident, proposal, PRIYA, surface="command")
        assert await owner.start(incident, proposal) is None
        await other.says(incident, proposal, MAYA)
        start = await owner.start(incident, proposal)
        assert start is not None
        assert len(start.entry.payload["votes"]) == 2

    async def test_a_rule_that_changed_since_denies_it(self, two: Two) -> None:
        owner, _ = two
        incident, proposal = await waits(owner, PRIYA)
        under(two, Policy(rules=(Rule(veto="approvers"),)))
        assert await owner.start(incident, proposal) is None
        assert (await owner.decided(incident, proposal)).status == "denied"


ALONE = Policy(ceiling=Mode.AUTO, rules=(Rule(mode=Mode.AUTO),), auto_window=WINDOW)


class TestBySelf:
    """Row 13: nothing shown, nothing runs; a veto, a halt or a freeze in its window stops it."""

    async def shown(self, two: Two, policy: Policy = ALONE) -> tuple[int, int]:
        for office in two:
            office.undo = "deploy it again"
        under(two, policy)
        incident, proposal = await waits(two[0])
        draft = Draft(f"shown/{proposal}", Kind.SHOWN, {"proposal": proposal, "ts": "1"}, "narrator")
        await two[0].ledger.append(incident, draft)
        return incident, proposal

    async def until_started(self, office: Office, incident: int, proposal: int) -> Any:
        act = office.act
        for _ in range(200):
            state = await office.state(incident)
            if start := await act.start(state, state.proposals[proposal]):
                return start
            await asyncio.sleep(0.01)
        raise AssertionError("it never started")

    async def test_it_starts_at_the_end_of_its_window_once_and_not_before(self, two: Two) -> None:
        owner, _ = two
        incident, proposal = await self.shown(two)
        start = await self.until_started(owner, incident, proposal)
        shown = await owner.last(incident, Kind.SHOWN)
        assert start.entry.at - shown.at >= timedelta(seconds=WINDOW)
        assert start.entry.payload["votes"] == []
        assert await owner.start(incident, proposal) is None
        assert (await owner.decided(incident, proposal)).by_itself

    async def test_an_heir_waits_for_the_same_end_and_one_of_the_two_starts(self, two: Two) -> None:
        zombie, heir = two
        incident, proposal = await self.shown(two)
        old = zombie.act
        state = await zombie.state(incident)
        if zombie.ledger is not heir.ledger:
            await heir.desk.lease.renew()
            assert incident in await adopts(heir, zombie)
        else:
            heir = zombie
        start = await self.until_started(heir, incident, proposal)
        shown = await heir.last(incident, Kind.SHOWN)
        assert start.entry.at - shown.at >= timedelta(seconds=WINDOW)
        with pytest.raises(NotOwner) if heir is not zombie else nullcontext():
            assert await old.start(state, state.proposals[proposal]) is None
        assert (await heir.kinds(incident)).count("started") == 1

    async def test_what_nobody_could_see_never_starts(self, two: Two) -> None:
        owner, _ = two
        for office in two:
            office.undo = "deploy it again"
        under(two, ALONE)
        incident, proposal = await waits(owner)
        act = owner.act
        for _ in range(3):
            state = await owner.state(incident)
            assert await act.auto.left(state, state.proposals[proposal]) is None
            assert await act.start(state, state.proposals[proposal]) is None
            await asyncio.sleep(WINDOW / 2)

    @pytest.mark.parametrize("card", [None, "down"])
    async def test_a_card_that_cannot_be_read_again_is_not_now(self, two: Two, card: Any) -> None:
        owner, _ = two
        incident, proposal = await self.shown(two)
        owner.room.on_card, owner.room.down = None, card == "down"
        act, end = owner.act, (await owner.decided(incident, proposal)).auto_at
        state = await owner.state(incident)
        await act.auto.left(state, state.proposals[proposal])
        await passes(owner, end)
        await asyncio.sleep(0.02)
        with pytest.raises(Retryable):
            await act.start(state, state.proposals[proposal])

    @pytest.mark.parametrize("how", ["word", "seen"])
    async def test_a_veto_in_its_window_stops_it(self, two: Two, how: str) -> None:
        owner, other = two
        incident, proposal = await self.shown(two)
        if how == "word":
            await other.says(incident, proposal, TOM, Kind.VETO)
        else:
            owner.room.on_card = {"no_entry": {TOM.ref}}
        act = owner.act
        await passes(owner, (await owner.last(incident, Kind.SHOWN)).at + timedelta(seconds=WINDOW + 0.05))
        for _ in range(3):
            state = await owner.state(incident)
            assert await act.start(state, state.proposals[proposal]) is None
            await asyncio.sleep(0.01)
        assert (await owner.decided(incident, proposal)).status == "vetoed"

    async def test_a_yes_starts_it_at_once(self, two: Two) -> None:
        owner, other = two
        incident, proposal = await self.shown(two, replace(ALONE, auto_window=600))
        await other.says(incident, proposal, PRIYA)
        start = await owner.start(incident, proposal)
        assert start is not None
        assert len(start.entry.payload["votes"]) == 1

    @pytest.mark.parametrize("how", ["halt", "freeze"])
    async def test_a_halt_or_a_freeze_in_its_window_ends_it_for_good(self, two: Two, how: str) -> None:
        owner, other = two
        incident, proposal = await self.shown(two)
        if how == "halt":
            halts = Halts(other.desk, other.decisions)
            await halts.halt(TOM, "migration", "H1")
            await halts.resume(PRIYA, "R1")
        else:
            freeze = await frozen(owner, 0.02, 0.06)
            under(two, replace(ALONE, freezes=(freeze,)))
        await passes(owner, (await owner.last(incident, Kind.SHOWN)).at + timedelta(seconds=WINDOW + 0.02))
        act = owner.act
        state = await owner.state(incident)
        if how == "halt":  # refused in the transaction too, if the owner's look were too late
            await act.auto.left(state, state.proposals[proposal])
            await asyncio.sleep(WINDOW + 0.02)
            with pytest.raises(Retryable, match="halt"):
                await act.start(state, state.proposals[proposal])
        assert await act.auto.ended(state, state.proposals[proposal])
        decided = await owner.decided(incident, proposal)
        assert (decided.auto, decided.status) == (False, "waiting")
        assert await owner.start(incident, proposal) is None
        await other.says(incident, proposal, PRIYA)
        assert await owner.start(incident, proposal) is not None

    @pytest.mark.parametrize(
        "change", [{"undo": ""}, {"undo": "None: sessions stay dropped"}, {"quorum": 2}, {"requester": "person:tom"}]
    )
    async def test_what_cannot_be_undone_needs_two_or_was_asked_for_waits_for_people(
        self, two: Two, change: dict[str, Any]
    ) -> None:
        owner, _ = two
        owner.undo, owner.quorum = change.get("undo", "deploy it again"), change.get("quorum", 1)
        under(two, ALONE)
        incident = await owner.opened()
        proposal = await owner.proposed(incident, requester=change.get("requester"))
        assert (await owner.decided(incident, proposal)).proposal.mode is Mode.REVIEW


class TestReminder:
    async def test_there_is_one_whoever_owns_it_and_none_while_nothing_could_be_decided(self, two: Two) -> None:
        owner, other = two
        incident = await owner.opened()
        proposal = await owner.proposed(incident, expires=timedelta(seconds=30))

        async def due(office: Office, before: float, policy: Policy | None = None) -> bool:
            office.policy = policy or Policy()
            reminder = Reminder(office.desk, office.catalogue, timedelta(seconds=before))
            state = await office.state(incident)
            return await reminder.due(state, state.proposals[proposal])

        assert not await due(owner, 10)  # not yet
        assert not await due(owner, 31)  # it would remind at once
        await passes(owner, (await owner.decided(incident, proposal)).proposal.expires_at - timedelta(seconds=28.95))
        assert not await due(owner, 29.0, Policy(freezes=(await frozen(owner, -1, 60),)))
        assert await due(owner, 29.0)
        assert not await due(owner, 29.0)
        if owner.ledger is not other.ledger:
            await other.desk.lease.renew()
            await adopts(other, owner)
            assert not await due(other, 29.0)
        assert (await owner.kinds(incident)).count("reminded") == 1
        assert (await owner.last(incident, Kind.REMINDED)).payload["missing"] == 1
