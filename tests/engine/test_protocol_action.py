"""Decisions and action, rules 5 and 6: one start, one send, and the last moment between them.

The target is a real HTTP server that counts its effects.
"""

import asyncio
from typing import Any

import pytest

from engine.model import Kind
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.conftest import TwoOffices
from tests.engine.stage import GUARD, MAYA, Office, Room, Target, action_at, approved
from tests.ledgers import change


class TestSending:
    async def test_what_was_approved_is_sent_once_and_its_result_stands(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        office, _ = await two_offices("lookup")
        incident, proposal, start = await approved(office)
        await office.send(incident, proposal, start)
        assert target.effects == target.sends == [start.entry.payload["op"]]
        assert (await office.decided(incident, proposal)).status == "succeeded"
        assert await office.start(incident, proposal) is None  # single use: the key is taken
        assert len(target.sends) == 1

    async def test_a_running_operation_is_asked_for_with_its_arguments(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """The place to look may need more than the operation id."""
        office, _ = await two_offices("lookup")
        target.runs_for = 1
        incident, proposal, start = await approved(office)
        await asyncio.wait_for(office.send(incident, proposal, start), 5)
        assert (await office.last(incident, Kind.RESULT)).payload["outcome"]["says"] == "done"

    async def test_a_definite_refusal_is_a_result(self, two_offices: TwoOffices, target: Target) -> None:
        """Row 26: 4xx and 429 did nothing, and are told so."""
        office, _ = await two_offices("lookup")
        for wrong in ("refused", "busy"):
            target.wrong.append(wrong)
            incident, proposal, start = await approved(office)
            await office.send(incident, proposal, start)
            assert (await office.decided(incident, proposal)).status == "failed"
        assert target.effects == []

    @pytest.mark.parametrize("wrong", ["lost-answer", "html", "cut"])
    async def test_an_ambiguous_answer_is_no_result(self, two_offices: TwoOffices, target: Target, wrong: Any) -> None:
        office, _ = await two_offices("lookup")
        target.wrong.append(wrong)
        incident, proposal, start = await approved(office)
        await office.send(incident, proposal, start)
        assert (await office.decided(incident, proposal)).status == "started"
        assert len(target.sends) == 1


class TestTheLastMoment:
    async def test_a_sender_that_was_frozen_sends_nothing(
        self, database_url: DatabaseUrl, open_ledger: OpenLedger, target: Target, clock: MovableClock
    ) -> None:
        """Row 11: its own boot clock, begun before `started`, is older than G."""
        action = action_at(target.url, "lookup")
        office = Office(await open_ledger(database_url("sqlite")), clock, Room(), action)
        incident, proposal, start = await approved(office)
        await clock.advance(GUARD.send + 0.1)
        await office.send(incident, proposal, start)
        assert target.sends == []
        assert (await office.decided(incident, proposal)).status == "aborted"
        await action.aclose()

    async def test_what_is_read_again_before_the_start_does_not_age_the_sender(
        self, database_url: DatabaseUrl, open_ledger: OpenLedger, target: Target, clock: MovableClock
    ) -> None:
        """Rule 5: the clock begins just before `started`, not before the slow chat."""

        class SlowRoom(Room):
            async def reactions(self, incident: int, proposal: int) -> Any:  # type: ignore[override]
                await clock.advance(GUARD.send * 3)
                return await super().reactions(incident, proposal)

        action = action_at(target.url, "lookup")
        office = Office(await open_ledger(database_url("sqlite")), clock, SlowRoom(), action)
        incident, proposal, start = await approved(office)
        await office.send(incident, proposal, start)
        assert len(target.effects) == 1
        await action.aclose()

    async def test_a_veto_between_start_and_send_stops_it(self, two_offices: TwoOffices, target: Target) -> None:
        """Rule 6: vetoes are read once more, whatever the verdict on a veto after the start is."""
        office, other = await two_offices("lookup")
        incident, proposal, start = await approved(office)
        await other.says(incident, proposal, MAYA, Kind.VETO)
        await office.send(incident, proposal, start)
        assert target.sends == []
        assert "vetoed" in (await office.last(incident, Kind.ABORTED)).payload["says"]

    async def test_a_halt_between_start_and_send_stops_it(self, two_offices: TwoOffices, target: Target) -> None:
        office, other = await two_offices("lookup")
        incident, proposal, start = await approved(office)
        await change(other.ledger, "UPDATE control SET halted_at = {now}")
        await office.send(incident, proposal, start)
        assert target.sends == []
        assert (await office.decided(incident, proposal)).status == "aborted"
