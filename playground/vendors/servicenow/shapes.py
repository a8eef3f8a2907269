"""Rows as the Table API answers them: the fields that were asked for, as stored values, as people see them, or both.

https://www.servicenow.com/docs, Table API, sysparm_display_value and sysparm_fields
"""

from collections.abc import Mapping
from typing import Any

from playground.vendors.servicenow.accounts import User
from playground.vendors.servicenow.tables import CHOICES, JOURNALS, REFERENCES, Incident


class Shapes:
    """Knows the users, whom references point to; `url` is the instance's address."""

    def __init__(self, users: tuple[User, ...]) -> None:
        self.url = ""
        self._users = {user.sys_id: user for user in users}

    def incident(self, incident: Incident, asked: Mapping[str, str]) -> dict[str, Any]:
        """A row of incident; its journal fields are empty as values, and everything joined as people see it."""
        row = incident.row | dict.fromkeys(JOURNALS, "")
        shown = {element: self._joined(incident, element) for element in JOURNALS}
        return self._row(row, asked, shown)

    def plain(self, row: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, Any]:
        """A row of another table."""
        return self._row(row, asked, {})

    def user(self, user: User) -> dict[str, str]:
        """A row of sys_user."""
        return {"sys_id": user.sys_id, "user_name": user.user_name, "name": user.name}

    def _row(self, row: Mapping[str, str], asked: Mapping[str, str], shown: Mapping[str, str]) -> dict[str, Any]:
        wanted = [name for name in asked.get("sysparm_fields", "").split(",") if name] or list(row)
        found = {}
        for name in wanted:
            base, _, walked = name.partition(".")
            if base not in row:
                continue  # what a table does not have is left out without a word
            if walked:  # `resolved_by.user_name` is a field of the row that the reference points to
                found[name] = self._value(walked, self._walked(row[base], walked), asked, {})
            else:
                found[name] = self._value(base, row[base], asked, shown)
        return found

    def _value(self, name: str, value: str, asked: Mapping[str, str], shown: Mapping[str, str]) -> Any:
        display = asked.get("sysparm_display_value", "false").lower()
        seen = shown.get(name) or self._seen(name, value)
        links = asked.get("sysparm_exclude_reference_link", "false").lower() != "true"
        link = {"link": f"{self.url}/api/now/table/sys_user/{value}"} if name in REFERENCES and value and links else {}
        if display == "all":
            return {"display_value": seen, "value": value, **link}
        if display == "true":
            return {"display_value": seen, **link} if link else seen
        return {"value": value, **link} if link else value

    def _seen(self, name: str, value: str) -> str:
        if name in REFERENCES:
            return self._walked(value, "name")
        return CHOICES.get(name, {}).get(value, value)

    def _walked(self, value: str, field: str) -> str:
        user = self._users.get(value)
        return self.user(user).get(field, "") if user else ""

    def _joined(self, incident: Incident, element: str) -> str:
        label = {"work_notes": "Work notes", "comments": "Additional comments"}[element]
        names = {user.user_name: user.name for user in self._users.values()}
        entries = [
            f"{one['sys_created_on']} - {names.get(one['sys_created_by'], one['sys_created_by'])} ({label})\n"
            f"{one['value']}\n\n"
            for one in reversed(incident.journal)
            if one["element"] == element
        ]
        return "".join(entries)

    def snapshot(self, incident: Incident) -> dict[str, Any]:
        """An incident for the page: stored values, the state as people read it, and its journal."""
        row = incident.row
        return {
            "number": row["number"],
            "sys_id": row["sys_id"],
            "url": f"{self.url}/incident.do?sys_id={row['sys_id']}",
            "short_description": row["short_description"],
            "description": row["description"],
            "state": self._seen("state", row["state"]),
            "priority": self._seen("priority", row["priority"]),
            "correlation_id": row["correlation_id"],
            "correlation_display": row["correlation_display"],
            "close_code": row["close_code"],
            "close_notes": row["close_notes"],
            "author": row["sys_created_by"],
            "at": row["sys_created_on"],
            "updated": row["sys_updated_on"],
            "deleted": incident.deleted,
            "journal": [
                {
                    "id": one["sys_id"],
                    "element": one["element"],
                    "author": one["sys_created_by"],
                    "at": one["sys_created_on"],
                    "value": one["value"],
                }
                for one in incident.journal
            ],
        }
