"""Entries become a note for one backend: words for people, and the signed published forms for a rebuild.

Deterministic: the same entry is always the same note, so what was rendered need not be kept until it is acknowledged.
The signature's key lies outside the database: a chain of hashes is no signature, and anybody may comment in a ticket.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from engine.durable.grouping import group_text, parted
from engine.durable.notes import note_line, note_text
from engine.durable.signed import pack, sign
from engine.fold import advance, fold
from engine.incident import State
from engine.ledger import Ledger
from engine.memory import Memory, Note
from engine.people import People
from engine.published import canonical

CORRECTION = "**Correction**: what stood here for this was altered or is gone; this is how it was recorded.\n\n"


def record_key(path: Path) -> bytes:
    """The key that signs markers, made on the first start with mode 0600. Blocking."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


@dataclass(frozen=True, slots=True)
class Span:
    """Entries that go into one note, or into the parts of one: `first` to `n`. `why` says why they share it."""

    first: int
    n: int
    why: str = ""

    @property
    def grouped(self) -> bool:
        """Whether it is more than one entry."""
        return self.first < self.n


class Publisher:
    """Renders notes."""

    def __init__(self, ledger: Ledger, people: People, key: bytes) -> None:
        self._ledger = ledger
        self._people = people
        self._key = key

    async def notes(self, state: State, span: Span, memory: Memory, corrects: str = "") -> list[Note]:
        """The parts of the note of these entries, as many as the backend's ceilings make it; most often one.

        The same entries are always the same parts, so what was rendered need not be kept until it is acknowledged.
        `corrects`: the operation id of a note that does not count any more; this one then says so and has its own.
        """
        can = memory.capabilities
        entries = state.entries[span.first - 1 : span.n]
        forms = b"\n".join(entry.published for entry in entries)
        data = pack(forms) if can.form_chars else ""
        text = f"{CORRECTION if corrects else ''}{await self._text(state, span, can.note_chars)}"
        texts = parted(text, can.note_chars, least=-(-len(data) // can.form_chars) if data else 1, of=_of(span))
        chunk = -(-len(data) // len(texts))
        last = entries[-1]
        sig = sign(self._key, forms)
        return [
            Note(
                incident=state.label,
                n=span.n,
                kind="group" if span.grouped else last.kind,
                op=self._operation(state.label, last.hash, memory.name, part, *([corrects] if corrects else [])),
                hash=last.hash,
                sig=sig,
                data=data[chunk * (part - 1) : chunk * part],
                text=self._ledger.gate.clean(said),
                at=last.at,
                published=forms,
                first=span.first if span.grouped else 0,
                part=part,
                parts=len(texts),
            )
            for part, said in enumerate(texts, 1)
        ]

    async def _text(self, state: State, span: Span, ceiling: int) -> str:
        folded = fold(state.number, state.entries[: span.first - 1])
        names = await self._names(state)
        whole, lines = [], []
        for entry in state.entries[span.first - 1 : span.n]:
            folded = advance(folded, [entry])
            whole.append(note_text(folded, entry, names))
            lines.append(note_line(folded, entry, names))
        return group_text(span.first, span.n, span.why, whole, lines, ceiling) if span.grouped else whole[0]

    async def _names(self, state: State) -> dict[str, str]:
        known = await self._people.known([entry.actor for entry in state.entries])
        return {actor: person.name for actor, person in known.items()}

    def _operation(self, incident: str, entry_hash: str, backend: str, part: int, *corrects: str) -> str:
        """Ours and no other ledger's: a rebuild opens a new generation, so no old acknowledgement can answer for it."""
        parts = [self._ledger.installation, self._ledger.generation, incident, entry_hash, backend, part, *corrects]
        return base64.b32encode(hashlib.sha256(canonical(parts).encode()).digest()).decode()[:16].lower()


def _of(span: Span) -> str:
    return f"Entries {span.first} to {span.n}" if span.grouped else f"Entry {span.n}"
