# ruff: noqa: E501  words are not wrapped
"""A halt on every surface: the two messages in the channel, the card and the root that wait, answers, tickets."""

from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.views import answers
from bot.views.answers import Said
from bot.views.halts import halts
from bot.views.proposal import proposal_message
from bot.views.root import root
from bot.views.scene import Scene
from engine.durable.notes import note_text, ticket_labels, ticket_title
from engine.incident import State
from engine.model import Kind, Verdict
from engine.published import SYSTEM
from tests.views.book import Book, utc
from tests.views.incident_2041 import scene
from tests.views.nouns_2041 import MAYA, NAMES, PRIYA
from tests.views.situations import SITUATIONS, halted
from tests.views.test_limits import HOSTILE, check
from tests.views.texts import lines

DATE = "<!date^1795486200^{date_short} {time}|24 Nov 2026 02:10 UTC>"


def book(*started: str, reason: str = "database migration until 04:00") -> Book:
    found = Book(SYSTEM)
    found.add("02:10:00", Kind.HALTED, {"reason": reason, "started": list(started)}, MAYA)
    return found


def resumed(*started: str) -> Book:
    found = book(*started)
    found.add("02:56:00", Kind.RESUMED, {}, PRIYA)
    return found


def around(n: int = 15) -> Scene:
    return replace(scene(n), halted=halted())


def waiting() -> State:
    return SITUATIONS["waiting"]().state()


class TestTheChannel:
    def test_a_halt_reads_as_in_the_storyboard(self) -> None:
        [message] = halts(book().state(), scene(1))
        assert message.text == (
            "✋ Halted by Maya Okafor, 24 Nov 2026 02:10 UTC: “database migration until 04:00”. Nothing starts from now "
            "on; 0 actions were already started. Investigations and the record go on. /watch resume ends it."
        )
        assert lines(message.blocks) == [
            f"✋ *Halted* by Maya Okafor, {DATE}: “database migration until 04:00”. Nothing starts from now on; 0 actions were already started. Investigations and the record go on. `/watch resume` ends it."
        ]
        assert (message.slot, message.in_thread) == ("halted/1", False)

    def test_what_had_been_started_is_named(self) -> None:
        [one] = halts(book("2041/19").state(), scene(1))
        assert "1 action was already started (2041/19)." in one.text
        [many] = halts(book(*(f"2041/{n}" for n in range(20))).state(), scene(1))
        assert "20 actions were already started (2041/0, 2041/1, 2041/2, 2041/3, 2041/4, 2041/5, …)." in many.text

    def test_its_end_is_a_message_of_its_own_and_the_first_one_says_so(self) -> None:
        first, second = halts(resumed().state(), scene(2))
        assert first.text == snapshot(
            "Halted by Maya Okafor, 24 Nov 2026 02:10 UTC: “database migration until 04:00”. Ended by Priya Raman, 24 Nov 2026 02:56 UTC."
        )
        assert second.text == snapshot(
            "Resumed by Priya Raman, 24 Nov 2026 02:56 UTC, 46\xa0min after the halt. Actions may start again. What was approved before does not count; what still waits needs its approvals anew."
        )
        assert [message.slot for message in (first, second)] == ["halted/1", "resumed/2"]

    def test_a_second_halt_leaves_the_first_as_it_ended(self) -> None:
        again = resumed()
        again.add("03:15:00", Kind.HALTED, {"reason": "again", "started": []}, PRIYA)
        first, _, third = halts(again.state(), scene(3))
        assert "Ended by Priya Raman" in first.text
        assert third.text.startswith("✋ Halted by Priya Raman")
        assert again.state().halted == again.entries[-1]

    def test_slack_takes_the_most_hostile_reason(self) -> None:
        for message in halts(book(*["2041/19"] * 500, reason=HOSTILE).state(), scene(1)):
            check(message)
            assert "<!channel>" not in message.text + str(message.blocks)


class TestWhatWaits:
    LINE = (
        f"*Halted* by Maya Okafor, {DATE}: “database migration until 04:00”. "
        "An approval counts after `/watch resume` only."
    )

    def test_the_card_says_it_and_offers_no_approval(self) -> None:
        state = waiting()
        card = proposal_message(state, around(), state.proposals[15])
        check(card)
        assert lines(card.blocks)[1] == self.LINE
        assert [e["action_id"] for b in card.blocks if b["type"] == "actions" for e in b["elements"]] == [
            "wk_proposal_veto",
            "wk_proposal_more",
        ]
        assert "✅" not in str(card.blocks)
        assert card.text.endswith("An approval counts after /watch resume only.")
        without = proposal_message(state, scene(15), state.proposals[15])
        assert self.LINE not in lines(without.blocks)

    def test_the_root_says_it(self) -> None:
        message = root(waiting(), around())
        check(message)
        assert self.LINE in lines(message.blocks)
        assert "✅" not in str(message.blocks)
        assert message.text == snapshot(
            "SEV2 major, halted. Proposed: roll back checkout to 2026.11.24-2. Halted by Maya Okafor, 24 Nov 2026 02:10 UTC: “database migration until 04:00”. An approval counts after /watch resume only. INC-2041."
        )

    @pytest.mark.parametrize("name", ["approved, not started", "approved in part"])
    def test_nobody_is_told_that_it_starts(self, name: str) -> None:
        state = SITUATIONS[name]().state()
        for message in (root(state, around()), proposal_message(state, around(), state.proposals[15])):
            assert "then it starts" not in str(message.blocks)


class TestAnswers:
    def test_an_approval_while_halted(self) -> None:
        said = Said(Kind.APPROVAL, "command", utc("02:11:00"), PRIYA)
        text = answers.voted(Verdict.HALTED, waiting().proposals[15], said, around(), ("Priya Raman",))
        assert text.split("\n") == [
            f"Nothing runs: Maya Okafor halted all actions, {DATE}, “database migration until 04:00”.",
            "Your approval of 2041/15 is recorded but does not count, so that nothing starts by itself later. Approve again after `/watch resume`.",
        ]

    def test_list_status_and_why_say_it(self) -> None:
        state = waiting()
        line = (
            f"*Halted* by Maya Okafor, {DATE}: “database migration until 04:00”. Nothing starts until `/watch resume`."
        )
        assert answers.listing([state], around()).split("\n")[0] == line
        assert answers.listing([], around()).split("\n") == [line, "No incident is open."]
        for text in (answers.status(state, around()), answers.why_proposal(state.proposals[15], around(), "", 4)):
            assert line in text.split("\n")
            assert text.count("\n") <= 2

    def test_the_words_of_halt_and_resume(self) -> None:
        assert answers.halted(around()) == snapshot(
            "Halted: nothing starts from now on. The channel is told. `/watch resume` ends it."
        )
        assert answers.halted_already(halted(), around()) == snapshot(
            "All actions are halted already, by Maya Okafor, <!date^1795486200^{date_short} {time}|24 Nov 2026 02:10 UTC>: “database migration until 04:00”. Nothing changed."
        )
        assert answers.halted_already(None, around()) == snapshot(
            "Another halt was in force, and has ended since. Nothing changed; `/watch halt` again."
        )
        assert answers.not_in_channel() == snapshot(
            "Whoever halts all actions is a member of the incident channel. Nothing changed."
        )
        assert answers.resumed().split("\n") == snapshot(
            [
                "Resumed: actions may start again, and nothing starts by itself.",
                "What was approved before does not count; what still waits needs its approvals anew.",
            ]
        )
        assert answers.nothing_halted() == snapshot("Nothing is halted. Nothing changed.")
        assert answers.may_not_resume(["Maya Okafor", "Priya Raman"]).split("\n") == snapshot(
            [
                "A halt is ended by whoever may approve an action: Maya Okafor, Priya Raman.",
                "You may not. Everything stays halted.",
            ]
        )
        assert answers.may_not_resume([]).split("\n") == snapshot(
            [
                "Nobody can end the halt: no action has approvers.",
                "`actions.&lt;name&gt;.approvers` in watchkeeper.yaml names them. Nothing changed.",
            ]
        )


class TestTickets:
    def test_the_notes(self) -> None:
        found = resumed("2041/19")
        notes = [
            note_text(found.state(n), found.entries[n - 1], NAMES).replace("\u00a0", " ").split("\n") for n in (1, 2)
        ]
        assert notes == snapshot(
            [
                [
                    "**Halted by Maya Okafor** · entry 1 · 24 Nov 2026 02:10:00 UTC",
                    "**Context** “database migration until 04:00”.",
                    "**Evidence** 1 action had been started and had no outcome yet: 2041/19.",
                    "**Action** Nothing starts from now on.",
                    "**Next** Investigations and the record go on. It lasts until a person resumes.",
                ],
                [
                    "**Resumed by Priya Raman** · entry 2 · 24 Nov 2026 02:56:00 UTC",
                    "**Context** Halted by Maya Okafor in entry 1, 46 min before.",
                    "**Evidence** None.",
                    "**Action** Actions may start again.",
                    "**Next** What was approved before does not count; what still waits needs its approvals anew.",
                ],
            ]
        )

    def test_a_ticket_of_its_own(self) -> None:
        state = book().state()
        assert ticket_title(state) == "Watchkeeper: halts and resumes"
        assert ticket_labels(state) == ("watchkeeper",)
        assert state.has_results
        assert not State(SYSTEM).has_results
