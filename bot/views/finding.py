"""What a partner, or a source that a person asked, said or did not say: one reply each.

Everything here is outside text: shown, never obeyed, never believed for more than it is.
"""

import re

from bot.views.fit import message
from bot.views.parts import Block, code, context, link, outside, paragraphs, plain, preformatted, said, section, spoken
from bot.views.people import name
from bot.views.places import entries
from bot.views.scene import File, Message, Scene
from engine.incident import Ask, State
from engine.model import Entry, Finding, Silence
from engine.words import NBSP, clock, number, ordinal, sentence, span, stretch, took, upper_first


def finding_message(state: State, scene: Scene, ask: Ask, answer: Entry, finding: Finding) -> Message:
    """One answer."""
    source = plain(ask.question.source, 60)
    head = [f"*{outside(source, 60)}*", outside(finding.role, 60), _asked_by(ask, scene)]
    head += [f"answered in {took(finding.seconds)}", entries([answer.n])]
    blocks: list[Block] = [section(" · ".join(part for part in head if part), paragraphs(finding.says))]
    if finding.examples:
        blocks.append(preformatted("\n".join(finding.examples[:5])))
    blocks.append(context(*_foot(source, finding), *_whole(state, scene, answer, finding)))
    window = f" Window {stretch(finding.window.since, finding.window.until)} UTC." if finding.window else ""
    text = f"{spoken(source, 60)}: {sentence(spoken(finding.says, 400))}{window} {state.label}, {entries([answer.n])}."
    return message(f"finding/{answer.n}", text, blocks, "watchkeeper_finding", answer.n, payload=_payload(state))


def silence_message(state: State, scene: Scene, ask: Ask, answer: Entry, silence: Silence) -> Message:
    """A source that did not answer: an entry, not a hole."""
    source = ask.question.source
    words = _silence(silence, ask)
    asked = ask.asked.at if ask.asked else silence.asked_at
    times = f"Asked {clock(asked, seconds=True)} UTC, given up {clock(answer.at, seconds=True)} UTC. " if asked else ""
    why = "" if silence.reason == "timeout" else f"{sentence(upper_first(outside(silence.says, 300)))} "
    rests = "" if ask.person else "The conclusion does not rest on it."
    again = "asks all the same" if silence.reason == "skipped" else "asks again"
    row = [_in_a_row(silence), f"{code(f'{scene.command} ask {source} …')} {again}"]
    if silence.in_a_row:
        row.append(f"{code(f'{scene.command} partners')} shows its state")
    asked_by = _asked_by(ask, scene)
    head = " · ".join(part for part in (f"*{code(source, 60)} {words}*", asked_by, entries([answer.n])) if part)
    foot = " · ".join(part for part in row if part)
    blocks = [section(head, f"{times}{why}{rests}".strip()), context(foot)]
    text = f"{outside(source, 60)} {words}. {state.label}, {entries([answer.n])}."
    return message(f"silent/{answer.n}", text, blocks, "watchkeeper_silence", answer.n, payload=_payload(state))


def _asked_by(ask: Ask, scene: Scene) -> str:
    return f"asked by {name(scene, ask.person)}: {said(ask.question.question)}" if ask.person else ""


def _in_a_row(silence: Silence) -> str:
    """`Second silence in a row; after 3 it is skipped for 10 min`; nothing where it is never skipped."""
    if silence.reason == "skipped" or not silence.in_a_row or not silence.skip_after:
        return ""
    head = f"{upper_first(ordinal(silence.in_a_row))} silence{' in a row' if silence.in_a_row > 1 else ''}"
    if silence.in_a_row >= silence.skip_after:
        return f"{head}; it is skipped for {span(silence.skip_for)}"
    after = f"{silence.skip_after}{' in a row' if silence.in_a_row == 1 else ''}"
    return f"{head}; after {after} it is skipped for {span(silence.skip_for)}"


def _silence(silence: Silence, ask: Ask) -> str:
    match silence.reason:
        case "timeout":
            return f"did not answer in {took(ask.question.seconds)}"
        case "unreachable":
            return "could not be reached"
        case "unreadable":
            return "answered in a form that cannot be read"
        case "failed":
            return "failed"
        case "stopped" | "expired" | "skipped":
            return "was not asked"


def _foot(source: str, finding: Finding) -> list[str]:
    stated = finding.confidence is not None
    foot = [f"Window {stretch(finding.window.since, finding.window.until)} UTC" if finding.window else ""]
    foot.append(
        f"confidence {number(finding.confidence or 0)}, stated by {outside(source, 60)}"
        if stated
        else "confidence not stated"
    )
    foot.append(" · ".join(link(place.url, place.text) for place in finding.links[:5]))
    return foot


def file_message(state: State, answer: Entry, finding: Finding) -> Message:
    """The whole of an answer that is shown shortened, as a file below it."""
    source = plain(finding.source, 60)
    title = f"{source}: full answer, {state.label}, {entries([answer.n])}"
    stem = re.sub(r"[^A-Za-z0-9]+", "-", f"{state.label}-{answer.n}-{source}").strip("-")
    file = File(stem, finding.evidence)
    return Message(f"file/{answer.n}", title, [], "watchkeeper_file", answer.n, payload=_payload(state), file=file)


def _whole(state: State, scene: Scene, answer: Entry, finding: Finding) -> list[str]:
    """Where the whole of a shortened answer is: in the file below, or else in the ledger, where it always is."""
    if not finding.evidence:
        return []
    size = f"{max(1, finding.evidence_bytes // 1024)}{NBSP}kB"
    if f"file/{answer.n}" in scene.standing:
        return [f"full answer: {size} file"]
    command = code(f"watchkeeper ledger show {state.number}/{answer.n} --evidence")
    return [f"shortened; full answer, {size}: {command}"]


def _payload(state: State) -> dict[str, str]:
    return {"incident": state.label}
