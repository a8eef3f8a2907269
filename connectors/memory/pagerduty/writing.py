"""What is written to PagerDuty: an incident where none is there yet, notes. Each is sent once.

https://developer.pagerduty.com/api-reference/a7d81b0e9200f-create-an-incident
Surprises: a key is refused only while an incident with it is open; a list by key also finds the incident of an alert
with this dedup_key; the 2,001st note is a 400 like any other.
"""

import re
from datetime import datetime, timedelta

from connectors.memory.pagerduty import reading
from connectors.memory.pagerduty.client import Answered, Client, Json
from connectors.memory.pagerduty.listing import keyed
from engine.errors import Ambiguous, Permanent
from engine.memory import Ticket

MAX_NOTES = 2_000
_CLOCKS = timedelta(minutes=5)  # how far PagerDuty's clock and ours may be apart


def there(client: Client, service: str, key: str, at: datetime) -> Json | None:
    """The open incident with this key, else the one that people have resolved since `at`; None where none is."""
    found = keyed(client, service, key)
    is_open = [one for one in found if one["status"] != reading.RESOLVED]
    early = at - _CLOCKS
    later = [one for one in found if (reading.moment(one["created_at"]) or early) > early]
    return next(iter([*is_open, *later]), None)


def opened(client: Client, wanted: Json, at: datetime) -> Json:
    """A new incident, which calls people; the one that somebody else opened with its key in the meantime."""
    try:
        made: Json = client.ask("POST", "incidents", {"incident": wanted})["incident"]
    except Answered as answered:
        known = answered.status == 400 and there(client, wanted["service"]["id"], wanted["incident_key"], at)
        if not known:
            raise
        return known
    return made


def note(client: Client, who: str, ticket: Ticket, content: str) -> str:
    """Write one note; its id. Raises `Permanent` with words of ours where the incident is full."""
    try:
        written = client.ask("POST", f"{path(ticket)}/notes", {"note": {"content": content}})
    except Answered as answered:
        if answered.status == 400 and len(client.ask("GET", f"{path(ticket)}/notes")["notes"]) >= MAX_NOTES:
            words = f"{who}: {ticket.label} holds {MAX_NOTES:,} notes, the most that PagerDuty takes"
            raise Permanent(words) from answered
        raise
    id_ = written["note"].get("id")
    if not isinstance(id_, str) or not id_:
        raise Ambiguous(f"{who}: the answer to a write names no note")
    return id_


def path(ticket: Ticket) -> str:
    """Where the API has an incident. Raises `Permanent` for what is no id of one."""
    if not re.fullmatch(r"[A-Z0-9]{5,20}", ticket.id):
        raise Permanent(f"`{ticket.id}` is not the id of a PagerDuty incident")
    return f"incidents/{ticket.id}"
