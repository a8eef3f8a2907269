"""What stands in an incident's files, in our words. The JSON lines are read: they are what counts."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from connectors.memory.files.document import Document
from engine.memory import Hit, Marker, Remark, Ticket
from engine.words import one_line

BODY = "body"


def remark(entry: Mapping[str, Any], incident: str) -> Remark:
    """One line of an incident's file; the first entry is the body."""
    n = int(entry["seq"])
    form = str(entry["published"]).encode()
    return Remark(
        id=BODY if n == 1 else str(n),
        author="watchkeeper",
        author_name="Watchkeeper",
        ours=True,
        text=str(entry["text"]),
        at=datetime.fromisoformat(entry["at"]),
        marker=Marker(
            incident=incident,
            n=n,
            kind=str(entry["kind"]),
            op=str(entry["op"]),
            hash=str(entry["hash"]),
            sig=str(entry["sig"]),
            data=base64.b64encode(zlib.compress(form, 9)).decode(),
        ),
    )


def hit(ticket: Ticket, document: Document, words: Sequence[str]) -> Hit | None:
    """The incident, if all words stand in its title or its entries."""
    title, closed = document.header()
    entries = document.entries()
    text = "\n".join([title, *(str(entry["text"]) for entry in entries)]).lower()
    if not entries or not all(word in text for word in words):
        return None
    incident = PurePath(ticket.id).stem
    first = remark(entries[0], incident)
    return Hit(ticket, title, incident, closed, first.at, one_line(first.text)[:300])
