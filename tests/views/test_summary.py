"""The summary at the close: what failed is told beside what was done, and times count from the first proposal."""

from bot.views.result import result_message
from bot.views.root import root
from bot.views.thread import thread
from engine.durable.notes import note_text
from engine.model import Kind, Outcome
from tests.views.book import Book
from tests.views.incident_2041 import scene
from tests.views.nouns_2041 import MAYA, NAMES, TOM, roll_back
from tests.views.situations import expired, failed, late_result, result, unknown
from tests.views.texts import lines, normal


def by_hand(book: Book) -> list[str]:
    book.add("02:40:00", Kind.CLOSED, {"how": "person", "says": "done by hand"}, MAYA)
    summary = thread(book.state(), scene(20))[-1]
    assert summary.slot == "summary/1"
    return [*lines(summary.blocks), normal(summary.text)]


def test_a_failed_run_is_in_the_summary_as_failed() -> None:
    words = by_hand(failed())
    assert (
        "*Failed:* roll back checkout to 2026.11.24-2, approved by Priya Raman: "
        "refused: 409, another roll-back runs. (entry N)" in words
    )
    assert "Done: rolled back" not in str(words)
    assert "Failed: roll back checkout" in words[-1]


def test_an_unknown_outcome_is_in_the_summary_as_unknown() -> None:
    assert any(word.startswith("*Outcome unknown:* roll back checkout") for word in by_hand(unknown()))


def test_a_refusal_says_refused_once() -> None:
    book = result("failed", "refused: deploy refused with 409")
    state = book.state()
    decided = state.proposals[15]
    assert decided.result is not None
    assert isinstance(decided.outcome, Outcome)
    message = result_message(state, decided, decided.result, decided.outcome)
    shown = [str(message.blocks), message.text, str(root(state, scene(18)).blocks)]
    for text in [*shown, note_text(state, decided.result, NAMES)]:
        assert text.lower().count("refused") == 1, text


def test_the_time_to_the_proposal_is_that_of_the_first() -> None:
    book = expired()
    book.add("02:30:00", Kind.PROPOSED, roll_back().model_copy(update={"requester": TOM}), TOM)
    words = by_hand(book)
    assert words[words.index("*To proposal*") + 1] == "1 min 27 s"


def test_a_run_that_nobody_watched_took_at_most_that_long() -> None:
    state = late_result().state()
    assert "in at most 73" in str([m.blocks for m in thread(state, scene(19)) if m.slot == "result/15"])
    assert "at most 73" in str(root(state, scene(19)).blocks)
