"""The decision is a fold over votes: whatever the order in which they arrive, the same people approve or veto.

Rows 4, 15 and 16 of the protocol: per person and surface the last word by the chat's clock counts, a tie is withdrawn,
an approval stands while any surface holds it, a veto and the requester's withdrawal are lifted by nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fold import fold
from engine.incident import Decided
from engine.model import Kind, Proposal, Verdict, Vote
from tests.views.book import Book, utc

NOON = utc("12:00:00")
PROPOSAL = Proposal(
    action="a", arguments={}, title="t", what="w", where="x", digest="d", op="o", expires_at=NOON, quorum=2
)


@dataclass(frozen=True)
class Said:
    """One word: who, what, by which way, when by the chat's clock, and what policy said."""

    person: str
    kind: Kind
    place: str
    second: int
    verdict: Verdict

    def payload(self) -> dict[str, Any]:
        at = NOON + timedelta(seconds=self.second)
        surface: Any = {"card": "button", "commands": "command"}.get(self.place, "reaction")
        return Vote(proposal=1, surface=surface, place=self.place, event_at=at, verdict=self.verdict).to_json()


WORDS = st.lists(
    st.builds(
        Said,
        person=st.sampled_from(["person:a", "person:b", "person:c"]),
        kind=st.sampled_from([Kind.APPROVAL, Kind.APPROVAL, Kind.WITHDRAWAL, Kind.VETO, Kind.WITHDRAWN]),
        place=st.sampled_from(["white_check_mark@1", "card", "commands", "*"]),
        second=st.integers(0, 5),  # few, so that ties are common
        verdict=st.sampled_from([Verdict.COUNTED, Verdict.COUNTED, Verdict.NO_RIGHT, Verdict.EXPIRED]),
    ),
    max_size=9,
)


def decided(words: Sequence[Said]) -> Decided:
    book = Book(2041)
    book.add("11:00:00", Kind.PROPOSED, PROPOSAL)
    for word in words:
        book.add("11:30:00", word.kind, word.payload(), word.person)
    return fold(2041, book.entries).proposals[1]


def outcome(words: Sequence[Said]) -> tuple[frozenset[str], bool, bool, bool, str]:
    found = decided(words)
    return (
        frozenset(cast.entry.actor for cast in found.approvals),
        found.veto is not None,
        found.withdrawn is not None,
        found.has_quorum,
        found.status,
    )


def approving(words: Sequence[Said]) -> set[str]:
    """The rule once more, said another way: some counted approval is newer than every withdrawal of the same way."""
    found = set()
    for word in words:
        if word.kind == Kind.APPROVAL and word.verdict == Verdict.COUNTED:
            back = [
                w.second
                for w in words
                if w.kind == Kind.WITHDRAWAL and w.person == word.person and w.place in ("*", word.place)
            ]
            if word.second > max(back, default=-1):
                found.add(word.person)
    return found


@settings(max_examples=800, deadline=None)
@given(WORDS.flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_the_order_of_arrival_is_irrelevant(both: tuple[list[Said], list[Said]]) -> None:
    words, others = both
    assert outcome(words) == outcome(others)


@settings(max_examples=500, deadline=None)
@given(WORDS)
def test_it_counts_whose_last_word_by_some_way_is_an_approval(words: list[Said]) -> None:
    people, vetoed, withdrawn, quorum, status = outcome(words)
    assert people == approving(words)
    assert quorum == (len(people) >= 2)
    counted = {w.kind for w in words if w.verdict == Verdict.COUNTED}
    assert vetoed == (Kind.VETO in counted)
    assert withdrawn == (Kind.WITHDRAWN in counted)
    assert status == ("vetoed" if vetoed else "withdrawn" if withdrawn else "waiting")


@settings(max_examples=500, deadline=None)
@given(WORDS, WORDS)
def test_nothing_lifts_a_veto(words: list[Said], more: list[Said]) -> None:
    veto = Said("person:c", Kind.VETO, "card", 3, Verdict.COUNTED)
    assert decided([*words, veto, *more]).status == "vetoed"


@settings(max_examples=500, deadline=None)
@given(WORDS, WORDS)
def test_what_its_requester_withdrew_never_waits_again(words: list[Said], more: list[Said]) -> None:
    back = Said("person:c", Kind.WITHDRAWN, "*", 0, Verdict.COUNTED)
    assert decided([*words, back, *more]).status in ("withdrawn", "vetoed")


def test_votes_that_come_after_the_start_change_nothing_of_what_it_was_started_with() -> None:
    book = Book(2041)
    book.add("11:00:00", Kind.PROPOSED, PROPOSAL)
    way = ("card", 1, Verdict.COUNTED)
    for person in ("person:a", "person:b"):
        book.add("11:01:00", Kind.APPROVAL, Said(person, Kind.APPROVAL, *way).payload(), person)
    book.add("11:02:00", Kind.STARTED, {"proposal": 1, "votes": [2, 3]}, "gate")
    late = Said("person:a", Kind.WITHDRAWAL, "card", 9, Verdict.DECIDED)
    book.add("11:03:00", Kind.WITHDRAWAL, late.payload(), "person:a")
    book.add("11:03:00", Kind.APPROVAL, Said("person:c", Kind.APPROVAL, *way).payload(), "person:c")
    found = fold(2041, book.entries).proposals[1]
    assert [cast.entry.n for cast in found.approvals] == [2, 3]
