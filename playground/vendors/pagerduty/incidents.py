"""Incidents, notes and who may touch them, as PagerDuty keeps them; it knows neither HTTP nor JSON.

https://developer.pagerduty.com/api-reference: an incident key is taken while an incident of the service with it is
open; a resolved incident is reopened by another status; an incident takes 2,000 notes; nothing is ever deleted but a
note. How long a title or a note may be PagerDuty does not publish: the ceilings here are this stand-in's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from playground.vendors.pagerduty.errors import access_denied, bad_arguments, duplicate_key, not_found
from playground.vendors.pagerduty.people import User

LONGEST_TITLE, LONGEST_NOTE, MOST_NOTES = 1_024, 25_000, 2_000
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
Status = Literal["triggered", "acknowledged", "resolved"]
Urgency = Literal["high", "low"]
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Service:
    """A service, whose on-call people an incident calls."""

    id: str
    name: str
    created: datetime
    status: Literal["active", "disabled"] = "active"


@dataclass
class Note:
    """A note. PagerDuty shows when it was changed, not what it was before."""

    id: str
    author: User
    content: str
    created: datetime
    updated: datetime


@dataclass
class Incident:
    """An incident and its notes. `alert_key` instead of `key`: an event raised it. `calls`: when people were paged."""

    id: str
    number: int
    service: Service
    title: str
    details: str
    created: datetime
    updated: datetime
    changed: datetime
    key: str = ""
    alert_key: str = ""
    status: Status = "triggered"
    changed_by: User | Service | None = None
    priority: str = ""
    urgency: Urgency = "high"
    resolution: str = ""
    notes: list[Note] = field(default_factory=list)
    calls: list[datetime] = field(default_factory=list)

    def note(self, id_: str) -> Note:
        """Find a note; Refusal 404."""
        for one in self.notes:
            if one.id == id_:
                return one
        raise not_found()


class Incidents:
    """The incidents of an account. `version` grows with every change."""

    def __init__(self, now: Callable[[], datetime], first_number: int = 4_711) -> None:
        self.now = now
        self.version = 0
        long_ago = now() - timedelta(days=400)
        self.services = {
            one.id: one
            for one in (
                Service("PCHECK1", "checkout", long_ago),
                Service("PSEARCH", "search", long_ago),
                Service("PGONE99", "old shop", long_ago, "disabled"),
            )
        }
        self.incidents: dict[str, Incident] = {}
        self._next_number = first_number
        self._next_id = 0

    def service(self, id_: str) -> Service:
        """Find a service; Refusal 404."""
        if id_ not in self.services:
            raise not_found()
        return self.services[id_]

    def incident(self, id_: str) -> Incident:
        """Find an incident; Refusal 404."""
        if id_ not in self.incidents:
            raise not_found()
        return self.incidents[id_]

    def create(
        self,
        author: User,
        service_id: str,
        title: str,
        *,
        key: str = "",
        details: str = "",
        priority: str = "",
        urgency: Urgency = "high",
    ) -> Incident:
        """Create an incident, which calls people; Refusal 400, 403, 404."""
        _insist(author)
        service = self.service(service_id)
        if service.status == "disabled":
            raise bad_arguments("Service is disabled")
        _check_title(title)
        if key and self._open_with(service, key):
            raise duplicate_key()
        incident = self._opened(service, title, details, key=key, changed_by=author, priority=priority)
        incident.urgency = urgency
        return incident

    def raise_alert(self, service_id: str, key: str, title: str) -> Incident:
        """What an event with this dedup_key does: an incident, or one more occurrence of the one that is open."""
        service = self.service(service_id)
        return self._open_with(service, key) or self._opened(
            service, title, "", alert_key=key, changed_by=service, priority=""
        )

    def change(
        self, author: User, id_: str, *, title: str | None, status: Status | None, priority: str | None, resolution: str
    ) -> Incident:
        """Change what is given; reopening calls people again. Refusal 400, 403, 404."""
        _insist(author)
        incident = self.incident(id_)
        if title is not None:
            _check_title(title)
            incident.title = title
        if priority is not None:
            incident.priority = priority
        self._touch(incident)
        if status is not None and status != incident.status:
            self._turn(incident, author, status, resolution)
        return incident

    def add_note(self, author: User, id_: str, content: str) -> Note:
        """Write a note; Refusal 400, 403, 404."""
        _insist(author)
        incident = self.incident(id_)
        _check_note(content)
        if len(incident.notes) >= MOST_NOTES:
            raise bad_arguments(f"Incident cannot have more than {MOST_NOTES} notes")
        self._touch(incident)
        note = Note(self._new_id(), author, content, incident.updated, incident.updated)
        incident.notes.append(note)
        return note

    def edit_note(self, author: User, id_: str, note_id: str, content: str) -> Note:
        """Change a note's text; Refusal 400, 403, 404."""
        _insist(author)
        incident = self.incident(id_)
        note = incident.note(note_id)
        _check_note(content)
        self._touch(incident)
        note.content, note.updated = content, incident.updated
        return note

    def delete_note(self, id_: str, note_id: str) -> None:
        """Take a note away; Refusal 404."""
        incident = self.incident(id_)
        incident.notes.remove(incident.note(note_id))
        self._touch(incident)

    def _open_with(self, service: Service, key: str) -> Incident | None:
        for one in self.incidents.values():
            if one.service is service and one.status != "resolved" and key in (one.key, one.alert_key):
                return one
        return None

    def _opened(
        self,
        service: Service,
        title: str,
        details: str,
        *,
        changed_by: User | Service,
        priority: str,
        key: str = "",
        alert_key: str = "",
    ) -> Incident:
        at = self.now()
        incident = Incident(self._new_id(), self._next_number, service, title, details, at, at, at, key, alert_key)
        incident.changed_by, incident.priority = changed_by, priority
        incident.calls.append(at)
        self.incidents[incident.id] = incident
        self._next_number += 1
        return incident

    def _turn(self, incident: Incident, author: User, status: Status, resolution: str) -> None:
        if incident.status == "resolved" and status == "triggered":
            incident.calls.append(incident.updated)
        incident.resolution = resolution if status == "resolved" else ""
        incident.status, incident.changed, incident.changed_by = status, incident.updated, author

    def _touch(self, incident: Incident) -> None:
        incident.updated = self.now()
        self.version += 1

    def _new_id(self) -> str:
        self.version += 1
        self._next_id += 1
        n, digits = 101_559_956_668_416 + self._next_id * 7_919, ""
        while n:
            n, rest = divmod(n, 36)
            digits = _DIGITS[rest] + digits
        return f"Q{digits}"


def stamp(at: datetime) -> str:
    """Write a time as PagerDuty does: `2026-11-24T02:07:04Z`, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _insist(author: User) -> None:
    if not author.responds:
        raise access_denied()


def _check_title(title: str) -> None:
    if not title.strip():
        raise bad_arguments("Title cannot be blank")
    if len(title) > LONGEST_TITLE:
        raise bad_arguments(f"Title is too long (maximum is {LONGEST_TITLE} characters)")


def _check_note(content: str) -> None:
    if not content.strip():
        raise bad_arguments("Content cannot be blank")
    if len(content) > LONGEST_NOTE:
        raise bad_arguments(f"Content is too long (maximum is {LONGEST_NOTE} characters)")
