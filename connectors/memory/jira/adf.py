"""Our small Markdown as a document in Jira's format (ADF): bold, code, links, strike, lists, fences, line breaks.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure
Pure. What is none of these stays text as it is written; nothing in a text can become a mention, a card or a heading.
Jira counts 32,767 characters and does not say of what: here the whole document counts, in UTF-16, as it is sent.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.answer import tamed

Node = dict[str, Any]
MAX_DOCUMENT = 32_767
# A text of this length fits as plain code whatever it contains: each character takes two at most there.
MAX_TEXT = 16_000

_FENCE = re.compile(r"```([\w+-]*)\s*")
_BULLET = re.compile(r"[-*] +(?=\S)")
_NUMBER = re.compile(r"(\d{1,9})[.)] +(?=\S)")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_INLINE = re.compile(
    r"""\\(?P<escaped>[\\*\[\]|~_`])
    | (?<!`)(?P<ticks>`+)(?!`)(?P<code>[^\n]+?)(?<!`)(?P=ticks)(?!`)
    | \[(?P<label>(?:\\.|[^\[\]\\\n])+)\]\((?P<url>https?://[^\s()<>]+)\)
    | \*\*(?P<strong>(?:\\.|[^\\*\n]|\*(?!\*))+)\*\*
    | ~~(?P<strike>(?:\\.|[^\\~\n]|~(?!~))+)~~
    | (?P<entity>&(?:lt|gt|amp);)""",
    re.VERBOSE,
)


def document(text: str) -> Node:
    """The text as ADF; one that would be too large with its formatting becomes one block of code."""
    clean = tamed(text, max(len(text), 1))
    formatted = _doc(_blocks(clean.split("\n")))
    return formatted if size(formatted) <= MAX_DOCUMENT else _doc([_code_block(clean, "")])


def size(node: Node) -> int:
    """Its length as it is counted: UTF-16 units of the JSON that is sent."""
    return len(json.dumps(node, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le")) // 2


def _doc(content: Iterable[Node]) -> Node:
    return {"type": "doc", "version": 1, "content": list(content) or [_paragraph("")]}


def _blocks(lines: list[str]) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := _FENCE.fullmatch(line):
            end = next((i for i in range(at + 1, len(lines)) if lines[i].rstrip() == "```"), len(lines))
            yield _code_block("\n".join(lines[at + 1 : end]), fence[1])
            at = end + 1
        elif _BULLET.match(line) or _NUMBER.match(line):
            marker = _BULLET if _BULLET.match(line) else _NUMBER
            end = next((i for i in range(at, len(lines)) if not marker.match(lines[i])), len(lines))
            yield _list(lines[at:end], marker)
            at = end
        else:
            end = next((i for i in range(at, len(lines)) if i > at and _begins(lines[i])), len(lines))
            if said := "\n".join(lines[at:end]).strip("\n"):
                yield _paragraph(said)
            at = end


def _begins(line: str) -> bool:
    return not line.strip() or any(form.match(line) for form in (_BULLET, _NUMBER)) or bool(_FENCE.fullmatch(line))


def _paragraph(text: str) -> Node:
    return {"type": "paragraph", "content": list(_merged(_inline(text, ())))}


def _list(lines: list[str], marker: re.Pattern[str]) -> Node:
    items = [{"type": "listItem", "content": [_paragraph(marker.sub("", line, count=1))]} for line in lines]
    if marker is _BULLET:
        return {"type": "bulletList", "content": items}
    first = _NUMBER.match(lines[0])
    return {"type": "orderedList", "attrs": {"order": int(first[1]) if first else 1}, "content": items}


def _code_block(text: str, language: str) -> Node:
    attrs = {"attrs": {"language": language}} if language else {}
    return {"type": "codeBlock", **attrs, "content": [{"type": "text", "text": text}] if text else []}


def _inline(text: str, marks: tuple[Node, ...]) -> Iterator[Node]:
    at = 0
    for found in _INLINE.finditer(text):
        yield from _text(text[at : found.start()], marks)
        yield from _formatted(found, marks)
        at = found.end()
    yield from _text(text[at:], marks)


def _formatted(found: re.Match[str], marks: tuple[Node, ...]) -> Iterator[Node]:
    said = found[found.lastgroup or 0]
    match found.lastgroup:
        case "code":  # which may be a link as well, and nothing else
            yield from _text(said, (*(mark for mark in marks if mark["type"] == "link"), {"type": "code"}))
        case "url":
            link = {"type": "link", "attrs": {"href": said}}
            yield from _inline(found["label"], (*marks, link))
        case "strong" | "strike" as kind:
            yield from _inline(said, (*marks, {"type": kind}))  # which cannot hold another of its kind
        case "entity":
            yield from _text(_ENTITIES[said], marks)
        case _:
            yield from _text(said, marks)


def _text(text: str, marks: tuple[Node, ...]) -> Iterator[Node]:
    for n, line in enumerate(text.split("\n")):
        if n:
            yield {"type": "hardBreak"}
        if line:
            yield {"type": "text", "text": line, **({"marks": list(marks)} if marks else {})}


def _merged(nodes: Iterable[Node]) -> Iterator[Node]:
    last: Node | None = None
    for node in nodes:
        if last and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            last = {**last, "text": last["text"] + node["text"]}
            continue
        if last:
            yield last
        last = node
    if last:
        yield last
