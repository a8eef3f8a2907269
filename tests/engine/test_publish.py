"""The signature of a note: over the published form, with the key that lies outside the database."""

import base64
import hashlib
import hmac
import zlib

from engine.durable.publish import Publisher, Span
from engine.fold import fold
from engine.ledger import Ledger
from engine.memory import MemoryCapabilities, Note
from engine.people import People
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import Shelf
from tests.ledgers import draft, opened


async def signed(ledger: Ledger, incident: int, key: bytes) -> Note:
    state = fold(incident, await ledger.entries(incident))
    shelf = Shelf()
    shelf.capabilities = MemoryCapabilities(form_chars=10_000)
    (note,) = await Publisher(ledger, People(ledger.db), key).notes(state, Span(state.n, state.n), shelf)
    return note


async def test_a_note_is_signed_over_what_it_carries(database_url: DatabaseUrl, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(database_url("sqlite"))
    incident = await opened(ledger)
    entry = (await ledger.append(incident, draft("a"))).entry
    note = await signed(ledger, incident, b"key")
    assert zlib.decompress(base64.b64decode(note.data)) == note.published == entry.published
    assert note.sig == hmac.new(b"key", entry.published, hashlib.sha256).hexdigest()


async def test_another_key_or_another_entry_is_another_signature(
    database_url: DatabaseUrl, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(database_url("sqlite"))
    incident = await opened(ledger)
    await ledger.append(incident, draft("a"))
    first, forged = await signed(ledger, incident, b"key"), await signed(ledger, incident, b"another")
    await ledger.append(incident, draft("b"))
    second = await signed(ledger, incident, b"key")
    assert first.hash == forged.hash, "the hash needs no key: only the signature tells"
    assert len({first.sig, forged.sig, second.sig}) == 3
