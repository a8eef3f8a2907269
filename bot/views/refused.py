"""A record that refused an entry for good: one line in the thread, with the reason and who goes on.

What can be done about it are commands: they take a reason. The next start tries once more, by itself.
"""

from bot.views.fit import message
from bot.views.parts import code, context, outside, plain, section, spoken
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Entry
from engine.words import NBSP


def refused_message(state: State, scene: Scene, entry: Entry) -> Message:
    """Which record, which entry, and why."""
    backend, label = str(entry.payload.get("backend", "")), str(entry.payload.get("label") or "A record")
    refused = f"entry{NBSP}{entry.payload.get('entry')}"
    says = str(entry.payload.get("says", "")).removeprefix(f"{backend} ")  # who it was stands before it
    rest = _rest(scene, backend)
    name = plain(backend, 40)
    orders = [code(f"{scene.command} mirror {state.number} {how}") for how in _orders(name)]
    blocks = [
        section(f"*{outside(label, 40)} refused {refused} for good* ({outside(says, 200)}).{rest}"),
        context(f"{orders[0]} tries again · {orders[1]} leaves it out · {orders[2]} begins a new ticket"),
    ]
    text = f"{spoken(label)} refused {refused} for good: {spoken(says)}.{rest} {state.label}."
    payload = {"incident": state.label}
    return message(f"refused/{entry.n}", text, blocks, "watchkeeper_refused", entry.n, payload=payload)


def _orders(backend: str) -> tuple[str, str, str]:
    return f"retry {backend}", f"skip {backend} <reason>", f"new {backend}"


def _rest(scene: Scene, backend: str) -> str:
    """` The other record goes on.`; those that refused something themselves are not counted."""
    others = sum(record.backend != backend and not record.parked for record in scene.records)
    if others == 0:
        return ""
    return " The other record goes on." if others == 1 else f" The other {others} records go on."
