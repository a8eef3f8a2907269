"""How a ticket should look, from the folded incident, and whether somebody else closed or reopened it."""

import hashlib

from engine.durable.differences import STATUS, Seen
from engine.durable.notes import ticket_labels, ticket_title
from engine.durable.ours import Sent
from engine.incident import State
from engine.memory import Standing, TicketState
from engine.published import canonical
from engine.redact import Gate
from engine.remarks import name_of, versions


def wanted(state: State, gate: Gate) -> TicketState:
    """Title, labels, open or closed."""
    labels = tuple(gate.clean(text) for text in ticket_labels(state))
    return TicketState(gate.clean(ticket_title(state)), labels, closed=state.closed is not None)


def settled(ticket: TicketState) -> str:
    """What the cursor keeps of the state that was set last."""
    return hashlib.sha256(canonical([ticket.title, ticket.labels, ticket.closed]).encode()).hexdigest()


def turned(backend: str, state: State, sent: Sent, ours: TicketState, found: Standing) -> Seen | None:
    """Whether people closed or reopened the ticket. Only where the mirror has set what it should be.

    `state` is folded before, `sent` read after the ticket was. What people did is compared until the mirror sets the
    ticket anew; its own change is no news.
    """
    mark = settled(ours)
    if sent.cursor.settled != mark:
        return None
    known = state.remarks.get(name_of(backend, STATUS))
    told, _, then = known.read.digest.partition("/") if known else ("", "", "")
    before = told == "closed" if then == mark else ours.closed
    if found.closed == before:
        return None
    word = "closed" if found.closed else "open"
    at = found.at or state.entries[-1].at
    return Seen(
        backend,
        sent.ticket.label,
        STATUS,
        versions(state.remarks, name_of(backend, STATUS)),
        "status",
        "edited",
        f"{word}/{mark}",
        max(at, known.read.at) if known else at,
        author=found.by,
        author_name=found.by,
        text=word,
        says=found.status,
        was=known,
    )
