"""A halt and its end: the two messages in the channel, and the line that says it wherever a decision waits.

Slots: `halted/<entry>` and `resumed/<entry>` of the system incident; neither is in a thread, and neither pings anybody.
"""

from bot.views.fit import message
from bot.views.parts import as_spoken, code, date, said, section
from bot.views.people import name
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Entry, Kind
from engine.words import lasted

MOST = 20  # entries; what is older stands in the chat as it was
_MOST_NUMBERS = 6


def halts(state: State, scene: Scene) -> list[Message]:
    """The messages of the last halts, oldest first."""
    told: list[Message] = []
    for entry in state.entries[-MOST:]:
        if entry.kind == Kind.HALTED:
            told.append(_halted(scene, entry, _ended(state, entry)))
        elif entry.kind == Kind.RESUMED:
            told.append(_resumed(state, scene, entry))
    return told


def halt_line(scene: Scene, entry: Entry) -> str:
    """Who, since when and why, as one sentence."""
    return f"*Halted* by {by_whom(scene, entry)}."


def by_whom(scene: Scene, entry: Entry) -> str:
    """`Maya Okafor, 24 Nov 2026 03:15 UTC: “database migration until 04:00”`."""
    return f"{name(scene, entry.actor)}, {date(entry.at)}: {said(str(entry.payload.get('reason', '')))}"


def waits_for_resume(scene: Scene) -> str:
    """The line on whatever waits for an approval while all actions are halted; empty while nothing is."""
    if scene.halted is None:
        return ""
    return f"{halt_line(scene, scene.halted)} An approval counts after {code(f'{scene.command} resume')} only."


def _halted(scene: Scene, entry: Entry, end: Entry | None) -> Message:
    running = [str(number) for number in entry.payload.get("started") or []]
    which = f" ({', '.join(running[:_MOST_NUMBERS])}{', …' if len(running) > _MOST_NUMBERS else ''})" if running else ""
    were = "1 action was" if len(running) == 1 else f"{len(running)} actions were"
    words = (
        f"✋ {halt_line(scene, entry)} Nothing starts from now on; {were} already started{which}. "
        f"Investigations and the record go on. {code(f'{scene.command} resume')} ends it."
    )
    if end is not None:
        words = f"{halt_line(scene, entry)} Ended by {name(scene, end.actor)}, {date(end.at)}."
    seq = end.n if end else entry.n
    return _message("halted", entry, words, seq)


def _resumed(state: State, scene: Scene, entry: Entry) -> Message:
    begun = next((e for e in reversed(state.entries[: entry.n]) if e.kind == Kind.HALTED), None)
    after = f", {lasted((entry.at - begun.at).total_seconds())} after the halt" if begun else ""
    words = f"*Resumed* by {name(scene, entry.actor)}, {date(entry.at)}{after}. Actions may start again."
    void = "What was approved before does not count; what still waits needs its approvals anew."
    return _message("resumed", entry, f"{words} {void}", entry.n)


def _ended(state: State, entry: Entry) -> Entry | None:
    return next((e for e in state.entries[entry.n :] if e.kind == Kind.RESUMED), None)


def _message(kind: str, entry: Entry, words: str, seq: int) -> Message:
    slot, event, text = f"{kind}/{entry.n}", f"watchkeeper_{kind}", as_spoken(words)
    return message(slot, text, [section(words)], event, seq, in_thread=False, since=entry.at)
