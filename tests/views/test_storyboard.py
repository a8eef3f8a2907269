"""The words beside the storyboard's: every line it has is ours too, but for those named here, each with its reason."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.views.root import root
from bot.views.scene import Message, OnCall
from bot.views.thread import thread
from engine.model import Kind
from tests.views.incident_2041 import closed, scene, vote
from tests.views.nouns_2041 import MAYA
from tests.views.situations import READ
from tests.views.texts import STORYBOARD, lines, normal, storyboard

pytestmark = pytest.mark.skipif(not STORYBOARD.is_dir(), reason=f"the storyboard is not at {STORYBOARD}")

# Buttons and menus whose features do not exist: a dead control is worse than none.
CONTROLS = {
    "Silence this alert",
    "Hand over",
    "Open the report",
    "Similar incidents",
    "Reopen",
    "Suggest a lesson",
}
WATCH = OnCall("slack:U07PRIYA0R1", datetime(2026, 11, 24, 8, tzinfo=UTC))
# What the storyboard has and the views leave out or say otherwise: message → ((lines that begin so, reason), …).
OTHERWISE: dict[str, tuple[tuple[set[str], str], ...]] = {
    "root-1-triage": (({"*Seen before:*"}, "no history yet"),),
    "root-2-investigating": (
        ({"Onset 02:04 UTC"}, "no sentence is made of several findings before the conclusion; each is shown"),
    ),
    "root-3-proposal": (
        ({"*Proposed:*"}, "the undo is shown in the catalogue's own words"),
        ({"*Likely cause:*"}, "the cause and what is ruled out are shown whole"),
    ),
    "root-4-acting": (
        ({"Acting, 2 of 6 pods", "Follow the run"}, "progress is no entry, nor is a run's address before its end"),
        ({"Rolling back `checkout`"}, "no record of the duration of earlier runs; titles have no code font"),
        ({"The error rate is read again"}, "an action is called `it`, whatever it is"),
    ),
    "root-5-verifying": (
        ({"Roll-back finished"}, "an action is called by its result; whether a rate falls is not measured"),
        ({"The reading that counts"}, "a time in Slack is a date token"),
        ({"GitHub #318", "ServiceNow INC0048211, caught up"}, "when a record caught up is not known"),
    ),
    "root-6-closed": (
        ({"✔️ SEV2 major"}, "the title is the alert's sentence, and keeps its tense"),
        ({"*Cause:*"}, "the approver is named"),
        ({"*Impact:*"}, "the impact is not measured, follow-ups are not recorded"),
        ({"GitHub #318", "ServiceNow INC0048211"}, "tickets stand in one list"),
        ({"26 entries"}, "the wait before the reading is an entry of its own"),
    ),
    "thread-plan-running": (
        ({"02:04 UTC.", "No.", "Release 2026", "KeyError"}, "the answer is as long now as at the end"),
    ),
    "thread-plan": (),
    "finding-releases": (({"1 change to"}, "a partner's text has no bold"),),
    "finding": (
        ({"`KeyError: 'currency'` in *412"}, "a partner's text has no bold"),
        ({"full answer"}, "a short answer is shown whole"),
    ),
    "thread-question-held": (
        ({"*Question to `dynatrace`*"}, "the countdown goes by fives"),
        ({">Which dependency"}, "the plan's own question"),
        ({"Goes to an outside company"}, "questions of an hour are not counted"),
    ),
    "thread-question-stopped": (),
    "thread-question-silent": (({"Asked 02:07:36 UTC"}, "a late answer is not added"),),
    "evidence-table": (),
    "correction": (
        (
            {"~Orders without", "*Carts opened"},
            "the whole cause is struck through, and the whole of what was written stands",
        ),
        ({"Root message, report"}, "there is no report and no search"),
    ),
    "root-7-corrected": (
        ({"✔️ SEV2 major"}, "the title is the alert's sentence, and keeps its tense"),
        ({"*Cause,* corrected"}, "the person's own words, the approver is named"),
        ({"*Impact:*"}, "the impact is not measured, follow-ups are not recorded"),
        ({"GitHub #318", "ServiceNow INC0048211"}, "tickets stand in one list"),
        ({"27 entries"}, "the wait before the reading is an entry of its own"),
    ),
    "proposal-requested": (
        ({"*Why:*"}, "nothing is added to the requester's reason"),
        ({"*Track record*"}, "no history yet"),
    ),
    "proposal-vetoed": (
        ({"Requested by"}, "the entry and the way of the veto stand there, and no measure of when it was requested"),
        ({"second veto"}, "no history yet"),
    ),
    "proposal-waiting": (
        ({"*Dry run*"}, "a dry run has no time of its own"),
        ({"*Track record*"}, "no history yet"),
    ),
    "proposal-approved": (),
    "result-verified": (
        ({"*Verified:"}, "an action is called `it`, whatever it is"),
        ({"Rolled back to"}, "the target's own words"),
        ({"Before, 02:07", "After, 02:16", "Normal"}, "head of the table: what is known of the reading"),
        ({"Failed requests", "0.1 to 0.4", "KeyError", "206 per", "0 per", "p95", "310 ms", "290 ms"}, "not measured"),
        ({"270 to", "Requests", "49 per", "51 per", "40 to"}, "not measured"),
        ({"same measure"}, "the measure's name"),
    ),
    "summary-final": (
        ({"✔️ INC-2041"}, "an action is not a noun"),
        ({"*Impact:*", "*Next:*"}, "not measured, not recorded"),
        ({"*Done:*"}, "titles are whole"),
        ({"*Overridden:*"}, "the reason is whole"),
        ({"0.1 s"}, "the story's clock has whole seconds"),
        ({"GitHub #318"}, "files are no ticket"),
        ({"26 entries"}, "the wait is an entry; no chain is verified in a message"),
    ),
}
WHERE = {
    "root-1-triage": (2, "root"),
    "root-2-investigating": (11, "root"),
    "root-3-proposal": (20, "root"),
    "root-4-acting": (22, "root"),
    "root-5-verifying": (24, "root"),
    "root-6-closed": (27, "root"),
    "thread-plan-running": (11, "plan/1"),
    "thread-plan": (16, "plan/1"),
    "finding-releases": (11, "finding/10"),
    "finding": (11, "finding/11"),
    "thread-question-held": (11, "question/6"),
    "thread-question-stopped": (11, "question/6"),
    "thread-question-silent": (15, "question/6"),
    "evidence-table": (16, "conclusion/1"),
    "proposal-requested": (13, "proposal/13"),
    "proposal-vetoed": (20, "proposal/13"),
    "proposal-waiting": (20, "proposal/19"),
    "proposal-approved": (22, "proposal/19"),
    "result-verified": (25, "result/19"),
    "summary-final": (27, "summary/1"),
    "correction": (28, "correction/28"),
    "root-7-corrected": (28, "root"),
}
BEHIND = {2: (0, ""), 11: (11, "02:07:42"), 20: (19, "02:09:42"), 22: (22, "02:13:42")}


def message(name: str) -> Message:
    n, slot = WHERE[name]
    book = closed()
    if n == 11:  # its confirmation takes a number in a real run
        book.entries = book.entries[:11]
        book.add("02:07:06", Kind.SHOWN, {"held": 6, "ts": "1"}, "narrator", 6)
    if n == 28:
        says = "Carts opened before 02:01 UTC have no currency, whatever the app."
        book.add("08:41:10", Kind.CORRECTION, {"corrects": 16, "says": says}, MAYA, 16, read=READ)
    if name == "thread-question-stopped":
        book.add("02:07:25", Kind.VETO, vote(6, "02:07:25", "reaction"), MAYA, 6)
    state = book.state(None if n == 11 else n)
    total = {20: 19}.get(n, n)
    around = replace(scene(total, *BEHIND.get(n, (0, ""))), watch=WATCH)
    found = {m.slot: m for m in [root(state, around), *thread(state, around)]}
    return found[slot]


@pytest.mark.parametrize("name", sorted(WHERE))
def test_every_line_of_the_storyboard_is_said(name: str) -> None:
    ours = lines(message(name).blocks)
    missing = [line for line in lines(storyboard(name)["blocks"]) if line not in ours and line not in CONTROLS]
    named = [start for starts, _ in OTHERWISE[name] for start in starts]
    assert [line for line in missing if not line.startswith(tuple(named))] == []
    assert [start for start in named if not any(line.startswith(start) for line in missing)] == []


@pytest.mark.parametrize("name", ["root-3-proposal", "proposal-waiting"])
def test_phones_read_the_storyboard_s_sentence(name: str) -> None:
    assert normal(message(name).text) == normal(storyboard(name)["text"])


@pytest.mark.parametrize("name", sorted(WHERE))
def test_metadata_is_what_the_storyboard_names(name: str) -> None:
    said, theirs = message(name), storyboard(name)["metadata"]
    assert said.event_type == theirs["event_type"]
    assert said.payload["incident"] == theirs["event_payload"]["incident"]
    for key in ("proposal", "digest"):
        if key in theirs["event_payload"]:
            assert said.payload[key] == theirs["event_payload"][key]


@pytest.mark.parametrize("name", ["root-3-proposal", "proposal-waiting", "proposal-requested"])
def test_the_buttons_that_exist_are_the_storyboard_s(name: str) -> None:
    theirs = {b["action_id"]: b for b in _buttons(storyboard(name)["blocks"])}
    for ours in _buttons(message(name).blocks):
        named = theirs[ours["action_id"]]
        for key in ("value", "style", "text", "url"):
            assert ours.get(key) == named.get(key)
        assert ("confirm" in ours) == ("confirm" in named)


def _buttons(blocks: list[dict]) -> list[dict]:
    return [e for block in blocks if block["type"] == "actions" for e in block["elements"] if e["type"] == "button"]
