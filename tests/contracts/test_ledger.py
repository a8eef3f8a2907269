"""What the ledger promises on both databases. Rows are those of the protocol (`../shared/facts/protocol.md`)."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from engine.errors import Halted, Moved, NotOwner, TooLate
from engine.ledger import Book, Draft, Ledger
from engine.model import Kind, Owner
from engine.published import broken
from tests.conftest import OpenLedger
from tests.ledgers import OWNER, change, draft, opened, verify


class TestSequence:
    async def test_numbers_are_gapless_and_in_commit_order_while_many_write(self, ledger: Ledger) -> None:
        """Do not weaken 2. Whoever gets entry n back finds the entries 1 to n already there."""
        one, two = await opened(ledger), await opened(ledger)

        async def write(i: int) -> None:
            incident = one if i % 2 else two
            mine = (await ledger.append(incident, draft(f"k{i}"))).entry
            numbers = [e.n for e in await ledger.entries(incident)]
            assert numbers == list(range(1, len(numbers) + 1))
            assert mine.n <= len(numbers)

        await asyncio.gather(*(write(i) for i in range(60)))
        for incident in (one, two):
            entries = await ledger.entries(incident)
            assert [e.n for e in entries] == list(range(1, 31))
            assert broken(entries) == ""
            assert await verify(ledger, incident) == ""

    async def test_incidents_are_numbered_from_the_first_number_on(self, ledger: Ledger) -> None:
        numbers = await asyncio.gather(*(opened(ledger) for _ in range(8)))
        assert sorted(numbers) == list(range(2041, 2049))

    async def test_followers_read_from_their_own_mark(self, ledger: Ledger) -> None:
        """Row 44: a cursor is a number inside one incident; there is no global sequence."""
        incident = await opened(ledger)
        for i in range(4):
            await ledger.append(incident, draft(f"k{i}"))
        assert [e.n for e in await ledger.entries(incident, after=2)] == [3, 4]
        assert await ledger.entries(incident, after=4) == []
        assert await ledger.entries(9999) == []

    async def test_a_refused_entry_leaves_no_gap(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        await ledger.append(incident, draft("a"))
        with pytest.raises(Moved):
            await ledger.append(incident, draft("b", expect=0))
        with pytest.raises(ValueError, match="JSON"):
            await ledger.append(incident, draft("c", payload={"share": float("nan")}))
        assert (await ledger.append(incident, draft("d"))).entry.n == 2

    async def test_an_incident_that_is_not_there_takes_nothing(self, ledger: Ledger) -> None:
        with pytest.raises(LookupError):
            await ledger.append(7, draft("a"))

    async def test_a_transaction_is_whole_or_nothing_and_wakes_only_when_it_is_whole(self, ledger: Ledger) -> None:
        one, two = await opened(ledger), await opened(ledger)
        watch = ledger.hub.watch()

        def both(book: Book, fail: bool) -> None:
            book.append(one, draft("a"), "n1")
            book.append(two, draft("a"), "n2")
            if fail:
                raise KeyError("second thoughts")

        with pytest.raises(KeyError):
            await ledger.transact(lambda book: both(book, True))
        assert await ledger.entries(one) == await ledger.entries(two) == []
        assert await watch.changed(0) == set()
        await ledger.transact(lambda book: both(book, False))
        assert await watch.changed(0) == {one, two}

    async def test_closing_and_reopening_shows_in_the_heads(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        closed = (await ledger.append(incident, draft("close", Kind.CLOSED))).entry
        assert await ledger.heads() == [(incident, 1, closed.at)]
        assert await ledger.heads(only_open=True) == []
        await ledger.append(incident, draft("again", Kind.REOPENED))
        assert await ledger.heads(only_open=True) == [(incident, 2, None)]

    async def test_a_cancelled_append_still_lands_and_wakes(self, ledger: Ledger) -> None:
        """Row 47: an append is shielded from task cancellation."""
        incident = await opened(ledger)
        watch = ledger.hub.watch(incident)
        task = asyncio.create_task(ledger.append(incident, draft("vote/1", Kind.VETO)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await watch.changed(5) == {incident}
        assert [e.key for e in await ledger.entries(incident)] == ["vote/1"]


class TestKeys:
    async def test_the_first_writer_wins_and_the_others_get_its_entry(self, ledger: Ledger) -> None:
        """Rows 3 and 5: everybody gets the same entry, exactly one is told that it is his."""
        incident = await opened(ledger)
        with capture_logs() as told:
            answers = await asyncio.gather(*(ledger.append(incident, draft("k", payload={"by": i})) for i in range(12)))
        conflict = ("another content stands under the key", f"{incident}/1", "k")
        assert [(one["event"], one["entry"], one["key"]) for one in told] == [conflict] * 11
        assert Counter(a.won for a in answers) == {True: 1, False: 11}
        assert len({a.entry.hash for a in answers}) == 1
        winner = next(a.entry.payload["by"] for a in answers if a.won)
        assert [a.differs for i, a in enumerate(answers) if i != winner] == [True] * 11
        again = await ledger.append(incident, draft("k", payload={"by": winner}))
        assert (again.won, again.differs) == (False, False)

    async def test_the_same_key_is_another_in_another_incident(self, ledger: Ledger) -> None:
        one, two = await opened(ledger), await opened(ledger)
        assert (await ledger.append(one, draft("k"))).won
        assert (await ledger.append(two, draft("k"))).won

    async def test_a_repeated_append_finds_itself_by_its_nonce(self, ledger: Ledger) -> None:
        """Row 5: after a COMMIT whose answer was lost, `won` says that it was this call's."""
        incident = await opened(ledger)
        first = await ledger.append(incident, draft("k"), nonce="n1")
        again = await ledger.append(incident, draft("k"), nonce="n1")
        other = await ledger.append(incident, draft("k"), nonce="n2")
        assert (first.won, again.won, other.won) == (True, True, False)
        assert first.entry == again.entry == other.entry

    async def test_a_repeated_append_finds_itself_though_every_guard_would_refuse_by_now(self, ledger: Ledger) -> None:
        """Rows 5 and 8: "refused" means that nothing was written; what was written is never called refused."""
        incident = await opened(ledger)
        before = await ledger.now() + timedelta(seconds=60)
        start = draft("act/1/started", Kind.STARTED, owner=OWNER, expect=0, before=before)
        first = await ledger.append(incident, start, nonce="n1")
        await change(ledger, "UPDATE control SET halted_at = 1")
        await ledger.append(incident, draft("later"))
        await change(ledger, "UPDATE incident SET owner = 'p2', epoch = 2")
        late = Draft(
            start.key, start.kind, start.payload, start.actor, owner=OWNER, expect=0, before=await ledger.now()
        )
        again = await ledger.append(incident, late, nonce="n1")
        assert again.won
        assert again.entry == first.entry
        with pytest.raises(NotOwner):
            await ledger.append(incident, late, nonce="n2")


class TestGuards:
    @pytest.mark.parametrize("claim", [Owner("p2", 1), Owner("p1", 0), Owner("p1", 2)])
    async def test_only_the_owner_at_its_epoch_appends_as_owner(self, ledger: Ledger, claim: Owner) -> None:
        """Rows 12 and 20: the name alone is not enough, an epoch of another adoption is refused."""
        incident = await opened(ledger)
        await ledger.append(incident, draft("mine", owner=OWNER))
        with pytest.raises(NotOwner):
            await ledger.append(incident, draft("theirs", owner=claim))
        assert [e.key for e in await ledger.entries(incident)] == ["mine"]

    async def test_newer_code_is_demanded_of_the_owner(self, ledger: Ledger) -> None:
        """Row 53: an incident that demands newer code is not owned by older code; votes are still taken."""
        incident = await opened(ledger)
        await change(ledger, "UPDATE incident SET min_code = 2")
        with pytest.raises(NotOwner):
            await ledger.append(incident, draft("k", owner=OWNER))
        assert (await ledger.append(incident, draft("veto/1", Kind.VETO))).won

    async def test_a_decision_and_a_late_result_need_no_ownership(self, ledger: Ledger) -> None:
        """Row 10 and do not weaken 4: any replica takes a vote; the only witness may always report."""
        incident = await opened(ledger)
        await ledger.append(incident, draft("act/1/started", Kind.STARTED, owner=OWNER))
        await change(ledger, "UPDATE incident SET owner = 'p2', epoch = 2")
        assert (await ledger.append(incident, draft("veto/1", Kind.VETO))).won
        assert (await ledger.append(incident, draft("act/1/unknown", Kind.UNKNOWN, owner=Owner("p2", 2)))).won
        assert (await ledger.append(incident, draft("act/1/result", Kind.RESULT))).entry.n == 4

    async def test_expect_commits_only_where_nothing_came_since(self, ledger: Ledger) -> None:
        """Row 2: a veto that commits first moves the incident on, and the start is refused."""
        incident = await opened(ledger)
        await ledger.append(incident, draft("approved", Kind.APPROVAL, expect=0))
        await ledger.append(incident, draft("veto/1", Kind.VETO))
        for n in (0, 1, 3):
            with pytest.raises(Moved):
                await ledger.append(incident, draft("started", Kind.STARTED, expect=n))
        assert (await ledger.append(incident, draft("vetoed", Kind.DENIED, expect=2))).entry.n == 3

    async def test_of_many_that_expect_the_same_exactly_one_commits(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        drafts = [draft(f"k{i}", expect=0) for i in range(10)]
        answers = await asyncio.gather(*(ledger.append(incident, d) for d in drafts), return_exceptions=True)
        assert Counter(type(a).__name__ for a in answers) == {"Appended": 1, "Moved": 9}

    async def test_a_deadline_is_compared_with_the_clock_of_the_database(self, ledger: Ledger) -> None:
        """Rows 6 and 14: at the deadline it is too late, by the database's clock and nobody else's."""
        incident = await opened(ledger)
        now = await ledger.now()
        with pytest.raises(TooLate):
            await ledger.append(incident, draft("late", Kind.STARTED, before=now))
        assert await ledger.entries(incident) == []
        entry = (await ledger.append(incident, draft("ok", Kind.STARTED, before=now + timedelta(seconds=60)))).entry
        assert now <= entry.at < now + timedelta(seconds=60)

    async def test_a_halt_refuses_starts_and_nothing_else(self, ledger: Ledger) -> None:
        """Row 8: one row holds the halt; `resume` lifts it."""
        incident = await opened(ledger)
        await change(ledger, "UPDATE control SET halted_at = 1")
        for kind in set(Kind) - {Kind.STARTED}:
            await ledger.append(incident, draft(f"k/{kind}", kind))
        with pytest.raises(Halted):
            await ledger.append(incident, draft("s", Kind.STARTED))
        await change(ledger, "UPDATE control SET halted_at = NULL, resumed_at = 2")
        assert (await ledger.append(incident, draft("s", Kind.STARTED))).won


class TestIdentity:
    async def test_of_all_who_open_for_one_identity_one_opens_and_the_others_join(
        self, url: str, open_ledger: OpenLedger, ledger: Ledger
    ) -> None:
        """Row 41: one row per identity, locked before the incident's row."""
        doors = [ledger] if url.startswith("sqlite") else [ledger, await open_ledger(url)]

        def take(book: Book) -> int:
            found = book.incident_of("checkout\x00\ud800/errors")
            if found:
                return found[0]
            incident = book.open_incident(2041, None)
            book.bind("checkout\x00\ud800/errors", incident)
            return incident

        answers = await asyncio.gather(*(doors[i % len(doors)].transact(take) for i in range(8)))
        assert set(answers) == {2041}
        assert len(await ledger.heads()) == 1
