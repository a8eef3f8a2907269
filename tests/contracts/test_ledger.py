"""What the ledger promises on both databases. Rows are those of the protocol (`../shared/facts/protocol.md`)."""

import asyncio
import hashlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Halted, Moved, NotOwner, TooLate
from engine.ledger import Book, Draft, Ledger, broken, canonical
from engine.model import Kind, Owner
from engine.redact import Gate
from engine.store.tx import Tx
from tests.conftest import DatabaseUrl, OpenLedger

OWNER = Owner("p1", 1)


def draft(key: str, kind: Kind = Kind.NOTE, payload: dict[str, Any] | None = None, **guards: Any) -> Draft:
    return Draft(key, kind, {"text": key} if payload is None else payload, guards.pop("actor", "responder"), **guards)


async def opened(ledger: Ledger, owner: Owner | None = OWNER) -> int:
    return await ledger.transact(lambda book: book.open_incident(2041, owner))


async def control(ledger: Ledger, change: str) -> None:
    def work(tx: Tx) -> None:
        tx.run(f"UPDATE control SET {change} WHERE id = 1")

    await ledger.db.write(work, urgent=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database_url: DatabaseUrl) -> str:
    return database_url(request.param)


@pytest.fixture
async def ledger(url: str, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(url)


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
            assert await ledger.verify(incident) == ""

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
        answers = await asyncio.gather(*(ledger.append(incident, draft("k", payload={"by": i})) for i in range(12)))
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
        await control(ledger, "halted_at = 1")
        await ledger.append(incident, draft("later"))
        await ledger.db.write(lambda tx: tx.run("UPDATE incident SET owner = 'p2', epoch = 2"))
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
        await ledger.db.write(lambda tx: tx.run("UPDATE incident SET min_code = 2"))
        with pytest.raises(NotOwner):
            await ledger.append(incident, draft("k", owner=OWNER))
        assert (await ledger.append(incident, draft("veto/1", Kind.VETO))).won

    async def test_a_decision_and_a_late_result_need_no_ownership(self, ledger: Ledger) -> None:
        """Row 10 and do not weaken 4: any replica takes a vote; the only witness may always report."""
        incident = await opened(ledger)
        await ledger.append(incident, draft("act/1/started", Kind.STARTED, owner=OWNER))
        await ledger.db.write(lambda tx: tx.run("UPDATE incident SET owner = 'p2', epoch = 2"))
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
        await control(ledger, "halted_at = 1")
        for kind in set(Kind) - {Kind.STARTED}:
            await ledger.append(incident, draft(f"k/{kind}", kind))
        with pytest.raises(Halted):
            await ledger.append(incident, draft("s", Kind.STARTED))
        await control(ledger, "halted_at = NULL, resumed_at = 2")
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


class TestPublishedForm:
    async def test_it_is_canonical_hashed_and_says_everything(self, ledger: Ledger) -> None:
        """Row 50: computed once, as bytes, with its format's version."""
        incident = await opened(ledger)
        first = (await ledger.append(incident, draft("a"))).entry
        entry = (
            await ledger.append(
                incident, draft("veto/1", Kind.VETO, {"b": 1e2, "a": ["ü", None]}, cause=1, actor="person:7")
            )
        ).entry
        form = json.loads(entry.published)
        assert canonical(form).encode() == entry.published
        assert hashlib.sha256(entry.published).hexdigest() == entry.hash
        assert form == {
            "v": 1,
            "generation": 1,
            "incident": f"INC-{incident}",
            "n": 2,
            "key": "veto/1",
            "kind": "veto",
            "critical": True,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": "person:7",
            "cause": 1,
            "payload": {"a": ["ü", None], "b": 100.0},
            "prev": first.hash,
        }
        assert (first.prev, entry.prev) == ("0" * 64, first.hash)
        assert (await ledger.entries(incident))[1] == entry

    async def test_secrets_are_masked_before_anything_is_written(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        payload = {"says": "try password=hunter22 or mail ops@example.com", "deep": [{"ghp_" + "a" * 36: "x"}]}
        entry = (await ledger.append(incident, draft("k", payload=payload))).entry
        assert entry.payload == {
            "says": "try password=[REDACTED:PASSWORD] or mail [REDACTED:EMAIL]",
            "deep": [{"[REDACTED:GITHUB_TOKEN]": "x"}],
        }
        stored = await ledger.db.read(lambda tx: tx.one("SELECT published FROM entry"))
        assert stored is not None
        assert not [s for s in (b"hunter22", b"ops@", b"ghp_") if s in bytes(stored[0])]
        assert not (await ledger.append(incident, draft("k", payload=payload))).differs

    async def test_a_gate_that_cannot_judge_lets_nothing_be_written(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        with pytest.raises(TypeError):
            await ledger.append(incident, draft("k", payload={"body": b"password=hunter22"}))
        assert await ledger.entries(incident) == []

    async def test_nul_and_lone_surrogates_do_not_stop_an_entry(self, ledger: Ledger) -> None:
        """Both are valid in JSON; PostgreSQL refuses the one, UTF-8 the other."""
        incident = await opened(ledger)
        odd = "a\x00b\ud83dc"
        entry = (await ledger.append(incident, draft(odd, payload={odd: odd}, actor=odd))).entry
        mended = "a\ufffdb\ufffdc"
        assert (entry.key, entry.actor, entry.payload) == (mended, mended, {mended: mended})
        assert not (await ledger.append(incident, draft(odd, payload={odd: odd}, actor=odd))).won
        assert await ledger.transact(lambda book: book.has(incident, odd))
        assert await ledger.verify(incident) == ""

    async def test_bytes_stay_as_written_when_the_gate_learns_more(self, url: str, open_ledger: OpenLedger) -> None:
        """Row 50: never redacted again, never serialised again; reopening goes on where it stopped."""
        ledger = await open_ledger(url)
        incident = await opened(ledger)
        first = (await ledger.append(incident, draft("a", payload={"host": "db-7.internal"}))).entry
        installation = ledger.installation
        await ledger.db.close()
        ledger = await open_ledger(url, Gate({"HOST": r"\bdb-\d+\.internal\b"}))
        assert ledger.installation == installation
        assert await ledger.entries(incident) == [first]
        second = (await ledger.append(incident, draft("b", payload={"host": "db-7.internal"}))).entry
        assert second.payload == {"host": "[REDACTED:HOST]"}
        assert (second.n, second.prev) == (2, first.hash)
        assert await opened(ledger) == incident + 1

    async def test_evidence_is_kept_once_under_its_digest(self, ledger: Ledger) -> None:
        body = b"\x00\xffwhole answer"
        digest = await ledger.keep_evidence(body)
        assert digest == await ledger.keep_evidence(body) == hashlib.sha256(body).hexdigest()
        assert await ledger.evidence(digest) == body
        assert await ledger.evidence("0" * 64) is None


appends = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["a", "b", "c", "d"]),
        st.recursive(
            st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists
        ),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=appends, data=st.data())
async def test_any_order_of_any_appends_makes_one_gapless_chain(ledger: Ledger, wanted: list[Any], data: Any) -> None:
    """Permutations and repetitions, at once: each key once, its content one that was offered, the chain whole."""
    incidents = [await opened(ledger) for _ in range(3)]
    order = data.draw(st.permutations(wanted))
    await asyncio.gather(
        *(ledger.append(incidents[which], draft(key, payload={"x": x})) for which, key, x in [*wanted, *order])
    )
    for which, incident in enumerate(incidents):
        entries = await ledger.entries(incident)
        assert sorted(e.key for e in entries) == sorted({key for w, key, _ in wanted if w == which})
        assert await ledger.verify(incident) == ""
        for entry in entries:
            offered = [Gate().tree({"x": x}).value for w, key, x in wanted if (w, key) == (which, entry.key)]
            assert canonical(entry.payload) in map(canonical, offered)
