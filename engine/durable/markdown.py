"""Text from outside inside a ticket's Markdown: it shows, and it can neither ping, link, format nor forge a marker.

https://github.github.com/gfm/ is the strictest reader of ours; what is harmless there is harmless in the other records.
"""

import re
import unicodedata

_JOINER = "\u2060"  # invisible; it parts characters that would mean something together
_CODE = re.compile(r"(?<![\w`])`([^`]+)`(?![\w`])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_SPECIAL = re.compile(r"[\\*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_REFERENCE = re.compile(r"(?<=[@#])(?=[A-Za-z0-9])|(?<=[Gg][Hh]-)(?=\d)|(?<=:)(?=//)|(?<=[wW]{3})(?=\.)")
_ADDRESS = re.compile(r"[()`\[\]|*_~@!]")
_EMOJI_NAME = re.compile(r"(?<=:)(?=[a-z0-9_+-]*[a-z][a-z0-9_+-]*:)")


def one_line(text: str, most: int = 600) -> str:
    """One line without control and direction characters, cut with `…`."""
    joined = re.sub(r"[^\S\u00a0]+", " ", text[: most * 4])
    seen = "".join(
        c for c in joined if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") or c == "\u200d"
    ).strip()
    return seen if len(seen) <= most else seen[: most - 1].rstrip() + "…"


def outside(text: str, most: int = 600) -> str:
    """One harmless line; a pair of backticks keeps its meaning, code."""
    pieces = _CODE.split(one_line(text, most))
    return "".join(_code(piece) if i % 2 else _calm(piece) for i, piece in enumerate(pieces))


def code(text: object, most: int = 200) -> str:
    """A name that a machine knows, in code font."""
    return _code(one_line(str(text), most).replace("`", "'")) if str(text).strip() else "–"


def said(text: str, most: int = 1000) -> str:
    """Somebody's words inside a sentence."""
    return f"“{outside(text, most)}”"


def link(url: str, label: str) -> str:
    """A link whose label is from outside; the label alone where the address is none that a browser opens."""
    text = _calm(one_line(label.replace("`", ""), 120))
    if not re.fullmatch(r"https?://[^\s\x00-\x1f<>]{1,2000}", url):
        return text
    address = _ADDRESS.sub(lambda match: f"%{ord(match.group()):02X}", url)
    return f"[{text}]({address})"


def _code(text: str) -> str:
    for opening in ("<!--", "[watch"):
        text = text.replace(opening, f"{opening[0]}{_JOINER}{opening[1:]}")
    return f"`{text}`"


def _calm(text: str) -> str:
    escaped = _SPECIAL.sub(lambda match: f"\\{match.group()}", text.replace("`", "'"))
    escaped = _TAG.sub("&lt;", escaped).replace("-->", f"--{_JOINER}>")
    return _EMOJI_NAME.sub(_JOINER, _REFERENCE.sub(_JOINER, escaped))
