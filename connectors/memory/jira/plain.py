"""A document in Jira's format (ADF) as plain text: what we rendered, and what a person wrote in Jira's editor.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure
Pure, and careful: a node that is not known gives what text it holds, and what is no node gives nothing. Formatting is
left out, so that a text is the same whichever way Jira keeps it: it adds ids to nodes and joins or splits texts.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MAX_DEPTH = 40


def text(node: object) -> str:
    """The text, without blank space at the ends of lines."""
    return "\n".join(line.rstrip() for line in _block(node, 0).split("\n")).strip("\n")


def _block(node: object, depth: int) -> str:
    if not isinstance(node, Mapping) or depth > MAX_DEPTH:
        return ""
    match node.get("type"):
        case "bulletList" | "taskList" | "decisionList":
            return "\n".join(_item("- ", child, depth) for child in _children(node))
        case "orderedList":
            first = _attribute(node, "order", 1)
            start = first if isinstance(first, int) else 1
            return "\n".join(_item(f"{start + n}. ", child, depth) for n, child in enumerate(_children(node)))
        case "blockquote":
            return "\n".join(f"> {line}" for line in _stacked(node, depth).split("\n"))
        case "tableRow":
            return " | ".join(_block(cell, depth + 1).replace("\n", " ") for cell in _children(node))
        case "rule":
            return "---"
        case _:
            return _stacked(node, depth) if _holds_blocks(node) else _line(node, depth)


def _item(mark: str, node: object, depth: int) -> str:
    return mark + _block(node, depth + 1).replace("\n", "\n" + " " * len(mark))


def _stacked(node: Mapping[str, Any], depth: int) -> str:
    return "\n".join(_block(child, depth + 1) for child in _children(node))


def _line(node: Mapping[str, Any], depth: int) -> str:
    inside = "".join(_inline(child, depth + 1) for child in _children(node))
    return inside or _leaf(node)


def _inline(node: object, depth: int) -> str:
    if not isinstance(node, Mapping) or depth > MAX_DEPTH:
        return ""
    return _leaf(node) or _line(node, depth)


def _leaf(node: Mapping[str, Any]) -> str:
    match node.get("type"):
        case "text":
            return _linked(node)
        case "hardBreak":
            return "\n"
        case "mention" | "status" | "placeholder":
            return str(_attribute(node, "text", ""))
        case "emoji":
            return str(_attribute(node, "text", "") or _attribute(node, "shortName", ""))
        case "inlineCard" | "blockCard" | "embedCard":
            return str(_attribute(node, "url", ""))
        case "media" | "mediaInline":
            return f"[{_attribute(node, 'alt', '') or 'attachment'}]"
        case "date":
            return _day(_attribute(node, "timestamp", ""))
        case _:
            return ""


def _linked(node: Mapping[str, Any]) -> str:
    said = node.get("text")
    said = said if isinstance(said, str) else ""
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, Mapping) and mark.get("type") == "link":
            address = str(_attribute(mark, "href", ""))
            return said if address in ("", said) else f"{said} ({address})"
    return said


def _day(milliseconds: object) -> str:
    try:
        return f"{datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return ""


def _holds_blocks(node: Mapping[str, Any]) -> bool:
    return any(isinstance(child, Mapping) and str(child.get("type")) in _BLOCKS for child in _children(node))


def _children(node: Mapping[str, Any]) -> list[Any]:
    content = node.get("content")
    return content if isinstance(content, list) else []


def _attribute(node: Mapping[str, Any], name: str, default: object) -> object:
    attributes = node.get("attrs")
    return attributes.get(name, default) if isinstance(attributes, Mapping) else default


_BLOCKS = {
    "paragraph", "heading", "bulletList", "orderedList", "taskList", "decisionList", "listItem", "codeBlock",
    "blockquote", "panel", "expand", "nestedExpand", "rule", "table", "tableRow", "tableCell", "tableHeader",
    "mediaSingle", "mediaGroup", "media", "layoutSection", "layoutColumn", "blockCard", "embedCard", "blockTaskItem",
    "bodiedExtension", "extension",
}  # fmt: skip
