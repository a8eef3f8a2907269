"""Documents in Jira's format (ADF), as far as the stand-in looks into them: is it one, how long, what does it say.

Jira checks a document against its schema and answers INVALID_INPUT; here only the shape of its nodes is checked, the
schema itself is a test's. Which characters Jira counts it does not say; here each of the JSON counts, in UTF-16.
"""

import json
from typing import Any

from playground.vendors.jira.errors import invalid
from playground.vendors.jira.model import Json

LONGEST = 32_767


def checked(document: Any) -> Json:
    """The document, if Jira would take it; Refusal 400."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        raise invalid("INVALID_INPUT")
    if not isinstance(document.get("content"), list) or not all(_is_node(node) for node in document["content"]):
        raise invalid("INVALID_INPUT")
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode("utf-16-le")) // 2 > LONGEST:
        raise invalid("CONTENT_LIMIT_EXCEEDED")
    return document


def typed(text: str) -> Json:
    """What Jira's editor makes of lines that a person types."""
    lines = text.split("\n")
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in lines]
    return {"type": "doc", "version": 1, "content": content}


def words(node: Any) -> str:
    """Every text in a document, for the search and the page."""
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    between = "\n" if node.get("type") in ("doc", "bulletList", "orderedList", "listItem") else ""
    inside = between.join(words(child) for child in node.get("content") or [])
    return inside or ("\n" if node.get("type") == "hardBreak" else "")


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and node["text"] != ""
    return all(_is_node(child) for child in node.get("content") or [])
