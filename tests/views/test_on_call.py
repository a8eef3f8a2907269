# ruff: noqa: E501  words are not wrapped
"""What whoever is on call reads when something happened meanwhile: frozen, proposed again."""

from dataclasses import replace
from datetime import timedelta

from bot.views import answers
from bot.views.answers import Said, told
from bot.views.answers.chosen import why_this
from bot.views.root import root
from bot.views.scene import Scene
from bot.views.thread import thread
from engine.durable.notes import note_text
from engine.incident import State
from engine.model import Kind, Verdict
from engine.oversight.freezes import Frozen
from tests.views.book import Book, utc
from tests.views.incident_2041 import done, scene, vote
from tests.views.nouns_2041 import BEN, MAYA, NAMES, TOM, restart, roll_back
from tests.views.situations import concluded, expired, waiting
from tests.views.texts import lines, normal


def card(state: State, n: int, scene_: Scene) -> list[str]:
    return lines(next(m for m in thread(state, scene_) if m.slot == f"proposal/{n}").blocks)


def test_a_stop_names_what_proposes_the_same_and_still_waits() -> None:
    book = waiting()
    book.add("02:08:40", Kind.PROPOSED, roll_back(), TOM)  # of a ledger that took the same twice
    book.add("02:09:00", Kind.VETO, vote(15, "02:09:00", "command", reason="too broad"), MAYA, 15)
    decided = book.state().proposals[15]
    assert [d.n for d in book.state().twins(decided.proposal)] == [16]
    said = Said(Kind.VETO, "command", utc("02:09:00"), MAYA, "too broad", 17, ("2041/16",))
    reply = told(answers.voted(Verdict.COUNTED, decided, said, scene(17), ())).text
    assert "2041/15 will not run. 2041/16 proposes the same and still waits.\n" in reply
    alone = told(answers.voted(Verdict.COUNTED, decided, replace(said, twins=()), scene(17), ())).text
    assert "`rollback-release` will not run.\n" in alone


def test_a_refused_second_request_says_nothing_of_what_was_found() -> None:
    book = concluded()
    says = {"says": "2041/13 proposes the same and still waits.", "action": "rollback-release", "same": 13}
    book.add("02:08:40", Kind.NOT_PROPOSED, says, TOM)
    assert book.state().not_proposed is None
    note = note_text(book.state(), book.entries[-1], NAMES)
    assert "Not proposed a second time" in note
    assert "Tom Becker requested `rollback-release`." in note
    assert says["says"] in note


def again(book: Book, by: str = BEN) -> Book:
    old = next(reversed(book.state().proposals.values()))
    anew = {"requester": by, "again": old.n, "why": "", "expires_at": utc("02:40:00")}
    book.add("02:25:00", Kind.PROPOSED, old.proposal.model_copy(update=anew), by)
    return book


def test_proposing_again_puts_no_words_into_a_persons_mouth() -> None:
    book = again(expired())
    shown = card(book.state(), 17, scene(17))
    [why] = [line for line in shown if line.startswith("*Why:*")]
    assert why.startswith("*Why:* Proposed again by Ben Adler, as 2041/15 expired. *Why at first:* 412 of 430 failures")
    assert "“" not in why
    note = note_text(book.state(), book.entries[-1], NAMES)
    assert "Why: proposed again by Ben Adler, as 2041/15 expired." in note
    assert "“" not in note
    said = why_this(book.state(), book.state().proposals[17], scene(17), "", 1)
    assert said.startswith("2041/17: Proposed again by Ben Adler, as 2041/15 expired.")


def test_the_first_persons_words_stay_theirs_however_often_it_is_proposed_again() -> None:
    book = waiting()
    book.add("02:09:00", Kind.PROPOSED, restart(), TOM)
    again(again(book), MAYA)
    shown = card(book.state(), 18, scene(18))
    assert (
        "*Why:* Proposed again by Maya Okafor, as 2041/17 expired. *Why at first:* Tom Becker: “looks like the pool is exhausted”."
        in shown
    )


def test_the_root_says_frozen_where_the_freeze_outlasts_the_proposal() -> None:
    state = waiting().state()
    ends = state.proposals[15].proposal.expires_at

    def status(until: timedelta) -> str:
        frozen = {15: Frozen("quarter end", ends + until)}
        shown = lines(root(state, replace(scene(15), frozen=frozen)).blocks)
        return normal(shown[shown.index("*Status*") + 1])

    assert "*Frozen* until" in status(timedelta(0))
    assert "Needs a decision" not in status(timedelta(0))
    assert "*Needs a decision* until" in status(timedelta(seconds=-1))  # then an approval counts before it expires


def test_an_approval_during_a_freeze_is_not_nobody() -> None:
    book = waiting()
    book.add("02:09:00", Kind.APPROVAL, vote(15, "02:09:00", "button", Verdict.FROZEN), MAYA, 15)
    book.add("02:23:31", Kind.EXPIRED, {"proposal": 15}, "gate", 15)
    says = "during a freeze; 1 approval did not count. Nothing ran."
    assert says in str(card(book.state(), 15, scene(17)))
    assert "uring a freeze; 1 approval did not count. Nothing ran." in str(root(book.state(), scene(17)).blocks)
    book.add("02:30:00", Kind.CLOSED, {"how": "person", "says": ""}, MAYA)
    assert f"15) {says}" in str(thread(book.state(), scene(18))[-1].blocks)


def test_a_close_before_the_reading_says_what_is_not_proven() -> None:
    book = done()
    book.add("02:14:00", Kind.CLOSED, {"how": "person", "says": ""}, MAYA)
    state = book.state()
    assert "23), not verified." in answers.closed(state)
    assert "23), not verified." in str(root(state, scene(25)).blocks)
    assert "23), not verified." in str(thread(state, scene(25))[-1].blocks)
