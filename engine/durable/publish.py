"""An entry becomes a note for one backend: words for people, and the signed published form for a rebuild.

Deterministic: the same entry is always the same note, so what was rendered need not be kept until it is acknowledged.
The signature's key lies outside the database: a chain of hashes is no signature, and anybody may comment in a ticket.
"""

import base64
import hashlib
import hmac
import secrets
import zlib
from pathlib import Path

from engine.durable.notes import note_text
from engine.incident import State
from engine.ledger import Ledger
from engine.memory import Note
from engine.people import People
from engine.published import canonical


def record_key(path: Path) -> bytes:
    """The key that signs markers, made on the first start with mode 0600. Blocking."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


class Publisher:
    """Renders notes."""

    def __init__(self, ledger: Ledger, people: People, key: bytes) -> None:
        self._ledger = ledger
        self._people = people
        self._key = key

    async def note(self, state: State, backend: str) -> Note:
        """The note of the last entry in `state`."""
        entry = state.entries[-1]
        actors = [e.actor for e in state.entries]
        names = {actor: person.name for actor, person in (await self._people.known(actors)).items()}
        data = base64.b64encode(zlib.compress(entry.published, 9)).decode()
        return Note(
            incident=state.label,
            n=entry.n,
            kind=entry.kind,
            op=self._operation(state.label, entry.hash, backend),
            hash=entry.hash,
            sig=hmac.new(self._key, entry.published, hashlib.sha256).hexdigest(),
            data=data,
            text=self._ledger.gate.clean(note_text(state, entry, names)),
            at=entry.at,
            published=entry.published,
        )

    def _operation(self, incident: str, entry_hash: str, backend: str) -> str:
        """Ours and no other ledger's: a rebuild opens a new generation, so no old acknowledgement can answer for it."""
        parts = [self._ledger.installation, self._ledger.generation, incident, entry_hash, backend, 1]
        return base64.b32encode(hashlib.sha256(canonical(parts).encode()).digest()).decode()[:16].lower()
