"""A note that a person left, by command or in a ticket: who, and their words."""

from bot.views.fit import message
from bot.views.parts import quote, section, spoken
from bot.views.people import name
from bot.views.places import entries
from bot.views.remarked import in_ticket
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Entry


def note_message(state: State, scene: Scene, entry: Entry) -> Message:
    """One note."""
    who = name(scene, entry.actor)
    words = str(entry.payload.get("says", ""))
    blocks = [section(f"*Note by {who}*{in_ticket(scene, entry)} · {entries([entry.n])}", quote(words))]
    text = f"Note by {who}: {spoken(words)} {state.label}, {entries([entry.n])}."
    return message(f"note/{entry.n}", text, blocks, "watchkeeper_note", entry.n, payload={"incident": state.label})
