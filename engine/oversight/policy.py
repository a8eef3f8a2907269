"""Who may decide what, how, and until when. Pure: the same facts give the same verdict on every replica.

An empty approver list means nobody. Stopping is safe: every full member of the channel may veto. A requester never
approves their own proposal, and their veto counts.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Literal

from engine.incident import Decided
from engine.model import Kind, Person, Risk, Verdict

Surface = Literal["reaction", "button", "command"]


def judge(
    kind: Kind,
    decided: Decided,
    person: Person,
    *,
    actor: str,
    surface: Surface,
    approvers: AbstractSet[str],
    now: datetime,
) -> Verdict:
    """The verdict on one word of one person, given now. `approvers` are the refs in force at this moment."""
    if person.is_bot:
        return Verdict.NOT_A_PERSON
    if person.is_guest or person.is_outside or person.is_deactivated:
        return Verdict.OUTSIDER
    if decided.status == "expired" or (decided.status == "waiting" and now >= decided.proposal.expires_at):
        return Verdict.EXPIRED
    if decided.status != "waiting":
        return Verdict.DECIDED
    if kind == Kind.VETO:
        return Verdict.COUNTED if person.in_channel else Verdict.NO_RIGHT
    return _approval(decided, person, actor, surface, approvers)


def _approval(decided: Decided, person: Person, actor: str, surface: Surface, approvers: AbstractSet[str]) -> Verdict:
    if decided.proposal.requester == actor:
        return Verdict.REQUESTER
    if person.ref not in approvers:
        return Verdict.NO_RIGHT
    if decided.proposal.risk == Risk.HIGH and surface == "reaction":
        return Verdict.HIGH_RISK
    return Verdict.COUNTED
