"""The published form of an entry: the bytes that the chain hashes and every record carries; and how to check them.

It is computed once, at append, and kept as bytes; nothing here serialises an entry a second time to compare it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.model import Entry

FORMAT = 1  # of the published form; `verify` reads every older one
GENESIS = "0" * 64
SYSTEM = 0  # the number of the incident that holds what concerns every incident: halts and resumes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The inverse of `micros`."""
    return EPOCH + timedelta(microseconds=value)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value is always the same text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def label(incident: int) -> str:
    """`INC-2041`."""
    return f"INC-{incident}"


def entry_of(published: bytes, hash_: str, nonce: str) -> Entry:
    """An entry from its published form. Raises `ValueError`, `KeyError` or `TypeError` when that is not one."""
    form = json.loads(published)
    return Entry(
        incident=int(form["incident"].removeprefix("INC-")),
        n=form["n"],
        key=form["key"],
        kind=form["kind"],
        at=datetime.fromisoformat(form["at"]),
        actor=form["actor"],
        cause=form["cause"],
        payload=form["payload"],
        nonce=nonce,
        published=published,
        hash=hash_,
        prev=form["prev"],
    )


def broken(entries: Sequence[Entry]) -> str:
    """What is wrong with one incident's chain, or an empty string. Reads the published bytes only.

    A chain that was cut at its end is whole in itself: `tampered` compares it with the incident's row as well.
    """
    prev = GENESIS
    for i, entry in enumerate(entries, 1):
        if hashlib.sha256(entry.published).hexdigest() != entry.hash:
            return f"entry {i} was altered"
        if entry.n != i:
            return f"entry {i} is missing"
        if entry.prev != prev or entry.incident != entries[0].incident:
            return f"entry {i} does not follow entry {i - 1}"
        prev = entry.hash
    return ""


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of the table `entry` as it lies there, `at` in microseconds since 1970."""

    n: int
    key: str
    kind: str
    at: int
    hash: str
    published: bytes | str  # text where somebody put text there


def tampered(incident: int, n: int, head: str, rows: Sequence[Stored]) -> str:
    """What is wrong with the rows of one incident that should have `n` entries ending in the hash `head`, or "".

    Beyond `broken`: bytes that are no entry at all, a chain of another incident, columns that say other things than the
    published form does, a chain that was cut at its end or rewritten as a whole.
    """
    entries = []
    for row in rows:
        if isinstance(row.published, str):
            return f"entry {row.n} was altered"
        try:
            entries.append(entry_of(row.published, row.hash, ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return f"entry {row.n} was altered"
    if problem := broken(entries):
        return problem
    for row, entry in zip(rows, entries, strict=True):
        if (entry.incident, entry.n) != (incident, row.n):
            return f"entry {row.n} belongs elsewhere: it says {label(entry.incident)}, entry {entry.n}"
        if (entry.key, entry.kind, micros(entry.at)) != (row.key, row.kind, row.at):
            return f"entry {row.n} was altered in its row"
    if len(entries) != n:
        return f"entry {len(entries) + 1} is missing" if len(entries) < n else f"entry {n + 1} is not accounted for"
    return "" if not entries or entries[-1].hash == head else f"entry {n} is not the one that was written"
