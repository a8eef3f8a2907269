# ruff: noqa: E501  words are not wrapped
"""The thread: one message per thing that happened, in order, and its words where the storyboard has none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.views.refused import refused_message
from bot.views.scene import Message
from bot.views.thread import thread
from engine.incident import State
from engine.model import Kind
from tests.views.incident_2041 import closed, scene
from tests.views.nouns_2041 import MAYA
from tests.views.situations import SITUATIONS, concluded
from tests.views.texts import lines, normal


def messages(name: str) -> dict[str, Message]:
    state = SITUATIONS[name]().state()
    return {message.slot: message for message in thread(state, scene(state.n))}


def said(name: str, slot: str) -> list[str]:
    message = messages(name)[slot]
    return [*lines(message.blocks), f"({normal(message.text)})"]


def test_the_slots_of_the_whole_story_in_order() -> None:
    assert list(messages("closed")) == snapshot(
        [
            "plan/1",
            "question/6",
            "finding/10",
            "finding/11",
            "proposal/13",
            "conclusion/1",
            "proposal/19",
            "result/19",
            "summary/1",
        ]
    )
    assert list(messages("people take part"))[-4:] == snapshot(["proposal/15", "note/16", "finding/19", "silent/20"])
    assert list(messages("reopened, investigating"))[-2:] == snapshot(["reopened/28", "plan/2"])


def test_a_later_message_never_comes_before_an_earlier_one() -> None:
    book = closed()
    before: list[str] = []
    for n in range(1, len(book.entries) + 1):
        now = [message.slot for message in thread(book.state(n), scene(n))]
        assert now[: len(before)] == before
        before = now


def test_a_message_is_true_up_to_the_last_entry_that_it_shows() -> None:
    assert {slot: message.seq for slot, message in messages("closed").items()} == snapshot(
        {
            "plan/1": 16,
            "question/6": 15,
            "finding/10": 10,
            "finding/11": 11,
            "proposal/13": 18,
            "conclusion/1": 16,
            "proposal/19": 25,
            "result/19": 25,
            "summary/1": 27,
        }
    )


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_live_buttons_and_seeds_stand_only_on_a_card_that_waits(name: str) -> None:
    state = SITUATIONS[name]().state()
    for message in thread(state, scene(state.n)):
        buttons = list(_buttons(message))
        held = {f"question/{ask.waits.n}" for ask in state.holding if ask.waits and not state.closed}
        waits = message.slot in {f"proposal/{d.n}" for d in state.waiting} | held
        if buttons == ["wk_proposal_again"]:
            assert state.proposals[int(message.slot.partition("/")[2])].status == "expired"
            buttons = []
        decides = {"wk_proposal_approve", "wk_proposal_veto", "wk_question_send", "wk_question_stop"}
        assert bool(decides & set(buttons)) == waits
        assert bool(message.seeds) == waits
        assert set(buttons) <= decides | {"wk_proposal_more" if waits else "wk_correct_open"}


def _buttons(message: Message) -> Iterator[str]:
    for block in message.blocks:
        if block["type"] == "actions":
            yield from (element["action_id"] for element in block["elements"])


def test_the_seeds_of_a_high_risk_card_are_the_veto_alone() -> None:
    assert messages("requested at high risk")["proposal/15"].seeds == ("no_entry",)
    assert messages("waiting")["proposal/15"].seeds == ("white_check_mark", "no_entry")


def test_once_enough_people_approved_only_the_veto_is_left() -> None:
    assert list(_buttons(messages("approved, not started")["proposal/15"])) == ["wk_proposal_veto", "wk_proposal_more"]


def test_what_a_person_confirms_before_an_approval_counts() -> None:
    confirms = {}
    for name in ("waiting", "approved in part", "requested at high risk"):
        row = next(b for b in messages(name)["proposal/15"].blocks if b["type"] == "actions")
        asked = row["elements"][0]["confirm"]
        confirms[name] = [normal(asked["title"]["text"]), normal(asked["text"]["text"]), asked.get("style", "")]
    assert confirms == snapshot(
        {
            "waiting": [
                "Roll back checkout to 2026.11.24-2?",
                "`checkout`, production, 6 pods: `checkout` only; pods restart one by one, 5 of 6 stay up, about 70 s. It starts at once.",
                "",
            ],
            "approved in part": [
                "Roll back checkout to 2026.11.24-2?",
                "`checkout`, production, 6 pods: `checkout` only; pods restart one by one, 5 of 6 stay up, about 70 s. It starts at once.",
                "",
            ],
            "requested at high risk": [
                "Restart database checkout-db?",
                "`checkout-db`, production: `checkout`, `orders`, `refunds`; no writes for 20 to 40 s; about 240 open sessions drop. It starts after 2 approvals. This cannot be undone.",
                "danger",
            ],
        }
    )


def test_the_cards_of_proposals_that_did_not_run() -> None:
    cards = {name: said(name, "proposal/15")[1:] for name in ("vetoed", "expired", "denied")}
    assert cards == snapshot(
        {
            "vetoed": [
                "*Vetoed* by <@U07JONAS004> by ⛔, <!date^1795486140^{date_short} {time_secs}|24 Nov 2026 02:09:00 UTC>. It will not run.",
                "entry N vetoes entry N, by ⛔ · bound to `9f2c41d7`",
                "(Proposal 2041/15, roll back checkout to 2026.11.24-2, vetoed by Jonas Lind, 24 Nov 2026 02:09:00 UTC. It will not run.)",
            ],
            "expired": [
                "*Expired* <!date^1795487011^{date_short} {time}|24 Nov 2026 02:23 UTC>. Nobody decided, nothing ran.",
                "Propose again",
                "bound to `9f2c41d7`",
                "(Proposal 2041/15, roll back checkout to 2026.11.24-2, expired 24 Nov 2026 02:23 UTC. Nobody decided, nothing ran.)",
            ],
            "denied": [
                "*Denied* by the gate, <!date^1795486309^{date_short} {time_secs}|24 Nov 2026 02:11:49 UTC>. Approved by Priya Raman, but not started: release is now 2026.11.24-4, no longer 2026.11.24-3. Nothing ran.",
                "entry N denies entry N · bound to `9f2c41d7`",
                "(Proposal 2041/15, roll back checkout to 2026.11.24-2, denied by the gate: Release is now 2026.11.24-4, no longer 2026.11.24-3. Nothing ran.)",
            ],
        }
    )


def test_the_cards_of_actions_that_did_not_end_well() -> None:
    cards = {name: said(name, "proposal/15")[2:3] for name in ("aborted", "unknown", "failed")}
    assert cards == snapshot(
        {
            "aborted": ["*Not sent:* Halted; nothing was sent · entry N"],
            "unknown": ["*Outcome unknown:* The target cannot be asked what became of it · entry N"],
            "failed": ["*Failed:* refused: 409, another roll-back runs · entry N"],
        }
    )


def test_a_record_that_refused_for_good_is_one_line() -> None:
    """Storyboard, scene 11, without the buttons."""
    book = closed()
    payload = {"backend": "github", "label": "GitHub", "entry": 12, "says": "410, the issue was deleted"}
    refused = book.add("02:20:00", Kind.RECORD_REFUSED, payload)
    state, view = book.state(), scene(26)
    said = [message for message in thread(state, view) if message.slot == f"refused/{refused.n}"]
    assert [lines(message.blocks) for message in said] == snapshot(
        [
            [
                "*GitHub refused entry N for good* (410, the issue was deleted). The other 4 records go on.",
                "`/watch mirror 2041 retry github` tries again · `/watch mirror 2041 skip github &lt;reason&gt;` leaves it out · `/watch mirror 2041 new github` begins a new ticket",
            ]
        ]
    )
    assert normal(said[0].text) == snapshot(
        "GitHub refused entry N for good: 410, the issue was deleted. The other 4 records go on. INC-2041."
    )
    two = replace(view, records=tuple(r for r in view.records if r.backend in ("github", "files")))
    assert normal(refused_message(state, two, refused).text) == snapshot(
        "GitHub refused entry N for good: 410, the issue was deleted. The other record goes on. INC-2041."
    )
    alone = replace(view, records=tuple(replace(r, parked=True) for r in two.records))
    assert normal(refused_message(state, alone, refused).text) == snapshot(
        "GitHub refused entry N for good: 410, the issue was deleted. INC-2041."
    )


def test_a_corrected_finding_is_marked_in_the_table_of_evidence_and_claims_no_more() -> None:
    book = concluded()
    rows = {n: _said_by_entry(book.state(), n) for n in (11, 14)}
    book.add("02:08:10", Kind.CORRECTION, {"corrects": 11, "says": "It is 411 of 430."}, MAYA, 11)
    book.add("02:08:20", Kind.CORRECTION, {"corrects": 14, "says": "Old carts have no currency."}, MAYA, 14)
    state = book.state()
    assert _said_by_entry(state, 11) == f"{rows[11].rstrip('.')}; corrected by Maya Okafor, entry\u00a015"
    shown = {m.slot: m for m in thread(state, scene(state.n))}
    assert shown["conclusion/1"].seq == 15
    assert lines(shown["correction/15"].blocks)[-1].startswith("The thread and every ticket now say this; ")
    assert lines(shown["correction/16"].blocks)[-1].startswith("Root message and summary now say this; ")


def _said_by_entry(state: State, n: int) -> str:
    """What the table of evidence says in the row of this entry."""
    shown = {m.slot: m for m in thread(state, scene(state.n))}
    [table] = [block for block in shown["conclusion/1"].blocks if block["type"] == "table"]
    return next((str(row[1]["text"]) for row in table["rows"] if row[4]["text"] == str(n)), "")
