"""The sentences about the cause: likely, ruled out, silent. Root, conclusion, status and summary say them alike."""

from bot.views.parts import code, outside
from bot.views.unmatched import unmatched
from engine.incident import State
from engine.model import Conclusion, Hypothesis
from engine.proof import ending
from engine.words import clock, lower_first, number


def likely(conclusion: Conclusion, most: int = 300) -> str:
    """The likely cause as a phrase without its full stop; empty where nothing stands out."""
    return outside(conclusion.likely.says.rstrip(". "), most) if conclusion.likely else ""


def confidence(hypothesis: Hypothesis) -> str:
    """`0.92`."""
    return number(hypothesis.confidence)


def ruled_out(conclusion: Conclusion) -> list[str]:
    """What the evidence excludes, as phrases for the middle of a sentence."""
    return [lower_first(outside(h.says.rstrip(". "), 120)) for h in conclusion.ruled_out[:6]]


def silent(conclusion: Conclusion) -> list[str]:
    """The sources that did not answer."""
    return [code(source, 60) for source in conclusion.silent[:6]]


def cause_line(state: State) -> str:
    """One line: the likely cause with its confidence, what is ruled out, who was silent."""
    conclusion = state.conclusion
    if conclusion is None or unmatched(state):
        return ""
    parts = []
    if conclusion.likely:
        parts.append(f"*Likely cause:* {likely(conclusion)} (confidence {confidence(conclusion.likely)}).")
    else:
        parts.append(no_likely_cause(state, conclusion.round))
    if conclusion.ruled_out:
        parts.append(f"*Ruled out:* {', '.join(ruled_out(conclusion))}.")
    if conclusion.silent:
        parts.append(f"*Silent:* {', '.join(silent(conclusion))}.")
    return " ".join(parts)


def closing_cause(state: State) -> str:
    """At the close: the cause where a proof stands behind it, else what was likely, or that none was found."""
    conclusion = state.conclusion
    if unmatched(state):
        return "*Cause not looked for:* no playbook matches."
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
