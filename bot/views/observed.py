"""What would be proposed, in mode observe: the same facts, and nothing that could start it."""

from bot.views.fit import message
from bot.views.parts import Block, code, context, fields, header, outside, plain, section, spoken
from bot.views.people import name
from bot.views.proposal_lines import repeats
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Entry, Proposal
from engine.words import sentence, upper_first

NOTHING = "The mode is observe: nobody is asked, and nothing can start."


def observed_message(state: State, scene: Scene, entry: Entry, proposal: Proposal) -> Message:
    """One message in the thread, without a button."""
    number = f"{state.number}/{entry.n}"
    by = f"{name(scene, proposal.requester)}: " if proposal.requester else ""
    words = repeats(state, scene, proposal) or f"{by}{sentence(outside(proposal.why)) or 'not stated.'}"
    why = f"*Why:* {words}"
    blocks: list[Block] = [
        header(f"Would propose {number}: {plain(proposal.title, 120)}"),
        section(NOTHING, why),
        fields(
            ("What", outside(proposal.what, 400)),
            ("Where", outside(proposal.where, 300)),
            ("Blast radius", outside(proposal.blast_radius, 400) or "not stated"),
            ("Undo", outside(proposal.undo, 300) or "not stated"),
            ("Risk", upper_first(proposal.risk.value)),
        ),
        context(f"Rule: {outside(proposal.rule, 120)}" if proposal.rule else "", code(f"{scene.command} why {number}")),
    ]
    text = f"Would propose {number}: {spoken(proposal.title, 200)}. {NOTHING}"
    payload = {"incident": state.label, "observed": entry.n}
    return message(f"observed/{entry.n}", text, blocks, "watchkeeper_observed", entry.n, payload=payload)
