"""Decisions and action, rules 7 to 9: what becomes of a start without a result. Rows 9 to 11 and 21.

Two processes on one PostgreSQL; the target is a real HTTP server that counts its effects.
"""

import asyncio
from typing import Any

import pytest

from engine.model import Kind
from engine.oversight.act import Guard, Start
from engine.published import SYSTEM
from tests.engine.conftest import Idempotency, TwoOffices
from tests.engine.stage import GUARD, PRIYA, Target, adopts, approved


class TestAdoption:
    async def test_a_target_that_dedupes_is_sent_the_same_operation_again(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """Row 9, `key`: lost answer, dead owner; the heir repeats, and there is one effect."""
        dead, heir = await two_offices("key")
        target._honours_key = True
        target.wrong.append("lost-answer")
        incident, proposal, start = await approved(dead)
        await dead.send(incident, proposal, start)
        assert await adopts(heir, dead) == [SYSTEM, incident]
        await heir.recover(incident, proposal)
        assert target.sends == [start.entry.payload["op"]] * 2
        assert len(target.effects) == 1
        assert (await heir.decided(incident, proposal)).status == "succeeded"

    @pytest.mark.parametrize("wrong", ["refused", "busy"])
    async def test_a_refused_repetition_says_nothing_of_the_first_send(
        self, two_offices: TwoOffices, target: Target, wrong: Any
    ) -> None:
        """Promise on actions: unknown is said to be unknown; "failed" would be a guess, and here a wrong one."""
        dead, heir = await two_offices("key")
        target.wrong.extend(["lost-answer", *[wrong] * 20])
        incident, proposal, start = await approved(dead)
        await dead.send(incident, proposal, start)
        await adopts(heir, dead)
        await heir.recover(incident, proposal)
        assert len(target.effects) == 1
        assert (await heir.decided(incident, proposal)).status == "unknown"

    async def test_a_repetition_that_is_lost_too_is_repeated(self, two_offices: TwoOffices, target: Target) -> None:
        office, _ = await two_offices("key")
        target._honours_key = True
        target.wrong.extend(["cut", "cut", "lost-answer"])
        incident, proposal, start = await approved(office)
        await office.send(incident, proposal, start)
        await office.recover(incident, proposal)
        assert len(target.effects) == 1
        assert (await office.decided(incident, proposal)).status == "succeeded"

    async def test_a_positive_look_counts_at_once(self, two_offices: TwoOffices, target: Target) -> None:
        """Row 9, `lookup`: it is never sent again."""
        dead, heir = await two_offices("lookup")
        target.wrong.append("lost-answer")
        incident, proposal, start = await approved(dead)
        await dead.send(incident, proposal, start)
        await adopts(heir, dead)
        await heir.recover(incident, proposal)
        assert len(target.sends) == 1
        assert (await heir.decided(incident, proposal)).status == "succeeded"

    async def test_a_negative_look_counts_after_the_late_write_bound_only(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """Row 21: what lands late, inside the bound, is found."""
        dead, heir = await two_offices("lookup", guard=Guard(send=0.3, late_write=3.0))
        target.wrong.append("late")
        incident, proposal, start = await approved(dead)
        await dead.send(incident, proposal, start)
        await adopts(heir, dead)
        recovering = asyncio.create_task(heir.recover(incident, proposal))
        await asyncio.sleep(0.5)  # looked at least once, in vain
        assert (await heir.decided(incident, proposal)).status == "started"
        target.land()
        await recovering
        assert (await heir.decided(incident, proposal)).status == "succeeded"
        assert len(target.sends) == 1

    async def test_what_is_looked_for_in_vain_is_for_people(self, two_offices: TwoOffices, target: Target) -> None:
        dead, heir = await two_offices("lookup")
        target.wrong.append("cut")
        incident, proposal, start = await approved(dead)
        await dead.send(incident, proposal, start)
        await adopts(heir, dead)
        await heir.recover(incident, proposal)
        unknown = await heir.last(incident, Kind.UNKNOWN)
        assert (unknown.at - start.entry.at).total_seconds() >= GUARD.late.total_seconds()
        assert target.effects == []

    async def test_while_the_look_fails_nothing_is_concluded(self, two_offices: TwoOffices, target: Target) -> None:
        office, _ = await two_offices("lookup", guard=Guard(0.1, 0.1, longest=60))
        target.wrong.append("lost-answer")
        target.blind = True
        incident, proposal, start = await approved(office)
        await office.send(incident, proposal, start)
        recovering = asyncio.create_task(office.recover(incident, proposal))
        await asyncio.sleep(1.0)
        assert (await office.decided(incident, proposal)).status == "started"
        target.blind = False
        await recovering
        assert (await office.decided(incident, proposal)).status == "succeeded"

    async def test_a_target_that_cannot_be_asked_is_for_people_at_once(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """Row 9, `none`."""
        dead, heir = await two_offices("none")
        target.wrong.append("lost-answer")
        incident, proposal, start = await approved(dead)
        await dead.send(incident, proposal, start)
        await adopts(heir, dead)
        await heir.recover(incident, proposal)
        assert (await heir.decided(incident, proposal)).status == "unknown"
        assert len(target.sends) == 1


class TestZombies:
    @pytest.mark.parametrize("idempotency", ["lookup", "none"])
    async def test_the_only_witness_is_heard_also_after_unknown(
        self, two_offices: TwoOffices, target: Target, idempotency: Idempotency
    ) -> None:
        """Row 10: the lease is lost, the effect is real, the result needs no ownership."""
        zombie, heir = await two_offices(idempotency)
        incident, proposal, start = await approved(zombie)
        await adopts(heir, zombie)
        await heir.recover(incident, proposal)
        assert (await heir.decided(incident, proposal)).status == "unknown"
        await zombie.act.send(incident, await zombie.decided(incident, proposal), Start(start.entry, start.owner, 1e12))
        assert (await heir.decided(incident, proposal)).status == "succeeded"
        assert (await heir.kinds(incident))[-2:] == ["unknown", "result"]

    async def test_a_zombie_that_sent_nothing_says_so(self, two_offices: TwoOffices, target: Target) -> None:
        """Its word outweighs `unknown`: nobody else could have sent it."""
        zombie, heir = await two_offices("lookup")
        incident, proposal, start = await approved(zombie)
        await adopts(heir, zombie)
        await heir.recover(incident, proposal)
        await zombie.send(incident, proposal, Start(start.entry, start.owner, start.begun - 60))
        assert (await heir.decided(incident, proposal)).status == "aborted"
        assert target.sends == []

    async def test_a_zombie_does_not_end_the_attempt_that_its_heir_repeats(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """`key`: "nothing was sent" is true of the zombie only."""
        zombie, heir = await two_offices("key")
        target._honours_key = True
        incident, proposal, start = await approved(zombie)
        await adopts(heir, zombie)
        target.wrong.append("lost-answer")
        recovering = asyncio.create_task(heir.recover(incident, proposal))
        await asyncio.sleep(0.3)
        await zombie.send(incident, proposal, Start(start.entry, start.owner, start.begun - 60))
        assert "aborted" not in await heir.kinds(incident)
        await recovering
        assert (await heir.decided(incident, proposal)).status == "succeeded"
        assert len(target.effects) == 1


class TestAnotherAttempt:
    async def test_it_waits_until_the_first_cannot_happen_any_more(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """Rule 9: after T_late, also where the first became unknown at once."""
        office, _ = await two_offices("none", guard=Guard(0.2, 1.0))
        target.wrong.append("lost-answer")
        incident, proposal, start = await approved(office)
        assert 0 < await office.recovery.still_possible(await office.state(incident)) <= 1.2
        await office.send(incident, proposal, start)
        await office.recover(incident, proposal)
        assert (await office.decided(incident, proposal)).status == "unknown"
        assert 0 < await office.recovery.still_possible(await office.state(incident)) <= 1.2
        await asyncio.sleep(1.2)
        assert await office.recovery.still_possible(await office.state(incident)) == 0
        again = await office.proposed(incident, "run/2")
        await office.says(incident, again, PRIYA)
        second = await office.start(incident, again)
        assert second is not None
        assert second.entry.payload["op"] != start.entry.payload["op"]
