"""The marker as a property of an issue or a comment, which Jira does not show; it holds the entry's published form.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comment-properties · a value ends at 32,768
bytes. Whoever may edit a comment may set its properties, so a marker counts where the author is our account.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.memory import Marker, Note

KEY = "watchkeeper"
MAX_VALUE = 32_768
MAX_FORM = 31_000  # of a value; what is left is for the rest of the marker
_WORD = re.compile(r"[\w-]{1,200}")
_CODED = re.compile(r"[\w=+/-]*")
_INCIDENT = re.compile(r"[A-Z][A-Z0-9]*-\d+")


def value(note: Note) -> dict[str, Any]:
    """What a property carries for the note."""
    return {
        "v": 1,
        "incident": note.incident,
        "seq": note.n,
        "first": note.first,
        "part": note.part,
        "parts": note.parts,
        "kind": note.kind,
        "op": note.op,
        "hash": note.hash,
        "sig": note.sig,
        "data": note.data,
    }


def size(value: Mapping[str, Any]) -> int:
    """Bytes of the value as it is sent."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def read(value: object) -> Marker | None:
    """The marker that a value holds; None for what we never write."""
    if not isinstance(value, Mapping) or value.get("v") != 1:
        return None
    numbers = [value.get(name) for name in ("seq", "first", "part", "parts")]
    words = [value.get(name) for name in ("kind", "op", "hash")]
    incident, sig, data = (value.get(name) for name in ("incident", "sig", "data"))
    if not all(type(number) is int and number >= 0 for number in numbers):
        return None
    if not all(isinstance(word, str) and _WORD.fullmatch(word) for word in words):
        return None
    if not all(isinstance(text, str) and _CODED.fullmatch(text) for text in (sig, data)):
        return None
    if not isinstance(incident, str) or not _INCIDENT.fullmatch(incident):
        return None
    return Marker(
        incident=incident,
        n=value["seq"],
        kind=value["kind"],
        op=value["op"],
        hash=value["hash"],
        sig=value["sig"],
        data=value["data"],
        first=value["first"],
        part=value["part"],
        parts=value["parts"],
    )


def of(properties: object) -> Marker | None:
    """The marker among the properties of a comment (a list) or of an issue (an object)."""
    if isinstance(properties, Mapping):
        return read(properties.get(KEY))
    if isinstance(properties, list):
        return next(
            (read(one.get("value")) for one in properties if isinstance(one, Mapping) and one.get("key") == KEY), None
        )
    return None
