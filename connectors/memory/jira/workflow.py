"""An issue through its workflow: the transition that an operator has named, among those that it offers now.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues (transitions)
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.memory.jira.calls import Calls, shaped
from engine.errors import Permanent
from engine.memory import Ticket


async def offered(calls: Calls, who: str, issue: str) -> list[Mapping[str, Any]]:
    """The transitions that the issue offers to our account now."""
    return shaped(who, await calls.get(f"/issue/{issue}/transitions"), "transitions")


def named(transitions: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any] | None:
    """The transition of that name, or else the one that leads to a status of that name."""
    return next(
        (
            one
            for names in (_own_name, target)
            for one in transitions
            if names(one).casefold() == wanted.strip().casefold()
        ),
        None,
    )


async def move(calls: Calls, who: str, ticket: Ticket, wanted: str) -> None:
    """Send the issue through it. Raises `Permanent` where it is not offered."""
    transitions = await offered(calls, who, ticket.id)
    found = named(transitions, wanted)
    if found is None:
        raise Permanent(f"{who}: {ticket.label} offers no transition `{wanted}`, but {spoken(transitions)}")
    await calls.send("POST", f"/issue/{ticket.id}/transitions", {"transition": {"id": str(found.get("id"))}})


def spoken(transitions: Sequence[Mapping[str, Any]]) -> str:
    """Their names, for people."""
    names = [f"`{_own_name(one)}`" for one in transitions]
    return ", ".join(names) or "none at all to this account"


def target(transition: Mapping[str, Any]) -> str:
    """The name of the status that it leads to."""
    status = transition.get("to")
    return str(status.get("name", "")) if isinstance(status, Mapping) else ""


def _own_name(transition: Mapping[str, Any]) -> str:
    return str(transition.get("name", ""))
