"""People's steering in the thread: a new round, a focus, a correction beside what it corrects, struck through."""

from bot.views.fit import message
from bot.views.parts import context, outside, quote, section, spoken, time
from bot.views.people import name
from bot.views.places import entries
from bot.views.remarked import in_ticket
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Conclusion, Entry, Finding, Focus, Kind
from engine.words import sentence, upper_first, utc


def rerun_message(state: State, scene: Scene, entry: Entry) -> Message:
    """A new round."""
    who = name(scene, entry.actor)
    head = f"*New round* by {who}: a new plan follows, what was found before is weighed again · {entries([entry.n])}"
    text = f"New round by {who}. {state.label}, {entries([entry.n])}."
    return _message(state, f"rerun/{entry.n}", text, [section(head)], "watchkeeper_rerun", entry)


def focus_message(state: State, scene: Scene, entry: Entry, focus: Focus) -> Message:
    """What the correlation shall take up, and in whose words."""
    who = name(scene, entry.actor)
    words = {"note": "Focus", "add": "Hypothesis added", "rule_out": "Ruled out"}[focus.how]
    about = f": ~{outside(focus.hypothesis, 200)}~" if focus.how == "rule_out" else ""
    later = "" if state.conclusion_entry is None or state.conclusion_entry.n > entry.n else "the next round takes it up"
    head = f"*{words}* by {who}{about} · {entries([entry.n])}"
    blocks = [section(head, quote(focus.says)), *([context(later)] if later else [])]
    text = (
        f"{words} by {who}: {spoken(f'{focus.hypothesis} {focus.says}'.strip())} {state.label}, {entries([entry.n])}."
    )
    return _message(state, f"focus/{entry.n}", text, blocks, "watchkeeper_focus", entry)


def correction_message(state: State, scene: Scene, entry: Entry) -> Message:
    """A correction: what the entry said, struck through, and what it should say."""
    n, who = int(entry.payload["corrects"]), name(scene, entry.actor)
    what = "the conclusion" if _kind(state, n) == Kind.CONCLUSION else "a finding"
    says = sentence(outside(str(entry.payload.get("says", "")), 1500))
    head = f"*{who} corrected {what}*{in_ticket(scene, entry)}, {time(entry.at)}"
    head += f" · {entries([entry.n])} corrects {entries([n])}"
    now_says = "Root message and summary" if what == "the conclusion" else "The thread and every ticket"
    blocks = [
        section(head, f"~{upper_first(outside(written(state, n), 600))}~", f"*{says}*"),
        context(f"{now_says} now say this; {entries([n])} stays as written"),
    ]
    now = spoken(str(entry.payload.get("says", "")), 600)
    text = (
        f"{who} corrected {what} of {state.label}, {utc(entry.at)}: {now} {entries([entry.n])} corrects {entries([n])}."
    )
    return _message(state, f"correction/{entry.n}", text, blocks, "watchkeeper_correction", entry)


def written(state: State, n: int) -> str:
    """What the corrected entry itself says, without its full stop."""
    entry = state.entry(n)
    if entry is not None and entry.kind == Kind.FINDING:
        return Finding.model_validate(entry.payload).says.rstrip(". ")
    likely = Conclusion.model_validate(entry.payload).likely if entry and entry.kind == Kind.CONCLUSION else None
    return likely.says.rstrip(". ") if likely else "No likely cause"


def _kind(state: State, n: int) -> str:
    entry = state.entry(n)
    return entry.kind if entry else ""


def _message(state: State, slot: str, text: str, blocks: list[dict[str, object]], event: str, entry: Entry) -> Message:
    return message(slot, text, blocks, event, entry.n, payload={"incident": state.label})
