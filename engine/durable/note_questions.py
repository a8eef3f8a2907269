"""What a ticket says of a question that people were asked about first: held, shown, decided, stopped, expired.

A proposal's decisions are in `note_decisions.py`.
"""

from engine.durable.markdown import code, outside, said
from engine.durable.note_decisions import NOT_COUNTED, way_of
from engine.durable.note_remarks import how_to_be_known, read_in
from engine.durable.note_words import Names, Paragraphs, Words
from engine.incident import Ask, State
from engine.model import Entry, Hold, Kind, Silence, Verdict, Vote
from engine.words import lower_first, sentence, took, upper_first


def of_question(state: State, entry: Entry) -> Words | None:
    """The words for an entry about a question that is, or was, held, or that was stopped; None for any other."""
    if entry.kind == Kind.HELD:
        return _held
    if entry.kind == Kind.STOPPED or (entry.kind == Kind.EXPIRED and entry.payload.get("held")):
        return _ended
    votes = (Kind.APPROVAL, Kind.VETO, Kind.WITHDRAWAL)
    return _vote if entry.kind in votes and _asked(state, entry) is not None else None


def _asked(state: State, entry: Entry) -> Ask | None:
    n = entry.payload.get("proposal")
    return state.held(n) if isinstance(n, int) else None


def _held(state: State, entry: Entry, who: Names) -> Paragraphs:
    hold, ask = Hold.model_validate(entry.payload), state.held(entry.n)
    source = code(ask.question.source, 60) if ask else "a partner"
    by = f", asked by {who.of(ask.person)}" if ask and ask.person else ""
    words = sentence(outside(ask.question.question, 1500)) if ask else "not recorded."
    then = f"Sent {took(hold.seconds)} after it is shown, unless someone stops it; ✅ sends it at once."
    if hold.policy == "approval":
        name = outside(hold.approvers_name, 80) or "the approvers"
        then = f"Sent when one of {name} says so, within {took(hold.seconds)} after it is shown; else not at all."
    leaves = "It goes to an outside company. " if hold.outside else ""
    carries = f"It carries {outside(hold.carries, 200)}." if hold.carries else ""
    evidence = f"{leaves}{carries}".strip()
    return Paragraphs(
        f"Question to {source} is held", f"Question{by}: {lower_first(words)}", then, evidence, "Nothing is sent."
    )


def _vote(state: State, entry: Entry, who: Names) -> Paragraphs:
    vote, ask = Vote.model_validate(entry.payload), _asked(state, entry)
    person, counted = who.of(entry.actor), vote.verdict == Verdict.COUNTED
    verb = {Kind.APPROVAL: "Sent now", Kind.VETO: "Stopped"}.get(Kind(entry.kind), "Withdrawn")
    title = f"{verb} by {person}" if counted else f"Not counted: {verb.lower()} by {person}"
    why = "." if counted else f": {NOT_COUNTED[vote.verdict]}. {how_to_be_known(entry)}".rstrip()
    evidence = f"{way_of(vote, entry.kind)} by {person} in {read_in(entry) or 'Slack'}{why}"
    evidence += f" Reason: {said(vote.reason)}" if vote.reason else ""
    source = code(ask.question.source, 60) if ask else "a partner"
    action = "It is not sent." if counted and entry.kind == Kind.VETO else "None."
    return Paragraphs(title, f"The question to {source}, held in entry {vote.proposal}.", "None.", evidence, action)


def _ended(state: State, entry: Entry, who: Names) -> Paragraphs:
    silence = Silence.model_validate(entry.payload)
    ask = state.asks.get(str(entry.payload.get("of", "")))
    word = "expired" if entry.kind == Kind.EXPIRED else "stopped"
    by = f" by {who.of(entry.actor)}" if entry.actor.startswith("person:") else ""
    sent = ask is not None and (ask.asked is not None or ask.question.by == "tool")
    return Paragraphs(
        f"Question to {code(silence.source, 60)} {word}{by}",
        f"Question: {lower_first(sentence(outside(silence.question))) or 'not recorded.'}",
        "The investigation goes on without it.",
        sentence(upper_first(outside(silence.says))),
        "Its answer is not waited for." if sent else "It was not sent.",
    )
