"""What the answers add up to, by one playbook's rules: the likely cause, what is ruled out, who contradicts whom.

Pure: the same answers give the same conclusion. A fact that is missing supports nothing and breaks nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.answer import tamed
from connectors.reasoners.playbook.rules import Rule
from connectors.reasoners.playbook.schema import Bearing, Cause, Playbook
from connectors.template import fields, fill, look_up
from engine.model import Alert, Conclusion, Evidence, Finding, Heard, Hypothesis, Plan, Question, Silence, Window
from engine.words import span

Names = Mapping[str, Any]
PARTNER = "partner/"
_MAX_SAYS, _MAX_ROW = 600, 200


def key_of(question: Question) -> str:
    """What rules call a source: a reading by its key, a partner by its name."""
    return question.key.removeprefix(PARTNER)


def names_of(alert: Alert, window: Window | None, heard: Sequence[Heard] = ()) -> dict[str, Any]:
    """Everything that rules and templates can look up. Of two answers to one question the later counts."""
    names: dict[str, Any] = {
        "alert": alert.model_dump(),
        "labels": alert.labels,
        "annotations": alert.annotations,
        "window": {"since": window.since, "until": window.until} if window else {},
    }
    for answer in heard:
        if answer.finding is not None:
            names[key_of(answer.question)] = _facts(answer.finding, answer.entry)
    return names


def conclude(playbook: Playbook | None, alert: Alert, plan: Plan, heard: Sequence[Heard]) -> Conclusion:
    """The conclusion; without a playbook the evidence stands there and nothing is said of a cause."""
    names = names_of(alert, plan.window, heard)
    entries = {key_of(answer.question): answer.entry for answer in heard if answer.finding}
    causes = playbook.hypotheses if playbook else ()
    out = [cause for cause in causes if _all(cause.ruled_out_when, names)]
    supported = _ranked([cause for cause in causes if cause not in out and _all(cause.when, names)])
    bears = _bearings(supported[:1], out, names)
    contradictions = [
        _contradiction(item.says, item.both_can_hold, names)
        for item in (playbook.contradictions if playbook else ())
        if _all(item.when, names)
    ]
    unexplained = playbook.unexplained if playbook else None
    return Conclusion(
        round=plan.round,
        likely=_hypothesis(supported[0], names, entries) if supported else None,
        others=tuple(
            [_hypothesis(cause, names, entries) for cause in supported[1:]]
            + [_hypothesis(cause, names, entries, ruled_out=True) for cause in out]
        ),
        evidence=tuple(_rows(playbook, heard, names, bears, plan.window)),
        contradictions=tuple(contradictions),
        unexplained=_said(unexplained, names) if unexplained and supported else "",
        silent=tuple(dict.fromkeys(answer.question.source for answer in heard if _silent(answer))),
        stopped=tuple(dict.fromkeys(a.question.source for a in heard if a.silence and not _silent(a))),
    )


def _silent(answer: Heard) -> bool:
    """It was asked and did not answer, other than one that people stopped, or did not approve."""
    return answer.silence is not None and answer.silence.reason not in ("stopped", "expired")


def _facts(finding: Finding, entry: int) -> dict[str, Any]:
    own = {"entry": entry, "source": finding.source, "says": finding.says, "short": finding.short}
    window = {"since": finding.window.since, "until": finding.window.until} if finding.window else {}
    return {"confidence": finding.confidence, **finding.facts, **window, **own}


def _ranked(supported: Sequence[Cause]) -> list[Cause]:
    refined = {cause.refines for cause in supported}
    return sorted((cause for cause in supported if cause.name not in refined), key=lambda cause: -cause.confidence)


def _all(rules: Sequence[Rule], names: Names) -> bool:
    return bool(rules) and all(rule.holds(names) for rule in rules)


def _said(bearing: Bearing, names: Names) -> str:
    return tamed(fill(bearing.says, names), _MAX_SAYS) if all(rule.holds(names) for rule in bearing.when) else ""


def _contradiction(says: str, both: Bearing | None, names: Names) -> str:
    reconciled = _said(both, names) if both else ""
    return f"{tamed(fill(says, names), _MAX_SAYS)} {reconciled}".strip()


def _hypothesis(cause: Cause, names: Names, entries: Mapping[str, int], *, ruled_out: bool = False) -> Hypothesis:
    rules = cause.ruled_out_when if ruled_out else cause.when
    asked = [name for rule in rules for name in rule.names] + fields(cause.reason if ruled_out else cause.says)
    sources = dict.fromkeys(name.partition(".")[0] for name in asked)
    return Hypothesis(
        name=cause.name,
        says=tamed(fill(cause.says, names), _MAX_SAYS),
        confidence=0.0 if ruled_out else cause.confidence,
        entries=tuple(sorted(entries[source] for source in sources if source in entries)),
        ruled_out=tamed(fill(cause.reason, names), _MAX_SAYS) if ruled_out else "",
    )


def _bearings(likely: Sequence[Cause], out: Sequence[Cause], names: Names) -> dict[str, str]:
    """For each source its words, those on the likely cause first: this is also the order of the table."""
    words: dict[str, str] = {}
    for cause in (*likely, *out):
        for source, bearing in cause.bears.items():
            text = _joined(bearing, names, ", ")
            if text and source not in words:
                words[source] = text
    return words


def _rows(
    playbook: Playbook | None, heard: Sequence[Heard], names: Names, bears: Mapping[str, str], window: Window
) -> list[Evidence]:
    order = {source: place for place, source in enumerate(bears)}
    row_of = {look.key: look.row for look in playbook.look} if playbook else {}
    row_of |= {ask.partner: ask.row for ask in playbook.ask} if playbook else {}
    rows = []
    for answer in heard:
        key = key_of(answer.question)
        if answer.silence is not None:
            rows.append((len(bears) + 1, _silent_row(answer.silence, answer.entry)))
        elif answer.finding is not None:
            bearing = bears.get(key) or ("no change" if answer.finding.facts.get("changed") is False else "not weighed")
            says = _joined(row_of.get(key, ()), names, "; ") or answer.finding.says.partition("\n")[0]
            row = Evidence(
                source=answer.question.source,
                says=tamed(says, _MAX_ROW),
                window=answer.finding.window or window,
                bears=bearing,
                entry=answer.entry,
            )
            rows.append((order.get(key, len(bears)), row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _joined(words: Sequence[Bearing], names: Names, between: str) -> str:
    """The parts whose rules hold and whose names are all known."""
    known = (part for part in words if all(look_up(names, name) is not None for name in fields(part.says)))
    return between.join(said for part in known if (said := _said(part, names)))


def _silent_row(silence: Silence, entry: int) -> Evidence:
    says = f"No answer in {span(silence.seconds)}" if silence.reason == "timeout" else silence.says
    bears = silence.reason if silence.reason in ("stopped", "expired") else "silent"
    return Evidence(source=silence.source, says=tamed(says, _MAX_ROW), bears=bears, entry=entry)
