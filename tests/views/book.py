"""Writes entries as the ledger publishes them, at times that a test chooses, and folds them."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from engine.fold import fold
from engine.incident import State
from engine.model import CRITICAL, Entry, Kind, Noun
from engine.published import GENESIS, canonical, entry_of


def utc(text: str) -> datetime:
    """`02:07:04` of 24 Nov 2026, or `25 14:32:10`."""
    day, _, clock = text.rpartition(" ")
    hour, minute, second = map(int, clock.split(":"))
    return datetime(2026, 11, int(day or 24), hour, minute, second, tzinfo=UTC)


class Book:
    """The entries of one incident."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.entries: list[Entry] = []

    def add(
        self,
        at: str,
        kind: Kind | str,
        payload: Noun | dict[str, Any],
        actor: str = "responder",
        cause: int | None = None,
        **extra: Any,
    ) -> Entry:
        """Append one entry; `extra` joins the payload."""
        body = {**(payload.to_json() if isinstance(payload, Noun) else payload), **extra}
        n = len(self.entries) + 1
        form = {
            "v": 1,
            "generation": 1,
            "incident": f"INC-{self.number}",
            "n": n,
            "key": f"{kind}/{n}",
            "kind": str(kind),
            "critical": kind in CRITICAL,
            "at": utc(at).isoformat(timespec="microseconds"),
            "actor": actor,
            "cause": cause,
            "payload": body,
            "prev": self.entries[-1].hash if self.entries else GENESIS,
        }
        published = canonical(form).encode()
        self.entries.append(entry_of(published, hashlib.sha256(published).hexdigest(), "nonce"))
        return self.entries[-1]

    def state(self, n: int | None = None) -> State:
        """The incident as it was after entry `n`, by default now."""
        return fold(self.number, self.entries[:n])
