"""What became of a proposal, as its card says it: started, vetoed, withdrawn, expired, denied, not sent, unknown."""

from bot.views.parts import date, outside, quote, spoken
from bot.views.people import approved_by, mentioned, name, way
from bot.views.places import entries
from bot.views.scene import Scene
from bot.views.tally import tally
from engine.durable.note_words import outcome_says
from engine.incident import Cast, Decided, Why
from engine.model import Entry, Kind, Outcome, Verdict
from engine.proof import decided_at
from engine.words import clock, count, listed, lower_first, progressive, sentence, took, upper_first, utc


def decided_lines(scene: Scene, decided: Decided) -> tuple[list[str], list[str]]:
    """The lines at the top of the decided card, and the pieces of its foot."""
    if decided.started:
        return _started(scene, decided, decided.started)
    if decided.denied:
        return [_denied(scene, decided, decided.denied)], [
            f"{entries([decided.denied.n])} denies {entries([decided.n])}"
        ]
    if decided.veto:
        return _vetoed(scene, decided, decided.veto)
    if decided.withdrawn:
        return _withdrawn(scene, decided, decided.withdrawn)
    at = decided.expired.at if decided.expired else decided.proposal.expires_at
    return [f"*Expired* {date(at)}{undecided(decided)}"], _requested(scene, decided)


def undecided(decided: Decided) -> str:
    """What follows the time of an expiry: `. Nobody decided, nothing ran.`, or that somebody did, in vain."""
    if decided.approvals:
        return f". {tally(decided)} approved, that was not enough, nothing ran."
    why = {Verdict.FROZEN: "during a freeze", Verdict.HALTED: "while all actions were halted"}
    vain = [c for c in decided.votes if c.kind == Kind.APPROVAL and c.vote.verdict in why]
    people = len({cast.entry.actor for cast in vain})
    if not people:
        return ". Nobody decided, nothing ran."
    return f" {why[vain[-1].vote.verdict]}; {count(people, 'approval')} did not count. Nothing ran."


def _started(scene: Scene, decided: Decided, started: Entry) -> tuple[list[str], list[str]]:
    votes = [f"{mentioned(scene, c.entry.actor)}{_by(c)}, {date(c.entry.at, seconds=True)}" for c in decided.approvals]
    same = [f"{outside(str(k), 40)} still {outside(str(v), 60)}" for k, v in list(decided.proposal.state.items())[:3]]
    check = ", ".join([*same, "no veto"])
    if decided.by_itself:
        waited = took(decided.proposal.auto_seconds)
        line = f"*Started by itself* {date(started.at, seconds=True)} after a last check: {check}."
        return [f"{line} Nobody stopped it in {waited}.", *_after(decided)], _requested(scene, decided)
    begun = f"Started {clock(started.at, seconds=True)} UTC after a last check: {check}."
    return [f"*Approved* by {listed(votes)} ({tally(decided)}). {begun}", *_after(decided)], _votes(
        decided
    ) + _requested(scene, decided)


def _after(decided: Decided) -> list[str]:
    """What came of the start, where it was not simply done."""
    for entry, words in ((decided.aborted, "Not sent"), (decided.unknown, "Outcome unknown")):
        if entry and not decided.result:
            return [f"*{words}:* {_says(entry).rstrip('.')} · {entries([entry.n])}"]
    if decided.outcome and decided.outcome.status == "failed" and decided.result:
        return [f"*Failed:* {outside(outcome_says(decided.outcome), 300).rstrip('.')} · {entries([decided.result.n])}"]
    return []


def _denied(scene: Scene, decided: Decided, entry: Entry) -> str:
    who = approved_by(decided, scene)
    approved = f"Approved by {who}, but not started: " if who else ""
    says = _says(entry)
    says = lower_first(says) if approved else says
    return f"*Denied* by the gate, {date(entry.at, seconds=True)}. {approved}{says} Nothing ran."


def _vetoed(scene: Scene, decided: Decided, veto: Cast) -> tuple[list[str], list[str]]:
    who = f"{mentioned(scene, veto.entry.actor)}{_by(veto)}"
    line = f"*Vetoed* by {who}, {date(veto.entry.at, seconds=True)}. It will not run."
    why = decided.why_vetoed
    word = f"{entries([veto.entry.n])} vetoes {entries([decided.n])}, by {way(veto)}"
    foot = [*_requested(scene, decided), *_kind(why), word, *_by_another(scene, veto, why)]
    return [line, quote(why.says, 600) if why else ""], foot


def _kind(why: Why | None) -> list[str]:
    """What kind of reason it is, where one was chosen, and whether it could be a lesson."""
    if why is None or why.category is None:
        return []
    return [f"kind of reason: {why.category.words}", *(["suggested as a lesson"] if why.lesson else [])]


def _by_another(scene: Scene, veto: Cast, why: Why | None) -> list[str]:
    other = why is not None and why.entry.actor != veto.entry.actor
    return [f"reason by {name(scene, why.entry.actor)}"] if why and other else []


def _withdrawn(scene: Scene, decided: Decided, word: Cast) -> tuple[list[str], list[str]]:
    line = (
        f"*Withdrawn* by {mentioned(scene, word.entry.actor)}, who requested it, {date(word.entry.at, seconds=True)}."
    )
    reason = word.vote.reason
    foot = f"{entries([word.entry.n])} withdraws {entries([decided.n])}, by {way(word)}"
    return [f"{line} It will not run.", quote(reason, 600) if reason else ""], [foot]


def ran_for(decided: Decided, outcome: Outcome) -> str:
    """`73 s`; at most that where nobody watched it end."""
    return f"{'at most ' if decided.unknown else ''}{took(outcome.seconds)}"


def _by(cast: Cast) -> str:
    """The way stands beside the name where it is not the card's own button."""
    return "" if cast.vote.surface == "button" else f" by {way(cast)}"


def _votes(decided: Decided) -> list[str]:
    numbers = [cast.entry.n for cast in decided.approvals]
    buttons = ", by button" if any(c.vote.surface == "button" for c in decided.approvals) else ""
    verb = "approves" if len(numbers) == 1 else "approve"
    return [f"{entries(numbers)} {verb} {entries([decided.n])}{buttons}"] if numbers else []


def _requested(scene: Scene, decided: Decided) -> list[str]:
    requester = decided.proposal.requester
    return [f"Requested by {mentioned(scene, requester)}"] if requester else []


def _says(entry: Entry) -> str:
    return sentence(upper_first(outside(str(entry.payload.get("says", "")), 300)))


def decided_text(number: str, decided: Decided, scene: Scene) -> str:
    """The same for phones and screen readers."""
    title = spoken(decided.proposal.title, 200)
    at = decided_at(decided)
    if decided.by_itself and at:
        after = "".join(f" {line.replace('*', '')}" for line in _after(decided))
        return f"Proposal {number} started by itself {utc(at, seconds=True)}: {progressive(title)}.{after}"
    if decided.started and at:
        given = f"({tally(decided)})"
        started = clock(decided.started.at, seconds=True)
        after = "".join(f" {line.replace('*', '')}" for line in _after(decided))
        way_ = _by(decided.approvals[0]) if len(decided.approvals) == 1 else ""
        return (
            f"Proposal {number} approved by {approved_by(decided, scene)}{way_}, {utc(at, seconds=True)} {given}. "
            f"Started {started} UTC: {progressive(title)}.{after}"
        )
    if decided.denied:
        return f"Proposal {number}, {title}, denied by the gate: {_says(decided.denied)} Nothing ran."
    if decided.veto:
        why = decided.why_vetoed
        says = f" Reason: {spoken(why.says, 300)}" if why else ""
        by = f"{name(scene, decided.veto.entry.actor)}, {utc(decided.veto.entry.at, seconds=True)}"
        return f"Proposal {number}, {title}, vetoed by {by}. It will not run.{says}"
    if decided.withdrawn:
        word = decided.withdrawn
        by = f"{name(scene, word.entry.actor)}, who requested it, {utc(word.entry.at, seconds=True)}"
        return f"Proposal {number}, {title}, withdrawn by {by}. It will not run."
    return f"Proposal {number}, {title}, expired {utc(decided.proposal.expires_at)}{undecided(decided)}"
