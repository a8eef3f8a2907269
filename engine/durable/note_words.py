"""What each entry of the investigation says in a ticket, from the alert to the conclusion, and the one-line entries.

The words of decisions are in `note_decisions.py`, those of what followed from them in `note_results.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.durable.markdown import code, link, outside
from engine.incident import State
from engine.model import (
    PERSON,
    Alert,
    Conclusion,
    Entry,
    Finding,
    Kind,
    Outcome,
    OwnChannel,
    Plan,
    Question,
    Silence,
    Triage,
    Window,
)
from engine.proof import settling
from engine.words import NBSP, count, listed, lower_first, number, sentence, stretch, upper_first, utc


@dataclass(frozen=True, slots=True)
class Names:
    """Who is who."""

    known: Mapping[str, str]

    def of(self, actor: str) -> str:
        """A person's name, or the part of Watchkeeper or of the outside world that acted."""
        if actor.startswith("person:"):
            return outside(self.known.get(actor, "a person whose name was deleted"), 80)
        return outside(actor.partition(":")[2] or actor, 80)


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """The four paragraphs of a note and its title; an empty one reads "None"."""

    title: str
    context: str
    next: str
    evidence: str = ""
    action: str = ""


Words = Callable[[State, Entry, Names], Paragraphs]
Line = Callable[[State, Entry, Names], str]


def entries(numbers: tuple[int, ...] | list[int]) -> str:
    """`entry 7`, `entries 7, 10`."""
    word = "entry" if len(numbers) == 1 else "entries"
    return f"{word}{NBSP}{', '.join(map(str, numbers))}"


def says(entry: Entry) -> str:
    """The entry's own sentence, as outside text."""
    return sentence(upper_first(outside(str(entry.payload.get("says", "")))))


def outcome_says(outcome: Outcome) -> str:
    """What the target said; `refused: deploy refused with 409` says it once."""
    rest = outcome.says.removeprefix("refused: ")
    return rest if "refused" in rest else outcome.says


def _window(window: Window) -> str:
    return f"{stretch(window.since, window.until, '–')} UTC"


def _alert(state: State, entry: Entry, who: Names) -> Paragraphs:
    alert = Alert.model_validate(entry.payload)
    at = f", {utc(alert.starts_at, seconds=True)}" if alert.starts_at else ""
    where = f" Service {code(alert.service)}" if alert.service else ""
    where += f", {outside(alert.environment, 60)}." if where and alert.environment else "." if where else ""
    described = upper_first(outside(alert.annotations.get("description", "")))
    source = f" {link(alert.link, 'Where it comes from')}." if alert.link else ""
    first = state.alert_entry is None or state.alert_entry.n == entry.n
    if alert.source == PERSON:
        title = f"Opened by {who.of(entry.actor)}"
        words = f"{code(alert.name)}: {sentence(outside(alert.summary))}{where}"
        return Paragraphs(title, words, "Findings follow here. A person closes it.", source.strip(), "Triage begins.")
    return Paragraphs(
        f"Alert {code(alert.name)}",
        f"{code(alert.name)}{at}: {sentence(outside(alert.summary)) or 'no summary.'}{where}",
        "Findings follow here." if first else "It belongs to this incident.",
        f"{sentence(described)}{source}".strip() or f"As {who.of(entry.actor)} sent it.",
        "Investigation begins." if first else "",
    )


def _triage(state: State, entry: Entry, who: Names) -> Paragraphs:
    triage = Triage.model_validate(entry.payload)
    where = f"{code(triage.service)}{f' ({outside(triage.environment, 60)})' if triage.environment else ''}"
    return Paragraphs(
        f"Triage: {triage.severity.words}",
        f"{where if triage.service else 'The service is not named'}: {outside(triage.title, 200)}.",
        "A plan of readings and questions.",
        sentence(outside(triage.summary)),
    )


def nothing_asked(plan: Plan) -> bool:
    """No playbook matches, and the plan asks nobody."""
    return not plan.playbook and not plan.questions


def _plan(state: State, entry: Entry, who: Names) -> Paragraphs:
    plan = Plan.model_validate(entry.payload)
    if nothing_asked(plan):
        name = state.alert.name if state.alert else "this alert"
        following = "A person says what is asked or done."
        return Paragraphs(f"No playbook matches {code(name)}", "Nothing was asked.", following)
    tools = sum(1 for q in plan.questions if q.by == "tool")
    partners = [q for q in plan.questions if q.by == "partner"]
    asked = [f"{code(q.source, 60)}: {lower_first(outside(q.question, 200))}" for q in plan.questions[:20]]
    book = f" Playbook {code(plan.playbook, 80)}." if plan.playbook else ""
    return Paragraphs(
        f"Plan: {count(tools, 'reading')} and {count(len(partners), 'partner')}",
        f"Window {_window(plan.window)}.{book}",
        "Findings follow here.",
        action=f"Asked: {' · '.join(asked)}" if asked else "Nothing is configured that could be asked.",
    )


def _question_to(state: State, entry: Entry, source: str, question: str, who: Names) -> str:
    ask = state.asks.get(str(entry.payload.get("of", "")))
    by = f", asked by {who.of(ask.person)}" if ask and ask.person else ""
    words = question or (ask.question.question if ask else "")
    return f"Question to {code(source, 60)}{by}: {lower_first(outside(words)) or 'not recorded.'}"


def _finding(state: State, entry: Entry, who: Names) -> Paragraphs:
    finding = Finding.model_validate(entry.payload)
    links = ", ".join(link(place.url, place.text) for place in finding.links[:5])
    evidence = [
        sentence(outside(finding.says, 2000)),
        f"Window {_window(finding.window)}." if finding.window else "",
        f"{links}." if links else "",
        _confidence(finding),
        " ".join(code(line, 500) for line in finding.examples[:3]),
    ]
    return Paragraphs(
        f"Finding by {outside(finding.source, 60)}",
        _question_to(state, entry, finding.source, finding.question, who),
        "Compared with the other sources in the conclusion." if _of_plan(state, entry) else "None.",
        " ".join(part for part in evidence if part),
    )


def _confidence(finding: Finding) -> str:
    if finding.confidence is None:
        return "Confidence not stated."
    return f"Confidence {number(finding.confidence)}, stated by {outside(finding.source, 60)}."


def _silent(state: State, entry: Entry, who: Names) -> Paragraphs:
    silence = Silence.model_validate(entry.payload)
    return Paragraphs(
        f"{code(silence.source, 60)} is {'skipped' if silence.reason == 'skipped' else 'silent'}",
        _question_to(state, entry, silence.source, silence.question, who),
        "The investigation goes on without it." if _of_plan(state, entry) else "None.",
        sentence(upper_first(outside(silence.says))),
    )


def _of_plan(state: State, entry: Entry) -> bool:
    ask = state.asks.get(str(entry.payload.get("of", "")))
    return ask is not None and not ask.person


def _conclusion(state: State, entry: Entry, who: Names) -> Paragraphs:
    conclusion = Conclusion.model_validate(entry.payload)
    if state.plan and nothing_asked(state.plan):
        return Paragraphs("Cause not looked for", "No playbook matches.", "A person says what is asked or done.")
    likely = conclusion.likely
    head = "No likely cause"
    if likely:
        head = f"Likely cause: {outside(likely.says.rstrip('. '), 300)}"
    rows = [
        f"{outside(e.source, 60)}: {outside(e.says, 200)} ({outside(e.bears, 80)}, {entries([e.entry])})"
        for e in conclusion.evidence
    ]
    out = [f"~~{outside(h.says.rstrip('. '), 160)}~~ {outside(h.ruled_out, 200)}" for h in conclusion.ruled_out]
    context = "What the sources say fits no known cause."
    if likely:
        stated = likely.confidence is not None
        context = f"Confidence {number(likely.confidence or 0)}." if stated else "Confidence not stated."
    parts = [
        f"{'; '.join(rows)}." if rows else "",
        *(f"Contradiction: {sentence(outside(c))}" for c in conclusion.contradictions[:5]),
        f"Ruled out: {'; '.join(out)}." if out else "",
        f"Stopped: {listed([code(s, 60) for s in conclusion.stopped])}." if conclusion.stopped else "",
        f"Silent: {listed([code(s, 60) for s in conclusion.silent])}." if conclusion.silent else "",
        f"Not explained: {sentence(outside(conclusion.unexplained))}" if conclusion.unexplained else "",
    ]
    return Paragraphs(head, context, "A proposal, where one follows.", " ".join(part for part in parts if part))


FINDINGS: Mapping[str, Words] = {
    Kind.ALERT: _alert,
    Kind.TRIAGE: _triage,
    Kind.PLAN: _plan,
    Kind.FINDING: _finding,
    Kind.SILENT: _silent,
    Kind.CONCLUSION: _conclusion,
}


def _asked(state: State, entry: Entry, who: Names) -> str:
    found = entry.payload.get("question")
    question = Question.model_validate(found) if found else None
    return f"{code(question.source, 60)} asked" if question else "A source is asked"


def _settling(state: State, entry: Entry, who: Names) -> str:
    waits = settling(entry)
    named = outside(waits.measure.name, 60) if waits.measure else "measure"
    return f"The {named} is read again at {utc(waits.due, seconds=True)}"


def _recurred(state: State, entry: Entry, who: Names) -> str:
    return f"Alert received again, at least {state.received} times so far"


def _shown(state: State, entry: Entry, who: Names) -> str:
    proposal, ask = entry.payload.get("proposal"), state.held(int(entry.payload.get("held") or 0))
    if ask is not None and ask.held is not None and ask.held.until is not None:
        return (
            f"The question to {code(ask.question.source, 60)} is shown; held until {utc(ask.held.until, seconds=True)}"
        )
    return f"Proposal {proposal} is shown" if isinstance(proposal, int) else "A message is shown"


def _surfaced(state: State, entry: Entry, who: Names) -> str:
    return f"Shown in the channel, as {who.of(entry.actor)} asked"


def _channel(state: State, entry: Entry, who: Names) -> str:
    own = OwnChannel.model_validate(entry.payload)
    name, says_ = code(f"#{own.name}", 80), sentence(outside(own.says, 200)).rstrip(".")
    return {
        "opened": f"A channel of its own was opened: {name}",
        "refused": f"A channel of its own was refused: {says_}",
        "lost": f"{name} takes no messages any more: {says_}",
        "archived": f"{name} was archived",
        "kept": f"{name} could not be archived: {says_}",
    }[own.state]


def _record(word: str) -> Line:
    def line(state: State, entry: Entry, who: Names) -> str:
        label = outside(str(entry.payload.get("label") or entry.payload.get("backend") or "A record"), 40)
        n = entry.payload.get("n", entry.payload.get("entry"))
        said_ = says(entry)
        return f"{label} {word}{f' entry{NBSP}{n}' if isinstance(n, int) else ''}{f': {said_}' if said_ else ''}"

    return line


def _reason_asked(state: State, entry: Entry, who: Names) -> str:
    n = int(entry.payload.get("of") or 0)
    veto = state.entry(n)
    person = who.of(veto.actor) if veto else "Whoever vetoed"
    return f"{person} is asked once more for the reason of the veto, {entries([n])}"


def _ordered(state: State, entry: Entry, who: Names) -> str:
    done = {"retry": "tries again", "skip": "leaves out", "new": "begins a new ticket, from"}[entry.payload["how"]]
    label = outside(str(entry.payload.get("label") or entry.payload["backend"]), 40)
    said_ = says(entry)
    reason = f": {said_}" if said_ else ""
    return f"{label} {done} entry{NBSP}{entry.payload['entry']}, as {who.of(entry.actor)} decided{reason}"


LINES: Mapping[str, Line] = {
    Kind.ASKED: _asked,
    Kind.SETTLING: _settling,
    Kind.RECURRED: _recurred,
    Kind.SHOWN: _shown,
    Kind.SURFACED: _surfaced,
    Kind.CHANNEL: _channel,
    Kind.RECORD_REFUSED: _record("refused for good"),
    Kind.REASON_ASKED: _reason_asked,
    Kind.RECORD_ORDERED: _ordered,
}
