"""The answers to commands that only look: help, list, status, why. While all actions are halted they say so."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.views.freezes import not_now, nothing_runs
from bot.views.halts import halt_line
from bot.views.judgement import confidence, corrected, correction, likely, silent
from bot.views.parts import code, date, link, outside, time
from bot.views.people import approvers, name, vetoers
from bot.views.phase import Phase, phase
from bot.views.places import entries, proposal_number
from bot.views.places import entry as entry_link
from bot.views.proposal_outcome import decided_lines
from bot.views.records import lagging
from bot.views.scene import Scene
from bot.views.status import status as status_words
from bot.views.tally import also_waiting, tally
from bot.views.unmatched import unmatched, unproven_resolve
from engine.incident import Decided, State
from engine.model import Entry, Mode, Proposal, Reason, Risk
from engine.words import listed as joined
from engine.words import took

GROUPS = {
    "Look": ("status", "list", "why", "history", "mirror", "partners", "help"),
    "Take part": ("open", "show", "ask", "note", "correct", "focus", "rerun", "stop", "run"),
    "Decide": ("approve", "veto", "withdraw", "close"),
    "Watch": ("halt", "resume"),
}  # the words of the grammar in help's order
_EXAMPLES = {"approve": "approve 19", "status": "status"}


def helped(who: str, channel: str, command: str, words: Mapping[str, str], may_approve: Sequence[str]) -> str:
    """What this person may do: `words` are those of the grammar, word → usage; `may_approve` names actions."""
    lines = [f"Watchkeeper, for {outside(who, 60)} in #{outside(channel, 60)}. Only what you may do here is listed."]
    for title, group in GROUPS.items():
        shown = [code(words[w]) for w in group if w in words]
        if shown:
            lines.append(f"*{title}*  {' · '.join(shown)}")
    example = next((one for word, one in _EXAMPLES.items() if word in words), "help")
    thread = f"In a thread write @watchkeeper instead of {code(command)} and leave the incident out: "
    thread += f"{code(f'@watchkeeper {example}')}."
    may = f" You may approve {joined([code(action, 60) for action in may_approve])}." if may_approve else ""
    return "\n".join([*lines, thread + may])


def listing(states: Sequence[State], scene: Scene, hidden: Collection[int] = ()) -> str:
    """Every open incident, newest first, a line each, below the halt in force. `hidden`: who has no message."""
    if not states:
        return "\n".join([*_halted(scene), *_frozen(scene), "No incident is open."])
    rest = [f"and {len(states) - 20} more"] if len(states) > 20 else []
    open_ = [_in_list(state) + _hidden(state, scene, hidden) for state in states[:20]]
    first = [f"1 open: {open_[0]}"] if len(states) == 1 else [f"{len(states)} open:", *open_]
    return "\n".join([*_halted(scene), *_frozen(scene), *first, *rest])


def _frozen(scene: Scene) -> list[str]:
    return [nothing_runs(frozen) for frozen in scene.freezes[:3]]


def _halted(scene: Scene) -> list[str]:
    if scene.halted is None:
        return []
    return [f"{halt_line(scene, scene.halted)} Nothing starts until {code(f'{scene.command} resume')}."]


def _hidden(state: State, scene: Scene, hidden: Collection[int]) -> str:
    return f" · not in the channel, {code(f'{scene.command} show {state.number}')}" if state.number in hidden else ""


def shown(state: State, channel: str, url: str) -> str:
    """It stands in the channel; `url` is where, for one that stands there already."""
    where = f"#{outside(channel, 60)}"
    if url:
        return f"{state.label} stands in {where} already. {link(url, 'Open')}"
    return f"{state.label} is shown in {where} from now on."


def unread(source: str, why: str) -> str:
    """A delivery that could not be handled: kept as it came."""
    return f"Kept, not handled: a delivery from {code(source, 60)}. {outside(why, 200)}"


def _in_list(state: State) -> str:
    triage, now = state.triage, phase(state)
    severity = f" {triage.severity.words}" if triage else ""
    service = f", {outside(triage.service, 60)}" if triage and triage.service else ""
    title = triage.title if triage else state.alert.name if state.alert else "an alert"
    words = {Phase.NEEDS_DECISION: "needs a decision", Phase.NEEDS_PERSON: "needs a person"}.get(now, now.words)
    return f"{state.label}{severity}{service}, {words}: {outside(title, 140)}"


def status(state: State, scene: Scene) -> str:
    """Where it stands, what waits, the cause, the record: three lines at most."""
    triage, decided, now = state.triage, state.current, phase(state)
    head = f"{state.label}{f' {triage.severity.words}' if triage else ''}"
    service = f", {outside(triage.service, 60)}" if triage and triage.service else ""
    stands = status_words(state, scene).replace("*", "")
    if now is Phase.NEEDS_DECISION and decided:
        others = also_waiting(state)
        stands += f": {proposal_number(state, decided.n)}, {outside(decided.proposal.title, 120)}, {tally(decided)}"
        stands += f"; {others}" if others else ""
    url = scene.links.get("root", "")
    parts = (_cause(state, scene), _record(scene, state), link(url, "Open") if url else "")
    rest = " ".join(part for part in parts if part)
    return "\n".join(
        line for line in (*_halted(scene), f"{head}{service}. {stands}.", unproven_resolve(state, scene), rest) if line
    )


def _cause(state: State, scene: Scene) -> str:
    conclusion = state.conclusion
    if unmatched(state):
        return "Nothing was asked."
    if conclusion is None:
        return ""
    cause = "No likely cause."
    if conclusion.likely:
        cause = f"Likely cause: {likely(conclusion, 200)} ({confidence(conclusion.likely)})."
    if wrong := correction(state):
        cause = f"Likely cause: {corrected(wrong, 200)} (corrected by {name(scene, wrong.actor)})."
    return f"{cause} Silent: {', '.join(silent(conclusion))}." if conclusion.silent else cause


def _record(scene: Scene, state: State) -> str:
    if not scene.records or not state.has_results:
        return ""
    late = lagging(scene)
    if late:
        return f"Record: {' · '.join(words.replace(': ', ' ', 1) for words in late)}."
    return "" if any(record.behind for record in scene.records) else "Record: up to date."


def why_proposal(decided: Decided, scene: Scene, rule: str, may: int) -> str:
    """Who decides, and by which rule. `may`: how many people may approve now; `rule`: where it is configured."""
    proposal = decided.proposal
    number = f"{decided.entry.incident}/{decided.n}"
    who = who_decides(decided, scene, rule, may)
    if decided.status != "waiting":
        return f"{who}\n{number}, {outside(proposal.title, 120)}: {_became(decided, scene)}"
    waits = f"{number} waits until {time(proposal.expires_at)}, {tally(decided)}."
    return "\n".join([who, waits, _not_now(scene, decided)]).rstrip()


def who_decides(decided: Decided, scene: Scene, rule: str, may: int) -> str:
    """`Decided by @checkout-approvers, 1 of 4, …`, with the rule's place; as `why_proposal`."""
    proposal = decided.proposal
    number = f"{decided.entry.incident}/{decided.n}"
    risk = f"{proposal.risk} risk, so ✅ counts"
    if proposal.risk == Risk.HIGH:
        risk = "high risk, so it takes the button or the command"
    who = f"Decided by {approvers(proposal, scene)}, {proposal.quorum} of {may}, not the requester; {risk}."
    who += f" Only {vetoers(proposal, scene)} may veto." if proposal.veto != "everyone" else ""
    who += _alone(decided) if proposal.mode is Mode.AUTO else ""
    if may == 0:
        who = f"Nobody can approve {number}: the list of approvers is empty. A veto counts all the same."
    where = f" Rule: {outside(proposal.rule or rule, 160)}." if proposal.rule or rule else ""
    return f"{who}{where}"


def _alone(decided: Decided) -> str:
    """Of what starts, or would have started, by itself."""
    if decided.auto_ended is not None:
        return " It does not start by itself any more."
    return f" Mode auto: it starts by itself {took(decided.proposal.auto_seconds)} after it was shown, unless stopped."


def _not_now(scene: Scene, decided: Decided) -> str:
    if scene.halted is not None:
        return "\n".join(_halted(scene))
    return not_now(scene, decided)


def why_observed(number: str, proposal: Proposal) -> str:
    """What would have been proposed, and by which rule it was not."""
    where = f" Rule: {outside(proposal.rule, 160)}." if proposal.rule else ""
    return (
        f"{number}, {outside(proposal.title, 120)}: would be proposed. The mode is observe: nothing can start.{where}"
    )


def _became(decided: Decided, scene: Scene) -> str:
    lines, _ = decided_lines(scene, decided)
    return "\n".join(line for line in lines if line)


def why_alert(alert: str, at: datetime, incident: str, reason: Reason | None) -> str:
    """What became of an alert; `incident` is the label of the one it belongs to, or empty."""
    head = f"{outside(alert, 100)}, {date(at)}:"
    if reason is None:
        return f"{head} it became {incident}." if incident else f"{head} kept, not handled."
    return f"{head} {f'in {incident}' if incident else 'kept, not handled'}. {reason.words}"


def unknown_alert(name: str) -> str:
    """`why` about something that never arrived."""
    return f"No alert {code(name, 80)} was received among the last 500, and it is no number of an entry."


def why_entry(entry: Entry, state: State, scene: Scene) -> str:
    """An entry that is no proposal: what it is, by whom, when, and what it follows from."""
    cause = f", because of {entries([entry.cause])}" if entry.cause else ""
    by = name(scene, entry.actor) if entry.actor.startswith("person:") else code(entry.actor, 60)
    kind = outside(entry.kind.replace("_", " "), 40)
    shown = entry_link(entry.n, state, scene)
    return f"{state.label}, {shown}: {kind}, by {by}, {date(entry.at, seconds=True)}{cause}."
