"""Everything that one backend still holds: every ticket, every note of ours in it, and what each of them proves.

Only reads. A backend that is busy is asked again; one that cannot be read raises, since half a backend would look like
a loss.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from engine.durable.signed import Told, told
from engine.errors import Retryable
from engine.memory import Memory, Ticket
from engine.ports import Clock

T = TypeVar("T")
TRIES = 6
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Held:
    """One ticket: of which incident, and the notes in it that are ours, refused ones too."""

    ticket: Ticket
    incident: int
    notes: tuple[Told, ...]


@dataclass(slots=True)
class Holding:
    """One backend. `refused`: `INC-2041, entry 5: its marker …`, each note that does not prove itself."""

    memory: Memory
    tickets: list[Held] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def notes(self) -> int:
        """How many notes of ours it holds."""
        return sum(not note.fault for held in self.tickets for note in held.notes)


async def holding(memory: Memory, key: bytes, clock: Clock, progress: Callable[[int, int], None]) -> Holding:
    """Read a whole backend. `progress` is told how many tickets of how many were read.

    Raises `Retryable` when it does not answer for long, `Permanent` when it refuses.
    """
    found = Holding(memory)
    tickets = await patiently(memory.tickets, clock)
    for i, ticket in enumerate(tickets, 1):
        held = await one_ticket(memory, ticket, key, clock)
        if held is not None:
            found.tickets.append(held)
            found.refused += [
                f"{note.marker.incident}, entry {note.marker.n}: {note.fault}" for note in held.notes if note.fault
            ]
        progress(i, len(tickets))
    return found


async def one_ticket(memory: Memory, ticket: Ticket, key: bytes, clock: Clock) -> Held | None:
    """What one ticket holds; None where nothing in it is ours."""
    remarks = await patiently(lambda: memory.read(ticket), clock)
    carries = memory.capabilities.form_chars > 0
    notes = [_judged(note, carries) for note in told(remarks, key)]
    numbers = [note.marker.incident for note in notes]
    if not numbers:
        return None
    incident = int(numbers[0].rpartition("-")[2])  # the body's, or of what is left
    return Held(ticket, incident, tuple(notes))


def _judged(note: Told, carries: bool) -> Told:
    if note.bare and carries:
        return Told(note.parts, note.marker, fault="its marker carries no signed form")
    return note


async def patiently(ask: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """The answer; a busy backend is asked again, when it says so or after a pause."""
    for pause in PAUSES[: TRIES - 1]:
        try:
            return await ask()
        except Retryable as err:
            await clock.sleep(max(err.after, pause))
    return await ask()
