"""What a partner answered, tamed: a `Finding` of capped, printable text and flat facts, or a refusal with its reason.

The answer is untrusted: it is read as data and nothing in it is followed. Whether it is true is not judged here.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import Permanent
from engine.model import Finding, Link, Scalar, Window
from engine.words import moment

MAX_SAYS, MAX_FACTS, MAX_FACT, MAX_EXAMPLES, MAX_EXAMPLE, MAX_LINKS = 40_000, 50, 300, 200, 500, 5
# Everything that a terminal, a chat or a reader's eye could take for more than text, but tab and line feed: C0 and C1
# controls, surrogates, and the marks that turn the direction of writing or hide characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


class _Declared(BaseModel):
    """The form that a partner declares; what else it sends is ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    says: str = Field(min_length=1)
    short: str | None = None
    facts: dict[str, Any] | None = None
    window: dict[str, Any] | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    links: list[Any] | None = None
    examples: list[Any] | None = None


def tamed(text: str, limit: int) -> str:
    """The text without control characters, cut with "…"."""
    clean = _UNPRINTABLE.sub("", text[: limit * 4].replace("\r\n", "\n").replace("\r", "\n")).strip()
    return clean if len(clean) <= limit else f"{clean[: limit - 1].rstrip()}…"


def from_text(source: str, text: str) -> Finding:
    """A free answer: all of it is what the partner says. Raises `Permanent` when it says nothing."""
    says = tamed(text, MAX_SAYS)
    if not says:
        raise Permanent(f"{source} answered in a form that it does not declare: the answer is empty")
    return Finding(source=source, says=says)


def from_structure(source: str, answer: Mapping[str, Any]) -> Finding:
    """A declared answer: `says`, and where given `short`, `facts`, `window`, `confidence`, `links`, `examples`.

    `window` is `{from, to}` or `{since, until}`, ISO 8601; `links` are `{text, url}`. Raises `Permanent` when a part
    has another type; parts that are only too many or too long are cut.
    """
    try:
        declared = _Declared.model_validate(dict(answer))
    except ValidationError as err:
        first = err.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Permanent(
            f"{source} answered in a form that it does not declare: {field}: {first['msg'].lower()}"
        ) from err
    says = tamed(declared.says, MAX_SAYS)
    if not says:
        raise Permanent(f"{source} answered in a form that it does not declare: says: it is empty")
    examples = [tamed(_text(example), MAX_EXAMPLE) for example in (declared.examples or [])[:MAX_EXAMPLES]]
    return Finding(
        source=source,
        says=says,
        short=tamed(declared.short or "", MAX_FACT),
        facts=_facts(declared.facts or {}),
        window=_window(declared.window or {}),
        confidence=declared.confidence,
        links=_links(declared.links or []),
        examples=tuple(example for example in examples if example),
    )


def _facts(facts: Mapping[str, Any]) -> dict[str, Scalar]:
    kept: dict[str, Scalar] = {}
    for key, value in facts.items():
        if len(kept) == MAX_FACTS:
            break
        if name := tamed(key, 100):
            kept[name] = _fact(value)
    return kept


def _fact(value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        # Beyond 64 bits a number is an identifier; databases and JSON readers would round it.
        return value if abs(value) < 2**63 else str(value)[:MAX_FACT]
    return tamed(_text(value), MAX_FACT)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _window(window: Mapping[str, Any]) -> Window | None:
    since, until = moment(window.get("from") or window.get("since")), moment(window.get("to") or window.get("until"))
    return Window(since=since, until=until) if since and until and since <= until else None


def _links(links: Sequence[Any]) -> tuple[Link, ...]:
    kept = []
    for link in links:
        url = link.get("url") if isinstance(link, Mapping) else link
        if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s<>\"'|\\^`{}]{3,1900}", url):
            continue
        words = link.get("text") if isinstance(link, Mapping) else ""
        kept.append(Link(text=tamed(words, 80) if isinstance(words, str) and words.strip() else "link", url=url))
        if len(kept) == MAX_LINKS:
            break
    return tuple(kept)
