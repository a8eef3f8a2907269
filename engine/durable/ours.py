"""Whether a remark is a note of ours as it was sent. Pure; it asks no backend.

Ours: written by our account, with our marker, and with hash and text as published. Neither account nor marker alone is
enough: people may share the account, and may quote a note.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from engine.incident import State
from engine.memory import Remark, Ticket
from engine.store.cursors import Carried, Cursor

BODY = "body"


class Whose(StrEnum):
    """`UNSURE`: a write of ours is under way that it may be; the next reading tells."""

    OURS = auto()
    ALTERED = auto()
    PERSONS = auto()
    UNSURE = auto()


def digest_of(text: str) -> str:
    """The SHA-256 of a text, as the mirror records that of what it sends."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """What we sent to one ticket: what it acknowledged, and what is under way."""

    state: State
    ticket: Ticket
    carried: Sequence[Carried]
    cursor: Cursor

    def at(self, id_: str) -> Carried | None:
        """The note that stands there; the ticket's body is its first."""
        ref = self.ticket.id if id_ == BODY else id_
        return next((one for one in self.carried if one.ref == ref), None)

    def id_of(self, note: Carried) -> str:
        """The id by which the backend gives a note back."""
        return BODY if note.ref == self.ticket.id else note.ref

    def of_entry(self, n: int) -> list[Carried]:
        """The note that is this entry alone, in its parts."""
        return [one for one in self.carried if one.first == one.n == n]

    def whose(self, remark: Remark) -> Whose:
        """Whose it is, by what is written in it."""
        placed = self.at(remark.id)
        if not remark.ours:
            return Whose.PERSONS
        marker = remark.marker
        if marker is None:
            return Whose.ALTERED if placed else Whose.PERSONS
        sent = placed if placed and placed.op == marker.op else self._by_op(marker.op)
        digest = digest_of(remark.text)
        if sent is not None and digest == sent.digest and self._hash(sent.n) == marker.hash:
            return Whose.OURS
        if placed is not None:
            return Whose.ALTERED
        flight = self.cursor.inflight
        if flight is not None and flight.op == marker.op:
            return Whose.OURS if flight.digest == digest else Whose.UNSURE
        return Whose.PERSONS

    def _by_op(self, op: str) -> Carried | None:
        return next((one for one in self.carried if one.op == op), None)

    def _hash(self, n: int) -> str:
        entry = self.state.entry(n)
        return entry.hash if entry else ""
