"""PagerDuty's JSON for what the account holds; it reads no request."""

from datetime import datetime
from typing import Any

from playground.vendors.pagerduty.incidents import PRIORITIES, Incident, Note, Service, stamp
from playground.vendors.pagerduty.people import User

Json = dict[str, Any]


class Shapes:
    """JSON with links to where the stand-in answers, which it learns by `answer_at`."""

    def __init__(self) -> None:
        self._url = ""

    def answer_at(self, url: str) -> None:
        """Make links below `url` from now on."""
        self._url = url

    def user(self, user: User) -> Json:
        """A `User`."""
        role = "limited_user" if user.responds else "read_only_user"
        return self._thing("user", "users", user.id, user.name) | {
            "name": user.name,
            "email": user.email,
            "time_zone": "Etc/UTC",
            "role": role,
            "description": None,
            "invitation_sent": False,
            "teams": [],
            "contact_methods": [],
            "notification_rules": [],
        }

    def service(self, service: Service) -> Json:
        """A `Service`."""
        return self._thing("service", "service-directory", service.id, service.name) | {
            "name": service.name,
            "description": f"The {service.name} service",
            "created_at": stamp(service.created),
            "status": service.status,
            "escalation_policy": self._policy(),
            "teams": [],
            "alert_creation": "create_alerts_and_incidents",
        }

    def priority(self, name: str) -> Json:
        """A `Priority`."""
        return {
            "id": priority_id(name),
            "type": "priority",
            "summary": name,
            "self": f"{self._url}/priorities/{priority_id(name)}",
            "html_url": None,
            "name": name,
            "description": "",
        }

    def note(self, note: Note) -> Json:
        """An `IncidentNote`."""
        return {
            "id": note.id,
            "user": self._reference("user", "users", note.author.id, note.author.name),
            "channel": {"summary": "The PagerDuty website or APIs"},
            "content": note.content,
            "created_at": stamp(note.created),
            "updated_at": stamp(note.updated),
        }

    def incident(self, incident: Incident) -> Json:
        """An `Incident`. One with an alert has no key of its own, as PagerDuty says in its list's description."""
        resolved = incident.status == "resolved"
        service = incident.service
        shape = self._thing("incident", "incidents", incident.id, f"[#{incident.number}] {incident.title}") | {
            "incident_number": incident.number,
            "title": incident.title,
            "created_at": stamp(incident.created),
            "updated_at": stamp(incident.updated),
            "status": incident.status,
            "service": self._reference("service", "service-directory", service.id, service.name),
            "assignments": [],
            "assigned_via": "escalation_policy",
            "last_status_change_at": stamp(incident.changed),
            "alert_counts": {"all": 1, "triggered": int(not resolved), "resolved": int(resolved)},
            "is_mergeable": True,
            "incident_type": {"name": "incident_default"},
            "escalation_policy": self._policy(),
            "teams": [],
            "pending_actions": [],
            "acknowledgements": [],
            "urgency": incident.urgency,
        }
        if not incident.alert_key:
            shape["incident_key"] = incident.key or incident.id.lower()
        if resolved:
            shape["resolved_at"] = stamp(incident.changed)
        if incident.changed_by is not None:
            shape["last_status_change_by"] = self._agent(incident.changed_by)
        if incident.priority:
            shape["priority"] = self.priority(incident.priority)
        return shape

    def snapshot(self, incident: Incident) -> Json:
        """An incident with its notes, as the control door tells it."""
        return {
            "id": incident.id,
            "number": incident.number,
            "url": f"{self._url}/incidents/{incident.id}",
            "service": incident.service.name,
            "title": incident.title,
            "details": incident.details,
            "status": incident.status,
            "by": incident.changed_by.name if incident.changed_by else None,
            "resolution": incident.resolution,
            "key": incident.key or incident.alert_key,
            "priority": incident.priority,
            "urgency": incident.urgency,
            "calls": len(incident.calls),
            "at": precise(incident.created),
            "notes": [
                {"id": one.id, "author": one.author.name, "content": one.content, "at": precise(one.created)}
                for one in incident.notes
            ],
        }

    def _agent(self, agent: User | Service) -> Json:
        if isinstance(agent, User):
            return self._reference("user", "users", agent.id, agent.name)
        return self._reference("service", "service-directory", agent.id, agent.name)

    def _policy(self) -> Json:
        return self._reference("escalation_policy", "escalation_policies", "PPOLICY", "Shop, on call")

    def _thing(self, kind: str, path: str, id_: str, summary: str) -> Json:
        page = f"{self._url}/page/{path}/{id_}"
        return {"id": id_, "type": kind, "summary": summary, "self": f"{self._url}/{path}/{id_}", "html_url": page}

    def _reference(self, kind: str, path: str, id_: str, summary: str) -> Json:
        return self._thing(f"{kind}_reference", path, id_, summary)


def priority_id(name: str) -> str:
    """The id of a priority: `PPRIO01` for P1."""
    return f"PPRIO{PRIORITIES.index(name) + 1:02}"


def precise(at: datetime) -> str:
    """A time with microseconds, for the control door."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
