"""ServiceNow's Table API for incidents: requests in, the tables asked, its JSON out; no fault and no limit lives here.

https://www.servicenow.com/docs, Table API. Every route has the name under which logs, faults and kill points know it.
Access rules filter rows after the query ran, so X-Total-Count counts rows that the answer leaves out.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from playground.vendors.servicenow.accounts import User
from playground.vendors.servicenow.errors import bad_json, forbidden, invalid_table, no_record, not_authorized
from playground.vendors.servicenow.query import Row, parse
from playground.vendors.servicenow.shapes import Shapes
from playground.vendors.servicenow.tables import FIELDS, JOURNAL_FIELDS, Instance

Handler = Callable[[web.Request, User], Awaitable[web.Response]]
TABLE = "/api/now/table"
KEY = "/{key}"


class Api:
    """The handlers, over one instance. `search_lag`: seconds in which a new incident is in no text search yet."""

    def __init__(
        self, instance: Instance, shapes: Shapes, users: tuple[User, ...], now: Callable[[], datetime]
    ) -> None:
        self.search_lag = 0.0
        self._instance = instance
        self._shapes = shapes
        self._users = users
        self._now = now

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        """Every route: the call's name, `METHOD noun`, then its path and its handler."""
        return (
            ("GET incidents", f"{TABLE}/incident", self._list_incidents),
            ("POST incident", f"{TABLE}/incident", self._create_incident),
            ("GET incident", f"{TABLE}/incident{KEY}", self._show_incident),
            ("PATCH incident", f"{TABLE}/incident{KEY}", self._edit_incident),
            ("PUT incident", f"{TABLE}/incident{KEY}", self._edit_incident),
            ("DELETE incident", f"{TABLE}/incident{KEY}", self._refuse_deletion),
            ("GET journal", f"{TABLE}/sys_journal_field", self._list_journal),
            ("GET journal_entry", f"{TABLE}/sys_journal_field{KEY}", self._show_journal_entry),
            ("DELETE journal_entry", f"{TABLE}/sys_journal_field{KEY}", self._refuse_deletion),
            ("GET users", f"{TABLE}/sys_user", self._list_users),
            ("GET table", f"{TABLE}/{{table}}", self._unknown_table),
        )

    async def _list_incidents(self, request: web.Request, viewer: User) -> web.Response:
        if not viewer.reads:
            raise not_authorized()
        query = parse(request.query.get("sysparm_query", ""), FIELDS, viewer)
        rows = self._instance.rows()
        if query.searches:
            newest = self._now() - timedelta(seconds=self.search_lag)
            rows = [row for row in rows if self._instance.incident(row["sys_id"]).created <= newest]

        def shape(row: Row) -> dict[str, Any]:
            return self._shapes.incident(self._instance.incident(row["sys_id"]), request.query)

        return _page(request, query.apply(rows), shape)

    async def _create_incident(self, request: web.Request, viewer: User) -> web.Response:
        incident = self._instance.insert(viewer, await _values(request))
        location = f"{self._shapes.url}{TABLE}/incident/{incident.sys_id}"
        body = {"result": self._shapes.incident(incident, request.query)}
        return web.json_response(body, status=201, headers={"Location": location})

    async def _show_incident(self, request: web.Request, viewer: User) -> web.Response:
        if not viewer.reads:
            raise no_record()
        incident = self._instance.incident(request.match_info["key"])
        return web.json_response({"result": self._shapes.incident(incident, request.query)})

    async def _edit_incident(self, request: web.Request, viewer: User) -> web.Response:
        incident = self._instance.update(viewer, request.match_info["key"], await _values(request))
        return web.json_response({"result": self._shapes.incident(incident, request.query)})

    async def _refuse_deletion(self, request: web.Request, viewer: User) -> web.Response:
        raise forbidden("Delete")

    async def _list_journal(self, request: web.Request, viewer: User) -> web.Response:
        query = parse(request.query.get("sysparm_query", ""), JOURNAL_FIELDS, viewer)
        found = query.apply(self._instance.journal_rows())
        hidden = len(found) if not viewer.journal else 0
        return _page(request, found[hidden:], lambda row: self._shapes.plain(row, request.query), hidden)

    async def _show_journal_entry(self, request: web.Request, viewer: User) -> web.Response:
        if not viewer.journal:
            raise no_record()
        row = self._instance.journal_entry(request.match_info["key"])
        return web.json_response({"result": self._shapes.plain(row, request.query)})

    async def _list_users(self, request: web.Request, viewer: User) -> web.Response:
        rows = [self._shapes.user(user) for user in self._users]
        query = parse(request.query.get("sysparm_query", ""), rows[0], viewer)
        return _page(request, query.apply(rows), lambda row: self._shapes.plain(row, request.query))

    async def _unknown_table(self, request: web.Request, viewer: User) -> web.Response:
        raise invalid_table(request.match_info["table"])


async def _values(request: web.Request) -> dict[str, str]:
    try:
        asked = await request.json()
    except ValueError:
        raise bad_json() from None
    if not isinstance(asked, dict):
        raise bad_json()
    return {name: "" if value is None else str(value) for name, value in asked.items()}


def _page(
    request: web.Request, rows: list[Row], shape: Callable[[Row], Mapping[str, Any]], hidden: int = 0
) -> web.Response:
    """The rows from `sysparm_offset` on, at most `sysparm_limit`; `hidden` rows are counted and not shown."""
    offset, limit = _number(request, "sysparm_offset", 0), _number(request, "sysparm_limit", 10_000)
    total = len(rows) + hidden
    headers = {"X-Total-Count": str(total)}
    if offset + limit < total:
        following = request.url.update_query(sysparm_offset=str(offset + limit))
        headers["Link"] = f'<{following}>;rel="next"'
    return web.json_response({"result": [shape(row) for row in rows[offset : offset + limit]]}, headers=headers)


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default
