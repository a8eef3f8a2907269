"""The signed published forms that a note carries for a rebuild: packed when it is written, checked when it is read.

A chain of hashes is no signature: whoever may comment could write one. The key lies outside the database. What does not
prove itself is refused with the reason; nothing here asks a backend or touches the ledger.
"""

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from engine.memory import Marker, Remark
from engine.model import Entry
from engine.published import entry_of, label

MOST_BYTES = 16_000_000  # of the forms of one note, unpacked: a few thousand times what a note of ours holds
MOST_PARTS = 1_000
MOST_COPIES = 64  # combinations of differing copies of parts that are tried


def sign(key: bytes, forms: bytes) -> str:
    """The signature of published forms, one a line."""
    return hmac.new(key, forms, hashlib.sha256).hexdigest()


def pack(forms: bytes) -> str:
    """The forms as a marker carries them."""
    return base64.b64encode(zlib.compress(forms, 9)).decode()


def unpack(data: str) -> bytes:
    """The inverse of `pack`. Raises `ValueError` for what is not one, and for what would grow beyond `MOST_BYTES`."""
    try:
        packed = base64.b64decode(data, validate=True)
        opening = zlib.decompressobj()
        forms = opening.decompress(packed, MOST_BYTES)
    except (binascii.Error, zlib.error) as err:
        raise ValueError("it does not unpack") from err
    if opening.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {MOST_BYTES:,} bytes")
    if not opening.eof:
        raise ValueError("it is cut")
    return forms


@dataclass(frozen=True, slots=True)
class Told:
    """One note of ours as it stands in a ticket: its parts, and the entries that it proves.

    `bare`: it carries no form at all, as in a backend that shows everything; then it says a number and a hash, and
    proves nothing. `fault`: why it was refused.
    """

    parts: tuple[Remark, ...]
    marker: Marker
    entries: tuple[Entry, ...] = ()
    bare: bool = False
    fault: str = ""

    @property
    def first(self) -> int:
        """The first entry that it is about."""
        return self.marker.first or self.marker.n

    @property
    def text(self) -> str:
        """What people read, its parts joined."""
        return "\n".join(part.text for part in self.parts)


def told(remarks: Sequence[Remark], key: bytes) -> Iterator[Told]:
    """The notes among the remarks of a ticket, in the order of their first parts. Only our account's count."""
    notes: dict[tuple[object, ...], list[Remark]] = {}
    for remark in remarks:
        marker = remark.marker
        if remark.ours and marker is not None:
            whole = (marker.incident, marker.first, marker.n, marker.kind, marker.hash, marker.sig, marker.parts)
            notes.setdefault(whole, []).append(remark)
    for found in notes.values():
        yield _told(found, key)


def _told(found: Sequence[Remark], key: bytes) -> Told:
    copies: dict[int, dict[str, Remark]] = {}
    for remark in found:
        assert remark.marker is not None  # noqa: S101  the caller looked
        copies.setdefault(remark.marker.part, {}).setdefault(remark.marker.data, remark)
    first = found[0].marker
    assert first is not None  # noqa: S101  the caller looked
    if not 1 <= first.parts <= MOST_PARTS or not 0 <= first.first <= first.n:
        return Told((found[0],), first, fault="its marker makes no sense")
    gone = [k for k in range(1, first.parts + 1) if k not in copies]
    if gone:
        return Told(tuple(found), first, fault=f"part {gone[0]} of {first.parts} is missing")
    fault = ""
    for parts in islice(product(*(copies[k].values() for k in range(1, first.parts + 1))), MOST_COPIES):
        note = _proved(parts, first, key)
        if not note.fault:
            return note
        fault = fault or note.fault
    return Told(tuple(next(iter(copies[k].values())) for k in range(1, first.parts + 1)), first, fault=fault)


def _proved(parts: tuple[Remark, ...], marker: Marker, key: bytes) -> Told:
    data = "".join(part.marker.data for part in parts if part.marker is not None)
    if not data and not marker.sig:
        return Told(parts, marker, bare=True)
    try:
        forms = unpack(data)
    except ValueError as err:
        return Told(parts, marker, fault=f"its marker was altered: {err}")
    if not hmac.compare_digest(sign(key, forms).encode(), marker.sig.encode()):
        return Told(parts, marker, fault="its marker is not signed with this installation's key")
    try:
        entries = tuple(entry_of(form, hashlib.sha256(form).hexdigest(), "rebuild") for form in forms.split(b"\n"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Told(parts, marker, fault="its marker carries no entry")
    last, numbers = entries[-1], [entry.n for entry in entries]
    same = (label(last.incident), last.n, last.hash) == (marker.incident, marker.n, marker.hash)
    if not same or numbers != list(range(marker.first or marker.n, marker.n + 1)):
        return Told(parts, marker, fault="its marker says another entry than it carries")
    return Told(parts, marker, entries)
