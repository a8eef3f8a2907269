"""The last line of every note: which entry it is, in the two forms that backends carry.

    <!-- watchkeeper:1 INC-2041 seq=11 part=1/1 kind=finding op=… hash=… sig=… data=… -->   not shown by the backend
    [watchkeeper INC-2041 #11 finding op:… hash:…]                                          for plain text

Only the last line is read, so that a marker which somebody quotes in the middle of a text is nothing. A marker is not
a proof: whoever reads one back checks the author, and the signature over `data`.
"""

import re
from dataclasses import dataclass

from engine.ports import Note

_WORD_JOINER = "\u2060"  # invisible; it parts the characters that would open or end a comment
_INCIDENT = r"(?P<incident>[A-Z][A-Z0-9]*-\d+)"
_COMMENT = re.compile(
    rf"<!-- watchkeeper:1 {_INCIDENT} seq=(?P<n>\d+) part=\d+/\d+ kind=(?P<kind>[a-z_]+) op=(?P<op>[\w-]+)"
    r" hash=(?P<hash>[\w-]+) sig=(?P<sig>[\w=+/-]*) data=(?P<data>[\w=+/-]*) -->"
)
_LINE = re.compile(
    rf"\[watchkeeper {_INCIDENT} #(?:\d+-)?(?P<n>\d+) (?P<kind>[a-z_]+) op:(?P<op>[\w-]+) hash:(?P<hash>[\w-]+)\]"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """What the last line says. `n` is the last entry of a group; `sig` and `data` are empty in the plain form."""

    incident: str
    n: int
    kind: str
    op: str
    hash: str
    sig: str = ""
    data: str = ""


def html_comment(note: Note) -> str:
    """The marker as one HTML comment, with the entry's published form in it."""
    return (
        f"<!-- watchkeeper:1 {note.incident} seq={note.n} part=1/1 kind={note.kind} op={note.op}"
        f" hash={note.hash} sig={note.sig} data={note.data} -->"
    )


def last_line(note: Note) -> str:
    """The marker for a backend that shows everything: identifiers and hash only."""
    return f"[watchkeeper {note.incident} #{note.n} {note.kind} op:{note.op} hash:{note.hash}]"


def defuse(text: str) -> str:
    """The text without anything that opens or ends a comment or reads as a marker; it looks the same to people."""
    joined = text.replace("<!--", f"<{_WORD_JOINER}!--").replace("-->", f"--{_WORD_JOINER}>")
    return joined.replace("[watchkeeper ", f"[{_WORD_JOINER}watchkeeper ")


def render(note: Note) -> str:
    """The note's text and its marker, as a backend that hides HTML comments takes them."""
    return f"{defuse(note.text).rstrip()}\n{html_comment(note)}"


def read(text: str | None) -> Marker | None:
    """The marker in the last line of `text`, or None."""
    lines = (text or "").rstrip().splitlines()
    if not lines:
        return None
    found = _COMMENT.fullmatch(lines[-1].strip()) or _LINE.fullmatch(lines[-1].strip())
    if found is None:
        return None
    fields = {"sig": "", "data": "", **found.groupdict()}
    return Marker(
        fields["incident"],
        int(fields["n"]),
        fields["kind"],
        fields["op"],
        fields["hash"],
        fields["sig"],
        fields["data"],
    )
