"""What each entry of a decision says in a ticket: proposed, approved, vetoed, withdrawn, denied, expired.

A decision names its person and the way it was given.
"""

from collections.abc import Mapping

from engine.durable.markdown import code, outside, said
from engine.durable.note_remarks import how_to_be_known, read_in
from engine.durable.note_words import Names, Paragraphs, Words, entries, nothing_asked, says
from engine.incident import Decided, State
from engine.model import Entry, Kind, Mode, Proposal, Verdict, VetoReason, Vote
from engine.words import count, sentence, took, utc

NOT_COUNTED = {
    Verdict.COUNTED: "",
    Verdict.NO_RIGHT: "no right to decide this",
    Verdict.REQUESTER: "the requester does not approve their own request",
    Verdict.HIGH_RISK: "the risk is high, so a reaction does not approve",
    Verdict.NOT_A_PERSON: "only people decide",
    Verdict.OUTSIDER: "guests, outside and deactivated accounts do not decide",
    Verdict.DECIDED: "it was already decided",
    Verdict.EXPIRED: "it had expired",
    Verdict.STALE: "it was for another proposal",
    Verdict.HALTED: "all actions were halted",
    Verdict.FROZEN: "a freeze was on",
}


_VERBS = {
    Kind.APPROVAL: "Approved",
    Kind.VETO: "Vetoed",
    Kind.WITHDRAWAL: "Approval withdrawn",
    Kind.WITHDRAWN: "Proposal withdrawn",
}
_STOPS = (Kind.VETO, Kind.WITHDRAWN)


def decided_of(state: State, entry: Entry) -> Decided | None:
    """The proposal that the entry speaks of."""
    return state.proposals.get(int(entry.payload.get("proposal") or 0))


def of_proposal(decided: Decided | None) -> str:
    """`Proposal 19: roll back checkout to 2026.11.24-2, bound to 9f2c41d7.`."""
    if decided is None:
        return "A proposal that is not in this record."
    return (
        f"Proposal {decided.n}: {outside(decided.proposal.title, 200)}, bound to {code(decided.proposal.digest[:8])}."
    )


def _proposed(state: State, entry: Entry, who: Names) -> Paragraphs:
    proposal = Proposal.model_validate(entry.payload)
    from_ = f" from {outside(proposal.approvers_name, 80)}" if proposal.approvers_name else ""
    from_ += " or whoever is on call" if proposal.on_call else ""
    needs = f"Needs {count(proposal.quorum, 'approval')}{from_} until {utc(proposal.expires_at)}; then nothing runs."
    if proposal.mode is Mode.AUTO:
        needs = f"Starts by itself {took(proposal.auto_seconds)} after it is shown, unless somebody stops it."
    return Paragraphs(
        f"Proposal {state.number}/{entry.n}: {outside(proposal.title, 200)}",
        _why(state, proposal, who),
        needs,
        _evidence(proposal),
        "None yet; it waits for people.",
    )


def _would_propose(state: State, entry: Entry, who: Names) -> Paragraphs:
    proposal = Proposal.model_validate(entry.payload)
    return Paragraphs(
        f"Would propose: {outside(proposal.title, 200)}",
        _why(state, proposal, who),
        "The mode is observe: nobody is asked, and nothing can start.",
        _evidence(proposal),
    )


def _why(state: State, proposal: Proposal, who: Names) -> str:
    if proposal.again is not None:
        again = f"proposed again by {who.of(proposal.requester or '')}, as {state.number}/{proposal.again} expired."
        return f"Why: {again} {sentence(outside(proposal.why))}".rstrip()
    if proposal.requester:
        return f"Why: requested by {who.of(proposal.requester)}{f': {said(proposal.why)}' if proposal.why else ''}."
    return f"Why: {sentence(outside(proposal.why)) or 'not stated.'}"


def _evidence(proposal: Proposal) -> str:
    dry = "This action has no dry run."
    if proposal.dry_run_passed is not None:
        dry = f"Dry run, {'passed' if proposal.dry_run_passed else 'failed'}: {sentence(outside(proposal.dry_run))}"
    what = outside(proposal.what, 400)
    facts = [
        what if proposal.action in proposal.what else f"{code(proposal.action)} {what}",
        f"Where: {outside(proposal.where, 300)}",
        f"Blast radius: {outside(proposal.blast_radius, 300) or 'not stated'}",
        f"Undo: {outside(proposal.undo, 300) or 'not stated'}",
        f"Risk {proposal.risk}",
    ]
    return f"{'. '.join(facts)}. {dry} Bound to {code(proposal.digest[:8])}."


def _not_proposed(state: State, entry: Entry, who: Names) -> Paragraphs:
    action = str(entry.payload.get("action", ""))
    if "same" in entry.payload:
        asked = f"{who.of(entry.actor)} requested {code(action)}."
        return Paragraphs("Not proposed a second time", asked, "People decide about the one that waits.", says(entry))
    context = f"{code(action)} cannot be proposed." if action else "The findings were judged."
    if not action and state.plan and nothing_asked(state.plan):
        return Paragraphs("Nothing proposed", "No playbook matches.", "A person says what is asked or done.")
    return Paragraphs("Nothing proposed", context, "A person decides what to do.", says(entry))


def way_of(vote: Vote, kind: str) -> str:
    """How a word was given: ✅, ⛔, Button, Command, Comment, 👍, 👎."""
    emoji = "⛔" if kind == Kind.VETO else "✅"
    thumb = "👎" if kind == Kind.VETO else "👍"
    words = {"reaction": emoji, "button": "Button", "command": "Command", "ticket": "Comment", "ticket_reaction": thumb}
    return words[vote.surface]


def _vote(state: State, entry: Entry, who: Names) -> Paragraphs:
    vote = Vote.model_validate(entry.payload)
    decided = decided_of(state, entry)
    person = who.of(entry.actor)
    counted = vote.verdict == Verdict.COUNTED
    if _is_reason(decided, entry, vote):
        return _reason(decided, entry, vote, person)
    if entry.kind == Kind.WITHDRAWAL and entry.cause not in (None, vote.proposal):
        return _void(decided, entry, vote, person)
    verb = _VERBS[Kind(entry.kind)]
    title = f"{verb} by {person}" if counted else f"Not counted: {verb.lower()} by {person}"
    if entry.kind == Kind.VETO and vote.verdict == Verdict.NO_RIGHT:
        title = f"Objection by {person}"
    evidence = f"{way_of(vote, entry.kind)} by {person} in {read_in(entry) or 'Slack'}"
    if not counted:
        evidence += f": {NOT_COUNTED[vote.verdict]}. {how_to_be_known(entry)}".rstrip()
    else:
        evidence += _weight(decided, entry, vote)
    if vote.reason:
        evidence += f" Reason: {said(vote.reason)}"
    return Paragraphs(
        title, of_proposal(decided), _after(decided, entry, counted), evidence, _effect(entry, decided, counted)
    )


def _void(decided: Decided | None, entry: Entry, vote: Vote, person: str) -> Paragraphs:
    """The gate takes an approval back."""
    approval = entries([entry.cause]) if entry.cause else "an earlier entry"
    where = read_in(entry) or "Slack"
    evidence = f"{way_of(vote, entry.kind)} by {person} in {where}, {approval}: {sentence(outside(vote.reason))}"
    title = f"No longer counted: approved by {person}"
    return Paragraphs(title, of_proposal(decided), _after(decided, entry, True), evidence)


def _is_reason(decided: Decided | None, entry: Entry, vote: Vote) -> bool:
    """Whoever vetoed says why, after the veto counted."""
    if decided is None or decided.veto is None or entry.kind != Kind.VETO or not vote.reason:
        return False
    return decided.veto.entry.n != entry.n and decided.veto.entry.actor == entry.actor


def _reason(decided: Decided | None, entry: Entry, vote: Vote, person: str) -> Paragraphs:
    veto = entries([decided.veto.entry.n]) if decided and decided.veto else "an earlier entry"
    evidence = f"{way_of(vote, entry.kind)} by {person} in {read_in(entry) or 'Slack'}: {said(vote.reason)}"
    return Paragraphs(
        f"Reason of the veto by {person}", of_proposal(decided), f"It stands beside the veto, {veto}.", evidence
    )


def _weight(decided: Decided | None, entry: Entry, vote: Vote) -> str:
    if decided is None or entry.kind in (Kind.WITHDRAWAL, Kind.WITHDRAWN):
        return "."
    group = decided.proposal.approvers_name
    needed = decided.proposal.quorum
    given = f"; {min(len(decided.approvals), needed)} of {needed}" if entry.kind == Kind.APPROVAL else ""
    of = f", of {outside(group, 80)}" if group and entry.kind == Kind.APPROVAL else ""
    return f"{of}, in time{given}."


def _effect(entry: Entry, decided: Decided | None, counted: bool) -> str:
    if entry.kind in _STOPS and counted:
        return "It will not run." if decided and not decided.started else "It had already started."
    return "None yet." if counted and entry.kind == Kind.APPROVAL else "None."


def _after(decided: Decided | None, entry: Entry, counted: bool) -> str:
    if decided is None or not counted or entry.kind in _STOPS:
        return "Nothing changes." if not counted else "It stays stopped; another action needs a new proposal."
    missing = decided.proposal.quorum - len(decided.approvals)
    if missing > 0:
        return f"{count(missing, 'more approval')} needed until {utc(decided.proposal.expires_at)}."
    return "The state is read again, then it runs."


def _denied(state: State, entry: Entry, who: Names) -> Paragraphs:
    return Paragraphs(
        "Denied by the gate",
        of_proposal(decided_of(state, entry)),
        "A new look makes a new proposal.",
        says(entry),
        "Nothing ran.",
    )


def _expired(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = decided_of(state, entry)
    given = (
        f"{len(decided.approvals)} of {decided.proposal.quorum} approved."
        if decided and decided.approvals
        else "Nobody decided."
    )
    return Paragraphs(
        "Expired",
        of_proposal(decided),
        "A person may propose it anew.",
        f"{given} Expired is not denied.",
        "Nothing ran.",
    )


def _veto_reason(state: State, entry: Entry, who: Names) -> Paragraphs:
    given, person = VetoReason.model_validate(entry.payload), who.of(entry.actor)
    decided = decided_of(state, entry)
    before = [w.entry.n for w in decided.whys if w.entry.actor == entry.actor] if decided else []
    earlier = [n for n in before if n < entry.n]
    counted = decided is not None and decided.veto is not None and decided.veto.entry.actor == entry.actor
    what = "veto" if counted else "objection"
    corrects = f" It takes the place of {entries(earlier[-1:])}, which stays as written." if earlier else ""
    lesson = " Suggested as a lesson; a person reviews it." if given.lesson else ""
    return Paragraphs(
        f"Reason of the {what} by {person}",
        of_proposal(decided),
        f"It stands beside the {what}, {entries([given.of])}.{corrects}",
        f"Form by {person} in Slack: {said(given.says)} Kind of reason: {given.category.words}.{lesson}",
    )


def _auto_ended(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = decided_of(state, entry)
    needs = count(decided.proposal.quorum, "approval") if decided else "1 approval"
    return Paragraphs("Does not start by itself", of_proposal(decided), f"It needs {needs}.", says(entry))


def _reminded(state: State, entry: Entry, who: Names) -> Paragraphs:
    decided = decided_of(state, entry)
    missing = count(int(entry.payload.get("missing", 1)), "approval")
    until = utc(decided.proposal.expires_at) if decided else "its expiry"
    return Paragraphs("Reminded", of_proposal(decided), f"It still needs {missing}; it expires at {until}.")


DECISIONS: Mapping[str, Words] = {
    Kind.PROPOSED: _proposed,
    Kind.WOULD_PROPOSE: _would_propose,
    Kind.AUTO_ENDED: _auto_ended,
    Kind.REMINDED: _reminded,
    Kind.NOT_PROPOSED: _not_proposed,
    Kind.APPROVAL: _vote,
    Kind.VETO: _vote,
    Kind.WITHDRAWAL: _vote,
    Kind.WITHDRAWN: _vote,
    Kind.REASON: _veto_reason,
    Kind.DENIED: _denied,
    Kind.EXPIRED: _expired,
}
