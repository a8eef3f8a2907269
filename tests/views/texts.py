"""What a person reads in a message, as lines: links by their label, entry numbers as N, U+00A0 as a space."""

import json
import re
from pathlib import Path
from typing import Any

STORYBOARD = Path(__file__).parents[2] / ".." / "shared" / "storyboard" / "blocks"


def lines(blocks: list[dict[str, Any]]) -> list[str]:
    """Every line, cell, label and piece of the blocks, in order."""
    return [line for text in _texts(blocks) for line in normal(text).split("\n") if line]


def normal(text: str) -> str:
    """Without what differs from run to run and cannot be seen."""
    text = re.sub(r"<(https?:[^|>]+)\|([^>]+)>", r"\2", text.replace("\u00a0", " "))
    return re.sub(r"\b([Ee])ntr(?:y|ies) \d+(?:, \d+(?![.\d]))*", r"\1ntry N", text)


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in ("mrkdwn", "plain_text", "raw_text", "text"):
        return [value["text"]]
    own = [value["title"]] if isinstance(value.get("title"), str) else []
    skipped = ("confirm", "accessibility_label", "sources")
    return own + [text for key, item in value.items() if key not in skipped for text in _texts(item)]


def storyboard(name: str) -> dict[str, Any]:
    """One message of the storyboard."""
    found: dict[str, Any] = json.loads((STORYBOARD / f"{name}.json").read_text())
    return found
