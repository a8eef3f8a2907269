"""The answers to a person who opens an incident."""

from bot.views.answers.reply import Reply
from bot.views.parts import button, clip, code, outside
from engine.incident import State
from engine.model import Declaration, Severity

_CARRIED = 1900  # characters of a note in a button's value, of Slack's 2,000


def opened(state: State, command: str, said: Declaration) -> str:
    """It is open, by what this person said."""
    triage = state.triage
    service = f", {code(triage.service)}" if triage and triage.service else ""
    what = f"{triage.severity.words}{service}: {outside(triage.title, 120)}" if triage else "an incident"
    close = code(f"{command} close {state.number}")
    no_line = said.origin is not None and not said.thread
    line = "\nThe app is not in that message’s channel, so no line leads from there." if no_line else ""
    return f"{state.label} is open: {what}. Work goes on in its thread.\nNo alert ends it; {close} does.{line}"


def no_severity(typed: str, command: str) -> str:
    """`open SEV9 …`: there is no such severity."""
    known = ", ".join(one.words for one in Severity)
    usage = code(f"{command} open {Severity.SEV2.value} …")
    return f"{code(typed, 20)} is not a severity: {known}.\nWrite {usage}. Nothing was opened."


def open_already(state: State, words: str) -> Reply:
    """The same message, or the same service, has an open incident; `words` can go there as a note."""
    triage = state.triage
    what = f" ({outside(triage.title, 120)})" if triage else ""
    service = f" for {code(triage.service)}" if triage and triage.service else ""
    says = f"{state.label} is open{service} already{what}. Nothing was opened.\nWhat you wrote can go there as a note."
    add = button("Add it as a note", "wk_declare_note", f"{state.number}:{clip(words, _CARRIED)}")
    return Reply(says, (add,))
