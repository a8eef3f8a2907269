"""What arrives, the first judgement of it, and why an alert is no incident of its own."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from engine.model.base import Noun
from engine.model.entries import Severity


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


class Triage(Noun):
    """The first judgement: how bad, which service, one line that stays the title."""

    severity: Severity
    service: str
    environment: str = ""
    title: str  # "7.3 % of requests fail"
    summary: str  # one or two sentences with the number and the threshold


class Reason(StrEnum):
    """Why an alert did not become an incident of its own."""

    MERGED = "merged"
    REPEATED = "repeated"
    RESOLVED_UNKNOWN = "resolved_unknown"
    UNREADABLE = "unreadable"
    EMPTY = "empty"

    @property
    def words(self) -> str:
        """The reason as a sentence."""
        return {
            "merged": "It joined the open incident of the same alert.",
            "repeated": "It is a repeat of an alert that is being handled.",
            "resolved_unknown": "It reports the end of an alert that is not known here.",
            "unreadable": "Its body could not be read; it is kept as it came.",
            "empty": "It carried no alert.",
        }[self.value]
