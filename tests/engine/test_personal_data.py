"""What is published names nobody by the chat's own ids: people are pseudonyms, and approvers are in the catalogue."""

import base64
import zlib

from engine.durable.publish import Publisher
from engine.fold import fold
from engine.model import Kind
from tests.engine.conftest import TwoOffices
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
    notes = [await publisher.note(fold(incident, entries[:n]), "shelf") for n in range(1, len(entries) + 1)]
    said = b"".join(e.published for e in entries)
    said += b"".join(n.text.encode() + zlib.decompress(base64.b64decode(n.data)) for n in notes)
    assert entries[0].kind == Kind.PROPOSED
    assert [person.ref for person in (PRIYA, MAYA, TOM) if person.user_id.encode() in said] == []
