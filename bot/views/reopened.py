"""An alert that came back after the close: one line in the thread, that parts the earlier work from the new."""

from bot.views.fit import message
from bot.views.parts import code, section, spoken
from bot.views.places import entries
from bot.views.scene import Message
from engine.incident import State
from engine.model import Entry, Kind
from engine.words import lasted


def reopened_message(state: State, entry: Entry) -> Message:
    """What came back, and how long after the close."""
    name = str(entry.payload.get("name", "The alert"))
    closes = [e for e in state.entries if e.kind == Kind.CLOSED and e.n < entry.n]
    after = f" {lasted((entry.at - closes[-1].at).total_seconds())} after closing" if closes else ""
    rest = "the earlier work is above, a new investigation follows"
    blocks = [section(f"{code(name)} came back{after}; {rest} · {entries([entry.n])}")]
    text = f"{spoken(name)} came back{after}; {rest}. {state.label}, {entries([entry.n])}."
    payload = {"incident": state.label}
    return message(f"reopened/{entry.n}", text, blocks, "watchkeeper_reopened", entry.n, payload=payload)
