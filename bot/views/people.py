"""People in a message: a plain name pings nobody, a mention is for whoever must act (and for edits)."""

import re
from collections.abc import Sequence

from bot.views.parts import group_mention, mention, outside
from bot.views.scene import OnCall, Scene
from engine.incident import Cast, Decided
from engine.model import Kind, Proposal
from engine.words import listed, took

_ID = re.compile(r"[A-Z0-9]+")
_MOST_NAMES = 6


def members_only(channel: str) -> str:
    """To whoever is shown no incident: a guest who is not in the channel, an outside or a deactivated account."""
    return f"Incidents are shown to members of #{outside(channel, 60)}."


def name(scene: Scene, actor: str) -> str:
    """The plain name, harmless."""
    return outside(scene.name(actor), 80)


def mentioned(scene: Scene, actor: str) -> str:
    """A mention where the person is in the chat, else the plain name."""
    person = scene.people.get(actor)
    if person and person.ref.startswith("slack:") and _ID.fullmatch(person.user_id):
        return mention(person.user_id)
    return name(scene, actor)


def approvers(proposal: Proposal, scene: Scene) -> str:
    """Who decides, as a mention of the group, or its name, or the people one by one; and whoever is on call."""
    listed_ = _called(proposal.approvers_mention, proposal.approvers_name) or approver_names(proposal, scene)
    return _with(listed_, on_call(proposal.on_call, scene)) or "nobody: the list of approvers is empty"


def vetoers(proposal: Proposal, scene: Scene) -> str:
    """Who may veto it."""
    if proposal.veto == "everyone":
        return "Members of this channel"
    if proposal.veto == "approvers":
        return approvers(proposal, scene)
    people = _names(scene.vetoers.get(proposal.op, ()), scene)
    listed_ = _called(proposal.veto_mention, proposal.veto_name) or people
    return _with(listed_, on_call(proposal.veto_on_call, scene)) or "nobody"


def to_mention(proposal: Proposal, scene: Scene) -> str:
    """Whoever must act on it, so that they are pinged: the group, else each person; and whoever is on call."""
    group = group_mention(proposal.approvers_mention) if _ID.fullmatch(proposal.approvers_mention) else ""
    refs = scene.approvers.get(proposal.op, ())[:_MOST_NAMES]
    people = [] if group else [_by_ref(ref) for ref in refs]
    shift = scene.on_call.get(proposal.on_call)
    watch = _by_ref(shift.ref) if shift and shift.ref and shift.ref not in refs else ""
    return " ".join(part for part in (group, *people, watch) if part) or outside(proposal.approvers_name, 80)


def on_call(schedule: str, scene: Scene) -> str:
    """`@Priya Raman, on call`; in a gap the group that stands in, or that nobody is."""
    if not schedule:
        return ""
    shift = scene.on_call.get(schedule)
    if shift is None or not (shift.ref or shift.group):
        return "whoever is on call, nobody now"
    return f"{on_watch(shift)}, on call"


def on_watch(shift: OnCall) -> str:
    """The person, or the group, that is on call."""
    return outside(shift.name, 60) or (_by_ref(shift.ref) if shift.ref else group_mention(shift.group))


def _called(group: str, called: str) -> str:
    return group_mention(group) if group and _ID.fullmatch(group) else outside(called, 80)


def _with(listed_: str, watch: str) -> str:
    return " or ".join(part for part in (listed_, watch) if part)


def approver_names(proposal: Proposal, scene: Scene) -> str:
    """The names of those who may approve, at most six of them."""
    return _names(scene.approvers.get(proposal.op, ()), scene)


def _names(refs: Sequence[str], scene: Scene) -> str:
    by_ref = {person.ref: person.name for person in scene.people.values()}
    names = [outside(by_ref[ref], 60) if ref in by_ref else _by_ref(ref) for ref in refs]
    spare = len(names) - _MOST_NAMES
    return ", ".join(names) if spare <= 0 else f"{', '.join(names[:_MOST_NAMES])} and {spare} more"


def _by_ref(ref: str) -> str:
    user_id = ref.partition(":")[2]
    return mention(user_id) if _ID.fullmatch(user_id) else outside(ref, 60)


def way(cast: Cast) -> str:
    """How a word was given: `✅`, `⛔`, `button`, `command`, `comment in GitHub #318`."""
    if cast.vote.surface in ("ticket", "ticket_reaction"):
        emoji = "👎" if cast.kind == Kind.VETO else "👍"
        read = cast.entry.payload.get("read") or {}
        said = "comment" if cast.vote.surface == "ticket" else emoji
        return f"{said} in {outside(str(read.get('ticket', 'a ticket')), 80)}"
    if cast.vote.surface == "reaction":
        return "⛔" if cast.kind == Kind.VETO else "✅"
    return cast.vote.surface


def approved_by(decided: Decided, scene: Scene) -> str:
    """Everybody whose approval counts, by name."""
    return listed([name(scene, cast.entry.actor) for cast in decided.approvals])


def let_go(decided: Decided, scene: Scene) -> str:
    """`approved by Priya Raman`, or that nobody stopped it."""
    if decided.by_itself:
        return f"started by itself, nobody stopped it in {took(decided.proposal.auto_seconds)}"
    return f"approved by {approved_by(decided, scene)}"
