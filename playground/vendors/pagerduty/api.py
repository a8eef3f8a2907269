"""PagerDuty's REST API for incidents and their notes: requests in, the account asked, PagerDuty's JSON out.

https://developer.pagerduty.com/api-reference. No fault and no limit lives here. Every route has the name under which
logs, faults and kill points know it.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_args

from aiohttp import web

from playground.vendors.pagerduty.errors import Refusal, bad_arguments, no_from, unknown_requester
from playground.vendors.pagerduty.incidents import PRIORITIES, Incident, Incidents, Status
from playground.vendors.pagerduty.people import USERS, User, user
from playground.vendors.pagerduty.shapes import Json, Shapes, priority_id

Item = TypeVar("Item")
Handler = Callable[[web.Request], Awaitable[web.Response]]
INCIDENT = "/incidents/{id}"
NOTE = INCIDENT + "/notes/{note}"
MONTH, LONGEST_RANGE, FARTHEST = timedelta(days=30), timedelta(days=184), 10_000


class Api:
    """The handlers, over one account. `list_lag`: seconds until a list that names no key shows a new incident."""

    def __init__(self, incidents: Incidents, shapes: Shapes, *, newest_first: bool) -> None:
        self.list_lag = 0.0
        self._incidents = incidents
        self._shapes = shapes
        self._newest_first = newest_first

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        """Every route: the call's name, `METHOD noun`, then its path and its handler."""
        return (
            ("GET users", "/users", self._list_users),
            ("GET service", "/services/{id}", self._show_service),
            ("GET priorities", "/priorities", self._list_priorities),
            ("GET incidents", "/incidents", self._list_incidents),
            ("POST incident", "/incidents", self._create_incident),
            ("GET incident", INCIDENT, self._show_incident),
            ("PUT incident", INCIDENT, self._change_incident),
            ("GET notes", INCIDENT + "/notes", self._list_notes),
            ("POST note", INCIDENT + "/notes", self._add_note),
            ("PUT note", NOTE, self._edit_note),
            ("DELETE note", NOTE, self._delete_note),
        )

    async def _list_users(self, request: web.Request) -> web.Response:
        wanted = request.query.get("query", "").lower()
        found = [one for one in USERS if wanted in one.name.lower() or wanted in one.email]
        return _page(request, "users", found, self._shapes.user)

    async def _show_service(self, request: web.Request) -> web.Response:
        service = self._incidents.service(request.match_info["id"])
        return web.json_response({"service": self._shapes.service(service)})

    async def _list_priorities(self, request: web.Request) -> web.Response:
        return _page(request, "priorities", list(PRIORITIES), self._shapes.priority)

    async def _list_incidents(self, request: web.Request) -> web.Response:
        query = request.query
        key, services, statuses = (
            query.get("incident_key", ""),
            query.getall("service_ids[]", []),
            query.getall("statuses[]", []),
        )
        since, until = self._range(request)
        visible = self._incidents.now() - timedelta(seconds=self.list_lag)
        found = [
            one
            for one in self._incidents.incidents.values()
            if (key in (one.key, one.alert_key) if key else one.created <= visible)
            and (not services or one.service.id in services)
            and (not statuses or one.status in statuses)
            and since <= one.created <= until
        ]
        return _page(request, "incidents", _sorted(found, query.get("sort_by", "")), self._shapes.incident)

    def _range(self, request: web.Request) -> tuple[datetime, datetime]:
        if request.query.get("date_range") == "all":
            return datetime.fromtimestamp(0, UTC), datetime.max.replace(tzinfo=UTC)
        until = _moment(request, "until") or self._incidents.now()
        since = _moment(request, "since") or until - MONTH
        if until - since > LONGEST_RANGE:
            raise bad_arguments("The date range cannot be longer than 6 months")
        return since, until

    async def _create_incident(self, request: web.Request) -> web.Response:
        author, asked = _author(request), await _wrapped(request, "incident")
        if asked.get("type") != "incident" or not isinstance(asked.get("service"), dict):
            raise bad_arguments("Incident must have a type and a service")
        body = asked.get("body") or {}
        incident = self._incidents.create(
            author,
            _text(asked["service"], "id") or "",
            _text(asked, "title") or "",
            key=_text(asked, "incident_key") or "",
            details=str(body.get("details", "")),
            priority=_priority(asked) or "",
            urgency="low" if asked.get("urgency") == "low" else "high",
        )
        return web.json_response({"incident": self._shapes.incident(incident)}, status=201)

    async def _show_incident(self, request: web.Request) -> web.Response:
        incident = self._incidents.incident(request.match_info["id"])
        return web.json_response({"incident": self._shapes.incident(incident)})

    async def _change_incident(self, request: web.Request) -> web.Response:
        author, asked = _author(request), await _wrapped(request, "incident")
        status = next((known for known in get_args(Status) if known == asked.get("status")), None)
        if asked.get("status") is not None and status is None:
            raise bad_arguments("Status is not a valid incident status")
        incident = self._incidents.change(
            author,
            request.match_info["id"],
            title=_text(asked, "title"),
            status=status,
            priority=_priority(asked),
            resolution=_text(asked, "resolution") or "",
        )
        return web.json_response({"incident": self._shapes.incident(incident)})

    async def _list_notes(self, request: web.Request) -> web.Response:
        notes = self._incidents.incident(request.match_info["id"]).notes
        shown = reversed(notes) if self._newest_first else notes
        return web.json_response({"notes": [self._shapes.note(one) for one in shown]})

    async def _add_note(self, request: web.Request) -> web.Response:
        author, asked = _author(request), await _wrapped(request, "note")
        note = self._incidents.add_note(author, request.match_info["id"], _text(asked, "content") or "")
        return web.json_response({"note": self._shapes.note(note)})

    async def _edit_note(self, request: web.Request) -> web.Response:
        author, asked, where = _author(request), await _wrapped(request, "note"), request.match_info
        note = self._incidents.edit_note(author, where["id"], where["note"], _text(asked, "content") or "")
        return web.json_response({"note": self._shapes.note(note)})

    async def _delete_note(self, request: web.Request) -> web.Response:
        self._incidents.delete_note(request.match_info["id"], request.match_info["note"])
        return web.Response(status=204)


def _author(request: web.Request) -> User:
    email = request.headers.get("From", "").strip()
    if not email:
        raise no_from()
    found = user(email)
    if found is None:
        raise unknown_requester()
    return found


async def _wrapped(request: web.Request, name: str) -> Json:
    try:
        asked = await request.json()
    except ValueError:
        raise Refusal(400, 2001, "Invalid Input Provided", "Request body is not valid JSON") from None
    if not isinstance(asked, dict) or not isinstance(asked.get(name), dict):
        raise bad_arguments(f"{name.capitalize()} cannot be empty")
    inside: Json = asked[name]
    return inside


def _text(asked: Json, name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_arguments(f"{name.capitalize()} must be a string")
    return value


def _priority(asked: Json) -> str | None:
    given = asked.get("priority")
    if given is None:
        return None
    for name in PRIORITIES:
        if given == name or (isinstance(given, dict) and given.get("id") == priority_id(name)):
            return name
    raise bad_arguments("Priority not found")


def _moment(request: web.Request, name: str) -> datetime | None:
    given = request.query.get(name)
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise bad_arguments(f"{name.capitalize()} is not a valid time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _sorted(found: list[Incident], by: str) -> list[Incident]:
    name, _, direction = by.partition(":")
    if name not in ("", "created_at", "incident_number"):
        raise bad_arguments("Sort_by is not a valid field")
    return sorted(found, key=lambda one: one.number, reverse=direction == "desc")


def _page(request: web.Request, name: str, items: list[Item], shape: Callable[[Item], Json]) -> web.Response:
    limit, offset = _whole(request, "limit", 25), _whole(request, "offset", 0)
    limit = min(limit, 100)
    if limit < 1 or offset + limit > FARTHEST:
        raise bad_arguments(f"Offset and limit may not exceed {FARTHEST} together")
    shown = items[offset : offset + limit]
    more = offset + limit < len(items)
    total = len(items) if request.query.get("total") == "true" else None
    answer: dict[str, Any] = {name: [shape(one) for one in shown], "limit": limit, "offset": offset}
    return web.json_response(answer | {"more": more, "total": total})


def _whole(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, "")
    return int(given) if given.isdigit() else default
