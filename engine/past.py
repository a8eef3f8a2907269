"""What is told of incidents of before, wherever it was found. Nothing here looks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Override:
    """What people did not let happen, in their words. `by` is a name, or a pseudonym whose name is gone."""

    action: str
    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One incident of before. `where`: where it was found; `outcome` empty while it is open."""

    name: str
    title: str
    at: datetime
    where: tuple[str, ...]
    service: str = ""
    seconds: float | None = None
    tried: tuple[str, ...] = ()
    outcome: str = ""
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was found, newest first, each incident once. `failed`: backend → why it said nothing."""

    pasts: tuple[Past, ...]
    asked: tuple[str, ...]
    failed: Mapping[str, str]
    ledger_seconds: float
    backends_seconds: float | None = None
