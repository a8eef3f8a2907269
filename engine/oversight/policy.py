"""Who may decide what, how, and until when. Pure: the same facts give the same verdict on every replica.

An empty approver list means nobody. Stopping is safe: every full member of the channel may veto, unless a rule narrows
that, and halt everything. A requester never approves their own proposal, may withdraw it, and their veto counts as
anybody's.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime

from engine.incident import Ask, Decided, Held
from engine.model import Kind, Person, Risk, Surface, Verdict

_EMOJI = ("reaction", "ticket_reaction")  # too easily given to approve what is of high risk


def judge(
    kind: Kind,
    decided: Decided,
    person: Person,
    *,
    actor: str,
    surface: Surface,
    approvers: AbstractSet[str],
    vetoers: AbstractSet[str] | None = None,
    now: datetime,
) -> Verdict:
    """The verdict on one word of one person, given now. `approvers` are the refs in force at this moment.

    `vetoers` too; None where every full member of the channel may veto.
    """
    if outsider := _outsider(person):
        return outsider
    if decided.status == "expired" or (decided.status == "waiting" and now >= decided.proposal.expires_at):
        return Verdict.EXPIRED
    if decided.status != "waiting":
        late = kind == Kind.VETO and decided.status == "started"  # one with the right may still stop what is not sent
        return Verdict.NO_RIGHT if late and not may_veto(person, vetoers) else Verdict.DECIDED
    if kind == Kind.VETO:
        return Verdict.COUNTED if may_veto(person, vetoers) else Verdict.NO_RIGHT
    if kind == Kind.WITHDRAWN:
        return Verdict.COUNTED if decided.proposal.requester == actor else Verdict.NO_RIGHT
    return _approval(decided, person, actor, surface, approvers)


def judge_question(
    kind: Kind, ask: Ask, held: Held, person: Person, *, actor: str, approvers: AbstractSet[str], now: datetime
) -> Verdict:
    """The verdict on one word on a question that is held: ✅ sends it now, ⛔ stops it.

    In a veto window every full member of the channel may do either; by approval only the approvers let it go, and
    never whoever asked it. Stopping is safe until it is sent.
    """
    if outsider := _outsider(person):
        return outsider
    if ask.waits is None:
        return Verdict.EXPIRED if ask.status == "expired" else Verdict.DECIDED
    if kind == Kind.VETO or held.hold.policy == "veto_window":
        return Verdict.COUNTED if person.in_channel else Verdict.NO_RIGHT
    if held.until is not None and now >= held.until:
        return Verdict.EXPIRED
    if ask.person == actor:
        return Verdict.REQUESTER
    return Verdict.COUNTED if person.ref in approvers else Verdict.NO_RIGHT


def may_veto(person: Person, vetoers: AbstractSet[str] | None) -> bool:
    """Whether this full member's veto stops a proposal. `vetoers` as for `judge`."""
    return person.in_channel if vetoers is None else person.ref in vetoers


def may_halt(person: Person) -> Verdict:
    """Whether this person may halt all actions: every full member of the channel."""
    return _outsider(person) or (Verdict.COUNTED if person.in_channel else Verdict.NO_RIGHT)


def may_resume(person: Person, approvers: AbstractSet[str]) -> Verdict:
    """Whether this person may end a halt. `approvers`: the refs of whoever may approve any action now."""
    return _outsider(person) or (Verdict.COUNTED if person.ref in approvers else Verdict.NO_RIGHT)


def _outsider(person: Person) -> Verdict | None:
    """Why this is nobody who decides anything."""
    if person.is_bot:
        return Verdict.NOT_A_PERSON
    return None if person.may_speak else Verdict.OUTSIDER


def _approval(decided: Decided, person: Person, actor: str, surface: Surface, approvers: AbstractSet[str]) -> Verdict:
    if decided.proposal.requester == actor:
        return Verdict.REQUESTER
    if person.ref not in approvers:
        return Verdict.NO_RIGHT
    if decided.proposal.risk == Risk.HIGH and surface in _EMOJI:
        return Verdict.HIGH_RISK
    return Verdict.COUNTED
