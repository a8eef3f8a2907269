"""The last line of every note: which entry it is, in the two forms that backends carry.

    <!-- watchkeeper:1 INC-2041 seq=11 part=1/1 kind=finding op=… hash=… sig=… data=… -->   not shown by the backend
    [watchkeeper INC-2041 #11 finding op:… hash:…]                                          for plain text

A group of entries has `seq=1-11`, and `#1-11`; a part of a long one `part=2/3`, and `#11 2/3`.

Only the last line is read, so that a marker which somebody quotes in the middle of a text is nothing. A marker is not
a proof: whoever reads one back checks the author, and the signature over `data`.
"""

import re

from engine.memory import Marker, Note

_WORD_JOINER = "\u2060"  # invisible; it parts the characters that would open or end a comment
_INCIDENT = r"(?P<incident>[A-Z][A-Z0-9]*-\d+)"
_NUMBERS = r"(?:(?P<first>\d+)-)?(?P<n>\d+)"
_PARTS = r"(?P<part>\d+)/(?P<parts>\d+)"
_COMMENT = re.compile(
    rf"<!-- watchkeeper:1 {_INCIDENT} seq={_NUMBERS} part={_PARTS} kind=(?P<kind>[a-z_]+) op=(?P<op>[\w-]+)"
    r" hash=(?P<hash>[\w-]+) sig=(?P<sig>[\w=+/-]*) data=(?P<data>[\w=+/-]*) -->"
)
_LINE = re.compile(
    rf"\[watchkeeper {_INCIDENT} #{_NUMBERS}(?: {_PARTS})? (?P<kind>[a-z_]+) op:(?P<op>[\w-]+) hash:(?P<hash>[\w-]+)\]"
)


def html_comment(note: Note) -> str:
    """The marker as one HTML comment, with the entry's published form in it."""
    return (
        f"<!-- watchkeeper:1 {note.incident} seq={_numbers(note)} part={note.part}/{note.parts} kind={note.kind}"
        f" op={note.op}"
        f" hash={note.hash} sig={note.sig} data={note.data} -->"
    )


def last_line(note: Note) -> str:
    """The marker for a backend that shows everything: identifiers and hash only."""
    part = f" {note.part}/{note.parts}" if note.parts > 1 else ""
    return f"[watchkeeper {note.incident} #{_numbers(note)}{part} {note.kind} op:{note.op} hash:{note.hash}]"


def _numbers(note: Note) -> str:
    return f"{note.first}-{note.n}" if note.first else str(note.n)


def defuse(text: str) -> str:
    """The text without anything that opens or ends a comment or reads as a marker; it looks the same to people."""
    joined = text.replace("<!--", f"<{_WORD_JOINER}!--").replace("-->", f"--{_WORD_JOINER}>")
    return joined.replace("[watchkeeper ", f"[{_WORD_JOINER}watchkeeper ")


def render(note: Note) -> str:
    """The note's text and its marker, as a backend that hides HTML comments takes them."""
    return f"{plain(note.text)}\n{html_comment(note)}"


def plain(text: str) -> str:
    """The text of a note as it stands above its marker: `defuse`d, without blank space at its end."""
    return defuse(text).rstrip()


def read(text: str | None) -> Marker | None:
    """The marker in the last line of `text`, or None."""
    lines = (text or "").rstrip().splitlines()
    found = lines and (_COMMENT.fullmatch(lines[-1].strip()) or _LINE.fullmatch(lines[-1].strip()))
    if not found:
        return None
    said = {"sig": "", "data": "", **found.groupdict()}
    return Marker(
        incident=said["incident"],
        n=int(said["n"]),
        kind=said["kind"],
        op=said["op"],
        hash=said["hash"],
        sig=said["sig"],
        data=said["data"],
        first=int(said["first"] or 0),
        part=int(said["part"] or 1),
        parts=int(said["parts"] or 1),
    )


def parted(text: str | None) -> tuple[str, Marker | None]:
    """The text above the marker, and the marker; the whole text where its last line is none."""
    marker = read(text)
    if marker is None:
        return text or "", None
    return (text or "").rstrip().rpartition("\n")[0].rstrip(), marker
