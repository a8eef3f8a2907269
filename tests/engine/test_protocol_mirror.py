"""The mirror: every entry to every backend, in order, once where the backend keeps its word. Rows 21 to 26.

The backend is an object in memory that loses answers, writes late or refuses when it is told to; time stands still
until a test moves it.
"""

import pytest
import structlog

from engine.durable.mirror import SENDS
from engine.errors import NotOwner
from engine.ledger import Draft
from engine.memory import MemoryCapabilities
from engine.model import Kind
from engine.published import SYSTEM
from engine.store.cursors import Cursor
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import G, L, Process, Shelf, Wrong
from tests.ledgers import change


@pytest.fixture
async def process(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock) -> Process:
    found = Process(await open_ledger(database_url("sqlite")), clock)
    await found.opens()
    return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class TestOrder:
    async def test_every_entry_is_there_once_and_in_order(self, process: Process, shelf: Shelf) -> None:
        mirror = process.mirror(shelf)
        await process.carries(mirror)
        await process.notes("two")
        await process.carries(mirror)
        assert shelf.numbers == [1, 2, 3, 4, 5]
        assert len(shelf.tickets) == 1
        assert mirror.done(await process.state())

    @pytest.mark.parametrize("wrong", ["lost-answer", "late", "cut", "busy"])
    @pytest.mark.parametrize("at", [0, 2])
    async def test_nothing_overtakes_what_is_unsure(
        self, process: Process, shelf: Shelf, wrong: Wrong, at: int
    ) -> None:
        """Rule 4: k+1 is not sent before k is acknowledged; also the ticket's creation, element 0."""
        mirror = process.mirror(shelf)
        behind = process.mirror(Shelf("other"))
        shelf.wrong.extend([None] * at + [wrong])  # type: ignore[list-item]
        await process.carries(mirror, 20)
        await process.carries(behind)  # one that fails keeps no other
        shelf.land()
        await process.carries(mirror, 100)
        assert shelf.numbers == [1, 2, 3, 4]
        assert len(shelf.tickets) == 1
        assert behind.memory.numbers == [1, 2, 3, 4]  # type: ignore[attr-defined]


class TestUnsure:
    async def test_a_positive_look_counts_at_once(self, process: Process, shelf: Shelf) -> None:
        shelf.wrong.append("lost-answer")
        await process.carries(process.mirror(shelf), 2)
        assert (shelf.numbers, shelf.sends) == ([1, 2, 3, 4], 4)

    async def test_a_negative_look_counts_after_the_bound(self, process: Process, shelf: Shelf) -> None:
        """Row 21: not before T_late from the recorded attempt, by the database's clock."""
        shelf.wrong.append("cut")
        mirror = process.mirror(shelf)
        await process.carries(mirror, G + L - 2)
        assert shelf.sends == 1
        await process.carries(mirror, 4)
        assert shelf.numbers == [1, 2, 3, 4]

    @pytest.mark.parametrize("own", [0.0, 3 * L])
    async def test_the_bound_is_the_backends_own(self, process: Process, shelf: Shelf, own: float) -> None:
        """T_late is G and the backend's L: nothing shortens it, and a longer one is waited for."""
        shelf.capabilities = MemoryCapabilities(late_write_seconds=own)
        shelf.wrong.append("cut")
        mirror = process.mirror(shelf)
        await process.carries(mirror, G + own - 2)
        assert shelf.sends == 1
        await process.carries(mirror, 4)
        assert shelf.numbers == [1, 2, 3, 4]

    async def test_a_look_that_began_before_the_bound_does_not_count(self, process: Process, shelf: Shelf) -> None:
        """Row 21: it is slow, and the late write lands behind its back."""
        shelf.wrong.append("late")
        mirror = process.mirror(shelf)
        await process.carries(mirror, G + L - 2)

        async def slowly() -> None:
            await process.clock.advance(4)
            shelf.land()

        shelf.during_look = slowly
        await process.carries(mirror, 20)
        assert shelf.numbers == [1, 2, 3, 4]
        assert len(shelf.tickets) == 1

    async def test_while_the_look_fails_nothing_is_sent_or_counted(self, process: Process, shelf: Shelf) -> None:
        shelf.wrong.append("cut")
        shelf.blind = True
        mirror = process.mirror(shelf)
        await process.carries(mirror, 1000)
        assert shelf.sends == 1
        cursor = await process.cursor()
        assert cursor.inflight is not None
        assert cursor.inflight.attempt == 1
        assert cursor.parked_at is None
        shelf.blind = False
        await process.carries(mirror, 100)
        assert shelf.numbers == [1, 2, 3, 4]

    async def test_after_five_sends_in_vain_it_is_parked_and_told(self, process: Process, shelf: Shelf) -> None:
        shelf.wrong.extend(["cut"] * 20)
        mirror = process.mirror(shelf)
        await process.carries(mirror, 2000)
        assert shelf.sends == SENDS
        assert (await process.cursor()).parked_at is not None
        assert [e.kind for e in (await process.state()).entries][-1] == Kind.RECORD_REFUSED
        assert not mirror.done(await process.state()), "the next start tries once more"

    async def test_a_crash_between_send_and_acknowledgement_doubles_nothing(
        self, process: Process, shelf: Shelf
    ) -> None:
        """The attempt was recorded before; the heir looks before it sends."""
        shelf.wrong.extend([None, "bug"])  # type: ignore[list-item]
        with pytest.raises(KeyError):
            await process.carries(process.mirror(shelf))
        flight = (await process.cursor()).inflight
        assert flight is not None
        shelf.notes.append((flight.n, flight.op))  # it had landed
        await process.carries(process.mirror(shelf), 2)
        assert shelf.numbers == [1, 2, 3, 4]

    async def test_a_sender_that_was_frozen_after_recording_sends_nothing(self, process: Process, shelf: Shelf) -> None:
        """Row 22: its own clock, begun before the attempt was recorded."""
        mirror = process.mirror(shelf)
        attempt = mirror._cursors.attempt

        async def frozen(*given: object) -> Cursor:
            found = await attempt(*given)  # type: ignore[arg-type]
            await process.clock.advance(G + 1)
            return found

        mirror._cursors.attempt = frozen  # type: ignore[method-assign,assignment]
        await process.carries(mirror)
        assert shelf.sends == 0
        mirror._cursors.attempt = attempt  # type: ignore[method-assign]
        await process.carries(mirror, 2)
        assert shelf.numbers == [1, 2, 3, 4]


class TestRefusals:
    async def test_not_now_is_repeated_when_the_backend_says(self, process: Process, shelf: Shelf) -> None:
        """Row 26: nothing landed, nothing is looked for."""
        shelf.blind = True
        shelf.wrong.append("busy")
        mirror = process.mirror(shelf)
        await process.carries(mirror, 6)
        assert shelf.sends == 1
        await process.carries(mirror, 2)
        assert shelf.numbers == [1, 2, 3, 4]

    async def test_a_permanent_refusal_is_news_and_a_new_owner_tries_again(
        self, process: Process, shelf: Shelf
    ) -> None:
        """Rule 3: an entry, the others go on, order is kept."""
        shelf.wrong.extend([None, "refused"])  # type: ignore[list-item]
        mirror, other = process.mirror(shelf), Shelf("other")
        await process.carries(mirror, 1000)
        await process.carries(process.mirror(other))
        assert shelf.numbers == [1]
        assert other.numbers == [1, 2, 3, 4, 5]
        assert (await process.cursor()).parked_at is not None, "another backend's start un-parks nothing"
        await process.carries(process.mirror(shelf))
        assert shelf.numbers == [1, 2, 3, 4, 5]

    async def test_a_start_resumes_the_record_of_a_closed_incident(self, process: Process, shelf: Shelf) -> None:
        """It does not rest while a record is behind, so that whoever mended the cause restarts and has it whole."""
        shelf.wrong.extend([None, "refused"])  # type: ignore[list-item]
        mirror, lease = process.mirror(shelf), process.desk.lease
        await process.carries(mirror, 1000)
        closed = Draft("closed/1", Kind.CLOSED, {"how": "closed"}, "responder")
        await process.ledger.append(process.incident, closed)
        state = await process.state()
        if mirror.done(state):  # what the chat's follower asks before it lets an incident rest
            await lease.rest(state.number, state.n)
        heir = Process(process.ledger, process.clock)
        heir.incident = process.incident
        assert process.incident in await heir.desk.lease.adopt()
        again = heir.mirror(shelf)
        await heir.carries(again, 1000)
        assert shelf.numbers == [1, 2, 3, 4, 5, 6]
        assert shelf.settled[-1].closed
        assert again.done(await heir.state())

    async def test_a_fault_in_one_incident_stops_no_other(self, process: Process, shelf: Shelf) -> None:
        mirror = process.mirror(shelf)
        first = process.incident
        shelf.wrong.append("bug")
        with structlog.testing.capture_logs() as logs:
            assert (await mirror._carefully(first) or 0) > 0
        assert logs[-1]["log_level"] == "error"
        await process.opens()
        while await mirror._carefully(process.incident) is not None:
            pass
        assert shelf.numbers == [1, 2, 3, 4]


class TestOwnership:
    async def test_a_zombie_moves_no_cursor(self, process: Process, shelf: Shelf) -> None:
        mirror = process.mirror(shelf)
        await process.carries(mirror)
        await change(process.ledger, "UPDATE incident SET owner = 'heir', epoch = 2")
        await process.notes("two")
        with pytest.raises(NotOwner):
            await process.carries(mirror)
        assert shelf.sends == 4

    async def test_what_was_known_at_an_older_epoch_is_read_anew(self, process: Process, shelf: Shelf) -> None:
        """Row 12: r0, r1, r0: the old cursor would send again what r1 sent."""
        mirror, lease = process.mirror(shelf), process.desk.lease
        await process.carries(mirror)
        heir = Process(process.ledger, process.clock)
        heir.incident = process.incident
        assert await heir.desk.lease.adopt() == [SYSTEM, process.incident]
        await heir.notes("two")
        await heir.carries(heir.mirror(shelf))
        assert shelf.numbers == [1, 2, 3, 4, 5]
        assert await lease.adopt() == [SYSTEM, process.incident]
        await process.notes("three")
        await process.carries(mirror)
        assert shelf.numbers == [1, 2, 3, 4, 5, 6]

    async def test_a_closed_ticket_is_closed_before_the_incident_is_nobodys(
        self, process: Process, shelf: Shelf
    ) -> None:
        mirror = process.mirror(shelf)
        await process.ledger.append(process.incident, Draft("closed/1", Kind.CLOSED, {"how": "recovered"}, "responder"))
        assert not mirror.done(await process.state())
        await process.carries(mirror)
        assert shelf.settled[-1].closed
        assert mirror.done(await process.state())
