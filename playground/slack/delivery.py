"""One payload on its way to the app, whatever carries it, and Slack's rules for how often it is tried."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal, Protocol

from playground.slack.model import Json

EnvelopeKind = Literal["events_api", "slash_commands", "interactive"]
ACK_SECONDS = 3.0
# After a failed attempt Slack tries an event again nearly at once, then after one minute, then after five.
RETRIES = (0.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended: acknowledged, perhaps with a payload, or given up, with Slack's word for why."""

    acked: bool
    payload: Json | None = None
    reason: str = ""


@dataclass(slots=True)
class Delivery:
    """What is delivered, as JSON; `accepts` says whether the acknowledgement may carry an answer."""

    kind: EnvelopeKind
    body: str
    outcome: "asyncio.Future[Outcome]"
    accepts: bool = False
    attempt: int = 0
    reason: str = ""
    open: set[str] = field(default_factory=set)
    timer: asyncio.TimerHandle | None = None


class Carrier(Protocol):
    """A way to the app."""

    def deliver(self, kind: EnvelopeKind, payload: Json, *, accepts: bool = False) -> Delivery:
        """Send a payload; only events are sent again if nobody acknowledges."""
