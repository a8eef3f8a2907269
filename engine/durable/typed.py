"""The first words of a comment: a command with its number, or only something that somebody says. Pure.

What a comment quotes, its markup and whom it addresses are no words of it.
"""

import re
from dataclasses import dataclass

COMMANDS = ("approve", "veto", "correct", "note")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_QUOTE = re.compile(r"^[ \t]*(?:>|bq\.).*$\n?", re.MULTILINE)
_ADDRESSED = re.compile(r"(?:@\[[^\]\n]+\]|\[~[^\]\n]+\]|@[\w.-]+)[\s:,]*")
_MARKUP = "*_`~#-+ \t\r\n\u00a0"
_NUMBER = re.compile(r"(?:entry\s+)?#?(?:INC-)?(?:(\d{1,9})/)?(\d{1,9})\b(?![\w.]*\w)", re.IGNORECASE)
_AROUND = "*_`~ \t\r\u00a0"


@dataclass(frozen=True, slots=True)
class Typed:
    """`word` is one of `COMMANDS` or empty; `incident` where the number was whole; `says` is all that follows."""

    word: str
    incident: int | None
    entry: int | None
    says: str


def typed(text: str) -> Typed:
    """What a comment says."""
    own = _QUOTE.sub("", _COMMENT.sub("", text)).lstrip(_MARKUP)
    while addressed := _ADDRESSED.match(own):
        own = own[addressed.end() :].lstrip(_MARKUP)
    first = re.match(r"[A-Za-z]+", own)
    word = first.group().lower() if first else ""
    if first is None or word not in COMMANDS or re.match(r"['’\w]", own[first.end() :]):
        return Typed("", None, None, own.strip())
    rest = own[first.end() :].lstrip(_AROUND + ":,.!")
    number = _NUMBER.match(rest) if word != "note" else None
    if number is None:
        return Typed(word, None, None, rest.strip(_AROUND + "\n"))
    incident = int(number.group(1)) if number.group(1) else None
    says = rest[number.end() :].lstrip(_AROUND + ":,\n").strip()
    if word == "approve" and says.startswith("?"):
        return Typed(word, None, None, rest.strip())  # a question is no approval
    return Typed(word, incident, int(number.group(2)), says)
