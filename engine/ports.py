"""The seams: what a connector of each kind must be able to do, and what the engine promises to hand it.

A port that leaves the process takes `Clean` or `CleanTree` only. A connector raises the errors of `engine.errors` and
nothing else: `Retryable`, `Permanent`, `Ambiguous`, `Unsupported`, `Denied`. Capabilities are data, so that nobody asks
a connector what type it is.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from engine.model import (
    Alert,
    Conclusion,
    Finding,
    Heard,
    Measure,
    Outcome,
    Person,
    Plan,
    Preview,
    ProposalDraft,
    Scalar,
    Triage,
    Window,
)
from engine.redact import Clean, CleanTree


class Clock(Protocol):
    """Time comes in through here, so that a test can move it."""

    def now(self) -> datetime:
        """The wall clock, UTC and aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for durations inside one process."""
        ...

    def boottime(self) -> float:
        """Seconds since boot, also counted while the machine sleeps: how old a sender's intent is."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def boottime(self) -> float:
        """See `Clock`; where the system has no such clock, the monotonic one."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(seconds)


class AlertSource(Protocol):
    """Turns one vendor's webhook into alerts. Pure: no I/O, so that every recorded payload is one test."""

    name: str

    def verify(self, headers: Mapping[str, str], body: bytes, peer: str) -> None:
        """Raise `Denied` unless the sender is who it must be. `peer` is the remote address."""
        ...

    def parse(self, body: bytes) -> Sequence[Alert]:
        """The alerts in the body; fields that are missing or odd become empty, never an error.

        Raises `Unsupported` when the body is not this vendor's at all.
        """
        ...


class Tool(Protocol):
    """A native instrument: read-only, repeatable."""

    name: str

    async def start(self) -> None:
        """Begin what would make the first reading slow or poor (a history); what fails here is no error yet."""
        ...

    async def read(self, arguments: Mapping[str, Any], window: Window) -> Finding:
        """One reading. `facts["value"]` is its number, where it has one; shares are 0 to 1.

        Raises `Retryable` (not reachable now), `Permanent` (the reading cannot work as configured).
        """
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


class Partner(Protocol):
    """Another agent that answers questions about its own field. Its answer is untrusted text."""

    name: str
    role: str

    async def start(self) -> None:
        """Begin to connect, so that the first question does not pay for it; what fails here is no error yet."""
        ...

    async def ask(self, question: Clean, context: CleanTree, seconds: float) -> Finding:
        """Its answer, tamed and capped. `context` has `service`, `environment`, `since`, `until` (ISO 8601, UTC).

        Raises `TimeoutError` after `seconds`, `Retryable` (unreachable), `Permanent` (it failed, or answered in a form
        that it does not declare).
        """
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What an action sends: the method, host and path without credentials and query, and the body as text."""

    method: str  # "POST"
    address: str  # "deploy.example.com/releases/checkout"
    body: str = ""


class Action(Protocol):
    """One way to change the world. It knows nothing of approvals.

    `idempotency` is what the target does with our operation id: `key` (takes it once), `lookup` (can be asked for it),
    `none` (an unknown outcome is for people).
    """

    idempotency: Literal["key", "lookup", "none"]

    async def state(self, arguments: CleanTree) -> Mapping[str, Scalar]:
        """What the target says of itself now; a start needs the same as at the proposal. Empty where it cannot be."""
        ...

    async def preview(self, arguments: CleanTree) -> Preview | None:
        """A dry run, or None where the target has none."""
        ...

    def request(self, op: str, arguments: CleanTree) -> Request:
        """Exactly what `run` would send, for people to read; nothing is sent. No secret of the configuration is in it.

        Raises `Permanent` when the arguments cannot be sent.
        """
        ...

    async def run(self, op: str, arguments: CleanTree) -> Outcome:
        """Send once. `running` means: accepted, ask `look` how it goes.

        Raises `Permanent` (refused: nothing happened), `Ambiguous` (it may have happened).
        """
        ...

    async def look(self, op: str, arguments: CleanTree) -> Outcome | None:
        """What became of the operation, or None where the target does not know it.

        Raises `Unsupported` where it cannot be asked, `Retryable` when it does not answer now.
        """
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


class Reasoner(Protocol):
    """Judges. A model or a set of rules; it can rank, ask and propose from the catalogue, never approve."""

    name: str

    async def triage(self, alert: Alert) -> Triage:
        """Severity, service and the line that stays the title."""
        ...

    async def plan(self, alert: Alert, triage: Triage, window: Window) -> Plan:
        """What to look at and whom to ask."""
        ...

    async def conclude(self, alert: Alert, plan: Plan, heard: Sequence[Heard]) -> Conclusion:
        """What the answers add up to."""
        ...

    async def propose(self, alert: Alert, conclusion: Conclusion, heard: Sequence[Heard]) -> ProposalDraft | None:
        """The one action to propose, or None."""
        ...

    async def measure(self, alert: Alert) -> Measure | None:
        """The alert's own symptom as a reading, or None where none is known."""
        ...


class Chat(Protocol):
    """What the gate asks the chat before an action starts, and policy before a vote: both can only take away."""

    async def reactions(self, incident: int, proposal: int) -> Mapping[str, frozenset[str]] | None:
        """Emoji on the message of a proposal, or of a held question → refs of who put it there, the bot's own left out.

        None where no message stands. Raises `Retryable` when the chat does not answer: then it is not now.
        """
        ...

    async def person(self, ref: str, max_age: float, incident: int | None = None) -> Person:
        """Who that is, at most `max_age` seconds old. Raises `Retryable`; `Permanent` for nobody.

        `in_channel`: a member of the shared channel, or of the one that the incident has for itself.
        """
        ...

    async def group(self, group: str, max_age: float) -> frozenset[str]:
        """Refs of a user group's members; empty where groups cannot be read. Raises `Retryable`."""
        ...


class Tickets(Protocol):
    """What the gate asks the tickets before a start that counts an approval given there: it can only take away."""

    async def reread(self, incident: int, backend: str) -> bool:
        """Read the whole ticket now; whether anything was recorded, so that the incident must be folded again.

        Raises `Retryable` when it cannot be read: then it is not now.
        """
        ...
