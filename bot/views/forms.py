"""The forms that an incident's buttons and menus open. What is sent is the command of the same name, judged alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.views.form import modal, select, text_input
from bot.views.parts import Block, code, context, fields, outside, plain, preformatted, section
from bot.views.places import proposal_number
from bot.views.steering import written
from engine.incident import Decided, State
from engine.model import Entry, Finding, Hold, Kind
from engine.ports import Request
from engine.words import took

About = Mapping[str, Any]
Form = dict[str, Any]


def ask_form(state: State, partners: Mapping[str, Hold | None], about: About) -> Form:
    """Whom, and what; `partners`: by what the question to each is held, None where it is sent at once."""
    options = [(name, f"{plain(name, 30)}: {_policy(partners[name])}") for name in sorted(partners)]
    blocks = [
        select("partner", "Partner", options, value=options[0][0] if len(options) == 1 else ""),
        text_input("text", "Question", placeholder="What changed on the database since 01:30 UTC?"),
        context(f"{_what(state)} · the answer comes in the thread"),
    ]
    return modal("wk_ask", "Ask a partner", blocks, about=about, submit="Ask")


def _policy(hold: Hold | None) -> str:
    if hold is None:
        return "sent at once"
    away = ", leaves the company" if hold.outside else ""
    if hold.policy == "approval":
        return f"an approver sends it{away}"
    return f"sent after {took(hold.seconds)} unless stopped{away}"


def note_form(state: State, about: About) -> Form:
    """What somebody knows."""
    hint = "Shown in the thread and in every ticket."
    blocks = [text_input("text", "Note", hint=hint, most=2000), context(_what(state))]
    return modal("wk_note", "Add a note", blocks, about=about, submit="Record it")


def correct_form(state: State, wrong: Sequence[Entry], about: About) -> Form:
    """Which entry is wrong, in its own words, and what it should say; `wrong` are those that can be, in this order."""
    options = [(str(entry.n), _words(state, entry)) for entry in wrong]
    stands = state.conclusion_entry
    hint = "The entry stays as written; root message, thread and tickets say the correction beside it."
    blocks = [
        select("entry", "What is wrong", options, value=str(stands.n) if stands else ""),
        text_input("text", "What it should say", hint=hint),
        context(_what(state)),
    ]
    return modal("wk_correct", "Correct a finding", blocks, about=about, submit="Record it")


def _words(state: State, entry: Entry) -> str:
    source = "Conclusion"
    if entry.kind == Kind.FINDING:
        source = Finding.model_validate(entry.payload).source
    return plain(f"{entry.n} · {source}: {written(state, entry.n)}", 75)


def close_form(state: State, about: About) -> Form:
    """Why it ends without a proof."""
    blocks = [
        text_input("text", "Reason", hint="Shown in the summary and in every ticket.", placeholder="What ended it?"),
        context(f"{_what(state)} · it closes by your name, without a reading that proves it"),
    ]
    return modal("wk_close", "Close by hand", blocks, about=about, submit="Close it")


def another_way_form(state: State, about: About) -> Form:
    """What a person wants instead; a new round takes it up."""
    hint = "A new round begins with it. What is proposed now waits on until it is decided or replaced."
    blocks = [
        text_input("text", "What should be different", hint=hint, placeholder="Scale out instead of rolling back"),
        context(_what(state)),
    ]
    return modal("wk_another_way", "Ask for another way", blocks, about=about, submit="Look again")


def request_form(state: State, decided: Decided, request: Request) -> Form:
    """Exactly what an action sends, and what it is bound to."""
    proposal, number = decided.proposal, proposal_number(state, decided.n)
    shown = f"{request.method} {request.address}" + (f"\n\n{request.body}" if request.body else "")
    given = [(plain(name, 60), code(value)) for name, value in list(proposal.arguments.items())[:8]]
    bound = " · ".join(f"{outside(k, 60)} {code(v)}" for k, v in list(proposal.state.items())[:8])
    blocks: list[Block] = [
        section(f"*What {number} sends*, once: {outside(proposal.title, 200)}."),
        preformatted(shown, 2500),
        *([fields(*given)] if given else []),
        section(f"*Bound state:* {bound or 'the target is not asked for any'}."),
        section(f"*Digest:* {code(proposal.digest)}", f"*Operation id:* {code(proposal.op)}"),
        context("Credentials are added as it is sent · just before, the state is read again: another one denies it"),
    ]
    return modal("wk_request", f"Request {number}", blocks, about={}, close="Close")


def told_form(title: str, says: str) -> Form:
    """An answer, where no message of ours would reach the person."""
    return modal("wk_told", title, [section(says)], about={}, close="Close")


def _what(state: State) -> str:
    title = f", {outside(state.triage.title, 100)}" if state.triage else ""
    return f"{state.label}{title}"
