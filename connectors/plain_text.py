"""A note's Markdown as plain text, for backends that show every character: no stars, no ticks, no backslashes.

The four paragraphs become `Context: …`; a link becomes its label with the address behind it. What people see stays.
"""

import re

from connectors.answer import tamed

_PARAGRAPH = re.compile(r"^\*\*(Context|Evidence|Action|Next)\*\* ", re.MULTILINE)
_MARK = re.compile(
    r"\\(?P<escaped>[\\*\[\]|~_])"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\[(?P<label>(?:\\.|[^\[\]\\\n])*)\]\((?P<url>https?://[^\s()]+)\)"
    r"|(?P<less>&lt;)"
    r"|\*\*|~~"
)


def from_markdown(text: str) -> str:
    """What a reader of the Markdown sees, without control and direction characters."""
    return tamed(_MARK.sub(_seen, _PARAGRAPH.sub(r"\1: ", text)), max(len(text), 1))


def _seen(mark: re.Match[str]) -> str:
    if mark["url"]:
        return f"{_MARK.sub(_seen, mark['label'])} ({mark['url']})"
    if mark["less"]:
        return "<"
    return mark["escaped"] or mark["code"] or ""
