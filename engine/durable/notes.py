"""An entry as Markdown for a ticket: one bold line, then Context, Evidence, Action, Next. Bookkeeping is one line.

Pure and deterministic: the same state, entry and names are always the same text. Times are UTC with the date; people
are called by the names handed in. The marker below the text is the connector's business.
"""

from collections.abc import Mapping
from datetime import UTC

from engine.durable.markdown import one_line
from engine.durable.note_decisions import DECISIONS
from engine.durable.note_questions import of_question
from engine.durable.note_remarks import REMARKS
from engine.durable.note_results import RESULTS
from engine.durable.note_steering import STEERING
from engine.durable.note_words import FINDINGS, LINES, Names, Paragraphs
from engine.incident import State
from engine.model import Entry
from engine.published import SYSTEM
from engine.words import NBSP, utc

_TITLE, _LABEL = 200, 50  # GitHub refuses a longer label
_LINE = 160
_EVIDENCE = "**Evidence** "


def note_text(state: State, entry: Entry, names: Mapping[str, str]) -> str:
    """The text of `entry`, whose incident is folded up to it; `names` has the name of every known pseudonym."""
    who = Names(names)
    head = f" · entry{NBSP}{entry.n} · {utc(entry.at, seconds=True)}"
    line = LINES.get(entry.kind)
    if line:
        return f"**{line(state, entry, who)}**{head}"
    words = of_question(state, entry)
    words = (
        words
        or FINDINGS.get(entry.kind)
        or DECISIONS.get(entry.kind)
        or RESULTS.get(entry.kind)
        or STEERING.get(entry.kind)
        or REMARKS.get(entry.kind)
    )
    if words is None:
        return f"**Entry of the kind {one_line(entry.kind, 40)}**{head}"
    return _text(words(state, entry, who), head)


def note_line(state: State, entry: Entry, names: Mapping[str, str]) -> str:
    """The entry in one line, for a group: number, time, title, and the beginning of its evidence."""
    first, *rest = note_text(state, entry, names).split("\n")
    title = first.removeprefix("**").partition("**")[0]
    said = next((line.removeprefix(_EVIDENCE) for line in rest if line.startswith(_EVIDENCE)), "None.")
    evidence = "" if said == "None." else f": {one_line(said, _LINE)}"
    return f"{entry.n} · {entry.at.astimezone(UTC):%H:%M:%S} · {title}{evidence}"


def _text(said: Paragraphs, head: str) -> str:
    return "\n".join(
        (
            f"**{said.title}**{head}",
            f"**Context** {said.context}",
            f"{_EVIDENCE}{said.evidence or 'None.'}",
            f"**Action** {said.action or 'None.'}",
            f"**Next** {said.next}",
        )
    )


def ticket_title(state: State) -> str:
    """`INC-2041 SEV2 major: checkout, 7.3 % of requests fail`; the system's ticket has a title of its own."""
    if state.number == SYSTEM:
        return "Watchkeeper: halts and resumes"
    if state.triage is None:
        name = state.alert.name if state.alert else "alert"
        return one_line(f"{state.label}: {name}", _TITLE)
    triage = state.triage
    what = f"{triage.service}, {triage.title}" if triage.service else triage.title
    return one_line(f"{state.label} {triage.severity.words}: {what}", _TITLE)


def ticket_labels(state: State) -> tuple[str, ...]:
    """`incident`, `SEV2 major`, `service: checkout`; of the system's ticket `watchkeeper`."""
    if state.number == SYSTEM:
        return ("watchkeeper",)
    if state.triage is None:
        return ("incident",)
    labels = ["incident", state.triage.severity.words]
    if state.triage.service:
        labels.append(one_line(f"service: {state.triage.service}", _LABEL))
    return tuple(labels)
