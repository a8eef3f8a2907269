"""What people and accidents do to a ticket is named, copies are told from what counts, and a correction heals."""

import pytest

from connectors import marker
from engine.durable.audit import Audit, audit
from engine.durable.corrections import Corrections
from engine.durable.publish import Publisher
from engine.durable.send import Owed, Sending
from engine.errors import Ambiguous, Permanent
from engine.ledger import Draft
from engine.model import Kind
from engine.store import carried
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import G, Process
from tests.paper import Paper, Sheet, busy

KEY = b"key"


@pytest.fixture
async def process(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock) -> Process:
    found = Process(await open_ledger(database_url("sqlite")), clock)
    await found.opens()
    return found


async def audited(process: Process, paper: Paper, key: bytes = KEY) -> Audit:
    cursor = await process.cursor(paper.name)
    parts = await process.ledger.db.read(lambda tx: carried.of(tx, process.incident, paper.name))
    entries = await process.ledger.entries(process.incident)
    assert cursor.ticket is not None
    return await audit(paper, cursor.ticket, entries, cursor.acked, parts, key)


def told(found: Audit) -> list[tuple[str, str]]:
    return [(fault.kind, fault.entries) for fault in found.faults]


def remark(sheet: Sheet, **fields: object) -> None:
    """The marker says something else."""
    text, known = marker.parted(sheet.text)
    assert known is not None
    for name, value in fields.items():
        object.__setattr__(known, name, value)
    sheet.text = f"{text}\n{marker.html_comment(known)}"  # type: ignore[arg-type]


class TestAudit:
    @pytest.mark.parametrize("shows", [False, True])
    async def test_what_is_whole_is_whole(self, process: Process, shows: bool) -> None:
        paper = Paper(shows=shows)
        await process.carries(process.mirror(paper))
        found = await audited(process, paper)
        assert (found.there, found.of, found.faults) == (4, 4, ())

    @pytest.mark.parametrize("shows", [False, True])
    async def test_each_damage_has_its_name(self, process: Process, shows: bool) -> None:
        paper = Paper(shows=shows)
        await process.carries(process.mirror(paper))
        sheets = paper.notes("INC-2041")
        sheets[1].text = sheets[1].text.replace("**", "*", 1)
        sheets.append(Sheet("900", sheets[2].text))
        sheets.remove(sheets[3])
        found = await audited(process, paper)
        assert told(found) == [("altered", "entry 2"), ("doubled", "entry 3"), ("missing", "entry 4")]
        assert [copy.id for copy in found.faults[1].copies] == ["900"]
        assert found.there == 3

    async def test_of_two_copies_the_one_that_matches_counts(self, process: Process) -> None:
        paper = Paper()
        await process.carries(process.mirror(paper))
        first = paper.sheet("INC-2041", 3)
        paper.notes("INC-2041").append(Sheet("900", first.text))
        first.text = f"not what it was\n{first.text}"
        found = await audited(process, paper)
        assert told(found) == [("doubled", "entry 3")]
        assert [copy.id for copy in found.faults[0].copies] == [first.id]

    @pytest.mark.parametrize(
        "fields", [{"sig": "0" * 64}, {"data": "AAAA"}, {"hash": "f" * 64}, {"n": 7}, {"op": "another"}]
    )
    async def test_a_marker_that_was_changed_is_an_altered_note(self, process: Process, fields: dict[str, str]) -> None:
        paper = Paper()
        await process.carries(process.mirror(paper))
        remark(paper.sheet("INC-2041", 3), **fields)
        assert told(await audited(process, paper)) == [("altered", "entry 3")]

    async def test_what_somebody_else_quotes_is_no_copy(self, process: Process) -> None:
        paper = Paper()
        await process.carries(process.mirror(paper))
        paper.notes("INC-2041").append(Sheet("900", paper.sheet("INC-2041", 3).text, ours=False))
        assert (await audited(process, paper)).faults == ()

    async def test_groups_and_parts_are_one_note_each(self, process: Process) -> None:
        paper = Paper(note_chars=300)
        for n in range(21):
            await process.notes(f"more {n} " + "x" * 40)
        await process.carries(process.mirror(paper))
        assert (await audited(process, paper)).faults == ()
        parts = [sheet for sheet in paper.notes("INC-2041") if (m := marker.read(sheet.text)) and m.parts > 1]
        paper.notes("INC-2041").remove(parts[1])
        assert told(await audited(process, paper)) == [("missing", "entries 2 to 25")]

    async def test_what_a_person_left_out_is_not_missing(self, process: Process) -> None:
        paper = Paper()
        mirror = process.mirror(paper)
        paper.wrong = [Permanent("too large")]
        await process.carries(mirror, 1)
        said = {"backend": "paper", "how": "skip", "entry": 1, "says": "known"}
        await process.ledger.append(process.incident, Draft("order", Kind.RECORD_ORDERED, said, "person:1"))
        await process.carries(mirror, 5)
        assert told(await audited(process, paper)) == []


class TestCorrection:
    async def _corrected(self, process: Process, paper: Paper, n: int) -> None:
        publisher = Publisher(process.ledger, process.desk.people, KEY)
        await Corrections(paper, process.desk, publisher, G).send(process.incident, n)

    @pytest.mark.parametrize("wrong", [[], [busy()], [Ambiguous("no answer"), busy()]])
    async def test_it_heals_what_was_altered_or_is_gone(
        self, process: Process, wrong: list[Exception], real_time: None
    ) -> None:
        paper = Paper()
        await process.carries(process.mirror(paper))
        paper.sheet("INC-2041", 2).text = "nothing of it is left"
        paper.notes("INC-2041").remove(paper.sheet("INC-2041", 4))
        assert len((await audited(process, paper)).faults) == 2
        paper.wrong = wrong  # type: ignore[assignment]
        await self._corrected(process, paper, 2)
        await self._corrected(process, paper, 4)
        assert (await audited(process, paper)).faults == ()
        again = paper.notes("INC-2041")[-1]
        assert again.text.startswith("**Correction**: what stood here")
        assert len(paper.notes("INC-2041")) == 5

    async def test_one_that_landed_unseen_is_not_sent_again(self, process: Process) -> None:
        paper = Paper()
        await process.carries(process.mirror(paper))
        paper.sheet("INC-2041", 2).text = "nothing of it is left"
        publisher = Publisher(process.ledger, process.desk.people, KEY)
        corrections = Corrections(paper, process.desk, publisher, G)
        entered = corrections._enter

        async def killed(*_: object) -> None:
            raise KeyboardInterrupt

        corrections._enter = killed  # type: ignore[method-assign,assignment]
        with pytest.raises(KeyboardInterrupt):
            await corrections.send(process.incident, 2)
        corrections._enter = entered  # type: ignore[method-assign]
        await corrections.send(process.incident, 2)
        assert len(paper.notes("INC-2041")) == 5
        assert (await audited(process, paper)).faults == ()

    async def test_what_was_never_sent_is_the_mirrors_business(self, process: Process) -> None:
        with pytest.raises(Permanent, match="was not sent entry 2 yet"):
            await self._corrected(process, Paper(), 2)


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch, clock: MovableClock) -> None:
    """Whoever sleeps lets the time pass."""
    monkeypatch.setattr(clock, "sleep", clock.advance)


class TestSend:
    """Row 31: open incidents first, then the past in as few notes as hold it."""

    async def _ledger(self, process: Process) -> list[int]:
        past = process.incident
        for n in range(30):
            await process.notes(f"more {n}")
        await process.ledger.append(past, Draft("closed", Kind.CLOSED, {"says": "over"}, "person:1"))
        older, newer = await process.opens(), await process.opens()
        await process.desk.lease.end()
        return [newer, older, past]

    def _sending(self, process: Process, paper: Paper) -> Sending:
        return Sending(paper, process.desk, Publisher(process.ledger, process.desk.people, KEY), G)

    async def _sent(self, process: Process, paper: Paper) -> list[str]:
        sending = self._sending(process, paper)
        return [(await sending.send(one))[0] for one in await sending.owed()]

    async def test_the_order_and_the_past_in_one_note(self, process: Process, real_time: None) -> None:
        order = await self._ledger(process)
        paper = Paper()
        owed = await self._sending(process, paper).owed()
        assert owed == [Owed(order[0], False, 4), Owed(order[1], False, 4), Owed(order[2], True, 35)]
        assert await self._sent(process, paper) == ["sent"] * 3
        assert [len(folder.sheets) for folder in paper.folders] == [4, 4, 1]
        assert [folder.state.closed for folder in paper.folders] == [False, False, True]
        for process.incident in order:
            assert (await audited(process, paper)).faults == ()
        assert await self._sending(process, paper).owed() == []

    async def test_it_goes_on_where_it_was(self, process: Process, real_time: None) -> None:
        await self._ledger(process)
        paper = Paper()
        await self._sending(process, paper).send((await self._sending(process, paper).owed())[0])
        paper.wrong = [Permanent("refused")]
        assert await self._sent(process, paper) == ["unfinished", "sent"]
        await process.desk.lease.end()
        assert await self._sent(process, paper) == ["sent"]
        assert sorted(len(folder.sheets) for folder in paper.folders) == [1, 4, 5], "its refusal is an entry"

    async def test_what_a_running_watch_owns_is_left_to_it(self, process: Process, real_time: None) -> None:
        await self._ledger(process)
        other = Process(process.ledger, process.clock)
        await other.desk.lease.renew()
        await other.desk.lease.adopt()
        assert await self._sent(process, Paper()) == ["left to the watch", "left to the watch", "left to the watch"]

    async def test_nothing_of_the_past_calls_people(self, process: Process, real_time: None) -> None:
        await self._ledger(process)
        paper = Paper(calls_people=True)
        assert await self._sent(process, paper) == ["sent", "sent", "not in it"]
        assert len(paper.folders) == 2
