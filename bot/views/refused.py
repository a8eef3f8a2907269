"""A record that refused an entry for good: one line in the thread, with the reason and who goes on.

It offers nothing to click: the next start tries once more, by itself.
"""

from bot.views.fit import message
from bot.views.parts import outside, section, spoken
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Entry
from engine.words import NBSP


def refused_message(state: State, scene: Scene, entry: Entry) -> Message:
    """Which record, which entry, and why."""
    backend, label = str(entry.payload.get("backend", "")), str(entry.payload.get("label") or "A record")
    refused, says = f"entry{NBSP}{entry.payload.get('entry')}", str(entry.payload.get("says", ""))
    rest = _rest(scene, backend)
    blocks = [section(f"*{outside(label, 40)} refused {refused} for good* ({outside(says, 200)}).{rest}")]
    text = f"{spoken(label)} refused {refused} for good: {spoken(says)}.{rest} {state.label}."
    payload = {"incident": state.label}
    return message(f"refused/{entry.n}", text, blocks, "watchkeeper_refused", entry.n, payload=payload)


def _rest(scene: Scene, backend: str) -> str:
    """` The other record goes on.`; those that refused something themselves are not counted."""
    others = sum(record.backend != backend and not record.parked for record in scene.records)
    if others == 0:
        return ""
    return " The other record goes on." if others == 1 else f" The other {others} records go on."
