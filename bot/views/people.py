"""People in a message: a plain name pings nobody, a mention is for whoever must act (and for edits)."""

import re

from bot.views.parts import group_mention, mention, outside
from bot.views.scene import Scene
from engine.incident import Cast, Decided
from engine.model import Kind, Proposal
from engine.words import listed

_ID = re.compile(r"[A-Z0-9]+")
_MOST_NAMES = 6


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
    """Who decides, as a mention of the group, or its name, or the people one by one."""
    if _ID.fullmatch(proposal.approvers_mention):
        return group_mention(proposal.approvers_mention)
    if proposal.approvers_name:
        return outside(proposal.approvers_name, 80)
    return approver_names(proposal, scene) or "nobody: the list of approvers is empty"


def approver_names(proposal: Proposal, scene: Scene) -> str:
    """The names of those who may approve, at most six of them."""
    by_ref = {person.ref: person.name for person in scene.people.values()}
    refs = scene.approvers.get(proposal.action, ())
    names = [outside(by_ref[ref], 60) if ref in by_ref else _by_ref(ref) for ref in refs]
    spare = len(names) - _MOST_NAMES
    return ", ".join(names) if spare <= 0 else f"{', '.join(names[:_MOST_NAMES])} and {spare} more"


def _by_ref(ref: str) -> str:
    user_id = ref.partition(":")[2]
    return mention(user_id) if _ID.fullmatch(user_id) else outside(ref, 60)


def way(cast: Cast) -> str:
    """How a word was given: `✅`, `⛔`, `button`, `command`."""
    if cast.vote.surface == "reaction":
        return "⛔" if cast.kind == Kind.VETO else "✅"
    return cast.vote.surface


def approved_by(decided: Decided, scene: Scene) -> str:
    """Everybody whose approval counts, by name."""
    return listed([name(scene, cast.entry.actor) for cast in decided.approvals])
