"""An alert that no playbook matches: nothing was asked, so nothing was found; people say what happens.

It says so once, in the root and in the thread, and never as an investigation without a result.
"""

from collections.abc import Callable

from bot.views.fit import message
from bot.views.parts import code, context, date, link, outside, section, spoken, time
from bot.views.people import name
from bot.views.phase import unprovable
from bot.views.scene import Message, Scene
from engine.durable.note_words import nothing_asked
from engine.incident import State
from engine.model import Entry
from engine.words import sentence, upper_first


def unmatched(state: State) -> bool:
    """Whether the plan in force asks nobody because no playbook matches the alert."""
    return state.plan is not None and state.plan.round == state.round and nothing_asked(state.plan)


def unmatched_lines(state: State, scene: Scene) -> list[str]:
    """What is known of the alert, its name and threshold in sight, and what a person can do."""
    words = sentence(outside(state.triage.summary)) if state.triage else ""
    if state.declared and state.triage and state.triage.summary == state.triage.title:
        words = ""  # the header says it
    once = " Received once." if state.received == 1 else ""
    once = f" {opened_by(state, scene)}" if state.declared else once
    known = " ".join(filter(None, (f"*{_none_matches(state, code)}.*", words, once.strip())))
    return [known, unproven_resolve(state, scene) or _what_to_do(state, scene)]


def opened_by(state: State, scene: Scene) -> str:
    """Who declared it, and about which message."""
    alert, entry = state.alert, state.alert_entry
    if alert is None or entry is None:
        return ""
    about = f", about {link(alert.link, 'a message')}" if alert.link else ""
    return f"Opened by {name(scene, entry.actor)}{about}."


def unproven_resolve(state: State, scene: Scene) -> str:
    """The source's own resolve where no reading follows it; empty where none came or one is due."""
    if state.alert_resolved is None or state.recovery_settling or state.recovery_verified or not _idle(state):
        return ""
    source = outside(upper_first(state.alert.source), 60) if state.alert else "The source"
    close = code(f"{scene.command} close {state.number}")
    reported = f"{source} reported the alert as resolved {time(state.alert_resolved.at)}"
    return f"{reported}; nothing can be read that would prove it. {close} closes by hand."


def _idle(state: State) -> bool:
    """Nothing is being looked at, waits, runs or was proven; where a reading is known, it has no place here."""
    decided = state.current
    if state.conclusion_entry is None or state.closed:
        return False
    return state.not_proposed is not None if decided is None else unprovable(decided)


def _what_to_do(state: State, scene: Scene) -> str:
    command, number = scene.command, state.number
    ask, run = code(f"{command} ask {number} …"), code(f"{command} run {number} …")
    return f"{ask} asks a partner, {run} proposes an action, {code(f'{command} close {number}')} closes by hand."


def unmatched_message(state: State, scene: Scene, round_: int, entry: Entry) -> Message:
    """What stands in the thread in the place of a plan, and of a conclusion."""
    says = f"{_none_matches(state, code)}, so nothing was asked."
    blocks = [section(f"*{says}* {_what_to_do(state, scene)}", unproven_resolve(state, scene))]
    blocks.append(context(f"{state.label} · {date(entry.at, seconds=True)}"))
    text = f"{_none_matches(state, lambda name: spoken(name, 100))}, so nothing was asked. {state.label}."
    payload = {"incident": state.label}
    return message(f"plan/{round_}", text, blocks, "watchkeeper_plan", entry.n, payload=payload)


def _none_matches(state: State, shown: Callable[[str], str]) -> str:
    """With the alert's name; what a person declared is named by the header, which has their words."""
    if state.declared:
        return "No playbook matches"
    return f"No playbook matches {shown(state.alert.name if state.alert else 'this alert')}"
