"""The answer to one word of one person on one proposal: an approval, a veto, a withdrawal, by whatever way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.views.answers.not_now import not_counted_now
from bot.views.answers.reply import Reply
from bot.views.answers.word import Said
from bot.views.parts import button, code, outside, time
from bot.views.people import approver_names, approvers, mentioned, vetoers
from bot.views.scene import Scene
from bot.views.tally import some, tally
from bot.views.veto_form import give_reason
from engine.incident import Decided
from engine.model import Kind, Risk, Verdict
from engine.proof import decided_at
from engine.words import clock, sentence, took


def voted(verdict: Verdict, decided: Decided, said: Said, scene: Scene, names: Sequence[str]) -> str | Reply:
    """What became of the word. `names`: whoever may approve now; none means that nobody can."""
    number = f"{decided.entry.incident}/{decided.n}"
    who = _Who(decided, scene, names)
    if said.kind == Kind.WITHDRAWAL:
        return _taken_back(verdict, decided, said, number)
    match verdict:
        case Verdict.COUNTED:
            return _counted(decided, said, scene, number, who)
        case Verdict.NO_RIGHT:
            return _no_right(decided, said, scene, number, who)
        case Verdict.REQUESTER | Verdict.HIGH_RISK:
            return _reasons(verdict, decided, said, scene, number, who)
        case Verdict.NOT_A_PERSON | Verdict.OUTSIDER:
            return _nobody(verdict, said, number, who)
        case Verdict.DECIDED:
            return _decided(decided, said, scene, number)
        case Verdict.EXPIRED:
            return _expired(decided, scene, number)
        case Verdict.STALE:
            return unknown_number(number)
        case Verdict.HALTED | Verdict.FROZEN:
            return not_counted_now(verdict, decided, said, scene, number)


def _nobody(verdict: Verdict, said: Said, number: str, who: "_Who") -> str:
    """Guests, outside and deactivated accounts, apps."""
    outsiders = "guests, outside and deactivated accounts read here, they do not decide"
    only = "only people decide" if verdict == Verdict.NOT_A_PERSON else outsiders
    return f"{said.words.rpartition(' ')[0]} does not count: {only}.\n{number} is decided by {who.group}."


@dataclass(frozen=True, slots=True)
class _Who:
    """Who decides a proposal: the group, and the people in it by name."""

    decided: Decided
    scene: Scene
    names: Sequence[str]

    @property
    def group(self) -> str:
        return approvers(self.decided.proposal, self.scene)

    @property
    def people(self) -> str:
        names = ", ".join(outside(n, 60) for n in self.names[:8])
        spare = len(self.names) - 8
        return f"{names} and {spare} more" if spare > 0 else names or approver_names(self.decided.proposal, self.scene)

    @property
    def both(self) -> str:
        """`@checkout-approvers (Priya Raman, Maya Okafor)`."""
        return self.group if self.people in (self.group, "") else f"{self.group} ({self.people})"


def _counted(decided: Decided, said: Said, scene: Scene, number: str, who: _Who) -> str | Reply:
    proposal = decided.proposal
    if said.kind == Kind.WITHDRAWN:
        return f"{number} is withdrawn. {_will_not_run(decided, said, number)}"
    if said.kind == Kind.VETO:
        veto = decided.veto
        since = f" since {time(veto.entry.at, seconds=True)}" if veto else ""
        first = f"Your veto of {number} counts{since}. {_will_not_run(decided, said, number)}"
        if said.reason:
            return f"{first}\nYour reason stands on the card and in every ticket."
        return _say_why(f"{first}\nSay why, for the card and every ticket.", decided, said)
    given, needed = len(decided.approvals), proposal.quorum
    if all(cast.entry.actor != said.actor for cast in decided.approvals):  # it came late: taken back meanwhile
        return f"{said.words} {number} is withdrawn: {tally(decided)}. Nothing had started."
    enough = ", already enough" if given > needed else ""
    first = f"Counted: {tally(decided)}{enough} for {number}."
    if given >= needed:
        return f"{first} The state is read again, then it starts; until then a ⛔ stops it."
    missing = needed - given
    more = "One more" if missing == 1 else f"{missing} more"
    verb = "is" if missing == 1 else "are"
    back = f"To take yours back before it starts: {code(f'{scene.command} withdraw {number}')}."
    if said.surface == "reaction":
        back = "To take yours back before it starts, remove your ✅."
    until = time(proposal.expires_at)
    return f"{first} {more} of {who.group} {verb} needed until {until}.\n{back}"


def _will_not_run(decided: Decided, said: Said, number: str) -> str:
    """Of the action, unless another proposal of it waits: then of this one alone."""
    return f"{number if said.twins else code(decided.proposal.action)} will not run.{said.others}"


def _on(decided: Decided) -> str:
    """`` `rollback-release` on `checkout` ``: the action and the first thing it touches."""
    where = decided.proposal.where.split(",")[0].strip()
    return f"{code(decided.proposal.action)} on {outside(where, 80)}" if where else code(decided.proposal.action)


def _say_why(text: str, decided: Decided, said: Said) -> Reply:
    """With the button that asks for the reason of the veto."""
    return Reply(text, (give_reason(decided.entry.incident, said.n),))


def _no_right(decided: Decided, said: Said, scene: Scene, number: str, who: _Who) -> str | Reply:
    note = code(f"{scene.command} note {decided.entry.incident} …")
    if said.kind == Kind.VETO and decided.started:
        return _too_late(decided, said, scene, number, decided.started.at)
    if said.kind == Kind.VETO:
        mine = f"Your ⛔ is shown on {number}" if said.surface == "reaction" else f"Your veto of {number} is shown"
        first = f"{mine} as an objection; it does not stop it. {vetoers(decided.proposal, scene)} can."
        if said.reason:
            return f"{first}\nYour reason stands beside it."
        return _say_why(f"{first}\nSay what they should know.", decided, said)
    if not who.names:
        setting = code(f"actions.{decided.proposal.action}.approvers")
        mend = f"Policy: {setting} in watchkeeper.yaml names who may. A veto counts all the same."
        return f"{said.words} {number} does not count: nobody can approve {_on(decided)}; the list is empty.\n{mend}"
    why = code(f"{scene.command} why {number}")
    return (
        f"{said.words} {number} does not count: {_on(decided)} is decided by {who.both}.\n"
        f"You can add what you know with {note}, or ask an approver. Who grants the right: {why}."
    )


def _reasons(verdict: Verdict, decided: Decided, said: Said, scene: Scene, number: str, who: _Who) -> str:
    """The requester, or a reaction at high risk, or both at once."""
    requester = decided.proposal.requester == said.actor
    approve = code(f"{scene.command} approve {number}")
    high = decided.proposal.risk == Risk.HIGH and said.surface == "reaction"
    reasons = ["you requested it"] if requester or verdict == Verdict.REQUESTER else []
    reasons += [f"its risk is high, so approval takes the button or {approve}"] if high else []
    twice = ", for two reasons" if len(reasons) == 2 else ""
    needed = decided.proposal.quorum
    take_back = f" To take it back: {code(f'{scene.command} withdraw {number}')}." if requester else ""
    return (
        f"{said.words} {number} does not count{twice}: {', and '.join(reasons)}.\n"
        f"It needs {needed} of {who.both}.{take_back}"
    )


def _taken_back(verdict: Verdict, decided: Decided, said: Said, number: str) -> str:
    """An approver takes back an emoji, or by command everything."""
    given = tally(decided)
    what = "approval" if said.surface == "command" else said.way
    if decided.started:
        at = decided.started.at
        late = f"{number} started {_utc(at)}, {_before(at, said)}: too late to take your {what} back."
        return f"{late} That changed nothing."
    if verdict != Verdict.COUNTED:
        return f"{number} was already decided when you took your {what} back. That changed nothing."
    counted = any(
        c.entry.actor == said.actor and c.kind == Kind.APPROVAL and c.vote.verdict == Verdict.COUNTED
        for c in decided.votes
    )
    if not counted:
        return f"{said.words} {number} had not counted; taking it back changes nothing."
    if any(c.entry.actor == said.actor for c in decided.approvals):
        return f"{said.words} {number} is withdrawn, but your approval by another way stands: {given}."
    return f"{said.words} {number} is withdrawn: {given}. Nothing had started."


def _decided(decided: Decided, said: Said, scene: Scene, number: str) -> str | Reply:
    nothing = f"Your {said.way} changed nothing."
    if decided.started:
        return _too_late(decided, said, scene, number, decided.started.at)
    if decided.denied:
        says = outside(str(decided.denied.payload.get("says", "")), 300).rstrip(".")
        approved = "was approved but did not start" if decided.approvals else "was denied by the gate"
        return f"{number} {approved}: {says}.\nNothing ran. {_again(decided, scene)} looks again."
    veto = decided.veto
    if veto:
        own = veto.entry.actor == said.actor
        who = "you" if own else mentioned(scene, veto.entry.actor)
        first = f"{number} was already decided, {_before(veto.entry.at, said)}: vetoed by {who}, {_utc(veto.entry.at)}."
        if said.kind == Kind.VETO and said.reason and decided.why_vetoed:
            return f"{first}\nYour reason is recorded{' and stands on the card' if own else ''}."
        if said.kind == Kind.VETO and own and decided.why_vetoed is None:
            return _say_why(f"{first}\n{nothing} It still lacks a reason.", decided, said)
        return f"{first}\n{nothing}"
    if decided.withdrawn:
        at, who = decided.withdrawn.entry.at, mentioned(scene, decided.withdrawn.entry.actor)
        return f"{number} was already decided, {_before(at, said)}: withdrawn by {who}, {_utc(at)}.\n{nothing}"
    return f"{number} was already decided.\n{nothing}"


def _too_late(decided: Decided, said: Said, scene: Scene, number: str, started: datetime) -> str:
    at = decided_at(decided) or started
    who = ", ".join(mentioned(scene, cast.entry.actor) for cast in decided.approvals)
    undo = outside(decided.proposal.undo, 200)
    back = f" To undo it: {sentence(undo)}" if undo else ""
    if said.kind in (Kind.VETO, Kind.WITHDRAWN):
        word = said.words if said.kind == Kind.WITHDRAWN else "Your veto of"
        first = f"{word} {number} came too late: it started {_utc(started)}, {_before(started, said)}."
        return f"{first}\nIt is recorded and stops nothing any more.{back}"
    state = {"started": "It runs.", "running": "It runs."}.get(decided.status, "It has run.")
    first = f"{number} was already decided, {_before(at, said)}: approved by {who}, {_utc(at)} ({tally(decided)})."
    return f"{first}\nYour {said.way} changed nothing. {state}{back}"


def _before(at: datetime, said: Said) -> str:
    seconds = (said.at - at).total_seconds()
    return f"{took(max(0.0, seconds))} before your {said.way}" if seconds >= 1 else f"just before your {said.way}"


def _utc(at: datetime) -> str:
    return f"{clock(at, seconds=True)} UTC"


def _expired(decided: Decided, scene: Scene, number: str) -> str:
    at = decided.proposal.expires_at
    return (
        f"{number} expired at {_utc(at)}. Nothing ran, and nobody said no: expired is not denied.\n"
        f"To decide now, {_again(decided, scene)} reads the state again and proposes anew; "
        "the old ✅ is not carried over."
    )


def _again(decided: Decided, scene: Scene) -> str:
    """What proposes it anew: a new round for what the investigation proposed, a new request for what a person did."""
    if decided.proposal.requester:
        return code(f"{scene.command} run {decided.proposal.action} …")
    return code(f"{scene.command} rerun {decided.entry.incident}")


def stale(number: str, current: Decided | None, url: str, way: str = "click") -> str | Reply:
    """A word on another proposal than the one that stands now, at `url`; `way` as in `Said`."""
    nothing = f"Your {way} changed nothing."
    where = {"click": "button", "command": "number"}.get(way, "card")
    if current is None or current.status != "waiting":
        return f"This {where} belongs to an earlier {outside(number, 40)}; no decision waits.\n{nothing}"
    now = f"{current.entry.incident}/{current.n}"
    title = outside(current.proposal.title, 120)
    since = f"since {time(current.entry.at)} the proposal is {now} ({title})"
    text = f"This {where} belongs to {outside(number, 40)}; {since}.\n{nothing}"
    return Reply(text, (button(f"Open {now}", "wk_proposal_open", now, url=url),)) if url else text


def only_observed(number: str) -> str:
    """A word on what would have been proposed."""
    first = f"{outside(number, 60)} is only what would be proposed: the mode is observe, so nothing can start."
    return f"{first}\nNothing changed."


def unknown_number(number: str, waiting: Sequence[str] | None = None) -> str:
    """A word on a number that is no proposal; `waiting` are those of all open incidents, None where not asked."""
    first = f"{outside(number, 60)} is no proposal. Nothing changed."
    if waiting is None:
        return first
    return f"{first}\n{f'Waiting for a decision: {some(list(waiting))}.' if waiting else 'No decision waits.'}"
