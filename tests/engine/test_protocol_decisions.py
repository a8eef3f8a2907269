"""Decisions: what people say at any replica against the start of an action, and what is read again before it.

Rows are those of the protocol; the races run on PostgreSQL with two processes' desks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.actions.http import HttpAction
from engine.errors import NotOwner, Retryable
from engine.ledger import Draft
from engine.model import Kind, Person, Verdict
from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room, Target, action_at
from tests.ledgers import change

TwoOffices = Callable[..., Awaitable[tuple[Office, Office]]]
ROUNDS = 12


@pytest.fixture
async def action(target: Target) -> AsyncIterator[HttpAction]:
    found = action_at(target.url, "lookup")
    yield found
    await found.aclose()


@pytest.fixture
async def two(database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction) -> tuple[Office, Office]:
    """Two processes on one PostgreSQL with one chat."""
    url, room = database_url("postgresql"), Room()
    first, second = [Office(await open_ledger(url), SystemClock(), room, action) for _ in range(2)]
    return first, second


@pytest.fixture
async def office(database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction, clock: Any) -> Office:
    """One process on SQLite, whose clock moves by hand."""
    return Office(await open_ledger(database_url("sqlite")), clock, Room(), action)


async def approved(office: Office, *people: Person, **more: Any) -> tuple[int, int]:
    incident = await office.opened()
    proposal = await office.proposed(incident, **more)
    for person in people or (PRIYA,):
        await office.says(incident, proposal, person)
    return incident, proposal


class TestRaces:
    @pytest.mark.parametrize("kind", [Kind.VETO, Kind.WITHDRAWAL])
    async def test_either_the_word_or_the_start_comes_first(
        self, two: tuple[Office, Office], target: Target, kind: Any
    ) -> None:
        """Rows 2 and 3: `expect=n`; what commits before the start stops it, what commits after is told so."""
        owner, other = two
        for _ in range(ROUNDS):
            incident, proposal = await approved(owner)
            start, answer = await asyncio.gather(
                owner.start(incident, proposal), other.says(incident, proposal, PRIYA, kind)
            )
            assert answer.entry is not None
            if start is None:
                assert answer.verdict == Verdict.COUNTED
                assert await owner.start(incident, proposal) is None
            else:
                assert answer.entry.n > start.entry.n
                assert answer.verdict == Verdict.DECIDED
                await owner.send(incident, proposal, start)
        assert len(target.effects) == len(set(target.effects))

    async def test_nothing_starts_at_or_after_the_deadline(self, two: tuple[Office, Office]) -> None:
        """Rows 6 and 14: the database's clock, inside the transaction that starts."""
        owner, other = two
        owner.room.on_card = None
        for _ in range(ROUNDS):
            incident, proposal = await approved(owner, expires=timedelta(seconds=0.12))
            deadline = (await owner.decided(incident, proposal)).proposal.expires_at
            starts = []
            while not starts and await owner.ledger.now() < deadline + timedelta(seconds=0.05):
                if await owner.ledger.now() > deadline - timedelta(seconds=0.01):
                    starts += [s for s in [await owner.start(incident, proposal)] if s]
            assert all(s.entry.at < deadline for s in starts)
            late = await other.says(incident, proposal, MAYA, event=f"late/{incident}")
            assert late.verdict in (Verdict.EXPIRED, Verdict.DECIDED)

    async def test_after_a_halt_nothing_starts_until_people_say_yes_again(self, two: tuple[Office, Office]) -> None:
        """Row 8: at once, across replicas; `resume` revives nothing."""
        owner, other = two
        incident, proposal = await approved(owner)
        await change(other.ledger, "UPDATE control SET halted_at = {now}")
        with pytest.raises(Retryable, match="halted"):
            await owner.start(incident, proposal)
        while_halted = await other.says(incident, proposal, MAYA)
        assert while_halted.verdict == Verdict.HALTED
        await change(other.ledger, "UPDATE control SET halted_at = NULL, resumed_at = {now}")
        with pytest.raises(Retryable, match="again"):
            await owner.start(incident, proposal)
        await other.says(incident, proposal, PRIYA, surface="command")
        start = await owner.start(incident, proposal)
        assert start is not None
        [vote] = start.entry.payload["votes"]
        assert vote == (await owner.ledger.entries(incident))[-2].n

    async def test_a_halt_that_comes_and_goes_during_the_start_voids_it(self, two: tuple[Office, Office]) -> None:
        """Row 8, inside the transaction: the control row says when it was lifted."""
        owner, other = two
        incident, proposal = await approved(owner)

        class Flickers(Room):
            async def group(self, group: str, max_age: float) -> frozenset[str]:
                return frozenset()

        owner.room = Flickers()
        read = owner.ledger.control

        async def then_flickers() -> Any:
            found = await read()
            await change(other.ledger, "UPDATE control SET halted_at = NULL, resumed_at = {now}")
            return found

        owner.ledger.control = then_flickers  # type: ignore[method-assign]
        with pytest.raises(Retryable, match="before the halt"):
            await owner.start(incident, proposal)

    async def test_a_vote_that_a_halt_overtakes_on_its_way_into_the_record_counts_for_nothing(
        self, two: tuple[Office, Office]
    ) -> None:
        """Row 8: judged before the halt, recorded after its end; the click is still from before."""
        owner, other = two
        incident = await owner.opened()
        proposal = await owner.proposed(incident)
        read = other.ledger.control

        async def then_flickers() -> Any:
            found = await read()
            await change(other.ledger, "UPDATE control SET halted_at = NULL, resumed_at = {now}")
            return found

        other.ledger.control = then_flickers  # type: ignore[method-assign]
        await other.says(incident, proposal, PRIYA)
        with pytest.raises(Retryable, match="before the halt"):
            await owner.start(incident, proposal)
        state = await owner.state(incident)
        assert await owner.act.void(state, state.proposals[proposal])

    async def test_of_an_owner_and_its_heir_one_starts(self, two: tuple[Office, Office], target: Target) -> None:
        """Rows 5 and 12."""
        zombie, heir = two
        for _ in range(ROUNDS // 2):
            incident, proposal = await approved(zombie)
            await zombie.state(incident)
            process = zombie.desk.lease.process
            await change(zombie.ledger, "UPDATE process SET lease_until = {now} - 1 WHERE id = :id", id=process)
            await heir.desk.lease.renew()
            results = await asyncio.gather(
                zombie.start(incident, proposal),
                heir.desk.lease.adopt(),
                return_exceptions=True,
            )
            starts = [await heir.start(incident, proposal), results[0]]
            assert sum(s is not None and not isinstance(s, NotOwner) for s in starts) == 1
            assert (await heir.kinds(incident)).count("started") == 1

    async def test_a_word_at_any_replica_is_recorded_once(self, two: tuple[Office, Office]) -> None:
        """Rule 2: the event's id is the key; the same answer for the same event."""
        owner, other = two
        incident, proposal = await approved(owner, MAYA)
        at = await owner.ledger.now()
        answers = await asyncio.gather(*(o.says(incident, proposal, PRIYA, at=at, event="E1") for o in two * 3))
        assert len({a.entry.n for a in answers if a.entry}) == 1
        assert {a.verdict for a in answers} == {Verdict.COUNTED}
        assert (await other.kinds(incident)).count("approval") == 2


class TestReadAgain:
    """Row 15: what is read again can only take away; what cannot be read is not now."""

    async def test_a_veto_whose_event_was_missed_counts(self, office: Office) -> None:
        incident, proposal = await approved(office)
        office.room.on_card = {"no_entry": {TOM.ref}}
        assert await office.start(incident, proposal) is None
        assert (await office.decided(incident, proposal)).status == "vetoed"

    async def test_an_approval_without_its_event_counts_for_nothing(self, office: Office) -> None:
        office.quorum = 2
        incident, proposal = await approved(office, PRIYA)
        office.room.on_card = {"white_check_mark": {MAYA.ref}}
        assert not (await office.decided(incident, proposal)).has_quorum

    @pytest.mark.parametrize("ahead", [0, 30])
    async def test_a_reaction_that_is_gone_is_withdrawn_whatever_the_chats_clock_says(
        self, office: Office, ahead: float
    ) -> None:
        incident = await office.opened()
        proposal = await office.proposed(incident)
        at = await office.ledger.now() + timedelta(seconds=ahead)
        await office.says(incident, proposal, PRIYA, surface="reaction", at=at)
        office.room.on_card = {}
        assert await office.start(incident, proposal) is None
        assert not (await office.decided(incident, proposal)).has_quorum

    async def test_an_approval_by_another_way_stands(self, office: Office) -> None:
        incident, proposal = await approved(office)
        await office.says(incident, proposal, PRIYA, surface="reaction")
        office.room.on_card = {}
        for _ in range(3):
            if start := await office.start(incident, proposal):
                break
        assert start is not None

    async def test_whoever_is_no_approver_any_more_does_not_count(self, office: Office) -> None:
        office.approvers = ()
        office.room.groups = {"S0TEAM": {PRIYA.ref}}
        incident, proposal = await approved(office)
        assert (await office.decided(incident, proposal)).has_quorum
        office.room.groups = {}
        assert await office.start(incident, proposal) is None
        assert not (await office.decided(incident, proposal)).has_quorum
        assert max(office.room.asked_ages) <= 60

    @pytest.mark.parametrize("now", [{"is_deactivated": True}, {"is_guest": True}, None])
    async def test_whoever_is_no_full_member_any_more_does_not_count(self, office: Office, now: Any) -> None:
        incident, proposal = await approved(office)
        if now is None:
            del office.room.people[PRIYA.ref]
        else:
            office.room.people[PRIYA.ref] = replace(PRIYA, **now)
        assert await office.start(incident, proposal) is None
        assert not (await office.decided(incident, proposal)).has_quorum

    async def test_a_chat_that_does_not_answer_is_not_now(self, office: Office) -> None:
        incident, proposal = await approved(office)
        office.room.down = True
        with pytest.raises(Retryable):
            await office.start(incident, proposal)
        office.room.down = False
        assert await office.start(incident, proposal) is not None

    async def test_a_counted_reaction_without_a_card_is_not_now(self, office: Office) -> None:
        incident = await office.opened()
        proposal = await office.proposed(incident)
        await office.says(incident, proposal, PRIYA, surface="reaction")
        office.room.on_card = None
        with pytest.raises(Retryable):
            await office.start(incident, proposal)

    async def test_in_a_closed_incident_nothing_starts(self, office: Office) -> None:
        incident, proposal = await approved(office)
        await office.ledger.append(incident, Draft("closed/1", Kind.CLOSED, {"how": "person"}, "person:x"))
        assert await office.start(incident, proposal) is None
        assert Kind.STARTED not in await office.kinds(incident)

    async def test_a_target_that_changed_is_denied(self, office: Office, target: Target) -> None:
        incident, proposal = await approved(office)
        target.release = "4"
        assert await office.start(incident, proposal) is None
        assert "release" in (await office.last(incident, Kind.DENIED)).payload["says"]

    async def test_a_policy_that_changed_is_denied(self, office: Office) -> None:
        """Rule 1: approvals are for exactly this policy."""
        incident, proposal = await approved(office)
        office.approvers = (PRIYA.ref, TOM.ref)
        assert await office.start(incident, proposal) is None
        assert (await office.decided(incident, proposal)).status == "denied"


class TestPolicy:
    async def test_an_empty_list_means_nobody(self, office: Office) -> None:
        office.approvers = ()
        incident, proposal = await approved(office)
        assert (await office.last(incident, Kind.APPROVAL)).payload["verdict"] == "no_right"
        assert not (await office.decided(incident, proposal)).has_quorum

    async def test_two_approvals_of_one_person_are_one(self, office: Office) -> None:
        office.quorum = 2
        incident, proposal = await approved(office)
        await office.says(incident, proposal, PRIYA, surface="command")
        assert not (await office.decided(incident, proposal)).has_quorum

    async def test_expired_is_not_denied_and_a_late_word_is_recorded_as_late(self, office: Office, clock: Any) -> None:
        incident, proposal = await approved(office, MAYA)
        await clock.advance(600)
        late = await office.says(incident, proposal, PRIYA, Kind.VETO)
        assert late.verdict == Verdict.EXPIRED
        assert await office.start(incident, proposal) is None
        state = await office.state(incident)
        await office.act.expire(state, state.proposals[proposal])
        assert (await office.decided(incident, proposal)).status == "expired"
