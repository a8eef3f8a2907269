"""What a ticket says of people's steering: a new round, a focus, a correction."""

from collections.abc import Mapping

from engine.durable.markdown import outside, said
from engine.durable.note_words import Names, Paragraphs, Words, entries
from engine.incident import State
from engine.model import Conclusion, Entry, Finding, Focus, Kind
from engine.words import sentence


def _rerun(state: State, entry: Entry, who: Names) -> Paragraphs:
    return Paragraphs(
        f"New round by {who.of(entry.actor)}",
        "What was found before is kept and weighed again.",
        "A new plan follows.",
        action="Questions without an answer are stopped.",
    )


def _focus(state: State, entry: Entry, who: Names) -> Paragraphs:
    focus = Focus.model_validate(entry.payload)
    verb = {"note": "Focus", "add": "Hypothesis added", "rule_out": "Hypothesis ruled out"}[focus.how]
    context = said(focus.hypothesis, 200) if focus.hypothesis else "The investigation."
    return Paragraphs(
        f"{verb} by {who.of(entry.actor)}",
        context,
        "The next conclusion takes it up.",
        said(focus.says, 2000) if focus.says else "",
    )


def _correction(state: State, entry: Entry, who: Names) -> Paragraphs:
    n = int(entry.payload["corrects"])
    before = outside(_written(state, n), 600)
    return Paragraphs(
        f"Corrected by {who.of(entry.actor)}",
        f"Recorded as {entries([entry.n])}, which corrects {entries([n])}. Before: ~~{before}~~",
        f"Shown in Slack and in every ticket; {entries([n])} stays as written.",
        sentence(said(str(entry.payload.get("says", "")), 2000)),
    )


def _written(state: State, n: int) -> str:
    """What the corrected entry itself says."""
    entry = state.entry(n)
    if entry is None:
        return ""
    if entry.kind == Kind.FINDING:
        return Finding.model_validate(entry.payload).says.rstrip(". ")
    likely = Conclusion.model_validate(entry.payload).likely if entry.kind == Kind.CONCLUSION else None
    return likely.says.rstrip(". ") if likely else "no likely cause"


STEERING: Mapping[str, Words] = {Kind.RERUN: _rerun, Kind.FOCUS: _focus, Kind.CORRECTION: _correction}
