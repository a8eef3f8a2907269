"""What arrives, the first judgement of it, and why an alert is no incident of its own."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from engine.model.base import Noun
from engine.model.entries import Severity

PERSON = "person"  # the source of an incident that a person opened; nothing ever reports its end


class Alert(Noun):
    """One alert, in our words."""

    source: str
    name: str
    status: Literal["firing", "resolved"]
    fingerprint: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service: str = ""
    environment: str = ""
    severity: str = ""
    summary: str = ""
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)
    link: str = ""

    @property
    def identity(self) -> str:
        """What makes two alerts the same trouble."""
        return "/".join((self.source, self.name, self.service, self.environment))

    @property
    def identities(self) -> tuple[str, ...]:
        """Every name under which its incident is found again; of what a person opened also message and service."""
        if self.source != PERSON:
            return (self.identity,)
        origin = (self.annotations.get("channel", ""), self.annotations.get("ts", ""))
        return about(origin if all(origin) else None, self.service)


class Triage(Noun):
    """The first judgement: how bad, which service, one line that stays the title."""

    severity: Severity
    service: str
    environment: str = ""
    title: str  # "7.3 % of requests fail"
    summary: str  # one or two sentences with the number and the threshold


class Declaration(Noun):
    """What a person says when they open an incident. `origin` is the message that it is about: channel and number.

    `thread` is where a line can be written to it, `link` its address. Nothing here names a person.
    """

    title: str
    severity: Severity
    service: str = ""
    seen: str = ""
    origin: tuple[str, str] | None = None
    thread: str = ""
    link: str = ""

    def alert(self, event: str) -> Alert:
        """The same as an alert of the source `person`, with labels that a playbook can match."""
        labels = {"source": PERSON, "service": self.service, "severity": self.severity.value}
        channel, ts = self.origin or ("", "")
        return Alert(
            source=PERSON,
            name=self.title,
            status="firing",
            fingerprint=hashlib.sha256(event.encode()).hexdigest()[:16],
            service=self.service,
            severity=self.severity.value,
            summary=self.seen or self.title,
            labels={name: value for name, value in labels.items() if value},
            annotations={"channel": channel, "ts": ts, "thread": self.thread} if self.origin else {},
            link=self.link,
        )

    def identities(self, event: str) -> tuple[str, ...]:
        """What makes it this declaration, first; then what makes another one the same trouble."""
        return (f"{PERSON}/form/{event}", *about(self.origin, self.service))


def about(origin: tuple[str, str] | None, service: str) -> tuple[str, ...]:
    """What makes another declaration the same trouble: the same message, the same service."""
    names = [f"{PERSON}/message/{'/'.join(origin)}"] if origin else []
    names += [f"{PERSON}/service/{service.casefold()}"] if service else []
    return tuple(names)


class Reason(StrEnum):
    """Why an alert did not become an incident of its own."""

    MERGED = "merged"
    REPEATED = "repeated"
    RESOLVED_UNKNOWN = "resolved_unknown"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    OURS = "ours"

    @property
    def words(self) -> str:
        """The reason as a sentence."""
        return {
            "merged": "It joined the open incident of the same alert.",
            "repeated": "It is a repeat of an alert that is being handled.",
            "resolved_unknown": "It reports the end of an alert that is not known here.",
            "unreadable": "Its body could not be read; it is kept as it came.",
            "empty": "It carried no alert.",
            "ours": "It is the ticket of an incident here, and belongs to it.",
        }[self.value]
