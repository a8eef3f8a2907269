"""Incidents, their journal and what the instance's own rules do to them; it knows neither HTTP nor JSON.

https://www.servicenow.com/docs, Journal field type, and Incident management: work notes and comments are journal
fields, an entry of which is a row of sys_journal_field that nobody edits; stamps have whole seconds. Columns of up to
255 characters cut silently what is longer, larger ones take what comes; fields that a table lacks are ignored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from playground.vendors.servicenow.accounts import User, sys_id
from playground.vendors.servicenow.errors import data_policy, forbidden, no_record

STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
PRIORITIES = {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"}
LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
CHOICES = {"state": STATES, "priority": PRIORITIES, "impact": LEVELS, "urgency": LEVELS}
COLUMNS = {"short_description": 160, "correlation_id": 100, "correlation_display": 100, "close_code": 40}
WRITABLE = frozenset(
    {*COLUMNS, "description", "state", "impact", "urgency", "close_notes", "assignment_group", "caller_id", "category"}
)
JOURNALS = ("work_notes", "comments")
REFERENCES = ("opened_by", "resolved_by", "closed_by", "caller_id")
SYSTEM = ("number", "priority", "active", "opened_by", "resolved_by", "resolved_at", "closed_by", "closed_at")
STAMPS = ("sys_id", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count")
FIELDS = (*sorted(WRITABLE), *SYSTEM, *STAMPS)
JOURNAL_FIELDS = ("sys_id", "name", "element", "element_id", "value", "sys_created_on", "sys_created_by")


def stamp(at: datetime) -> str:
    """A time as it is stored."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Incident:
    """A row of incident with its journal rows, in the order in which they were written."""

    row: dict[str, str]
    created: datetime
    journal: list[dict[str, str]] = field(default_factory=list)
    deleted: bool = False

    @property
    def sys_id(self) -> str:
        """Its key."""
        return self.row["sys_id"]


class Instance:
    """The tables. `version` grows with every change.

    `note_moves_to` is the state to which a business rule moves an incident that gets a work note, 0 for none;
    `journal_chars` where this instance cuts an entry.
    """

    def __init__(self, *, first_number: int, journal_chars: int, now: Callable[[], datetime]) -> None:
        self.incidents: dict[str, Incident] = {}
        self.version = 0
        self.note_moves_to = 0
        self.journal_chars = journal_chars
        self._now = now
        self._next_number = first_number

    def incident(self, key: str) -> Incident:
        """Find one by its sys_id; Refusal 404."""
        found = self.incidents.get(key)
        if found is None or found.deleted:
            raise no_record()
        return found

    def numbered(self, number: str) -> Incident:
        """Find one by its number, such as INC0048211; Refusal 404."""
        for found in self.incidents.values():
            if found.row["number"] == number and not found.deleted:
                return found
        raise no_record()

    def journal_entry(self, key: str) -> dict[str, str]:
        """Find a row of sys_journal_field; Refusal 404."""
        for row in self.journal_rows():
            if row["sys_id"] == key:
                return row
        raise no_record()

    def rows(self) -> list[dict[str, str]]:
        """Every incident that was not deleted."""
        return [one.row for one in self.incidents.values() if not one.deleted]

    def journal_rows(self) -> list[dict[str, str]]:
        """Every journal entry of these."""
        return [row for one in self.incidents.values() if not one.deleted for row in one.journal]

    def insert(self, author: User, values: Mapping[str, str]) -> Incident:
        """Open an incident; Refusal 403."""
        if not author.writes:
            raise forbidden("Insert")
        at = self._now()
        number = f"INC{self._next_number:07}"
        self._next_number += 1
        row = dict.fromkeys(FIELDS, "") | {
            "sys_id": sys_id(f"incident {number}"),
            "number": number,
            "state": "1",
            "impact": "3",
            "urgency": "3",
            "active": "true",
            "opened_by": author.sys_id,
            "sys_created_on": stamp(at),
            "sys_created_by": author.user_name,
            "sys_mod_count": "-1",
        }
        incident = Incident(row, at)
        self._set(incident, author, values)
        self.incidents[incident.sys_id] = incident
        return incident

    def update(self, author: User, key: str, values: Mapping[str, str]) -> Incident:
        """Change what is given; Refusal 403 without the right or a mandatory field, 404."""
        incident = self.incident(key)
        if not author.writes or incident.row["state"] == "7":
            raise forbidden("Update")  # what is Closed, and not only Resolved, is read only
        self._set(incident, author, values)
        return incident

    def delete(self, key: str) -> None:
        """Take an incident away, as an administrator does."""
        self.incident(key).deleted = True
        self.version += 1

    def _set(self, incident: Incident, author: User, values: Mapping[str, str]) -> None:
        row = incident.row
        after = row | {name: value[: COLUMNS.get(name)] for name, value in values.items() if name in WRITABLE}
        for name in ("close_code", "close_notes"):
            if after["state"] == "6" and not after[name]:
                raise data_policy("Resolution code" if name == "close_code" else "Resolution notes")
        at = self._now()
        for element in JOURNALS:
            self._write(incident, author, element, values.get(element, ""), at)
        if values.get("work_notes") and self.note_moves_to and row["sys_updated_on"]:
            after["state"] = str(self.note_moves_to)
        if after["state"] != row["state"]:
            self._move(after, author, at)
        after["priority"] = _priority(after["impact"], after["urgency"])
        after["sys_updated_on"], after["sys_updated_by"] = stamp(at), author.user_name
        after["sys_mod_count"] = str(int(row["sys_mod_count"]) + 1)
        row.update(after)
        self.version += 1

    def _write(self, incident: Incident, author: User, element: str, value: str, at: datetime) -> None:
        if not value.strip():
            return
        count = sum(len(one.journal) for one in self.incidents.values()) + len(incident.journal)
        incident.journal.append(
            {
                "sys_id": sys_id(f"sys_journal_field {incident.sys_id} {count}"),
                "name": "incident",
                "element": element,
                "element_id": incident.sys_id,
                "value": _cut(value, self.journal_chars),
                "sys_created_on": stamp(at),
                "sys_created_by": author.user_name,
            }
        )

    def _move(self, row: dict[str, str], author: User, at: datetime) -> None:
        resolved, closed = row["state"] in ("6", "7"), row["state"] == "7"
        row["resolved_by"], row["resolved_at"] = (author.sys_id, stamp(at)) if resolved else ("", "")
        row["closed_by"], row["closed_at"] = (author.sys_id, stamp(at)) if closed else ("", "")
        row["active"] = "false" if row["state"] in ("7", "8") else "true"


def _priority(impact: str, urgency: str) -> str:
    """The priority lookup rules as they are delivered."""
    levels = [int(one) if one in LEVELS else 3 for one in (impact, urgency)]
    return str(sum(levels) - 1)


def _cut(value: str, most: int) -> str:
    """Java counts UTF-16 units."""
    return value.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore")
