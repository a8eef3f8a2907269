"""What is published names nobody by the chat's own ids: people are pseudonyms, and approvers are in the catalogue."""

import base64
import zlib

from engine.durable.publish import Publisher, Span
from engine.fold import fold
from engine.memory import MemoryCapabilities
from engine.model import Kind
from tests.engine.conftest import TwoOffices
from tests.engine.shelf import Shelf
from tests.engine.stage import MAYA, PRIYA, TOM


async def test_no_id_of_a_person_is_in_an_entry_or_a_note(two_offices: TwoOffices) -> None:
    office, _ = await two_offices("lookup")
    incident = await office.opened()
    requester = await office.desk.people.pseudonym(TOM)
    proposal = await office.proposed(incident, requester=requester)
    await office.says(incident, proposal, PRIYA, surface="reaction", event=f"{PRIYA.user_id}/1")
    await office.says(incident, proposal, MAYA, kind=Kind.VETO, reason="not now")
    entries = await office.ledger.entries(incident)
    publisher = Publisher(office.ledger, office.desk.people, b"key")
    shelf = Shelf()
    shelf.capabilities = MemoryCapabilities(form_chars=100_000)
    state = fold(incident, entries)
    whole = Span(1, len(entries), "Shelf was behind")
    notes = [
        note
        for span in (*(Span(n, n) for n in range(1, len(entries) + 1)), whole)
        for note in await publisher.notes(state, span, shelf)
    ]
    said = b"".join(e.published for e in entries)
    said += b"".join(n.text.encode() + zlib.decompress(base64.b64decode(n.data)) for n in notes)
    assert entries[0].kind == Kind.PROPOSED
    assert [person.ref for person in (PRIYA, MAYA, TOM) if person.user_id.encode() in said] == []
