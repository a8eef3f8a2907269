"""Row 8: when a halt has returned no later start exists anywhere, and its end revives nothing. On both databases.

On PostgreSQL two processes share the database, on SQLite one process does everything.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import Retryable
from engine.model import Entry, Kind, Person, Verdict
from engine.oversight.act import Start
from engine.oversight.halt import Halts
from engine.ports import SystemClock
from engine.published import SYSTEM
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.conftest import TwoOffices
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room, Target, action_at, adopts
from tests.engine.stage import approved as started
from tests.ledgers import verify

Two = tuple[Office, Office]
WHY = "database migration until 04:00"
ROUNDS = 12


@pytest.fixture
def clock() -> SystemClock:
    """Real time: what came before a halt and what came after is the point here."""
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


def halts(office: Office) -> Halts:
    return Halts(office.desk, office.decisions)


async def halt(office: Office, event: str = "H1", person: Person = TOM) -> Entry:
    turned = await halts(office).halt(person, WHY, event)
    assert turned.entry is not None
    return turned.entry


async def resume(office: Office, event: str = "R1") -> None:
    assert (await halts(office).resume(PRIYA, event)).verdict == Verdict.COUNTED


async def approved(office: Office, *people: Person) -> tuple[int, int]:
    incident = await office.opened()
    proposal = await office.proposed(incident)
    for person in people or (PRIYA,):
        await office.says(incident, proposal, person)
    return incident, proposal


async def voids(office: Office, incident: int, proposal: int) -> bool:
    state = await office.state(incident)
    return await office.act.void(state, state.proposals[proposal])


async def gives(office: Office, incident: int, proposal: int) -> int:
    """How many approvals stand."""
    return len((await office.decided(incident, proposal)).approvals)


class TestTheSystemIncident:
    async def test_it_is_there_once_without_entries_and_is_no_incident_of_anybodys(self, two: Two) -> None:
        for office in two:
            await office.ledger.start()
        rows = await two[0].ledger.db.read(lambda tx: tx.all("SELECT id, n FROM incident"))
        assert rows == [(SYSTEM, 0)]
        assert await two[0].ledger.heads() == []
        assert await two[0].desk.incidents.open() == []
        assert await two[0].opened() == 2041

    async def test_it_is_owned_and_adopted_like_any_other(self, two: Two) -> None:
        office, _ = two
        await office.desk.lease.renew()
        assert await office.desk.lease.adopt() == [SYSTEM]

    async def test_every_process_hears_of_a_halt_whoever_owns_it(self, two: Two) -> None:
        """Rows 42 and 46: a wake-up may be lost, the sweep finds it."""
        owner, other = two
        await owner.desk.lease.renew()
        await owner.desk.lease.adopt()
        await other.desk.lease.news()
        assert await other.desk.lease.news() == []
        await halt(owner)
        assert await other.desk.lease.news() == [SYSTEM]
        assert SYSTEM not in other.desk.lease.epochs


class TestHalting:
    async def test_the_row_and_the_entry_are_one(self, two: Two) -> None:
        office, other = two
        entry = await halt(office)
        assert (entry.kind, entry.payload["reason"], entry.payload["started"]) == (Kind.HALTED, WHY, [])
        assert b'"critical":true' in entry.published
        assert entry.actor == await office.desk.people.pseudonym(TOM)
        control = await other.ledger.control()
        assert control.halted_at is not None
        assert timedelta(0) <= entry.at - control.halted_at < timedelta(seconds=1)
        assert await halts(other).in_force() == entry
        await resume(other)
        control = await office.ledger.control()
        assert control.halted_at is None
        assert control.resumed_at is not None
        assert await halts(office).in_force() is None
        assert await office.kinds(SYSTEM) == [Kind.HALTED, Kind.RESUMED]
        assert await verify(office.ledger, SYSTEM) == ""

    async def test_of_many_at_once_one_halts_and_the_others_learn_who(self, two: Two) -> None:
        turned = await asyncio.gather(*(halts(two[i % 2]).halt([MAYA, TOM][i % 2], WHY, f"H{i}") for i in range(8)))
        verdicts = [t.verdict for t in turned]
        assert sorted(verdicts) == [Verdict.COUNTED, *[Verdict.DECIDED] * 7]
        [entry] = await two[0].ledger.entries(SYSTEM)
        assert all(t.entry == entry for t in turned)

    async def test_the_same_word_twice_halts_once_also_after_it_was_lifted(self, two: Two) -> None:
        """A delivery is handled at least once."""
        office, other = two
        first = await halt(office)
        assert await halts(other).halt(TOM, WHY, "H1") == await halts(office).halt(TOM, WHY, "H1")
        await resume(office)
        assert (await halts(other).halt(TOM, WHY, "H1")).entry == first
        assert (await other.ledger.control()).halted_at is None
        await halt(other, "H2")
        assert (await halts(office).resume(PRIYA, "R1")).verdict == Verdict.COUNTED  # again, and it lifts nothing more
        assert (await office.ledger.control()).halted_at is not None
        assert await office.kinds(SYSTEM) == [Kind.HALTED, Kind.RESUMED, Kind.HALTED]

    async def test_there_is_nothing_to_resume(self, two: Two) -> None:
        assert (await halts(two[0]).resume(PRIYA, "R1")).verdict == Verdict.DECIDED
        assert await two[0].kinds(SYSTEM) == []

    @pytest.mark.parametrize(
        ("change", "verdict"),
        [
            ({"is_guest": True}, Verdict.OUTSIDER),
            ({"is_outside": True}, Verdict.OUTSIDER),
            ({"is_deactivated": True}, Verdict.OUTSIDER),
            ({"is_bot": True}, Verdict.NOT_A_PERSON),
            ({"in_channel": False}, Verdict.NO_RIGHT),
        ],
    )
    async def test_only_full_members_of_the_channel_halt(
        self, two: Two, change: dict[str, Any], verdict: Verdict
    ) -> None:
        assert (await halts(two[0]).halt(replace(TOM, **change), WHY, "H1")).verdict == verdict
        assert (await two[0].ledger.control()).halted_at is None

    async def test_whoever_may_approve_something_resumes(self, two: Two) -> None:
        office, _ = two
        await halt(office, person=TOM)
        assert (await halts(office).resume(TOM, "R1")).verdict == Verdict.NO_RIGHT
        assert (await halts(office).resume(replace(PRIYA, is_guest=True), "R2")).verdict == Verdict.OUTSIDER
        office.room.groups = {"S0TEAM": {TOM.ref}}
        assert (await halts(office).resume(TOM, "R3")).verdict == Verdict.COUNTED


class TestAgainstTheStart:
    async def test_a_start_comes_before_the_halt_or_not_at_all(self, two: Two) -> None:
        """The control row orders them: what had been started is named by the halt, and nothing else starts."""
        owner, other = two

        async def some_time_later(i: int) -> Entry:
            await asyncio.sleep(i * 0.002)  # a start reads for some milliseconds; the halt falls into each of them
            return await halt(other, f"H{i}")

        for i in range(ROUNDS):
            incident, proposal = await approved(owner)
            start, entry = await asyncio.gather(
                owner.start(incident, proposal), some_time_later(i), return_exceptions=True
            )
            assert isinstance(entry, Entry)
            begun = isinstance(start, Start)
            assert begun or isinstance(start, Retryable)
            assert (f"{incident}/{proposal}" in entry.payload["started"]) == begun
            if begun:
                state = await owner.decided(incident, proposal)
                await owner.act.send(incident, state, start)  # type: ignore[arg-type]  # it is a Start
                assert (await owner.decided(incident, proposal)).status == "aborted"
            else:
                with pytest.raises(Retryable):
                    await owner.start(incident, proposal)
            await resume(other, f"R{i}")

    @pytest.mark.parametrize("lifted", [False, True])
    async def test_what_was_started_and_not_sent_is_not_sent(self, two: Two, target: Target, lifted: bool) -> None:
        """Rule 6: the control row is read once more just before the write."""
        owner, other = two
        incident, proposal, start = await started(owner)
        await halt(other)
        if lifted:
            await resume(other)
        await owner.send(incident, proposal, start)
        assert (await owner.last(incident, Kind.ABORTED)).payload["says"] == "halted; nothing was sent"
        assert target.sends == []

    async def test_approvals_from_before_are_taken_back_one_by_one(self, two: Two) -> None:
        """Each alone: the same person may say yes again, by the same way and also before the owner has looked."""
        owner, other = two
        owner.quorum = other.quorum = 2
        incident, proposal = await approved(owner, PRIYA, MAYA)
        assert not await voids(owner, incident, proposal)
        await halt(other)
        assert await voids(owner, incident, proposal)
        assert await gives(other, incident, proposal) == 0
        await resume(other)
        await other.says(incident, proposal, PRIYA)
        assert not await voids(owner, incident, proposal)
        assert await gives(owner, incident, proposal) == 1
        await other.says(incident, proposal, MAYA)
        start = await owner.start(incident, proposal)
        assert start is not None
        entries = await owner.ledger.entries(incident)
        assert [entries[n - 1].kind for n in start.entry.payload["votes"]] == [Kind.APPROVAL] * 2
        assert min(start.entry.payload["votes"]) > len(entries) - 4

    async def test_a_yes_after_the_end_stands_when_the_owner_looks_late(self, two: Two) -> None:
        owner, other = two
        incident, proposal = await approved(owner)
        await halt(other)
        await resume(other)
        await other.says(incident, proposal, PRIYA)
        while await voids(owner, incident, proposal):
            pass
        assert await gives(owner, incident, proposal) == 1

    async def test_a_click_that_arrives_after_the_end_was_made_before_it(self, two: Two) -> None:
        """Slack delivers late; what counts is when the person clicked."""
        owner, other = two
        incident, proposal = await approved(owner, MAYA)
        clicked = await owner.ledger.now()
        await halt(other)
        await resume(other)
        assert (await other.says(incident, proposal, PRIYA, at=clicked)).verdict == Verdict.HALTED
        assert (await other.says(incident, proposal, PRIYA)).verdict == Verdict.COUNTED

    async def test_a_veto_counts_while_halted(self, two: Two) -> None:
        owner, other = two
        incident, proposal = await approved(owner)
        await halt(other)
        assert (await other.says(incident, proposal, TOM, Kind.VETO)).verdict == Verdict.COUNTED
        assert (await owner.decided(incident, proposal)).status == "vetoed"


class TestRecovery:
    @pytest.mark.parametrize("lifted", [False, True])
    async def test_what_was_started_is_not_sent_again_after_a_halt(
        self, two_offices: TwoOffices, target: Target, lifted: bool
    ) -> None:
        """Row 9: a repetition could be what begins it; so it is looked at, like a target that does not dedupe."""
        dead, heir = await two_offices("key")
        target.wrong.append("cut")
        incident, proposal, start = await started(dead)
        await dead.send(incident, proposal, start)
        await halt(dead)
        if lifted:
            await resume(dead)
        await adopts(heir, dead)
        await heir.recover(incident, proposal)
        assert (await heir.decided(incident, proposal)).status == "unknown"
        assert (len(target.sends), target.effects) == (1, [])

    async def test_what_was_started_is_not_sent_again_after_a_veto(
        self, two_offices: TwoOffices, target: Target
    ) -> None:
        """Rule 6: what stops the one who started it stops whoever would repeat it too."""
        dead, heir = await two_offices("key")
        target.wrong.append("cut")
        incident, proposal, start = await started(dead)
        await dead.send(incident, proposal, start)
        await heir.says(incident, proposal, MAYA, Kind.VETO)
        await adopts(heir, dead)
        await heir.recover(incident, proposal)
        assert (await heir.decided(incident, proposal)).status == "unknown"
        assert (len(target.sends), target.effects) == (1, [])


class TestWithdraw:
    async def asked(self, office: Office) -> tuple[int, int]:
        """What Tom requested and Priya approved."""
        incident = await office.opened()
        requester = await office.desk.people.pseudonym(TOM)
        proposal = await office.proposed(incident, requester=requester)
        await office.says(incident, proposal, PRIYA)
        return incident, proposal

    async def back(self, office: Office, incident: int, proposal: int, person: Person) -> Verdict:
        answer = await office.says(incident, proposal, person, Kind.WITHDRAWAL, surface="command", place="*")
        return answer.verdict

    async def test_the_requester_withdraws_the_proposal_for_good(self, two: Two) -> None:
        owner, other = two
        incident, proposal = await self.asked(owner)
        assert await self.back(other, incident, proposal, TOM) == Verdict.COUNTED
        assert (await owner.decided(incident, proposal)).status == "withdrawn"
        assert await owner.start(incident, proposal) is None
        late = await other.says(incident, proposal, MAYA)
        assert late.verdict == Verdict.DECIDED
        assert "started" not in await owner.kinds(incident)

    async def test_either_the_withdrawal_or_the_start_comes_first(self, two: Two) -> None:
        owner, other = two
        for _ in range(ROUNDS):
            incident, proposal = await self.asked(owner)
            start, verdict = await asyncio.gather(
                owner.start(incident, proposal), self.back(other, incident, proposal, TOM)
            )
            assert verdict == (Verdict.DECIDED if start else Verdict.COUNTED)
            if start:
                await owner.send(incident, proposal, start)
                assert (await owner.decided(incident, proposal)).status == "aborted"

    async def test_anybody_else_takes_back_all_their_own_approvals_and_no_others(self, two: Two) -> None:
        owner, other = two
        incident, proposal = await self.asked(owner)
        await owner.says(incident, proposal, PRIYA, surface="command")
        await owner.says(incident, proposal, MAYA)
        assert await self.back(other, incident, proposal, PRIYA) == Verdict.COUNTED
        assert await gives(owner, incident, proposal) == 1
        assert (await owner.decided(incident, proposal)).status == "waiting"

    async def test_a_reaction_taken_back_by_the_requester_withdraws_nothing(self, two: Two) -> None:
        owner, _ = two
        incident, proposal = await self.asked(owner)
        await owner.says(incident, proposal, TOM, Kind.WITHDRAWAL, surface="reaction")
        assert (await owner.decided(incident, proposal)).status == "waiting"
