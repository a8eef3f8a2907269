"""The one message of an incident in the channel, edited in place: title, four facts, two lines, one row, one foot.

The title never changes while the incident is open; the emoji, the status and the two lines do. What its row leads to
is judged by the ledger when it is pressed, never by what stood here.
"""

from bot.views.fit import message
from bot.views.freezes import not_now
from bot.views.measured import change
from bot.views.parts import (
    Block,
    as_spoken,
    channel,
    code,
    context,
    date,
    fields,
    header,
    outside,
    plain,
    section,
    spoken,
    time,
)
from bot.views.people import mentioned, on_watch
from bot.views.phase import Phase, phase
from bot.views.records import lagging, state_of_record, tickets
from bot.views.row import row
from bot.views.scene import Message, Scene
from bot.views.standing import standing
from bot.views.status import status
from bot.views.tally import also_waiting, tally
from bot.views.unmatched import unproven_resolve
from engine.incident import Decided, State
from engine.model import Risk
from engine.proof import acted, decided_at, ending, opened, reading
from engine.words import count, lasted, past, upper_first, utc


def root(state: State, scene: Scene) -> Message:
    """The root message as it should stand now."""
    now = phase(state)
    decided = state.current
    blocks = [header(f"{now.emoji} {title(state)}"), _facts(state, scene), section(*standing(state, scene))]
    blocks.append(row(state, scene))
    blocks.append(context(*_foot(state, scene)))
    payload = {"incident": state.label} | ({"proposal": decided.n} if decided else {})
    return message("root", _text(state, scene), blocks, "watchkeeper_root", state.n, in_thread=False, payload=payload)


def title(state: State) -> str:
    """`SEV2 major · checkout: 7.3 % of requests fail`; before the triage the alert's own words."""
    if state.triage is None:
        alert = state.alert
        return plain(
            f"{alert.name}: {alert.summary}" if alert and alert.summary else alert.name if alert else "Alert", 140
        )
    triage = state.triage
    what = f"{triage.service}: {triage.title}" if triage.service else triage.title
    return plain(f"{triage.severity.words} · {what}", 140)


def _facts(state: State, scene: Scene) -> Block:
    triage, start = state.triage, opened(state)
    service = code(triage.service) if triage and triage.service else "not named"
    if triage and triage.environment:
        service += f", {outside(triage.environment, 60)}"
    return fields(
        ("Status", status(state, scene)),
        ("Service", service),
        _duration(state) if state.closed else ("Started", date(start.at) if start else ""),
        _who(state, scene),
    )


def _duration(state: State) -> tuple[str, str]:
    start = opened(state)
    if not start or not state.closed:
        return ("Lasted", "")
    return ("Lasted", f"{lasted((state.closed.at - start.at).total_seconds())}, from {date(start.at)}")


def _who(state: State, scene: Scene) -> tuple[str, str]:
    """Who decided what was started or stopped; until then who is on call, where a schedule says so."""
    decided = _decided_by(state.current, scene)
    if decided or scene.watch is None:
        return ("Decided by", decided)
    until = f" until {time(scene.watch.until)}" if scene.watch.until and not state.closed else ""
    return ("On call", f"{on_watch(scene.watch)}{until}")


def _decided_by(decided: Decided | None, scene: Scene) -> str:
    """Who decided what was started or stopped; nobody, while it waits."""
    if decided is None:
        return ""
    at = decided_at(decided)
    if decided.by_itself and decided.started:
        return f"nobody stopped it, {time(decided.started.at)} (mode auto)"
    if decided.started and at:
        who = ", ".join(mentioned(scene, cast.entry.actor) for cast in decided.approvals)
        return f"{who}, {time(at)} ({tally(decided)})"
    if decided.status == "vetoed" and decided.veto:
        return f"{mentioned(scene, decided.veto.entry.actor)}, {time(decided.veto.entry.at)} (veto)"
    if decided.status == "withdrawn" and decided.withdrawn:
        return f"{mentioned(scene, decided.withdrawn.entry.actor)}, {time(decided.withdrawn.entry.at)} (withdrawn)"
    return ""


def _foot(state: State, scene: Scene) -> list[str]:
    now = phase(state)
    where = f"in {channel(state.home)}" if state.home else "in the thread"
    foot = [state.label]
    if state.home and now is not Phase.TRIAGE:
        foot[0] += f" · in {channel(state.home)}"
    if now is Phase.TRIAGE:
        foot[0] += f" · work goes on {where}"
        if scene.records and not state.has_results:
            foot[0] += " · the record starts with the first finding"
    foot.append(tickets(scene))
    if now is Phase.CLOSED:
        return [*foot, *state_of_record(scene, state.n)]
    foot += lagging(scene)[:6] if state.has_results else []
    decided = state.current
    if now is Phase.NEEDS_DECISION and decided:
        high = decided.proposal.risk == Risk.HIGH
        words = "the button approves, ⛔ vetoes" if high else "✅ approves, ⛔ vetoes"
        only_stops = decided.has_quorum or not_now(scene, decided)
        foot.append(f"⛔ {where} stops it" if only_stops else f"Decide {where}: {words}")
    return foot


def _text(state: State, scene: Scene) -> str:
    """For phones and screen readers: severity, state, what, which incident, in one line."""
    now, decided = phase(state), state.current
    severity = state.triage.severity.words if state.triage else "Alert"
    if now is Phase.NEEDS_DECISION and decided and (says := not_now(scene, decided)):
        halted = f"{as_spoken(says)}{_others(state)}"
        word = "halted" if scene.halted else "frozen"
        return f"{severity}, {word}. Proposed: {spoken(decided.proposal.title)}. {halted} {state.label}."
    if now is Phase.NEEDS_DECISION and decided and not decided.has_quorum:
        return f"{severity}, {_wanted(decided)}{_others(state)} {state.label}."
    if now is Phase.CLOSED and state.closed:
        how = {"resolved": "closed and resolved", "recovered": "closed, recovered by itself", "person": "closed"}
        return f"{severity}, {how[ending(state)]}. {_what(state)} {_when(state)}"
    lines = standing(state, scene)
    words = "approved" if now is Phase.NEEDS_DECISION else now.words
    resolve = as_spoken(unproven_resolve(state, scene))
    said = " ".join(part for part in (as_spoken(lines[0]), resolve) if part)
    return f"{severity}, {words}. {_service(state)}: {said} {_when(state)}"


def _others(state: State) -> str:
    others = also_waiting(state)
    return f" {others}." if others else ""


def _service(state: State) -> str:
    return spoken(state.triage.service, 60) if state.triage and state.triage.service else "service not named"


def _when(state: State) -> str:
    start = opened(state)
    return f"{state.label}, {utc(start.at)}." if start else f"{state.label}."


def _what(state: State) -> str:
    done = acted(state)
    if done is None or ending(state) != "resolved":
        return f"{_service(state)}: {spoken(state.triage.title if state.triage else '', 140)}."
    read = f", {as_spoken(change(reading(done.verified)))}" if done.verified else ""
    return f"{upper_first(past(spoken(done.proposal.title, 140)))}{read}."


def _wanted(decided: Decided) -> str:
    proposal = decided.proposal
    if decided.auto_at:
        at = utc(decided.auto_at, seconds=True)
        return f"starts by itself {at} unless somebody stops it: {spoken(proposal.title)}. Risk {proposal.risk}."
    who = f" from {spoken(proposal.approvers_name, 60)}" if proposal.approvers_name else ""
    needed = f"{count(proposal.quorum, 'approval')}{who}"
    until = utc(proposal.expires_at)
    return f"a decision is needed until {until}. Proposed: {spoken(proposal.title)}. Risk {proposal.risk}, {needed}."
