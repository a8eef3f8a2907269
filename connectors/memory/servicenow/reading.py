"""What stands in a ServiceNow incident, in our words: its description, its journal, and what the search finds.

https://www.servicenow.com/docs, Journal field type, and Encoded query strings
Surprises: times have whole seconds and no zone (UTC); nothing orders the entries of one second; names are user names.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.marker import parted
from connectors.memory.servicenow.tables import Row, term
from engine.memory import Hit, Remark, Standing, Ticket
from engine.words import one_line

BODY = "body"
STATE = ("sys_id", "state", "sys_mod_count", "sys_updated_by")
TICKET = (*STATE, "number", "correlation_id", "short_description", "description", "sys_created_on", "sys_created_by")
ENTRY = ("sys_id", "element_id", "value", "sys_created_on", "sys_created_by")
STANDING = (
    "sys_id", "state", "resolved_by.user_name", "resolved_at", "closed_by.user_name", "closed_at", "sys_updated_on",
)  # fmt: skip
_KEY = re.compile(r"[0-9a-f]{32}")
_WORD = re.compile(r"[\w.@#/-]+")


def is_key(text: str) -> bool:
    """Whether it can be a sys_id."""
    return _KEY.fullmatch(text) is not None


def stored(at: datetime) -> str:
    """A time as queries take it: text without a zone is UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def moment(text: str) -> datetime:
    """A stored time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def entries_of(key: str, since: datetime | None) -> list[str]:
    """The query for the journal of one incident, oldest first; the last term keeps pages from overlapping."""
    start = [term("sys_created_on", ">=", stored(since))] if since else []
    order = ["ORDERBYsys_created_on", "ORDERBYsys_id"]
    return [term("element_id", "=", key), "elementINwork_notes,comments", *start, *order]


def remarks(ticket: Row, entries: Iterable[Row], us: str) -> list[Remark]:
    """The description and the journal in the order of time.

    Within one second ServiceNow keeps no order: our notes go by their numbers, then people's words by their sys_id.
    """
    journal = [remark(entry, us) for entry in entries if entry["element_id"] == ticket["sys_id"]]
    return [body(ticket, us), *sorted(journal, key=_order)]


def body(ticket: Row, us: str) -> Remark:
    """The description, where the first entry stands; ServiceNow gives no time of its last edit."""
    return _remark(BODY, ticket["description"], ticket["sys_created_by"], ticket["sys_created_on"], us)


def remark(entry: Row, us: str) -> Remark:
    """One row of sys_journal_field."""
    return _remark(entry["sys_id"], entry["value"], entry["sys_created_by"], entry["sys_created_on"], us)


def carries(text: str, author: str, op: str, us: str) -> bool:
    """Whether the text is a note of ours with this operation."""
    marker = parted(_lines(text))[1]
    return marker is not None and marker.op == op and author.lower() == us


def standing(ticket: Mapping[str, Any], closed: Sequence[str]) -> Standing:
    """Where it stands; `ticket` has each field as {"value", "display_value"}."""
    value = {name: str(field["value"]) for name, field in ticket.items() if isinstance(field, Mapping)}
    over = value["state"] in closed
    by = (value.get("closed_by.user_name") or value.get("resolved_by.user_name") or "") if over else ""
    at = (value.get("closed_at") or value.get("resolved_at")) if over else ""
    shown = str(ticket["state"]["display_value"])
    return Standing(over, shown, by, moment(at or value["sys_updated_on"]))


def query(words: str, service: str, since: datetime | None) -> list[str]:
    """The search: each word in the short description or the description; empty where no word is left.

    Only letters, digits and a few marks of a word are searched, so that none of it is an operator.
    """
    terms = [
        f"{term('short_description', 'LIKE', word)}^OR{term('description', 'LIKE', word)}"
        for word in _WORD.findall(one_line(words))[:20]
    ]
    if terms and service:
        terms.append(term("correlation_display", "LIKE", f"service: {one_line(service).replace('^', ' ')};"))
    if terms and since:
        terms.append(term("sys_created_on", ">=", stored(since)))
    return [*terms, "ORDERBYDESCsys_created_on"] if terms else []


def hit(row: Row, ticket: Ticket, us: str, closed: Sequence[str]) -> Hit:
    """One incident that the search found."""
    text, marker = parted(_lines(row["description"]))
    incident = marker.incident if marker and row["sys_created_by"].lower() == us else ""
    at, over = moment(row["sys_created_on"]), row["state"] in closed
    return Hit(ticket, row["short_description"], incident, over, at, one_line(text)[:300])


def marked(row: Row, us: str) -> bool:
    """Whether the description is a note of ours."""
    return parted(_lines(row["description"]))[1] is not None and row["sys_created_by"].lower() == us


def spoken_of(body_: bytes, table: str) -> list[str]:
    """The incident that a business rule's message is about: {"table", "sys_id"}."""
    try:
        said = json.loads(body_)
        return [said["sys_id"]] if said["table"] == table and is_key(said["sys_id"]) else []
    except (ValueError, KeyError, TypeError):
        return []


def _order(one: Remark) -> tuple[datetime, bool, int, int, str]:
    ours = one.ours and one.marker is not None
    numbers = (one.marker.n, one.marker.part) if one.marker is not None and ours else (0, 0)
    return one.at, not ours, *numbers, one.id


def _remark(id_: str, text: str, author: str, at: str, us: str) -> Remark:
    above, marker = parted(_lines(text))
    return Remark(id_, author, author, author.lower() == us, above, moment(at), marker=marker)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
