"""The answers to commands that take part: ask, note, run, close, and to words that are no command."""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.grammar import LOOKING
from bot.views.freezes import nothing_runs
from bot.views.parts import code, date, outside, time
from bot.views.people import approvers
from bot.views.places import entries
from bot.views.scene import Scene
from bot.views.tally import some
from engine.incident import Decided, State
from engine.model import Risk
from engine.proof import acted
from engine.words import count, took

_FORM = re.compile(r"(?<!\S)\^\S*\$")


def unknown_word(command: str, word: str, nearest: str) -> str:
    """A word that is no command; `nearest` is empty where none is near."""
    near = f"Nearest: {code(nearest)}" if nearest else f"{code(f'{command} help')} lists them"
    return f"{code(f'{command} {word}')} is not a command. {near}. Nothing changed."


def needs(command: str, usage: str, missing: str) -> str:
    """A command that lacks something: `missing` names it, `usage` is how it is written."""
    return f"{outside(missing, 100)} is missing. Write {code(f'{command} {usage}')}. Nothing changed."


def outsider() -> str:
    """A command that changes something, by a guest, an outside or a deactivated account."""
    looking = ", ".join(code(word) for word in LOOKING)
    first = f"Guests, outside and deactivated accounts read here; guests of the channel also use {looking}."
    return f"{first}\nThey do not open, ask, note, request, close or decide. Nothing changed."


def no_incident(number: int, *, looks: bool = False) -> str:
    """A number that is no incident here; `looks`: the word could change nothing."""
    return f"INC-{number} is not in this ledger.{'' if looks else ' Nothing changed.'}"


def which_incident(states: Sequence[State], command: str, example: str, *, looks: bool = False) -> str:
    """A command that names no incident while none, or more than one, is open; `looks`: it could change nothing."""
    nothing = "" if looks else " Nothing changed."
    if not states:
        return f"No incident is open.{nothing}"
    open_ = some([state.label for state in states])
    return f"Which one? Open here: {open_}. Write {code(f'{command} {example}')}.{nothing}"


def which_proposal(waiting: Sequence[str], command: str, word: str) -> str:
    """`approve`, `veto` or `withdraw` without a number; `waiting` are the numbers that could be meant."""
    if not waiting:
        return "No decision waits. Nothing changed."
    example = code(f"{command} {word} {waiting[0]}")
    return f"Which one? Open here: {some(list(waiting))}. Write {example}. Nothing changed."


def asked(source: str, label: str, until: datetime) -> str:
    """A question is on its way; its answer comes in the thread."""
    late = time(until, seconds=True)
    return f"Asked {code(source, 60)} in {label}; the answer comes in the thread, at the latest at {late}."


def question_held(source: str, label: str, seconds: float, *, approval: bool) -> str:
    """A question that waits for people before it goes out."""
    if approval:
        return f"The question to {code(source, 60)} is held in {label}: an approver has to send it, in the thread."
    window = f"It is sent {took(seconds)} after it stands in the thread"
    return f"The question to {code(source, 60)} is held in {label}. {window}; ✅ sends it now, ⛔ stops it."


def unknown_partner(name: str, known: Sequence[str]) -> str:
    """A partner that is not configured."""
    partners = ", ".join(code(partner, 60) for partner in known) or "none is configured"
    return f"{code(name, 60)} is not a partner here. Partners: {partners}. Nothing was asked."


def no_partner() -> str:
    """`Ask a partner` where none is configured."""
    return f"No partner is configured here: {code('partners')} in watchkeeper.yaml names them. Nothing was asked."


def nothing_to_correct(state: State) -> str:
    """`Correct a finding` before anything was found."""
    return f"{state.label} has no finding and no conclusion yet. Nothing changed."


def not_shown(decided: Decided, says: str) -> str:
    """`Show the exact request` of an action that cannot be drawn up."""
    number = f"{decided.entry.incident}/{decided.n}"
    return f"The request of {number} cannot be shown: {outside(says, 300).rstrip('. ')}. Nothing was sent."


def noted(label: str, n: int) -> str:
    """A note is recorded."""
    return f"Recorded in {label} as {entries([n])}: in the thread and in every ticket."


def requested(decided: Decided, scene: Scene) -> str:
    """A person's request is a proposal now."""
    proposal = decided.proposal
    number = f"{decided.entry.incident}/{decided.n}"
    needed = f"{count(proposal.quorum, 'approval')} from {approvers(proposal, scene)}"
    high = " The risk is high: reactions do not approve it." if proposal.risk == Risk.HIGH else ""
    title = outside(proposal.title, 200)
    first = f"Proposed as {number}: {title}. It needs {needed} until {time(proposal.expires_at)}.{high}"
    frozen = scene.frozen.get(decided.n)
    first += f" {nothing_runs(frozen).replace('*', '')}" if frozen else ""
    back = code(f"{scene.command} withdraw {number}")
    return f"{first}\nYou requested it, so you cannot approve it; your veto counts. To take it back: {back}."


def observed(number: str, title: str, rule: str) -> str:
    """A person's request, in mode observe."""
    where = f" Rule: {outside(rule, 120)}." if rule else ""
    return (
        f"Recorded as {number}: would propose to {outside(title, 200)}. The mode is observe: nothing can start.{where}"
    )


def already_proposed(number: str) -> str:
    """`run` or `Propose again`, where exactly this waits already."""
    return f"{number} proposes the same and still waits. Nothing changed."


def not_proposed(action: str, says: str, known: Sequence[str] = ()) -> str:
    """`run` that cannot be: not in the catalogue, a wrong argument, a refusal. `says` names field, shape and mend."""
    why = says.removeprefix(f"{action}:").removeprefix(f"`{action}`:").strip()
    first = f"{code(action, 80)} was not proposed: {outside(_formed(why), 500).rstrip('. ')}."
    names = ", ".join(code(name, 60) for name in known[:12])
    return f"{first}\nIn the catalogue: {names}. Nothing ran." if names else f"{first}\nNothing ran."


def _formed(says: str) -> str:
    """A form, `must match … ^…$`, in code font, so that none of its signs is read as markup."""
    return _FORM.sub(lambda found: f"`{found.group().replace('`', '')}`", says) if "`^" not in says else says


def closed(state: State) -> str:
    """Closed by hand."""
    at = f", {date(state.closed.at)}" if state.closed else ""
    again = "" if state.declared else "; a new outbreak of the alert reopens it"
    done, proof = acted(state), ""
    if done and done.status == "succeeded" and done.result:
        proof = f"\nNot proven: {outside(done.proposal.title, 200)} is done ({entries([done.result.n])}), not verified."
    return f"{state.label} is closed by you{at}. The summary is in the thread{again}.{proof}"


def already_closed(state: State) -> str:
    """`close` on a closed incident."""
    at = f" since {date(state.closed.at)}" if state.closed else ""
    return f"{state.label} is closed already{at}. Nothing changed."


def busy(command: str, decided: Decided) -> str:
    """`close` while a proposal waits or an action runs."""
    number = f"{decided.entry.incident}/{decided.n}"
    if decided.status == "waiting":
        veto = code(f"{command} veto {number} <reason>")
        return f"{number} waits for a decision, so the incident stays open. {veto} ends it. Nothing changed."
    return f"{number} was started and has no result yet, so the incident stays open. Nothing changed."


def moved(state: State) -> str:
    """`close` that met something newer."""
    return f"{state.label} moved on while you wrote. Nothing changed; look at the thread and close it again."
