"""What a target's JSON says of an action: state, progress, result. The text in it is data and is capped."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from connectors.answer import tamed
from engine.model import Outcome, Scalar

Status = Literal["running", "succeeded", "failed"]
# What APIs call the three states. Any other word is an answer that cannot be read.
STATUS_WORDS: Mapping[str, Status] = {
    **dict.fromkeys(("running", "accepted", "queued", "pending", "started", "in_progress"), "running"),
    **dict.fromkeys(("succeeded", "success", "successful", "completed", "done", "ok"), "succeeded"),
    **dict.fromkeys(("failed", "failure", "error", "cancelled", "canceled"), "failed"),
}


def outcome(document: Any, default: Status | None) -> Outcome:
    """The outcome in `{"status", "run", "message", "link", …}`; without a `status` it is `default`.

    Raises `ValueError` when the answer is no object or names a status that is not known.
    """
    if not isinstance(document, Mapping):
        raise ValueError("JSON that is no object")  # noqa: TRY004  the answer is wrong, not our call
    word = document.get("status", default)
    status = STATUS_WORDS.get(word.lower()) if isinstance(word, str) else None
    if status is None:
        raise ValueError(f"a status that is not known: {tamed(str(word), 60)}")
    link = document.get("link") or document.get("url") or ""
    return Outcome(
        status=status,
        says=tamed(str(document.get("message") or ""), 1_000),
        run=tamed(str(document.get("run") or ""), 100),
        link=link if isinstance(link, str) and link.startswith(("http://", "https://")) else "",
        facts={
            tamed(key, 100): scalar(value)
            for key, value in list(document.items())[:50]
            if value is None or isinstance(value, str | int | float | bool)
        },
    )


def value_at(document: Any, path: str) -> Any:
    """The value at a dotted path, in which a number counts in a list; None where there is none."""
    for part in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def scalar(value: Any) -> Scalar:
    """The value as a flat fact; a tree becomes its JSON, capped."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return tamed(value if isinstance(value, str) else json.dumps(value), 300)
