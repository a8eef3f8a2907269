"""Reading back: what people write in a ticket is recorded once, in its versions, and counts as in Slack.

Rows 19 and 32 to 37.

The backend is an object in memory whose clock and visibility the test moves; the ledger is a real database.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.actions.http import HttpAction
from engine.durable.rounds import Rounds
from engine.errors import NotOwner, Retryable
from engine.ledger import Draft
from engine.model import Kind, Risk, Verdict
from engine.oversight.act import Act
from engine.ports import SystemClock
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.board import LAG, Board, Desk
from tests.engine.stage import MAYA, PRIYA, Room, Target, action_at, adopts
from tests.ledgers import change


@pytest.fixture
async def action(target: Target) -> AsyncIterator[HttpAction]:
    found = action_at(target.url, "lookup")
    yield found
    await found.aclose()


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction, clock: Any
) -> Desk:
    """One process, with an incident and a proposal in the ticket; on SQLite unless a test names its databases."""
    dialect = getattr(request, "param", "sqlite")
    time = clock if dialect == "sqlite" else SystemClock()
    found = Desk(await open_ledger(database_url(dialect)), time, action, Board(), Room())
    await found.opens()
    return found


@pytest.fixture
async def two(database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction) -> tuple[Desk, Desk]:
    """Two processes on one PostgreSQL and one ticket; the first owns the incident."""
    url, board, room = database_url("postgresql"), Board(), Room()
    first, second = [Desk(await open_ledger(url), SystemClock(), action, board, room) for _ in range(2)]
    await first.opens()
    second.incident = first.incident
    await second.office.desk.lease.renew()
    return first, second


both_databases = pytest.mark.parametrize("desk", ["sqlite", "postgresql"], indirect=True)


async def proposal_of(desk: Desk) -> int:
    return next(iter((await desk.office.state(desk.incident)).proposals))


class TestVersions:
    @both_databases
    async def test_a_comment_is_a_note_once_and_our_own_notes_are_no_news(self, desk: Desk) -> None:
        desk.board.writes("priya", "The canary was green.")
        assert await desk.reads()
        await desk.mirrors()
        for full in (False, True, False):
            assert not await desk.reads(full=full)
        (note,) = await desk.entries()
        assert (note.kind, note.payload["says"]) == (Kind.NOTE, "The canary was green.")
        assert note.payload["read"]["ticket"] == "Board #1"
        known = await desk.office.desk.people.known([note.actor])
        assert known[note.actor].ref == PRIYA.ref
        assert b"priya" not in note.published.lower()

    async def test_row_32_two_in_one_second_and_one_that_is_seen_late(self, desk: Desk) -> None:
        desk.board.writes("priya", "one")
        await desk.reads()
        desk.board.writes("maya", "two")
        late = desk.board.writes("tom", "late")
        desk.board.hidden.add(late)
        await desk.reads()
        desk.board.passes(LAG)
        desk.board.writes("priya", "newer")
        await desk.reads()
        desk.board.hidden.clear()
        await desk.reads()
        assert [e.payload["says"] for e in await desk.entries()] == ["one", "two", "newer", "late"]
        assert desk.board.reads[-1] is not None, "no full list was needed"

    @both_databases
    async def test_row_33_an_edit_and_back_again_are_versions(self, desk: Desk) -> None:
        comment = desk.board.writes("priya", "a")
        await desk.reads()
        for text in ("b", "a"):
            desk.board.passes(5)
            desk.board.edits(comment, text)
            await desk.reads()
            await desk.reads(full=True)
        desk.board.passes(5)
        desk.board.edits(comment, "b")
        desk.board.passes(5)
        desk.board.edits(comment, "a")  # both between two readings: it was edited, that much is seen
        await desk.reads()
        assert await desk.kinds() == ["note", "edited", "edited", "edited"]
        assert [e.key for e in await desk.entries()] == [f"rb/board/{comment}/{base}" for base in range(4)]

    async def test_what_is_older_than_what_is_recorded_is_a_late_list(self, desk: Desk) -> None:
        comment = desk.board.writes("priya", "a")
        before = desk.board.remarks[comment]
        await desk.reads()
        desk.board.passes(5)
        desk.board.edits(comment, "b")
        await desk.reads()
        desk.board.remarks[comment] = before
        await desk.reads(full=True)
        assert await desk.kinds() == ["note", "edited"]

    async def test_rows_33_and_34_a_slow_list_brings_no_phantom(self, two: tuple[Desk, Desk]) -> None:
        slow, quick = two
        comment = slow.board.writes("priya", "a")

        async def meanwhile() -> None:
            slow.board.edits(comment, "b")  # in the same second
            await adopts(quick.office, slow.office)
            await quick.reads()

        slow.board.during = meanwhile
        with pytest.raises(NotOwner):
            await slow.reads()
        await quick.reads(full=True)
        assert [e.payload["says"] for e in await quick.entries()] == ["b"]

    async def test_the_loser_of_a_version_reads_again_and_keeps_its_mark(self, two: tuple[Desk, Desk]) -> None:
        """Of a closed incident nobody owns, so the keys alone decide."""
        slow, quick = two
        await change(slow.office.ledger, "UPDATE incident SET owner = NULL WHERE id = :i", i=slow.incident)
        slow.office.desk.lease.lost(slow.incident)
        comment = slow.board.writes("priya", "a")

        async def meanwhile() -> None:
            slow.board.edits(comment, "b")
            await quick.reads()

        slow.board.during = meanwhile
        assert await slow.reads()
        assert [e.payload["says"] for e in await slow.entries()] == ["b"]
        assert len(slow.board.reads) == 3, "the slow one, the quick one, and the slow one's second"

    async def test_row_37_gone_is_what_the_backend_says_is_gone(self, desk: Desk) -> None:
        comment = desk.board.writes("priya", "a")
        await desk.reads()
        desk.board.hidden.add(comment)
        await desk.reads(full=True)
        assert await desk.kinds() == ["note"], "a list that lags is no deletion"
        del desk.board.remarks[comment]
        await desk.reads(full=True)
        await desk.reads(full=True)
        assert await desk.kinds() == ["note", "deleted"]

    async def test_where_nobody_can_be_asked_two_lists_apart_say_it(
        self, database_url: DatabaseUrl, open_ledger: OpenLedger, action: HttpAction, clock: Any
    ) -> None:
        desk = Desk(await open_ledger(database_url("sqlite")), clock, action, Board(), Room())
        await desk.opens()
        desk.board.asks = False
        comment = desk.board.writes("priya", "a")
        await desk.reads()
        del desk.board.remarks[comment]
        await desk.reads(full=True)
        await clock.advance(LAG)
        await desk.reads(full=True)
        assert await desk.kinds() == ["note"]
        await clock.advance(1)
        await desk.reads(full=True)
        assert await desk.kinds() == ["note", "deleted"]

    async def test_what_cannot_be_judged_now_is_read_again(self, desk: Desk) -> None:
        desk.board.writes("priya", "veto too risky")
        desk.room.down = True
        with pytest.raises(Retryable):
            await desk.reads()
        desk.board.passes(60)
        desk.room.down = False
        await desk.reads()
        assert await desk.kinds() == ["veto"]

    async def test_who_lost_the_incident_records_nothing(self, two: tuple[Desk, Desk]) -> None:
        zombie, heir = two
        zombie.board.writes("priya", "approve 1")
        await adopts(heir.office, zombie.office)
        with pytest.raises(NotOwner):
            await zombie.reads()
        assert await zombie.entries() == []


class TestWhose:
    async def test_row_36_a_note_that_is_seen_before_its_answer_is_no_echo(self, desk: Desk) -> None:
        async def meanwhile() -> None:
            await desk.reads(full=True)

        desk.board.while_written = meanwhile
        await desk.office.says(desk.incident, await proposal_of(desk), kind=Kind.VETO)
        await desk.mirrors()
        assert len(desk.board.reads) == 1
        assert await desk.entries() == []

    async def test_row_36_a_person_on_our_account_or_with_our_note_is_heard(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        note = desk.board.remarks[desk.board.note_of(n)]
        quoted = "\n".join(f"> {line}" for line in note.text.splitlines())
        desk.board.writes("watchkeeper", "by hand, on the bot's account", ours=True)
        desk.board.writes("watchkeeper", f"not so: {note.text}", ours=True, marker=note.marker)
        desk.board.writes("priya", note.text, marker=note.marker)
        desk.board.writes("priya", f"{quoted}\n> [watchkeeper INC-2041 #1 x op:y hash:z]\n\nveto {n} not now")
        await desk.reads()
        assert await desk.kinds() == ["note", "note", "note", "veto"]
        assert (await desk.entries())[-1].payload["reason"] == "not now"

    async def test_a_note_of_ours_that_somebody_changes_is_told_once(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        id_ = desk.board.note_of(n)
        text = desk.board.remarks[id_].text
        desk.board.passes(5)
        desk.board.edits(id_, "approve 1")
        await desk.reads()
        await desk.reads(full=True)
        desk.board.passes(5)
        desk.board.edits(id_, text)
        await desk.reads()
        del desk.board.remarks[id_]
        await desk.reads(full=True)
        await desk.reads(full=True)
        assert await desk.kinds() == ["altered", "restored", "note_deleted"]
        assert {e.payload["of"] for e in await desk.entries()} == {n}

    async def test_whoever_is_mapped_to_nobody_has_a_name_and_no_rights(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        desk.board.writes("Stranger", f"approve {n}")
        desk.board.writes("Stranger", "veto")
        desk.board.writes("Stranger", "looks like the database")
        desk.board.writes("", "by an account that is gone")
        await desk.reads()
        votes = await desk.entries()
        assert [e.kind for e in votes] == ["approval", "veto", "note", "note"]
        assert [e.payload["verdict"] for e in votes[:2]] == [Verdict.OUTSIDER] * 2
        assert not any(e.payload["read"]["known"] for e in votes)
        assert (await desk.office.decided(desk.incident, n)).status == "waiting"
        await desk.mirrors()
        assert "mapped to nobody in Slack; `people.board` in" in desk.board.remarks[desk.board.note_of(votes[0].n)].text


class TestWords:
    async def test_row_19_an_approval_names_its_proposal(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        desk.board.writes("priya", "Approve")
        desk.board.writes("priya", f"approve 9999/{n}")
        await desk.reads()
        assert await desk.kinds() == ["answer", "answer"]
        await desk.mirrors()
        answer = desk.board.remarks[desk.board.note_of((await desk.entries())[0].n)].text
        assert f"Which one? Open here: {n}. Write `approve {n}`. Nothing changed." in answer
        desk.board.writes("priya", f"**@watchkeeper** approve #{n}, please")
        await desk.reads()
        decided = await desk.office.decided(desk.incident, n)
        (cast,) = decided.approvals
        assert (cast.vote.surface, cast.vote.place) == ("ticket", "ticket/board")

    async def test_row_19_an_edited_comment_never_approves(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        comment = desk.board.writes("priya", "hm")
        await desk.reads()
        desk.board.passes(5)
        desk.board.edits(comment, f"approve {n}")
        quick = desk.board.writes("priya", "x")
        desk.board.passes(5)
        desk.board.edits(quick, f"approve {n}")  # before anybody read it
        await desk.reads()
        assert await desk.kinds() == ["note", "answer", "answer"]
        assert not (await desk.office.decided(desk.incident, n)).approvals

    @pytest.mark.parametrize("how", ["edited", "deleted", "vetoed"])
    async def test_row_19_what_is_changed_is_taken_back(self, desk: Desk, clock: MovableClock, how: str) -> None:
        n = await proposal_of(desk)
        comment = desk.board.writes("priya", f"approve {n}")
        await desk.reads()
        assert (await desk.office.decided(desk.incident, n)).has_quorum
        if how == "deleted":
            del desk.board.remarks[comment]
        else:  # in the same second, as whole seconds go
            desk.board.edits(comment, f"veto {n}" if how == "vetoed" else f"approve {n} ")
        await desk.reads(full=True)
        decided = await desk.office.decided(desk.incident, n)
        assert not decided.approvals
        assert decided.status == ("vetoed" if how == "vetoed" else "waiting")
        again = desk.board.writes("priya", f"approve {n}")
        await clock.advance(1)
        desk.board.passes(1)
        desk.board.remarks[again] = replace(desk.board.remarks[again], at=desk.board.now)
        await desk.reads()
        assert (await desk.office.decided(desk.incident, n)).has_quorum is (how != "vetoed")

    @both_databases
    async def test_row_19_a_bare_veto_stops_all_and_nothing_lifts_it(self, desk: Desk) -> None:
        first = await proposal_of(desk)
        second = await desk.office.proposed(desk.incident, "proposed/2")
        comment = desk.board.writes("maya", "veto 240 open payments would drop")
        await desk.reads()
        state = await desk.office.state(desk.incident)
        assert [state.proposals[n].status for n in (first, second)] == ["vetoed", "vetoed"]
        assert state.proposals[second].veto.vote.reason == "240 open payments would drop"  # type: ignore[union-attr]
        desk.board.passes(5)
        desk.board.edits(comment, "never mind")
        await desk.reads()
        del desk.board.remarks[comment]
        await desk.reads(full=True)
        state = await desk.office.state(desk.incident)
        assert [state.proposals[n].status for n in (first, second)] == ["vetoed", "vetoed"]
        assert await desk.kinds() == ["veto", "veto", "edited", "deleted"]

    async def test_reactions_on_the_proposal_s_note(self, desk: Desk, clock: MovableClock) -> None:
        n = await proposal_of(desk)
        note = desk.board.note_of(n)
        desk.board.passes(60)
        desk.board.writes("tom", "x")
        await desk.reads()
        desk.board.passes(60)
        desk.board.writes("tom", "y")
        await desk.reads()  # by now no list of what is new has the note in it
        desk.board.reacts("priya", note, "+1")
        desk.board.reacts("priya", note, "eyes")
        await desk.reads()
        await desk.reads(full=True)
        assert (await desk.office.decided(desk.incident, n)).has_quorum
        assert b"priya" not in (await desk.entries())[-1].published
        desk.board.unreacts(note)
        await desk.reads()
        assert not (await desk.office.decided(desk.incident, n)).approvals
        desk.board.reacts("priya", note, "+1")
        await clock.advance(1)
        await desk.reads()
        assert (await desk.office.decided(desk.incident, n)).has_quorum
        desk.board.reacts("maya", note, "-1")
        await desk.reads()
        desk.board.unreacts(note)
        await desk.reads(full=True)
        assert (await desk.office.decided(desk.incident, n)).status == "vetoed"

    async def test_a_high_risk_takes_a_typed_approval_only(self, desk: Desk) -> None:
        high = replace(desk.office.catalogue.actions["roll-back"], risk=Risk.HIGH)
        proposal = (await desk.office.decided(desk.incident, await proposal_of(desk))).proposal
        payload = proposal.model_copy(update={"risk": high.risk}).to_json()
        n = (await desk.office.ledger.append(desk.incident, Draft("p/2", Kind.PROPOSED, payload, "x"))).entry.n
        await desk.mirrors()
        desk.board.reacts("priya", desk.board.note_of(n), "+1")
        await desk.reads(full=True)
        assert (await desk.entries())[-1].payload["verdict"] == Verdict.HIGH_RISK
        desk.board.writes("priya", f"approve {n}")
        await desk.reads()
        assert (await desk.office.decided(desk.incident, n)).has_quorum

    async def test_a_correction_needs_a_finding_and_a_person(self, desk: Desk) -> None:
        desk.board.writes("priya", "correct 1 that is no finding")
        desk.board.writes("priya", "note for the record")
        await desk.reads()
        assert await desk.kinds() == ["answer", "note"]
        assert (await desk.entries())[-1].payload["says"] == "for the record"


class TestStatus:
    async def test_people_close_and_reopen_the_ticket(self, desk: Desk) -> None:
        await desk.reads()
        desk.board.state = replace(desk.board.state, closed=True, status="closed as completed", by="priya")
        for _ in range(2):
            await desk.reads()
            await desk.mirrors()
        desk.board.state = replace(desk.board.state, closed=False, status="open", by="")
        for _ in range(2):
            await desk.reads()
            await desk.mirrors()
        assert await desk.kinds() == ["closed", "reopened"]
        assert not (await desk.office.state(desk.incident)).closed

    async def test_what_the_mirror_sets_is_no_news(self, desk: Desk) -> None:
        await desk.office.ledger.append(desk.incident, Draft("closed/1", Kind.CLOSED, {"how": "person"}, "x"))
        await desk.reads()
        await desk.mirrors()
        assert desk.board.state.closed
        await desk.reads(full=True)
        assert await desk.entries() == []


class TestGate:
    def act(self, desk: Desk) -> Act:
        return Act(desk.office.desk, desk.office.catalogue, desk.recheck, desk.office.guard)

    @both_databases
    async def test_an_approval_in_a_ticket_starts_it(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        desk.board.writes("priya", f"approve {n}")
        await desk.reads()
        state = await desk.office.state(desk.incident)
        assert await self.act(desk).start(state, state.proposals[n]) is not None
        assert desk.board.reads[-1] is None, "the whole list"

    @pytest.mark.parametrize("how", ["edited", "deleted"])
    async def test_one_that_was_changed_since_starts_nothing(self, desk: Desk, how: str) -> None:
        n = await proposal_of(desk)
        comment = desk.board.writes("priya", f"approve {n}")
        await desk.reads()
        if how == "deleted":
            del desk.board.remarks[comment]
        else:
            desk.board.edits(comment, "not sure")
        state = await desk.office.state(desk.incident)
        assert await self.act(desk).start(state, state.proposals[n]) is None
        state = await desk.office.state(desk.incident)
        assert await self.act(desk).start(state, state.proposals[n]) is None
        assert not state.proposals[n].approvals

    @both_databases
    async def test_a_ticket_that_cannot_be_read_is_not_now_and_no_other_is_asked(self, desk: Desk) -> None:
        n = await proposal_of(desk)
        desk.board.writes("priya", f"approve {n}")
        await desk.reads()
        desk.board.down = True
        state = await desk.office.state(desk.incident)
        with pytest.raises(Retryable):
            await self.act(desk).start(state, state.proposals[n])
        await desk.office.says(desk.incident, n, MAYA)
        comment_taken_back = await desk.office.says(
            desk.incident, n, PRIYA, Kind.WITHDRAWAL, place="*", surface="command"
        )
        assert comment_taken_back.verdict == Verdict.COUNTED
        state = await desk.office.state(desk.incident)
        assert await self.act(desk).start(state, state.proposals[n]) is not None


class TestRounds:
    async def test_a_hint_is_followed_and_then_over(self, two: tuple[Desk, Desk]) -> None:
        """Given to a process that does not own the incident; the owner reads."""
        owner, other = two
        for desk in (owner, other):
            desk.office.desk.ledger.hub.outward = None
        rounds = Rounds(owner.readback, owner.office.desk, 3600.0)
        running = asyncio.create_task(rounds.run())
        try:
            async with asyncio.timeout(10):
                while not owner.board.reads:  # noqa: ASYNC110  a list has no event
                    await asyncio.sleep(0.01)
                owner.board.writes("priya", "news")
                await Rounds(other.readback, other.office.desk, 3600.0).hinted("T1")
            assert await owner.kinds() == ["note"]
            assert await owner.readback.readings.hinted() == []
            assert await owner.readback.readings.of_ticket("T") == []
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def test_a_closed_incident_that_nobody_owns_is_read_by_one(self, two: tuple[Desk, Desk]) -> None:
        first, second = two
        await change(
            first.office.ledger,
            "UPDATE incident SET owner = NULL, closed_at = {now}, quiet_n = n WHERE id = :i",
            i=first.incident,
        )
        first.office.desk.lease.lost(first.incident)
        readings, others = first.readback.readings, second.readback.readings
        within, every = timedelta(days=7), timedelta(minutes=10)
        assert await readings.unowned(within, every) == [first.incident]
        assert (await readings.claim(first.incident), await others.claim(first.incident)) == (True, False)
        first.board.writes("priya", "the morning after")
        assert await first.reads()
        assert await others.unowned(within, every) == []
        assert first.incident in await first.office.desk.lease.adopt(), "what is new needs an owner to show it"
