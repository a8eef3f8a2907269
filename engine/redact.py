"""The only exit: a text or a JSON tree becomes `Clean` here, or it does not leave.

Everything that goes outside (a Slack message, a note, a question to a partner, an action's arguments) is `Clean` or
`CleanTree`, and only this file makes them. A pattern that cannot run raises, and nothing leaves: the gate fails closed.
It masks what looks like a secret or a configured personal datum; it does not judge what a text means.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any


class Clean(str):
    """A text that passed the gate."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CleanTree:
    """A JSON tree of which every text passed the gate."""

    value: Any


_NAMES = r"(?:password|passwd|pwd|secret(?:[_-]?key)?|api[_-]?key|access[_-]?(?:token|key)|private[_-]?key)"
_NAME_STARTS = r"(?:(?<![a-z0-9])|(?-i:(?<=[a-z])(?=[A-Z])))"  # `db_password`, `client-secret`, `dbPassword`
_NAME_ENDS = r"(?![a-z0-9_-])"

# Name in the mask, pattern. The last group, where there is one, is what is masked; the rest of the match stays.
# Every text is a stranger's: a pattern must take linear time, so a run of characters is entered at its start only
# (look-behind) and never given back (possessive `++`).
PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "PRIVATE_KEY",
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    ),
    ("SLACK_TOKEN", r"\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{8,}"),
    ("GITHUB_TOKEN", r"\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})"),
    ("AWS_KEY", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("JWT", r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+"),
    ("API_KEY", r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("BEARER", r"(?i)\bbearer\s++([A-Za-z0-9._~+/-]{12,}+=*)"),
    ("BASIC", r"(?i)\bauthorization[\"']?\s*+[=:]\s*+[\"']?basic\s++([A-Za-z0-9+/]{4,}+=*)"),
    ("URL_PASSWORD", r"://[^\s:/@]*+:([^\s/?#]+)@"),
    (
        "PASSWORD",
        rf"(?i){_NAME_STARTS}{_NAMES}{_NAME_ENDS}[\"']?\s*+[=:]\s*+[\"']?([^\s\"'&,;]{{4,}})",
    ),
    ("EMAIL", r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b"),
    ("CARD", r"\b[2-6](?:[ -]?\d){12,18}\b"),  # a leading 1 is a time in milliseconds, no card begins so
)
# What stands under such a name in a tree is a secret, whatever it looks like.
_SECRET_NAME = re.compile(rf"(?i){_NAME_STARTS}(?:{_NAMES}|authorization|cookie){_NAME_ENDS}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def scrub(text: str) -> str:
    """Without NUL and lone surrogates: valid JSON, but PostgreSQL and UTF-8 refuse them."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


class Gate:
    """The redaction gate with the patterns in force: the built-in ones and the configured ones."""

    def __init__(self, extra: Mapping[str, str] | None = None) -> None:
        """`extra` maps a mask's name to a regular expression. Raises `re.error` when one does not compile."""
        pairs = [*((extra or {}).items()), *PATTERNS]
        self._patterns = [(name, re.compile(pattern)) for name, pattern in pairs]

    def clean(self, text: str) -> Clean:
        """The text with every match masked as `[REDACTED:NAME]`."""
        if type(text) is Clean:
            return text
        out = scrub(text)
        for name, pattern in self._patterns:
            out = pattern.sub(partial(_mask, name), out)
        return Clean(out)

    def tree(self, value: Any) -> CleanTree:
        """A JSON tree with every text in it masked, keys included, and whatever stands under a secret's name.

        Raises `TypeError` for anything that JSON does not know: what cannot be judged does not pass.
        """
        return CleanTree(self._walk(value, False))

    def _walk(self, value: Any, secret: bool) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Mapping):
            return self._mapping(value, secret)
        if isinstance(value, list | tuple):
            return [self._walk(item, secret) for item in value]
        if not isinstance(value, str | int | float):
            raise TypeError(f"a {type(value).__name__} cannot pass the redaction gate")
        if secret and value != "":
            return Clean("[REDACTED:PASSWORD]")
        return self.clean(value) if isinstance(value, str) else value

    def _mapping(self, value: Mapping[Any, Any], secret: bool) -> dict[str, Any]:
        out: dict[str, Any] = {}
        seen: dict[str, int] = {}
        for key, item in value.items():
            name = self.clean(str(key))
            seen[name] = seen.get(name, 0) + 1
            kept = name if name not in out else Clean(f"{name} ({seen[name]})")  # two that look alike when masked
            out[kept] = self._walk(item, secret or bool(_SECRET_NAME.search(name)))
        return out


def _mask(name: str, match: re.Match[str]) -> str:
    if name == "CARD" and not _luhn(match.group()):
        return match.group()
    whole = match.group()
    if match.re.groups and match.group(match.re.groups) is not None:
        secret = match.group(match.re.groups)
        if secret.startswith("[REDACTED:"):
            return whole
        start = match.start(match.re.groups) - match.start()
        return f"{whole[:start]}[REDACTED:{name}]{whole[start + len(secret) :]}"
    return f"[REDACTED:{name}]"


def _luhn(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    total = sum(d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0
