"""What several backends hold together, judged: each incident's chain, how far each backend is, what is lost. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.durable.chains import Chain, chain
from engine.durable.gather import Held, Holding
from engine.durable.signed import Told
from engine.model import Entry
from engine.published import SYSTEM, label
from engine.store.archive import Kept
from engine.store.carried import Part
from engine.store.restore import Reached


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a rebuild writes, and what it must say. `texts`: notes that no chain proves, kept as people read them.

    `refused`: notes that do not prove themselves, or say another entry than the chain has. `lost`: numbers between the
    first and the last incident of which no backend holds anything.
    """

    chains: Mapping[int, Chain] = field(default_factory=dict)
    reached: tuple[Reached, ...] = ()
    texts: tuple[Kept, ...] = ()
    refused: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()
    last_number: int = 0

    @property
    def only_text(self) -> tuple[int, ...]:
        """Incidents that are told and not proved."""
        return tuple(sorted({text.incident for text in self.texts} - self.chains.keys()))

    @property
    def gaps(self) -> dict[int, str]:
        """By incident what is missing from its chain."""
        return {number: found.gap for number, found in sorted(self.chains.items()) if found.gap}


def restoration(holdings: Sequence[Holding]) -> Restoration:
    """Merge the backends: the longest chain of each incident, from whichever holds its entries."""
    proved: dict[int, list[Entry]] = {}
    for note in _notes(holdings):
        for entry in note.entries:
            proved.setdefault(entry.incident, []).append(entry)
    chains = {number: chain(entries) for number, entries in sorted(proved.items())}
    placed = {number: found for number, found in chains.items() if found.n}
    reached: list[Reached] = []
    texts: list[Kept] = []
    refused: list[str] = []
    for one in holdings:
        refused += [f"{one.memory.name}: {says}" for says in one.refused]
        reached += _reached(one, placed)
        kept, others = _texts(one, placed)
        texts += kept
        refused += others
    seen = {held.incident for one in holdings for held in one.tickets} | placed.keys()
    known = sorted((seen & (placed.keys() | {text.incident for text in texts})) - {SYSTEM})
    last = max(seen, default=0)
    lost = [n for n in range(min(known, default=last), last + 1) if n not in known]
    return Restoration(placed, tuple(reached), tuple(texts), tuple(refused), tuple(lost), last)


def in_place(note: Told, chains: Mapping[int, Chain]) -> bool:
    """Whether what the note is about stands in the chain just so; of a bare one its last entry's hash must."""
    found = chains.get(int(note.marker.incident.rpartition("-")[2]))
    if note.fault or found is None or note.marker.n > found.n:
        return False
    return found.entries[note.marker.n - 1].hash == note.marker.hash


def _notes(holdings: Sequence[Holding]) -> Iterator[Told]:
    for one in holdings:
        for held in one.tickets:
            yield from held.notes


def _reached(one: Holding, chains: Mapping[int, Chain]) -> Iterator[Reached]:
    first: dict[int, Held] = {}
    for held in one.tickets:  # of two tickets of one incident the oldest counts
        first.setdefault(held.incident, held)
    for incident, held in first.items():
        here = [note for note in held.notes if in_place(note, chains) and note.marker.incident == label(incident)]
        acked = max((note.marker.n for note in here), default=0)
        if acked:
            parts = {(part.n, part.part): part for note in reversed(here) for part in _parts(note, held)}
            yield Reached(incident, one.memory.name, held.ticket, acked, tuple(parts.values()))


def _parts(note: Told, held: Held) -> Iterator[Part]:
    for remark in note.parts:
        marker = remark.marker
        assert marker is not None  # noqa: S101  it is a note's
        digest = "" if remark.edited_at else hashlib.sha256(remark.text.encode()).hexdigest()
        ref = held.ticket.id if remark.id == "body" else remark.id
        yield Part(marker.n, note.first, marker.part, marker.parts, marker.op, digest, ref, remark.at)


def _texts(one: Holding, chains: Mapping[int, Chain]) -> tuple[list[Kept], list[str]]:
    """The notes that no chain proves; and those that contradict one."""
    kept, others = [], []
    for held in one.tickets:
        for note in held.notes:
            if note.fault or in_place(note, chains):
                continue
            marker, number = note.marker, int(note.marker.incident.rpartition("-")[2])
            found = chains.get(number)
            if found is not None and marker.n <= found.n:
                others.append(f"{one.memory.name}: {marker.incident}, entry {marker.n}: it is not the chain's")
                continue
            at = note.parts[0].at
            kept.append(Kept(number, marker.n, note.first, marker.kind, at, marker.hash, one.memory.name, note.text))
    return kept, others
