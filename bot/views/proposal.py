"""The card of one proposal: why, what, where, how far, how back, who decides, until when; later what became of it.

It has buttons only while they do something. What a click is worth is judged by the ledger, never by this card.
"""

from bot.views.fit import message
from bot.views.freezes import not_now
from bot.views.parts import (
    Block,
    actions,
    as_spoken,
    button,
    code,
    confirm,
    context,
    date,
    fields,
    header,
    outside,
    overflow,
    plain,
    said,
    section,
    spoken,
)
from bot.views.people import approved_by, approvers, name
from bot.views.places import entries, proposal_number
from bot.views.proposal_lines import again, first_lines, objections, reason, repeats
from bot.views.proposal_outcome import decided_lines, decided_text
from bot.views.scene import Message, Scene
from bot.views.tally import tally
from engine.incident import Decided, State
from engine.model import Risk, Verdict
from engine.words import count, sentence, upper_first, utc

APPROVE, STOP = "white_check_mark", "no_entry"
_REFUSED = {
    Verdict.NO_RIGHT: "no right",
    Verdict.REQUESTER: "requester",
    Verdict.HIGH_RISK: "a reaction at high risk",
    Verdict.NOT_A_PERSON: "not a person",
    Verdict.OUTSIDER: "guest or outside account",
    Verdict.DECIDED: "too late",
    Verdict.EXPIRED: "after expiry",
    Verdict.STALE: "another proposal",
    Verdict.HALTED: "while halted",
    Verdict.FROZEN: "during a freeze",
}


def proposal_message(state: State, scene: Scene, decided: Decided) -> Message:
    """The card as it should stand now."""
    proposal = decided.proposal
    waiting = decided.status == "waiting"
    number = proposal_number(state, decided.n)
    blocks = [header(f"{'✋ ' if waiting else ''}Proposal {number}: {plain(proposal.title, 120)}")]
    blocks += _waiting(state, scene, decided) if waiting else _done(state, scene, decided)
    seeds = ((STOP,) if proposal.risk == Risk.HIGH else (APPROVE, STOP)) if waiting else ()
    payload = {"incident": state.label, "proposal": decided.n, "digest": proposal.digest[:8]}
    text = _text(number, decided, scene) if waiting else decided_text(number, decided, scene)
    slot = f"proposal/{decided.n}"
    return message(slot, text, blocks, "watchkeeper_proposal", _seq(decided), seeds=seeds, payload=payload)


def _seq(decided: Decided) -> int:
    begun = (decided.shown, decided.auto_ended, decided.started, decided.aborted, decided.denied, decided.expired)
    ended = (decided.result, decided.unknown, decided.verified)
    later = [entry.n for entry in (*begun, *ended) if entry] + [cast.entry.n for cast in decided.votes]
    return max([decided.n, *later, *(why.entry.n for why in decided.reasons)])


def _waiting(state: State, scene: Scene, decided: Decided) -> list[Block]:
    facts = fields(
        *_facts(decided),
        ("Risk", _risk(state, scene, decided)),
        ("Approvals", _approvals(scene, decided)),
    )
    return [
        *first_lines(scene, decided),
        section(_why(state, scene, decided)),
        facts,
        section(_dry_run(decided), *_vetoed_before(state, scene, decided)),
        *objections(scene, decided),
        _buttons(state, scene, decided),
        _foot(scene, decided),
    ]


def _facts(decided: Decided) -> tuple[tuple[str, str], ...]:
    proposal = decided.proposal
    what = outside(proposal.what, 400)
    if proposal.action not in proposal.what:
        what = f"{code(proposal.action)} {what}".strip()
    return (
        ("What", what),
        ("Where", outside(proposal.where, 300)),
        ("Blast radius", outside(proposal.blast_radius, 400) or "not stated"),
        ("Undo", outside(proposal.undo, 300) or "not stated"),
    )


def _why(state: State, scene: Scene, decided: Decided) -> str:
    if words := repeats(state, scene, decided.proposal):
        return f"*Why:* {words}"
    return f"*Why:* {reason(scene, decided.proposal)}"


def _dry_run(decided: Decided) -> str:
    proposal = decided.proposal
    if proposal.dry_run_passed is None:
        return "*Dry run:* this action has none."
    result = "passed" if proposal.dry_run_passed else "*failed*"
    return f"*Dry run*, {result}: {sentence(outside(proposal.dry_run, 500)) or 'nothing more is said.'}"


def _vetoed_before(state: State, scene: Scene, decided: Decided) -> list[str]:
    """What was said against this action when it was proposed before in this incident."""
    lines = []
    for earlier in state.proposals.values():
        same = earlier.n < decided.n and earlier.proposal.action == decided.proposal.action
        if same and earlier.veto and (why := earlier.why_vetoed):
            who = name(scene, earlier.veto.entry.actor)
            lines.append(f"*Vetoed before:* {proposal_number(state, earlier.n)} by {who}: {said(why.says, 200)}")
    return lines[-2:]


def _risk(state: State, scene: Scene, decided: Decided) -> str:
    if decided.proposal.risk == Risk.HIGH:
        command = code(f"{scene.command} approve {proposal_number(state, decided.n)}")
        return f"High: button or {command}, reactions do not approve"
    return upper_first(decided.proposal.risk.value)


def _approvals(scene: Scene, decided: Decided) -> str:
    given = tally(decided)
    who = approved_by(decided, scene)
    if decided.has_quorum and not not_now(scene, decided):
        return f"{given}: {who}. The state is read again, then it starts"
    return f"{given}{f' ({who})' if who else ''}, from {approvers(decided.proposal, scene)}"


def _buttons(state: State, scene: Scene, decided: Decided) -> Block:
    proposal = decided.proposal
    number = proposal_number(state, decided.n)
    value, title = f"{number}@{proposal.digest[:8]}", plain(proposal.title, 40)
    stop = button("Veto", "wk_proposal_veto", value, style="danger", says=f"Veto proposal {number}, {title}")
    more = _more(state, number, proposal.requester)
    if decided.has_quorum or not_now(scene, decided):  # an approval would not count
        return actions(stop, more)
    go = button("Approve", "wk_proposal_approve", value, style="primary", says=f"Approve proposal {number}, {title}")
    return actions(go | {"confirm": _confirm(decided)}, stop, more)


def _more(state: State, number: str, requester: str | None) -> Block:
    """What a person asked for has no other way: whoever wants one asks for another."""
    other = [] if requester else [("Ask for another way", f"rerun:{state.number}")]
    options = [("Why this one", f"why:{number}"), *other, ("Show the exact request", f"show:{number}")]
    return overflow("wk_proposal_more", options)


def _confirm(decided: Decided) -> Block:
    proposal = decided.proposal
    missing = proposal.quorum - len(decided.approvals)
    start = "It starts at once." if missing <= 1 else f"It starts after {count(missing, 'approval')}."
    undo = proposal.undo.strip().lower()
    final = " This cannot be undone." if undo.startswith("none") else ""
    where = outside(proposal.where, 80)
    text = f"{where}: {outside(proposal.blast_radius or proposal.what, 130)}. {start}{final}"
    title = f"{upper_first(plain(proposal.title, 90))}?"
    return confirm(title, text, "Approve", danger=proposal.risk == Risk.HIGH)


def _foot(scene: Scene, decided: Decided) -> Block:
    proposal = decided.proposal
    by = f"proposed by {_source(proposal.proposed_by)}" if proposal.proposed_by else ""
    if proposal.requester:
        by = f"requested by {name(scene, proposal.requester)}, who cannot approve it"
    return context(
        f"Expires {date(proposal.expires_at)}; then nothing runs",
        by,
        f"bound to {code(proposal.digest[:8])}",
        _refused(scene, decided),
        "✅ approves, ⛔ vetoes" if _by_reaction(scene, decided) else "⛔ vetoes",
    )


def _by_reaction(scene: Scene, decided: Decided) -> bool:
    """Whether a ✅ would count now."""
    return decided.proposal.risk != Risk.HIGH and not decided.has_quorum and not not_now(scene, decided)


def _source(proposed_by: str) -> str:
    """`playbook error-rate` names the playbook in code font."""
    word, _, rest = proposed_by.partition(" ")
    return f"playbook {code(rest, 80)}" if word == "playbook" and rest else outside(proposed_by, 100)


def _refused(scene: Scene, decided: Decided) -> str:
    """Whose word did not count, and why; a veto without the right has a line of its own."""
    counted = {(c.entry.actor, c.kind) for c in decided.votes if c.vote.verdict == Verdict.COUNTED}
    counted |= {(c.entry.actor, c.kind) for c in decided.objections}
    refused = [c for c in decided.refused if (c.entry.actor, c.kind) not in counted]
    words = []
    for cast in refused[:5]:
        reason = _REFUSED.get(cast.vote.verdict, cast.vote.verdict.value)
        words.append(f"{name(scene, cast.entry.actor)}, {reason} ({entries([cast.entry.n])})")
    spare = len(refused) - len(words)
    return f"not counted: {' · '.join(words)}{f' and {spare} more' if spare > 0 else ''}" if words else ""


def _done(state: State, scene: Scene, decided: Decided) -> list[Block]:
    lines, foot = decided_lines(scene, decided)
    blocks = [section(*lines), *objections(scene, decided), *again(state, decided)]
    if decided.started:
        blocks.append(fields(*_facts(decided)))
    pieces = [*foot, f"bound to {code(decided.proposal.digest[:8])}", _refused(scene, decided)]
    return [*blocks, context(" · ".join(piece for piece in pieces if piece))]


def _text(number: str, decided: Decided, scene: Scene) -> str:
    proposal = decided.proposal
    high = proposal.risk == Risk.HIGH
    who = spoken(proposal.approvers_name, 60)
    needed = count(proposal.quorum, "approval") + (f" from {who}" if who else "")
    asked = f", requested by {name(scene, proposal.requester)}" if proposal.requester else ""
    if says := not_now(scene, decided):
        return f"Proposal {number}: {spoken(proposal.title, 200)}{asked}. {as_spoken(says)}"
    if decided.auto and decided.auto_at and not decided.has_quorum:
        at = utc(decided.auto_at, seconds=True)
        return f"Proposal {number}: {spoken(proposal.title, 200)}. Starts by itself {at}. React ⛔ to stop it."
    if decided.has_quorum:
        return f"Proposal {number}: {spoken(proposal.title, 200)}. Approved, not started yet. React ⛔ to veto."
    how = "Button or command to approve, ⛔ to veto." if high else "React ✅ to approve, ⛔ to veto."
    until = utc(proposal.expires_at)
    return (
        f"Proposal {number}: {spoken(proposal.title, 200)}{asked}. Risk {proposal.risk}. "
        f"Needs {needed} until {until}; then nothing runs. {how}"
    )
