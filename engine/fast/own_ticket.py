"""Our own tickets that come back as alerts: by the marker of a note of ours, or because the alert is the ticket.

An alert that only mentions an incident, or links to a ticket somewhere in its text, is an alert like any other.
"""

import json
import re

from engine.model import Alert
from engine.store.tx import Tx

_NAMED = re.compile(r"\bINC-(\d{1,9})\b")
_MARKER = re.compile(r"(?:<!-- watchkeeper:1|\[watchkeeper) INC-(\d{1,9}) [^\]>]{0,200}? op[:=]([\w-]{1,64})")


def incident_of(tx: Tx, alert: Alert) -> int | None:
    """The incident of which this alert is a ticket; None for everything else."""
    text = "\n".join((alert.name, alert.summary, *alert.labels.values(), *alert.annotations.values()))
    for number, op in _MARKER.findall(text):
        if _sent(tx, int(number), op):
            return int(number)
    named = {int(number) for number in _NAMED.findall(text)} if alert.link else set()
    return next((number for number in sorted(named) if _is_ticket(tx, number, alert.link)), None)


def _sent(tx: Tx, incident: int, op: str) -> bool:
    """Whether a note with this operation id was sent: acknowledged, or perhaps under way at this moment."""
    if tx.one("SELECT 1 FROM carried WHERE incident = :i AND op = :op", i=incident, op=op) is not None:
        return True
    rows = tx.all("SELECT inflight FROM cursor WHERE incident = :i AND inflight IS NOT NULL", i=incident)
    return any(json.loads(inflight)["op"] == op for (inflight,) in rows)


def _is_ticket(tx: Tx, incident: int, address: str) -> bool:
    rows = tx.all("SELECT ticket FROM cursor WHERE incident = :i AND ticket IS NOT NULL", i=incident)
    return any(json.loads(ticket)["url"] == address for (ticket,) in rows)
