"""The sentences about the cause: likely, ruled out, silent. Root, conclusion, status and summary say them alike."""

from bot.views.parts import code, outside, time
from bot.views.people import mentioned
from bot.views.scene import Scene
from bot.views.unmatched import unmatched
from engine.incident import State
from engine.model import Conclusion, Entry, Hypothesis
from engine.proof import ending
from engine.words import clock, lower_first, number


def likely(conclusion: Conclusion, most: int = 300) -> str:
    """The likely cause as a phrase without its full stop; empty where nothing stands out."""
    return outside(conclusion.likely.says.rstrip(". "), most) if conclusion.likely else ""


def correction(state: State) -> Entry | None:
    """A person's correction of the conclusion that stands."""
    return state.corrections.get(state.conclusion_entry.n) if state.conclusion_entry else None


def corrected(entry: Entry, most: int = 300) -> str:
    """What a person says in place of the cause, as a phrase without its full stop."""
    return outside(str(entry.payload.get("says", "")).rstrip(". "), most)


def _corrected_line(label: str, entry: Entry, scene: Scene) -> str:
    return f"*{label},* corrected by {mentioned(scene, entry.actor)}, {time(entry.at)}: {corrected(entry)}."


def confidence(hypothesis: Hypothesis) -> str:
    """`0.92`, or that none was stated."""
    return "not stated" if hypothesis.confidence is None else number(hypothesis.confidence)


def ruled_out(conclusion: Conclusion) -> list[str]:
    """What the evidence excludes, as phrases for the middle of a sentence."""
    return [lower_first(outside(h.says.rstrip(". "), 120)) for h in conclusion.ruled_out[:6]]


def stopped(conclusion: Conclusion) -> list[str]:
    """The sources whose question people stopped, or did not approve."""
    return [code(source, 60) for source in conclusion.stopped[:6]]


def silent(conclusion: Conclusion) -> list[str]:
    """The sources that did not answer."""
    return [code(source, 60) for source in conclusion.silent[:6]]


def cause_line(state: State, scene: Scene) -> str:
    """One line: the likely cause with its confidence, what is ruled out, who was silent."""
    conclusion = state.conclusion
    if conclusion is None or unmatched(state):
        return ""
    parts, wrong = [], correction(state)
    if wrong:
        parts.append(_corrected_line("Likely cause", wrong, scene))
    elif conclusion.likely:
        parts.append(f"*Likely cause:* {likely(conclusion)} (confidence {confidence(conclusion.likely)}).")
    else:
        parts.append(no_likely_cause(state, conclusion.round))
    if conclusion.ruled_out:
        parts.append(f"*Ruled out:* {', '.join(ruled_out(conclusion))}.")
    if conclusion.silent:
        parts.append(f"*Silent:* {', '.join(silent(conclusion))}.")
    if conclusion.stopped:
        parts.append(f"*Stopped:* {', '.join(stopped(conclusion))}.")
    return " ".join(parts)


def closing_cause(state: State, scene: Scene) -> str:
    """At the close: the cause where a proof stands behind it, else what was likely, or that none was found."""
    conclusion = state.conclusion
    if unmatched(state):
        return "*Cause not looked for:* no playbook matches."
    if wrong := correction(state):
        return _corrected_line("Cause" if ending(state) == "resolved" else "Likely cause", wrong, scene)
    if conclusion is None or conclusion.likely is None:
        planned = state.planned
        answered = sum(1 for ask in planned if ask.finding)
        return f"*Cause not found:* {answered} of {len(planned)} sources answered."
    if ending(state) == "resolved":
        return f"*Cause:* {likely(conclusion)}."
    return f"*Likely cause:* {likely(conclusion)} (confidence {confidence(conclusion.likely)})."


def no_likely_cause(state: State, round_: int) -> str:
    """What is said when nothing stands out: how many answered, and what that is worth."""
    planned = [ask for ask in state.asks.values() if ask.round == round_ and not ask.person]
    answered = [ask.finding for ask in planned if ask.finding]
    words = f"*No likely cause.* {len(answered)} of {len(planned)} sources answered"
    flat = bool(answered) and all(f.facts.get("changed") is False for f in answered)
    begun = state.alert.starts_at if state.alert else None
    if flat and begun:
        return f"{words}, none shows a change near {clock(begun)} UTC."
    return f"{words}; what they say fits no known cause."
