"""The line in the thread of a message that somebody opened an incident about: it leads to the incident, and stays."""

from bot.views.fit import message
from bot.views.parts import link, outside, section, spoken
from bot.views.people import name
from bot.views.scene import Message, Scene
from engine.incident import State

SLOT = "origin"


def origin_message(state: State, scene: Scene) -> Message | None:
    """None where the incident is about no message, or about one in a channel that the app is not in."""
    alert, entry, triage = state.alert, state.alert_entry, state.triage
    if not state.declared or alert is None or entry is None or triage is None:
        return None
    channel, thread = alert.annotations.get("channel", ""), alert.annotations.get("thread", "")
    url = scene.links.get("root", "")
    if not (channel and thread and url):
        return None
    what = f"{triage.severity.words}, opened by {name(scene, entry.actor)}"
    blocks = [section(f"*{link(url, state.label)}* {what}: {outside(triage.title, 140)}")]
    text = f"{state.label} {what}: {spoken(triage.title, 140)}."
    payload = {"incident": state.label}
    return message(SLOT, text, blocks, "watchkeeper_origin", entry.n, payload=payload, place=(channel, thread))


def wants_link(state: State) -> bool:
    """Whether the root's address is needed, for this line."""
    return state.declared and bool(state.alert and state.alert.annotations.get("thread"))
