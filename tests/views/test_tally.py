"""Approvals are counted up to what is needed, and every decision that waits is named."""

from bot.views import answers
from bot.views.answers.word import Said
from bot.views.root import root
from engine.durable.notes import note_text
from engine.model import Kind, Verdict
from tests.views.book import Book, utc
from tests.views.incident_2041 import scene, vote
from tests.views.nouns_2041 import BEN, MAYA, NAMES, PRIYA, restart, roll_back
from tests.views.situations import SITUATIONS, concluded, waiting
from tests.views.texts import lines, normal


def approved_twice() -> Book:
    """One approval is needed; two people gave theirs before the start."""
    book = waiting()
    book.add("02:09:00", Kind.APPROVAL, vote(15, "02:09:00", "button"), MAYA, 15)
    book.add("02:09:01", Kind.APPROVAL, vote(15, "02:09:01", "button"), BEN, 15)
    return book


def three_wait() -> Book:
    book = concluded()
    for at in ("02:08:31", "02:08:32"):
        book.add(at, Kind.PROPOSED, restart(), PRIYA)
    book.add("02:08:33", Kind.PROPOSED, roll_back(), "playbook")
    return book


def test_an_approval_beyond_what_is_needed_is_not_counted_as_more() -> None:
    book = approved_twice()
    state = book.state()
    said = Said(Kind.APPROVAL, "button", utc("02:09:01"), BEN)
    answer = answers.voted(Verdict.COUNTED, state.proposals[15], said, scene(17), ["Ben Adler"])
    assert answer.startswith("Counted: 1 of 1, already enough for 2041/15.")
    assert "approved, 1 of 1" in str(root(state, scene(17)).blocks)
    assert "2 of 1" not in str(root(state, scene(17)).blocks) + note_text(state, book.entries[16], NAMES)


def test_every_decision_that_waits_is_named() -> None:
    state = three_wait().state()
    message = root(state, scene(17))
    others = "2 more wait: 2041/15, 2041/16."
    assert f"*{others}*" in lines([message.blocks[2]])[0]
    assert others in message.text
    assert others in normal(answers.status(state, scene(17)))
    assert "more wait" not in str(root(waiting().state(), scene(15)).blocks)


def test_a_word_without_a_number_lists_what_waits() -> None:
    numbers = [f"2041/{n}" for n in range(12, 20)]
    assert answers.which_proposal(numbers[:1], "@watchkeeper", "approve") == (
        "Which one? Open here: 2041/12. Write `@watchkeeper approve 2041/12`. Nothing changed."
    )
    assert "2041/17 and 2 more." in answers.which_proposal(numbers, "/watch", "veto")
    assert answers.which_proposal([], "/watch", "veto") == "No decision waits. Nothing changed."


def test_a_number_that_is_no_proposal_names_those_that_wait_and_claims_nothing_else() -> None:
    assert answers.unknown_number("9999/1", ["2041/12"]).endswith("Waiting for a decision: 2041/12.")
    assert answers.unknown_number("9999/1", []).endswith("No decision waits.")
    assert answers.unknown_number("9999/1") == "9999/1 is no proposal. Nothing changed."


def test_a_mitigated_incident_whose_alert_is_resolved_does_not_say_not_yet() -> None:
    book = SITUATIONS["verified"]()
    alert = book.state().alert
    assert alert is not None
    book.add("02:18:40", Kind.ALERT_RESOLVED, alert.model_copy(update={"status": "resolved"}), "alertmanager")
    shown = str(root(book.state(), scene(26)).blocks)
    assert "not yet" not in shown
    assert "Mitigated, reported as resolved" in shown
