"""One line in the thread before a proposal expires; it mentions whoever can still decide."""

from bot.views.fit import message
from bot.views.parts import as_spoken, section, time
from bot.views.people import to_mention
from bot.views.places import proposal_number
from bot.views.scene import Message, Scene
from engine.incident import Decided, State
from engine.model import Entry
from engine.words import count


def reminder_message(state: State, scene: Scene, decided: Decided, entry: Entry) -> Message:
    """As it was when it was time: what is approved after it does not change it."""
    missing = int(entry.payload.get("missing", 1))
    number, who = proposal_number(state, decided.n), to_mention(decided.proposal, scene)
    needs = f"{number} still needs {count(missing, 'approval')}; it expires at {time(decided.proposal.expires_at)}."
    words = f"{who}: {needs}" if who else needs
    payload = {"incident": state.label, "proposal": decided.n}
    text = f"{who}: {as_spoken(needs)}" if who else as_spoken(needs)
    return message(f"reminder/{entry.n}", text, [section(words)], "watchkeeper_reminder", entry.n, payload=payload)
