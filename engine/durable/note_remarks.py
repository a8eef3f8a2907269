"""What a ticket says of what was read in tickets: words that could not be followed, edits, deletions, its own state."""

from collections.abc import Mapping, Sequence

from engine.durable.markdown import code, outside, said
from engine.durable.note_words import Names, Paragraphs, Words, entries
from engine.incident import State
from engine.model import Entry, Kind
from engine.words import listed


def read_in(entry: Entry) -> str:
    """`GitHub #318`: the ticket in which it was read; empty for what came by Slack."""
    read = entry.payload.get("read")
    return outside(str(read.get("ticket", "")), 80) if isinstance(read, Mapping) else ""


def how_to_be_known(entry: Entry) -> str:
    """For an account that is mapped to nobody: what whoever runs it can do; empty for everybody else."""
    read = entry.payload.get("read")
    if not isinstance(read, Mapping) or read.get("known", True):
        return ""
    where = code(f"people.{read.get('backend')}", 80)
    return f"This account is mapped to nobody in Slack; {where} in watchkeeper.yaml maps it. "


def which(entry: Entry) -> str:
    """What could have been meant: `Which one? Open here: 19. …`."""
    word = str(entry.payload.get("word", ""))
    numbers = [n for n in entry.payload.get("open") or [] if isinstance(n, int)]
    if not numbers:
        what = "There is nothing to correct here." if word == "correct" else "Nothing waits here."
        return f"{what} Nothing changed."
    write = code(f"{word} {numbers[-1]}{' …' if word == 'correct' else ''}")
    if entry.payload.get("edited") and word == "approve":
        return f"An edited comment does not approve. Write {write} in a new one. Nothing changed."
    asks = "Which entry? Findings and conclusions here" if word == "correct" else "Which one? Open here"
    return f"{asks}: {_numbers(numbers)}. Write {write}. Nothing changed."


def _numbers(numbers: Sequence[int]) -> str:
    return listed([str(n) for n in numbers])


def _remarked(state: State, entry: Entry, who: Names) -> Paragraphs:
    what, person, ticket = str(entry.payload.get("what", "")), who.of(entry.actor), read_in(entry)
    words = str(entry.payload.get("says", ""))
    quoted = said(words, 2000) if words else ""
    if what == "answer":
        word = outside(str(entry.payload.get("word", "")), 20)
        context = f"{how_to_be_known(entry)}{which(entry)}"
        by = f"Comment by {person} in {ticket}{f': {quoted}' if quoted else '.'}"
        return Paragraphs(f"Not counted: {word} by {person}", context, "None.", by)
    if what in ("altered", "restored", "note_deleted"):
        return _of_our_note(what, entry, ticket)
    if what in ("closed", "reopened"):
        return _turned(state, what, person, ticket, quoted)
    verb = "Edited" if what == "edited" else "Deleted"
    return Paragraphs(f"{verb}: a comment by {person}", f"In {ticket}.", "What was recorded stays.", quoted)


def _of_our_note(what: str, entry: Entry, ticket: str) -> Paragraphs:
    note = entries([int(entry.payload.get("of", 0))])
    verb = {"altered": "altered", "restored": "restored", "note_deleted": "deleted"}[what]
    following = f"{code('watchkeeper ledger verify')} shows what differs."
    if what == "restored":
        return Paragraphs(f"Restored: the note of {note}", f"In {ticket}, as it was sent.", "None.")
    return Paragraphs(f"{verb.capitalize()}: the note of {note}", f"In {ticket}; it does not say by whom.", following)


def _turned(state: State, what: str, person: str, ticket: str, quoted: str) -> Paragraphs:
    following = f"The ticket does not close the incident; {code(f'/watch close {state.number}')} in Slack does."
    if what == "reopened":
        following = "The ticket does not reopen the incident; if the alert comes back, it is reopened."
    return Paragraphs(f"Ticket {what} by {person}", f"{ticket}, now {quoted or what}.", following)


REMARKS: Mapping[str, Words] = {Kind.REMARKED: _remarked}
