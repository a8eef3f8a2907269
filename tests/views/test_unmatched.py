# ruff: noqa: E501  words are not wrapped
"""An alert that no playbook matches: the same words in the root, in the thread, in a ticket and at the close."""

from inline_snapshot import snapshot

from bot.views import answers
from bot.views.root import root
from bot.views.thread import thread
from engine.durable.notes import note_text
from engine.model import Kind
from tests.views.incident_2041 import scene
from tests.views.nouns_2041 import NAMES
from tests.views.situations import SITUATIONS
from tests.views.texts import lines, normal


def test_the_root_names_the_alert_and_what_a_person_can_do() -> None:
    state = SITUATIONS["unmatched"]().state()
    message = root(state, scene(state.n))
    assert [*lines([message.blocks[1]])[:2], *lines([message.blocks[2]]), normal(message.text)] == snapshot(
        [
            "*Status*",
            "*Needs a person*: no playbook matches",
            "*No playbook matches `CheckoutErrorRate`.* 7.3 % of requests fail; the threshold is 1 %, exceeded for 2 min. Received once.",
            "`/watch ask 2041 …` asks a partner, `/watch run 2041 …` proposes an action, `/watch close 2041` closes by hand.",
            "SEV2 major, a person is needed. checkout: No playbook matches CheckoutErrorRate. 7.3 % of requests fail; the threshold is 1 %, exceeded for 2 min. Received once. INC-2041, 24 Nov 2026 02:07 UTC.",
        ]
    )


def test_the_thread_says_once_that_nothing_was_asked() -> None:
    state = SITUATIONS["unmatched"]().state()
    messages = thread(state, scene(state.n))
    assert [(m.slot, lines(m.blocks), normal(m.text)) for m in messages] == snapshot(
        [
            (
                "plan/1",
                [
                    "*No playbook matches `CheckoutErrorRate`, so nothing was asked.* `/watch ask 2041 …` asks a partner, `/watch run 2041 …` proposes an action, `/watch close 2041` closes by hand.",
                    "INC-2041 · <!date^1795486024^{date_short} {time_secs}|24 Nov 2026 02:07:04 UTC>",
                ],
                "No playbook matches CheckoutErrorRate, so nothing was asked. INC-2041.",
            )
        ]
    )


def test_the_summary_does_not_speak_of_sources_that_were_not_asked() -> None:
    state = SITUATIONS["unmatched, closed"]().state()
    summary = thread(state, scene(state.n))[-1]
    assert summary.slot == "summary/1"
    assert (lines([summary.blocks[1]]), normal(summary.text)) == snapshot(
        (
            [
                "*Cause not looked for:* no playbook matches.",
                "*Done:* nothing ran.",
                "*Why it was closed:* “it was a test”",
            ],
            "INC-2041 closed: by a person after 23 min, 24 Nov 2026 02:30 UTC. Cause not looked for: no playbook matches.",
        )
    )
    assert "sources" not in str(root(state, scene(state.n)).blocks)


def test_the_tickets_say_the_same() -> None:
    book = SITUATIONS["unmatched"]()
    notes = [note_text(book.state(n), book.entries[n - 1], NAMES).split("\n") for n in (3, 4, 5)]
    assert notes == snapshot(
        [
            [
                "**No playbook matches `CheckoutErrorRate`** · entry\xa03 · 24 Nov 2026 02:07:04 UTC",
                "**Context** Nothing was asked.",
                "**Evidence** None.",
                "**Action** None.",
                "**Next** A person says what is asked or done.",
            ],
            [
                "**Cause not looked for** · entry\xa04 · 24 Nov 2026 02:07:05 UTC",
                "**Context** No playbook matches.",
                "**Evidence** None.",
                "**Action** None.",
                "**Next** A person says what is asked or done.",
            ],
            [
                "**Nothing proposed** · entry\xa05 · 24 Nov 2026 02:07:05 UTC",
                "**Context** No playbook matches.",
                "**Evidence** None.",
                "**Action** None.",
                "**Next** A person says what is asked or done.",
            ],
        ]
    )


def test_status() -> None:
    state = SITUATIONS["unmatched"]().state()
    assert normal(answers.status(state, scene(state.n))).split("\n") == snapshot(
        [
            "INC-2041 SEV2 major, checkout. Needs a person: no playbook matches.",
            "Nothing was asked. Record: up to date.",
        ]
    )


def test_a_resolve_that_nothing_can_prove_shows_in_root_thread_and_status() -> None:
    state = SITUATIONS["unmatched, resolved"]().state()
    around = scene(state.n)
    resolve = "Alertmanager reported the alert as resolved <!date^1795486200^{time}|24 Nov 2026 02:10 UTC>; nothing can be read that would prove it. `/watch close 2041` closes by hand."
    assert lines([root(state, around).blocks[2]])[1] == resolve
    assert lines(thread(state, around)[0].blocks)[1] == resolve
    assert resolve in answers.status(state, around).split("\n")
    assert "nothing can be read" in root(state, around).text
    assert "nothing can be read" not in str(root(SITUATIONS["recovering"]().state(), around).blocks)


def test_the_resolve_after_an_action_that_nothing_proves() -> None:
    book = SITUATIONS["unprovable"]()
    alert = book.state().alert
    assert alert is not None
    book.add("02:20:00", Kind.ALERT_RESOLVED, alert.model_copy(update={"status": "resolved"}), "alertmanager")
    said = lines([root(book.state(), scene(19)).blocks[2]])
    assert said[0].startswith("*Done, not proven:*")
    assert said[1].startswith("Alertmanager reported the alert as resolved")
