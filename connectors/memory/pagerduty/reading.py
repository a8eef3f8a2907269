"""What stands in a PagerDuty incident, in our words: its notes, where it stands, and what a change of it would be.

Surprises: PagerDuty does not say in which order it lists notes, and its times have whole seconds; one note cannot be
asked for by itself. The body of our ticket is the note with entry 1: an incident that PagerDuty raised itself has a
body of its own, and no API changes one.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from connectors.marker import parted
from connectors.memory.pagerduty.client import Json
from engine.memory import Hit, Remark, Standing, Ticket

BODY = "body"
RESOLVED = "resolved"
_INCIDENT = r"[A-Z][A-Z0-9]*-\d+"
_TITLE = re.compile(rf"({_INCIDENT}) SEV\d ")


def remarks(notes: Sequence[Json], us: str) -> list[Remark]:
    """The note with entry 1 as the body, then the other notes, oldest first; `us` is the id of the user we write as."""
    found = _oldest_first([_remark(note, us) for note in notes])
    body = next((one for one in found if _begins(one)), None)
    if body is None:
        return found
    first = Remark(BODY, body.author, body.author_name, body.ours, body.text, body.at, body.edited_at, body.marker)
    return [first, *(one for one in found if one is not body)]


def since(found: Sequence[Remark], start: datetime | None) -> list[Remark]:
    """The body, and what was written or edited then or later, by whole seconds."""
    second = start.replace(microsecond=0) if start else None
    return [one for one in found if second is None or one.id == BODY or (one.edited_at or one.at) >= second]


def carries(found: Sequence[Remark], op: str) -> str | None:
    """The id of our note with this operation id."""
    return next((one.id for one in found if one.ours and one.marker and one.marker.op == op), None)


def begun(found: Sequence[Remark]) -> bool:
    """Whether entry 1 stands there, so that the ticket is ours."""
    return any(one.id == BODY for one in found)


def standing(incident: Json) -> Standing:
    """`Triggered`, `Acknowledged` or `Resolved`, and who made it so."""
    status = str(incident["status"])
    by = (incident.get("last_status_change_by") or {}).get("summary") or ""
    return Standing(status == RESOLVED, status.capitalize(), str(by), moment(incident.get("last_status_change_at")))


def change(incident: Json, title: str, priority: str, *, closed: bool, us: str) -> Json:
    """What to send so that the incident looks as it should; empty where it does.

    An acknowledgement stays. What people resolved stays resolved: reopening it would call them. What we resolved
    ourselves is triggered again.
    """
    wanted: Json = {}
    resolved = incident["status"] == RESOLVED
    if incident.get("title") != title:
        wanted["title"] = title
    if priority and (incident.get("priority") or {}).get("id") != priority:
        wanted["priority"] = {"id": priority, "type": "priority_reference"}
    if closed and not resolved:
        wanted |= {"status": RESOLVED, "resolution": title}
    if not closed and resolved and (incident.get("last_status_change_by") or {}).get("id") == us:
        wanted["status"] = "triggered"
    return wanted


def ticket(incident: Json) -> Ticket:
    """`PagerDuty #4711`."""
    return Ticket(str(incident["id"]), f"PagerDuty #{int(incident['incident_number'])}", incident.get("html_url") or "")


def hit(incident: Json, ours: re.Pattern[str]) -> Hit:
    """One incident whose title has the words; `ours` reads our incident from its key, else our title tells."""
    key = incident.get("incident_key")
    keyed = ours.fullmatch(key) if key else _TITLE.match(incident["title"])
    name = keyed[1] if keyed else ""
    at = moment(incident["created_at"])
    assert at is not None  # noqa: S101  PagerDuty's list has it
    return Hit(ticket(incident), str(incident["title"]), name, incident["status"] == RESOLVED, at)


def may_be_ours(incident: Json, ours: re.Pattern[str]) -> bool:
    """Whether its key is one of ours; an incident that an alert raised has none, and may be ours too."""
    key = incident.get("incident_key")
    return not key or ours.fullmatch(key) is not None


def key_pattern(template: str) -> re.Pattern[str]:
    """What reads an incident back from a key that `template` made."""
    before, _, after = template.partition("{incident}")
    return re.compile(rf"{re.escape(before)}({_INCIDENT}){re.escape(after)}")


def spoken_of(body: bytes) -> list[str]:
    """The id of the incident that a webhook is about, if it is about one (webhooks v3, `event.data`)."""
    try:
        data = json.loads(body)["event"]["data"]
        about = data if data.get("type") == "incident" else data["incident"]
        return [about["id"]] if re.fullmatch(r"[A-Z0-9]{5,20}", about["id"]) else []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []  # a ping, or an event that is about no incident


def moment(text: object) -> datetime | None:
    """A time of PagerDuty's, which is UTC and says so."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def _remark(note: Json, us: str) -> Remark:
    text, marker = parted(note["content"])
    at, edited = moment(note["created_at"]), moment(note.get("updated_at"))
    assert at is not None  # noqa: S101  PagerDuty's list has it
    author = note.get("user") or {}
    return Remark(
        id=str(note["id"]),
        author=str(author.get("id") or ""),
        author_name=str(author.get("summary") or ""),
        ours=bool(us) and author.get("id") == us,
        text=text,
        at=at,
        edited_at=edited if edited != at else None,
        marker=marker,
    )


def _begins(one: Remark) -> bool:
    marker = one.marker
    return one.ours and marker is not None and 1 in (marker.n, marker.first) and marker.part == 1


def _oldest_first(found: list[Remark]) -> list[Remark]:
    """By time; within a second as the list has it, which is turned where it is seen to run backwards."""
    for one, after in pairwise(found):
        if one.at != after.at:
            backwards = one.at > after.at
            return sorted(reversed(found) if backwards else found, key=lambda each: each.at)
    numbers = [one.marker.n for one in found if one.ours and one.marker]
    return found[::-1] if any(one > after for one, after in pairwise(numbers)) else found
