"""Whether a ticket still holds what its backend acknowledged: every note, once, as it was sent. It changes nothing.

Copies share an operation id: the first one that matches what was sent counts, and the others are named.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.durable.signed import sign, unpack
from engine.memory import Memory, Remark, Ticket
from engine.model import Entry, Kind
from engine.store.carried import Part

BODY = "body"


@dataclass(frozen=True, slots=True)
class Fault:
    """One note that is not as it should be. `copies`: of one that is doubled, those that do not count."""

    kind: Literal["missing", "altered", "doubled"]
    first: int
    n: int
    says: str
    copies: tuple[Remark, ...] = ()

    @property
    def entries(self) -> str:
        """`entry 18`, or `entries 11 to 20`."""
        return f"entry {self.n}" if self.first == self.n else f"entries {self.first} to {self.n}"


@dataclass(frozen=True, slots=True)
class Audit:
    """One ticket beside the chain. `there`: how many of the chain's entries stand in it, altered ones too."""

    ticket: Ticket
    there: int
    of: int
    faults: tuple[Fault, ...] = field(default=())


async def audit(
    memory: Memory, ticket: Ticket, entries: Sequence[Entry], acked: int, parts: Sequence[Part], key: bytes
) -> Audit:
    """Read the ticket and compare. Raises `Retryable` and `Permanent` as the backend does; an empty key checks none."""
    remarks = await memory.read(ticket)
    forms = key if memory.capabilities.form_chars else b""
    faults = [*_faults(ticket, entries, parts, remarks, forms), *_never_there(memory.name, entries, acked, parts)]
    covered = {n for part in parts for n in range(part.first, part.n + 1)}
    gone = {n for fault in faults if fault.kind == "missing" for n in range(fault.first, fault.n + 1)}
    return Audit(ticket, len(covered - gone), len(entries), tuple(sorted(faults, key=lambda fault: fault.n)))


def _faults(
    ticket: Ticket, entries: Sequence[Entry], parts: Sequence[Part], remarks: Sequence[Remark], key: bytes
) -> Iterator[Fault]:
    by_op: dict[str, list[Remark]] = {}
    for remark in remarks:
        if remark.ours and remark.marker is not None:
            by_op.setdefault(remark.marker.op, []).append(remark)
    by_id = {ticket.id if remark.id == BODY else remark.id: remark for remark in remarks}
    kept: dict[tuple[int, int], list[Remark]] = {}
    for part in parts:
        copies = by_op.get(part.op, [])
        if not copies:
            yield _gone(part, by_id)
            continue
        good = [one for one in copies if _matches(one, part, entries)]
        counts = good[0] if good else copies[0]
        if not good:
            says = "its text no longer matches the digest that was sent"
            yield Fault("altered", part.first, part.n, says, (counts,))
        else:
            kept.setdefault((part.first, part.n), []).append(counts)
        if len(copies) > 1:
            others = tuple(one for one in copies if one is not counts)
            says = f"{len(copies)} notes with one operation id; the first that matches counts"
            yield Fault("doubled", part.first, part.n, says, others)
    if key:
        yield from _unsigned(kept, entries, key)


def _gone(part: Part, by_id: Mapping[str, Remark]) -> Fault:
    left = by_id.get(part.ref)
    if left is None:
        return Fault("missing", part.first, part.n, "the note is gone")
    return Fault("altered", part.first, part.n, "its marker is not the one that was sent", (left,))


def _matches(remark: Remark, part: Part, entries: Sequence[Entry]) -> bool:
    marker = remark.marker
    same_text = hashlib.sha256(remark.text.encode()).hexdigest() == part.digest
    if marker is None or not same_text or part.n > len(entries):
        return False
    numbers = (marker.first or marker.n, marker.n, marker.part, marker.parts)
    return numbers == (part.first, part.n, part.part, part.parts) and marker.hash == entries[part.n - 1].hash


def _unsigned(
    kept: Mapping[tuple[int, int], Sequence[Remark]], entries: Sequence[Entry], key: bytes
) -> Iterator[Fault]:
    """Notes whose text is as it was, and whose signed forms are not."""
    for (first, n), remarks in kept.items():
        markers = [remark.marker for remark in remarks if remark.marker is not None]
        if len(markers) < markers[0].parts:
            continue  # another part of it is named already
        forms = b"\n".join(entry.published for entry in entries[first - 1 : n])
        signed = {marker.sig for marker in markers} == {sign(key, forms)}
        if not signed or _unpacked("".join(marker.data for marker in markers)) != forms:
            yield Fault("altered", first, n, "its marker no longer carries what was signed", (remarks[0],))


def _unpacked(data: str) -> bytes | None:
    try:
        return unpack(data)
    except ValueError:
        return None


def _never_there(backend: str, entries: Sequence[Entry], acked: int, parts: Sequence[Part]) -> Iterator[Fault]:
    """Entries that the backend is past and that it never acknowledged, but for those that a person left out."""
    covered = {n for part in parts for n in range(part.first, part.n + 1)}
    orders = [entry.payload for entry in entries if entry.kind == Kind.RECORD_ORDERED]
    skipped = {o.get("entry") for o in orders if o.get("how") == "skip" and o.get("backend") == backend}
    for n in range(1, min(acked, len(entries)) + 1):
        if n not in covered and n not in skipped:
            yield Fault("missing", n, n, "the note is not there")
