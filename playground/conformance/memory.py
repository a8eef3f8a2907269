"""What every backend of the shared memory does, whichever it is, as tests that a connector's author runs too.

    class TestMine(MemoryContract):
        @pytest.fixture
        async def memory(self): …        # yields the connector, on a backend that is empty

The tests need pytest and pytest-asyncio in auto mode; each begins with an empty backend. What a person does in a ticket
needs a hand that only the author has: `person` writes, edits and deletes as somebody else, or is None, and then the
tests of reading back say so and are skipped.
"""

import base64
import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from engine.errors import Denied, Permanent, Unsupported
from engine.memory import Memory, Note, Remark, Ticket, TicketState
from engine.redact import Clean

AT = datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC)
OPEN = TicketState(
    Clean("INC-2041 SEV2 major: checkout, 7.3 % of requests fail"),
    (Clean("incident"), Clean("SEV2 major"), Clean("service: checkout")),
)
CLOSED = TicketState(
    Clean("INC-2041 SEV1 critical: checkout"),
    (Clean("incident"), Clean("SEV1 critical"), Clean("service: checkout")),
    closed=True,
)
TRICKY = "Text \u202e <!-- watchkeeper:1 INC-1 seq=1 --> `x` --> \u2014 \U0001f525\n## 99 · forged\n```\nopen fence"


class Hand(Protocol):
    """A person at the backend: writes, edits and deletes there as an account that is not the connector's."""

    async def writes(self, ticket: Ticket, text: str) -> str:
        """A new remark; its id as `Memory.read` gives it."""
        ...

    async def edits(self, ticket: Ticket, id_: str, text: str) -> None:
        """Another text for it. Raises `Unsupported` where the backend lets nobody edit."""
        ...

    async def deletes(self, ticket: Ticket, id_: str) -> None:
        """It is gone. Raises `Unsupported` where the backend lets nobody delete."""
        ...


def note(n: int, op: str, text: str = "**Finding by logs** · entry 11\n**Evidence** x") -> Note:
    """A note as the mirror makes one."""
    published = f'{{"n":{n}}}'.encode()
    digest = hashlib.sha256(published).hexdigest()
    data = base64.b64encode(zlib.compress(published, 9)).decode()
    return Note("INC-2041", n, "finding", op, digest, "5e0b", data, Clean(text), AT, published)


def group(first: int, n: int, op: str) -> Note:
    """Several entries in one note."""
    one = note(n, op, f"Entries {first} to {n} in one note")
    return Note(one.incident, n, "group", op, one.hash, one.sig, one.data, one.text, AT, one.published, first)


class MemoryContract:
    """One instance of each test for one backend."""

    @pytest.fixture
    def person(self) -> Hand | None:
        """Somebody at the backend; None where the author has no hand there."""
        return None

    @pytest.fixture
    async def ticket(self, memory: Memory) -> Ticket:
        """The incident's ticket, whose body is entry 1."""
        return await memory.create("INC-2041", OPEN, note(1, "op-1"))

    async def test_a_ticket_is_found_by_its_operation_and_by_no_other(self, memory: Memory) -> None:
        """A list by creation time, also right after the write."""
        since = min(AT, datetime.now(UTC)) - timedelta(minutes=5)
        assert await memory.find("INC-2041", "op-1", since) is None
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        assert ticket.id
        assert ticket.label
        assert await memory.find("INC-2041", "op-1", since) == ticket
        assert await memory.find("INC-2041", "op", since) is None
        assert await memory.find("INC-2041", "op-2", since) is None

    async def test_a_note_is_found_by_its_operation(self, memory: Memory, ticket: Ticket) -> None:
        """The look after an unknown outcome."""
        assert await memory.look(ticket, "op-2") is None
        written = await memory.append(ticket, note(2, "op-2"))
        assert written
        assert await memory.look(ticket, "op-2") == written
        assert await memory.look(ticket, "op-3") is None

    async def test_hostile_text_neither_breaks_nor_forges_a_marker(self, memory: Memory) -> None:
        """Whatever a text contains, the last line is ours."""
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1", TRICKY))
        await memory.append(ticket, note(2, "op-2", f"{TRICKY}\n<!-- watchkeeper:1 INC-2041 seq=9 op=op-9 -->"))
        assert await memory.look(ticket, "op-2")
        assert await memory.look(ticket, "op-9") is None

    async def test_many_notes_are_all_found(self, memory: Memory, ticket: Ticket) -> None:
        """Each under an id of its own."""
        ids = [await memory.append(ticket, note(n, f"op-{n}")) for n in range(2, 8)]
        assert [await memory.look(ticket, f"op-{n}") for n in range(2, 8)] == ids
        assert len(set(ids)) == 6

    async def test_settling_twice_is_settling_once(self, memory: Memory, ticket: Ticket) -> None:
        """Title, labels, open or closed; a note never moves them."""
        for state in (CLOSED, CLOSED, OPEN):
            await memory.settle(ticket, state)
            assert (await memory.standing(ticket)).closed == state.closed
        await memory.append(ticket, note(2, "op-2"))
        assert await memory.look(ticket, "op-2")
        assert not (await memory.standing(ticket)).closed

    async def test_a_closed_ticket_takes_notes_and_stays_closed(self, memory: Memory, ticket: Ticket) -> None:
        """A correction comes after the close."""
        await memory.settle(ticket, CLOSED)
        await memory.append(ticket, note(2, "op-2"))
        assert (await memory.standing(ticket)).closed

    async def test_a_note_that_is_too_large_is_refused_for_good(self, memory: Memory, ticket: Ticket) -> None:
        """And nothing of it is written."""
        with pytest.raises(Permanent):
            await memory.append(ticket, note(2, "op-2", "x" * 1_100_000))
        assert await memory.look(ticket, "op-2") is None

    async def test_the_largest_note_is_taken(self, memory: Memory, ticket: Ticket) -> None:
        """`capabilities.note_chars` is true, for ASCII and for text that takes four bytes a character."""
        ceiling = min(memory.capabilities.note_chars, 200_000)
        for n, character in ((2, "x"), (3, "\U0001f525")):
            await memory.append(ticket, note(n, f"op-{n}", character * (ceiling if n == 2 else ceiling // 4)))
            assert await memory.look(ticket, f"op-{n}")

    async def test_the_doctor_hears_one_sentence(self, memory: Memory) -> None:
        """It says what may be written where."""
        assert (await memory.check()).startswith("may write")

    async def test_long_titles_and_labels_are_no_refusal(self, memory: Memory) -> None:
        """They are cut."""
        state = TicketState(Clean("t" * 500 + "\n# forged"), (Clean("l" * 80), Clean("two\nlines")))
        ticket = await memory.create("INC-2041", state, note(1, "op-1"))
        await memory.settle(ticket, state)

    async def test_what_was_written_is_read_back_as_rendered(self, memory: Memory) -> None:
        """Body first, then the notes in order, each with its marker and the text that `rendered` says."""
        notes = [note(1, "op-1", TRICKY), note(2, "op-2"), note(3, "op-3", f"{TRICKY}\n\n  two  \n")]
        ticket = await memory.create("INC-2041", OPEN, notes[0])
        ids = ["body", *[await memory.append(ticket, one) for one in notes[1:]]]
        found = await memory.read(ticket)
        assert [one.id for one in found] == ids
        for one, wanted in zip(found, notes, strict=True):
            assert one.ours
            assert one.text == memory.rendered(wanted)
            assert one.edited_at is None
            assert one.marker is not None
            assert (one.marker.incident, one.marker.n, one.marker.op) == ("INC-2041", wanted.n, wanted.op)
            assert wanted.hash.startswith(one.marker.hash)
            assert (one.marker.data == wanted.data) == bool(memory.capabilities.form_chars)
            assert await memory.one(ticket, one.id) == one

    async def test_a_group_says_its_first_and_its_last_entry(self, memory: Memory, ticket: Ticket) -> None:
        """Where several entries may share a note."""
        if not memory.capabilities.groups:
            pytest.skip(f"{memory.label} takes each entry by itself")
        await memory.append(ticket, group(2, 11, "op-11"))
        marker = (await memory.read(ticket))[-1].marker
        assert marker is not None
        assert (marker.first, marker.n, marker.kind) == (2, 11, "group")

    async def test_only_what_is_new_is_read(self, memory: Memory, ticket: Ticket) -> None:
        """`since` may give more, never less, and never leaves out what is new."""
        await memory.append(ticket, note(2, "op-2"))
        newest = (await memory.read(ticket))[-1]
        again = await memory.read(ticket, newest.at)
        assert newest.id in [one.id for one in again]
        assert again[0].id == "body"

    async def test_a_remark_that_is_not_there_is_none(self, memory: Memory, ticket: Ticket) -> None:
        """Deletion is told by asking for it."""
        written = await memory.append(ticket, note(2, "op-2"))
        nowhere = str(int(written) + 1_000_000) if written.isdigit() else "f" * len(written)
        assert await memory.one(ticket, nowhere) is None

    async def test_a_copy_can_be_removed_where_the_vendor_can(self, memory: Memory, ticket: Ticket) -> None:
        """Once or twice; elsewhere it is `Unsupported`."""
        written = await memory.append(ticket, note(2, "op-2"))
        if not memory.capabilities.removes:
            with pytest.raises(Unsupported):
                await memory.remove(ticket, written)
            return
        await memory.remove(ticket, written)
        await memory.remove(ticket, written)
        assert await memory.look(ticket, "op-2") is None

    async def test_every_ticket_of_ours_is_listed(self, memory: Memory, ticket: Ticket) -> None:
        """For a rebuild; in the order of their creation."""
        second = await memory.create("INC-2042", OPEN, note(1, "op-x"))
        assert [one.id for one in await memory.tickets()] == [ticket.id, second.id]

    async def test_the_search_finds_a_ticket_by_its_words(self, memory: Memory, ticket: Ticket) -> None:
        """By the backend's own search, which may need a moment."""
        found = await memory.search(Clean("requests fail"), "checkout")
        assert [(hit.ticket.id, hit.incident, hit.closed) for hit in found] == [(ticket.id, "INC-2041", False)]
        assert not await memory.search(Clean("zeppelin"), "checkout")
        assert not await memory.search(Clean('" OR 1=1 ^ORactive=true'))

    async def test_a_webhook_without_a_signature_is_not_believed(self, memory: Memory) -> None:
        """Whatever it says."""
        with pytest.raises((Denied, Unsupported)):
            memory.hinted({}, b'{"issue": {"number": 1}}')

    async def test_a_person_is_heard_edits_and_deletes(
        self, memory: Memory, ticket: Ticket, person: Hand | None
    ) -> None:
        """What somebody else writes is theirs, also when it ends in a marker of ours."""
        if person is None:
            pytest.skip("nobody of this kit can write there")
        await memory.append(ticket, note(2, "op-2"))
        quoted = (await memory.read(ticket))[-1]
        id_ = await person.writes(ticket, "approve 19")
        await person.writes(ticket, f"> {quoted.text}\nI disagree")
        heard = [one for one in await memory.read(ticket) if not one.ours]
        assert [one.text for one in heard][:1] == ["approve 19"]
        assert all(one.marker is None for one in heard)
        assert heard[0].id == id_
        await self._edited(memory, ticket, person, heard[0])

    async def _edited(self, memory: Memory, ticket: Ticket, person: Hand, heard: Remark) -> None:
        try:
            await person.edits(ticket, heard.id, "approve 20")
        except Unsupported:
            return
        again = await memory.one(ticket, heard.id)
        assert again is not None
        assert again.text == "approve 20"
        await person.deletes(ticket, heard.id)
        assert await memory.one(ticket, heard.id) is None
        assert heard.id not in [one.id for one in await memory.read(ticket)]
