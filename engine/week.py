"""What the incidents of the last seven days add up to: how long people waited, what was decided, what was proved.

Pure: entries in, figures out, whatever their order. It reads nothing (that is `engine.recent`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from engine.model import Kind, Verdict

# The fates of a proposal, as people count them, in the order in which they are told.
FATES = ("approved", "vetoed", "expired", "withdrawn", "denied", "waiting")
_DECIDED: Mapping[str, str] = {
    Kind.STARTED: "approved",
    Kind.VETO: "vetoed",
    Kind.WITHDRAWN: "withdrawn",
    Kind.DENIED: "denied",
    Kind.EXPIRED: "expired",
}
_OUTRANKS = ("approved", "denied", "vetoed", "withdrawn", "expired")  # as `Decided.status` has it


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last seven days. Times are medians in seconds; None where there was none to measure."""

    incidents: int
    to_finding: float | None
    to_decision: float | None
    to_mitigation: float | None
    proposals: Mapping[str, int]  # by fate, without those that nobody met
    verified: int


@dataclass(slots=True)
class _Proposal:
    at: datetime | None = None
    ends: dict[str, tuple[int, datetime]] = field(default_factory=dict)  # fate → entry and when
    verified: datetime | None = None

    @property
    def fate(self) -> str:
        return next((fate for fate in _OUTRANKS if fate in self.ends), "waiting")

    @property
    def decided(self) -> datetime | None:
        """When people decided; what expired or was denied was not decided by anybody."""
        return self.ends[self.fate][1] if self.fate in ("approved", "vetoed") else None


@dataclass(slots=True)
class _Incident:
    finding: datetime | None = None
    proposals: dict[int, _Proposal] = field(default_factory=dict)


class Week:
    """The fold."""

    def __init__(self) -> None:
        self._incidents: dict[int, _Incident] = {}

    def take(self, incident: int, n: int, kind: str, at: datetime, payload: Mapping[str, Any]) -> None:
        """Note one entry; the same one twice counts once."""
        told = self._incidents.setdefault(incident, _Incident())
        if kind == Kind.FINDING:
            told.finding = min(told.finding or at, at)
            return
        number = n if kind == Kind.PROPOSED else int(payload.get("proposal") or 0)
        if not number:
            return  # a held question's vote, or the proof of a recovery by itself
        proposal = told.proposals.setdefault(number, _Proposal())
        if kind == Kind.PROPOSED:
            proposal.at = at
        elif kind == Kind.VERIFIED:
            proposal.verified = at if payload.get("effect") == "verified" else proposal.verified
        elif payload.get("verdict", Verdict.COUNTED) == Verdict.COUNTED:
            fate = _DECIDED[kind]
            proposal.ends[fate] = min(proposal.ends.get(fate, (n, at)), (n, at))

    def figures(self, opened: Mapping[int, datetime]) -> Figures:
        """For the incidents opened in the last seven days, with when that was; the others are forgotten."""
        self._incidents = {i: told for i, told in self._incidents.items() if i in opened}
        told = self._incidents
        real = [(i, p) for i, one in told.items() for p in one.proposals.values() if p.at is not None]
        fates = [p.fate for _, p in real]
        return Figures(
            incidents=len(opened),
            to_finding=_median([_apart(opened[i], one.finding) for i, one in told.items()]),
            to_decision=_median([_apart(p.at, p.decided) for _, p in real]),
            to_mitigation=_median([_apart(opened[i], _first(one)) for i, one in told.items()]),
            proposals={fate: fates.count(fate) for fate in FATES if fate in fates},
            verified=sum(1 for _, p in real if p.verified is not None),
        )


def _first(one: _Incident) -> datetime | None:
    """When it was mitigated: the first proof that an action helped."""
    return min((p.verified for p in one.proposals.values() if p.verified), default=None)


def _apart(begun: datetime | None, ended: datetime | None) -> float | None:
    return (ended - begun).total_seconds() if begun and ended else None


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
