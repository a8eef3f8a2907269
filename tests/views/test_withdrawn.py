# ruff: noqa: E501  words are not wrapped
"""A proposal that its requester withdraws, an approval that is taken back: card, root, answers, tickets."""

from inline_snapshot import snapshot

from bot.views import answers
from bot.views.answers import Said
from bot.views.root import root
from bot.views.thread import thread
from engine.durable.notes import note_text
from engine.model import Kind, Verdict
from tests.views.book import Book, utc
from tests.views.incident_2041 import scene, started, vote
from tests.views.nouns_2041 import BEN, MAYA, NAMES, PRIYA, TOM
from tests.views.situations import approved_in_part, waiting, withdrawn
from tests.views.texts import lines

NOBODY: tuple[str, ...] = ()


def answer(book: Book, verdict: Verdict, kind: Kind, actor: str, surface: str = "command", proposal: int = 15) -> str:
    said = Said(kind, surface, utc("02:11:52"), actor)
    return answers.voted(verdict, book.state().proposals[proposal], said, scene(16), NOBODY)


def test_the_card_of_a_withdrawn_proposal() -> None:
    state = withdrawn().state()
    [card] = [m for m in thread(state, scene(16)) if m.slot == "proposal/15"]
    assert lines(card.blocks) == snapshot(
        [
            "Proposal 2041/15: restart database checkout-db",
            "*Withdrawn* by <@U07TOMB0002>, who requested it, <!date^1795486170^{date_short} {time_secs}|24 Nov 2026 02:09:30 UTC>. It will not run.",
            ">it is the release",
            "entry N withdraws entry N, by command · bound to `51b07ae2`",
        ]
    )
    assert card.text == snapshot(
        "Proposal 2041/15, restart database checkout-db, withdrawn by Tom Becker, who requested it, 24 Nov 2026 02:09:30 UTC. It will not run."
    )
    assert not [block for block in card.blocks if block["type"] == "actions"]


def test_the_root_needs_a_person() -> None:
    message = root(withdrawn().state(), scene(16))
    by, stands = [line for line in lines(message.blocks) if "ithdrawn" in line]
    assert by == "<@U07TOMB0002>, <!date^1795486170^{time}|24 Nov 2026 02:09 UTC> (withdrawn)"
    assert stands.startswith(
        "*Withdrawn* by Tom Becker: restart database checkout-db (2041/15). Nothing else is proposed."
    )


def test_the_answers() -> None:
    assert answer(withdrawn(), Verdict.COUNTED, Kind.WITHDRAWN, TOM) == snapshot(
        "2041/15 is withdrawn. `restart-database` will not run."
    )
    assert answer(withdrawn(), Verdict.DECIDED, Kind.APPROVAL, BEN, "button") == snapshot("""\
2041/15 was already decided, 2\xa0min 22\xa0s before your click: withdrawn by <@U07TOMB0002>, 02:09:30 UTC.
Your click changed nothing.\
""")
    assert answer(started(), Verdict.DECIDED, Kind.WITHDRAWN, TOM, proposal=19) == snapshot("""\
Your withdrawal of 2041/19 came too late: it started 02:11:48 UTC, 4\xa0s before your command.
It is recorded and stops nothing any more. To undo it: Deploy 2026.11.24-3 again, about 70 s.\
""")
    assert answer(started(), Verdict.DECIDED, Kind.WITHDRAWAL, PRIYA, proposal=19) == snapshot(
        "2041/19 started 02:11:48 UTC, 4\xa0s before your command: too late to take your approval back. That changed nothing."
    )
    assert answer(withdrawn(), Verdict.DECIDED, Kind.WITHDRAWAL, BEN) == snapshot(
        "2041/15 was already decided when you took your approval back. That changed nothing."
    )
    assert answer(withdrawn(), Verdict.OUTSIDER, Kind.WITHDRAWN, TOM) == snapshot("""\
Your withdrawal does not count: guests, outside and deactivated accounts read here, they do not decide.
2041/15 is decided by <!subteam^S07DBAPPR01>.\
""")
    assert answer(waiting(), Verdict.COUNTED, Kind.WITHDRAWAL, BEN) == snapshot(
        "Your approval of 2041/15 had not counted; taking it back changes nothing."
    )


def test_an_approval_that_is_taken_back_reads_as_in_the_storyboard() -> None:
    book = approved_in_part()
    back = vote(15, "02:09:20", "command").model_copy(update={"place": "*"})
    book.add("02:09:20", Kind.WITHDRAWAL, back, MAYA, 15)
    assert answer(book, Verdict.COUNTED, Kind.WITHDRAWAL, MAYA) == (
        "Your approval of 2041/15 is withdrawn: 0 of 2. Nothing had started."
    )


def note(book: Book) -> list[str]:
    return note_text(book.state(), book.entries[-1], NAMES).replace("\u00a0", " ").split("\n")


def test_the_notes() -> None:
    assert note(withdrawn()) == snapshot(
        [
            "**Proposal withdrawn by Tom Becker** · entry 16 · 24 Nov 2026 02:09:30 UTC",
            "**Context** Proposal 15: restart database checkout-db, bound to `51b07ae2`.",
            "**Evidence** Command by Tom Becker in Slack. Reason: “it is the release”",
            "**Action** It will not run.",
            "**Next** It stays stopped; another action needs a new proposal.",
        ]
    )
    book = approved_in_part()
    taken = vote(15, "02:09:00", "button", reason="all actions were halted")
    book.add("02:10:00", Kind.WITHDRAWAL, taken, MAYA, 16)
    assert note(book) == snapshot(
        [
            "**No longer counted: approved by Maya Okafor** · entry 17 · 24 Nov 2026 02:10:00 UTC",
            "**Context** Proposal 15: roll back checkout to 2026.11.24-2, bound to `9f2c41d7`.",
            "**Evidence** Button by Maya Okafor in Slack, entry 16: all actions were halted.",
            "**Action** None.",
            "**Next** 2 more approvals needed until 24 Nov 2026 02:23 UTC.",
        ]
    )
