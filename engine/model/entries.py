"""Entries and their kinds, who owns an incident, and who a person is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is, worst first."""

    SEV1 = "SEV1"
    SEV2 = "SEV2"
    SEV3 = "SEV3"
    SEV4 = "SEV4"

    @property
    def words(self) -> str:
        """The number and the word, as people read it: `SEV2 major`."""
        return f"{self.value} { {'SEV1': 'critical', 'SEV2': 'major', 'SEV3': 'minor', 'SEV4': 'notice'}[self.value] }"


class Kind(StrEnum):
    """The kinds of entries. A reader that does not know a kind ignores it, unless the entry says `critical`."""

    ALERT = "alert"
    RECURRED = "recurred"
    ALERT_RESOLVED = "alert_resolved"
    REOPENED = "reopened"
    TRIAGE = "triage"
    PLAN = "plan"
    HELD = "held"
    ASKED = "asked"
    FINDING = "finding"
    SILENT = "silent"
    STOPPED = "stopped"
    RERUN = "rerun"
    FOCUS = "focus"
    CORRECTION = "correction"
    CONCLUSION = "conclusion"
    PROPOSED = "proposed"
    NOT_PROPOSED = "not_proposed"
    WOULD_PROPOSE = "would_propose"
    SHOWN = "shown"
    AUTO_ENDED = "auto_ended"
    REMINDED = "reminded"
    APPROVAL = "approval"
    VETO = "veto"
    WITHDRAWAL = "withdrawal"
    WITHDRAWN = "withdrawn"
    REASON = "reason"
    REASON_ASKED = "reason_asked"
    DENIED = "denied"
    EXPIRED = "expired"
    STARTED = "started"
    ABORTED = "aborted"
    RESULT = "result"
    UNKNOWN = "unknown"
    SETTLING = "settling"
    VERIFIED = "verified"
    NOTE = "note"
    REMARKED = "remarked"
    SURFACED = "surfaced"
    CHANNEL = "channel"
    RECORD_REFUSED = "record_refused"
    RECORD_ORDERED = "record_ordered"
    CLOSED = "closed"
    HALTED = "halted"
    RESUMED = "resumed"


# An entry of one of these kinds forbids something: code that does not know it must not start anything.
CRITICAL = frozenset(
    {Kind.HELD, Kind.STOPPED, Kind.AUTO_ENDED}
    | {Kind.VETO, Kind.WITHDRAWAL, Kind.WITHDRAWN, Kind.DENIED, Kind.EXPIRED}
    | {Kind.STARTED, Kind.ABORTED, Kind.UNKNOWN, Kind.HALTED}
)


DECISIONS = frozenset({Kind.APPROVAL, Kind.VETO, Kind.WITHDRAWAL, Kind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger, as published.

    `published` is the redacted canonical JSON that the chain hashes; `payload` is what it says. `actor` is a pseudonym
    (`person:…`) or the name of a part (`responder`, `alertmanager`, `partner:logs`). `at` is the database's clock, UTC.
    """

    incident: int
    n: int
    key: str
    kind: str
    at: datetime
    actor: str
    cause: int | None
    payload: Mapping[str, Any]
    nonce: str
    published: bytes = field(repr=False)
    hash: str
    prev: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may append as the owner of an incident: one start of one process, at one adoption."""

    process: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the chat, as the chat knows them at this moment."""

    ref: str  # "slack:U07PRIYA0R1"
    name: str
    is_bot: bool = False
    is_guest: bool = False
    is_outside: bool = False
    is_deactivated: bool = False
    in_channel: bool = True

    @property
    def may_speak(self) -> bool:
        """A full member: no bot, no guest, nobody from outside, not deactivated."""
        return not (self.is_bot or self.is_guest or self.is_outside or self.is_deactivated)

    @property
    def may_look(self) -> bool:
        """A full member, or a guest who is in the channel."""
        elsewhere = self.is_bot or self.is_outside or self.is_deactivated
        return self.may_speak or (self.is_guest and self.in_channel and not elsewhere)

    @property
    def user_id(self) -> str:
        """The chat's own id, for a mention."""
        return self.ref.partition(":")[2]
