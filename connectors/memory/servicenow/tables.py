"""Rows of ServiceNow's tables, read and written through pysnow; each call is one operation with objects of its own.

https://pysnow.readthedocs.io · https://www.servicenow.com/docs, Table API
Surprises: a pysnow resource keeps the query of its last call for the next one, of any thread, so each operation makes
its own; its update() reads and then writes, so a change is one PATCH by request(). Nothing escapes a value of a query:
a circumflex begins another term, `javascript:` is evaluated. Invalid terms are ignored and the rest answers, so callers
look at the rows. Access rules take rows out of an answer after they were counted.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pysnow

from connectors.memory.servicenow.config import ServiceNowConfig
from connectors.memory.servicenow.session import Foreign, Session
from engine.errors import Permanent, Retryable

JOURNAL = "sys_journal_field"
PAGE = 200
Row = dict[str, str]


def term(field: str, operator: str, value: str) -> str:
    """One term of a query. Raises `Permanent` for a value that would be more than a value."""
    if "^" in value or "\n" in value or value.lstrip().lower().startswith("javascript:"):
        raise Permanent(f"{field} cannot be looked for: the value would be read as a query")
    return f"{field}{operator}{value}"


class Tables:
    """One instance, for one thread."""

    def __init__(self, config: ServiceNowConfig) -> None:
        self.session = Session(config)
        self._user = config.user
        self._host = config.base.partition("://")[2]
        self._tls = config.url.scheme == "https"

    def some(self, table: str, terms: Sequence[str], fields: Sequence[str], limit: int) -> list[Row]:
        """The first rows that fit."""
        return self._page(table, terms, fields, limit, 0)[0]

    def every(self, table: str, terms: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """All rows that fit. Raises `Retryable` when access rules hide one: then the list proves nothing."""
        found: dict[str, Row] = {}
        offset, more = 0, True
        while more:
            rows, total = self._page(table, terms, fields, PAGE, offset)
            if len(rows) < min(PAGE, total - offset):
                raise Retryable(self._hidden(table))
            found |= {row["sys_id"]: row for row in rows}
            offset += PAGE
            more = offset < total
        return list(found.values())

    def insist(self, table: str, terms: Sequence[str]) -> None:
        """Raises `Permanent` when there are such rows and access rules hide them."""
        rows, total = self._page(table, terms, ["sys_id"], 1, 0)
        if total and not rows:
            raise Permanent(self._hidden(table))

    def one(self, table: str, key: str, fields: Sequence[str], *, shown: bool = False) -> dict[str, Any]:
        """One row by its sys_id. `shown`: each field as {"value", "display_value"}."""
        resource = self._resource(table, fields)
        resource.parameters.display_value = "all" if shown else False
        return _row(resource.request("GET", path_append=f"/{key}").one())

    def create(self, table: str, values: Mapping[str, str], fields: Sequence[str]) -> Row:
        """Insert a row."""
        return _row(self._resource(table, fields).create(dict(values)).one())

    def change(self, table: str, key: str, values: Mapping[str, str], fields: Sequence[str]) -> Row:
        """Set fields of a row, in one request."""
        resource = self._resource(table, fields)
        return _row(resource.request("PATCH", path_append=f"/{key}", data=json.dumps(dict(values))).one())

    def close(self) -> None:
        """Give the connections back."""
        self.session.close()

    def _page(
        self, table: str, terms: Sequence[str], fields: Sequence[str], limit: int, offset: int
    ) -> tuple[list[Row], int]:
        answer = self._resource(table, fields).get(
            query="^".join(terms), fields=list(fields), limit=limit, offset=offset
        )
        rows = answer.all()
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("sys_id") for row in rows):
            raise Foreign("a list of something else")
        counted = answer.headers.get("X-Total-Count", "")
        return rows, int(counted) if counted.isdecimal() else offset + len(rows) + (len(rows) == limit)

    def _hidden(self, table: str) -> str:
        return f"access rules hide rows of {table} from {self._user}, which needs to read them"

    def _resource(self, table: str, fields: Sequence[str]) -> Any:
        client = pysnow.Client(host=self._host, use_ssl=self._tls, session=self.session)
        resource = client.resource(api_path=f"/table/{table}")
        resource.parameters.fields = list(fields)
        resource.parameters.limit = 1
        resource.parameters.exclude_reference_link = True
        return resource


def _row(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict) or not row.get("sys_id"):
        raise Foreign("a row without sys_id")
    return row
