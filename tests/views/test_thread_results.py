# ruff: noqa: E501  words are not wrapped
"""What came of an action or of a question, where the storyboard has no words for it."""

from inline_snapshot import snapshot

from bot.views.scene import Message
from bot.views.thread import thread
from tests.views.incident_2041 import scene
from tests.views.situations import SITUATIONS
from tests.views.texts import lines, normal


def messages(name: str) -> dict[str, Message]:
    state = SITUATIONS[name]().state()
    return {message.slot: message for message in thread(state, scene(state.n))}


def said(name: str, slot: str) -> list[str]:
    message = messages(name)[slot]
    return [*lines(message.blocks), f"({normal(message.text)})"]


def test_an_unknown_outcome_asks_people_and_a_late_result_answers() -> None:
    assert said("unknown", "unknown/15") == snapshot(
        [
            "✋ *Outcome unknown: roll back checkout to 2026.11.24-2* · entry N",
            "*Known:* Started <!date^1795486308^{date_short} {time_secs}|24 Nov 2026 02:11:48 UTC>, sent at most once. The target cannot be asked what became of it.",
            "*To do,* <!subteam^S07CHECKAP1>: look at `checkout`, production, 6 pods; `/watch note 2041 …` records what is found.",
            "It is not sent again by itself; `/watch run rollback-release …` proposes it anew, and it may then happen a second time.",
            "proposal 2041/15",
            "operation `op19`",
            "(Outcome unknown: roll back checkout to 2026.11.24-2. It may have happened; it is not sent again. A person is needed. INC-2041.)",
        ]
    )
    assert said("late result", "unknown/15") == snapshot(
        [
            "*Outcome was unknown, and is known now: roll back checkout to 2026.11.24-2* · entry N",
            "*Late result:* 6 of 6 pods run 2026.11.24-2 · entry N",
            "proposal 2041/15",
            "operation `op19`",
            "(Late result, roll back checkout to 2026.11.24-2: 6 of 6 pods run 2026.11.24-2. INC-2041.)",
        ]
    )


def test_results_without_a_proof() -> None:
    assert {name: said(name, "result/15") for name in ("failed", "unprovable", "late result")} == snapshot(
        {
            "failed": [
                "*Failed: roll back checkout to 2026.11.24-2* · entry N",
                "Refused: 409, another roll-back runs.",
                "Ended after 73 s, 02:11:48 to 02:13:02 UTC (run 8846, entry N). A person decides what to do.",
                "(Failed: roll back checkout to 2026.11.24-2. refused: 409, another roll-back runs. INC-2041, entry N.)",
            ],
            "unprovable": [
                "*Done: rolled back checkout to 2026.11.24-2* · entry N",
                "6 of 6 pods run 2026.11.24-2 in 73 s, 02:11:48 to 02:13:02 UTC (run 8846, entry N).",
                "No reading of this alert is known, so nothing is called fixed",
                "(Done: rolled back checkout to 2026.11.24-2. 6 of 6 pods run 2026.11.24-2. Not proven yet. INC-2041, entry N.)",
            ],
            "late result": [
                "*Done: rolled back checkout to 2026.11.24-2* · entry N",
                "6 of 6 pods run 2026.11.24-2 in at most 73 s, 02:11:48 to 02:13:02 UTC (run 8846, entry N).",
                "It is read again after it settled. Until then nothing is called fixed",
                "(Done: rolled back checkout to 2026.11.24-2. 6 of 6 pods run 2026.11.24-2. Not proven yet. INC-2041, entry N.)",
            ],
        }
    )
    assert said("done", "result/19") == snapshot(
        [
            "*Done: rolled back checkout to 2026.11.24-2* · entry N",
            "6 of 6 pods run 2026.11.24-2 in 73 s, 02:11:48 to 02:13:02 UTC (run 8846, entry N).",
            "The error rate is read again at <!date^1795486562^{time}|24 Nov 2026 02:16 UTC>. Until then nothing is called fixed",
            "(Done: rolled back checkout to 2026.11.24-2. 6 of 6 pods run 2026.11.24-2. Not proven yet. INC-2041, entry N.)",
        ]
    )


def test_results_that_prove_the_contrary() -> None:
    assert [said(name, "result/19")[0] for name in ("no effect", "worse")] == snapshot(
        [
            "*No effect:* error rate 7.3 % → 7.1 %, read <!date^1795486562^{date_short} {time}|24 Nov 2026 02:16 UTC>, 3 min after it ended · entry N",
            "✋ *Worse:* error rate 7.3 % → 12 %, read <!date^1795486562^{date_short} {time}|24 Nov 2026 02:16 UTC>, 3 min after it ended · entry N",
        ]
    )


def test_the_first_line_where_nothing_stands_out() -> None:
    assert said("no likely cause", "conclusion/1") == snapshot(
        [
            "*No likely cause.* 5 of 6 sources answered; what they say fits no known cause · entry N",
            "Errors of checkout, 01:57 to 02:06 UTC",
            "Threshold 1 % · alert 02:07:04 UTC",
            "`/watch correct 2041/14 …` · `/watch focus …`",
            "(What the sources say about INC-2041: no likely cause. 1 silence.)",
        ]
    )
    assert said("not proposed", "conclusion/1")[-3:-1] == snapshot(
        [
            "*No proposal:* No action of the catalogue follows from what was found · entry N",
            "Not explained: 18 of 430 failures, 0.3 % of requests, as before the release "
            "· `/watch correct 2041/14 …` · `/watch focus …`",
        ]
    )


def test_what_people_asked_and_noted() -> None:
    book = messages("people take part")
    slots = ("note/16", "finding/19", "silent/20")
    assert {slot: [*lines(book[slot].blocks), normal(book[slot].text)] for slot in slots} == snapshot(
        {
            "note/16": [
                "*Note by Tom Becker* · entry N",
                ">Three shops report failed payments.",
                ">Since about 02:05.",
                "Note by Tom Becker: Three shops report failed payments. Since about 02:05. INC-2041, entry N.",
            ],
            "finding/19": [
                "*logs* · log specialist · asked by Tom Becker: “Is app 6.3 affected?” · answered in 2 s · entry N",
                "No failure of app 6.3.",
                "Window 01:37 to 02:07 UTC",
                "confidence not stated",
                "logs: No failure of app 6.3. Window 01:37 to 02:07 UTC. INC-2041, entry N.",
            ],
            "silent/20": [
                "*`logs` failed* · asked by Tom Becker: “Is app 6.3 affected?” · entry N",
                "Asked 02:09:10 UTC, given up 02:09:13 UTC. The index is being rebuilt.",
                "`/watch ask logs …` asks again",
                "logs failed. INC-2041, entry N.",
            ],
        }
    )


def test_an_alert_that_came_back_is_one_line() -> None:
    assert said("reopened", "reopened/28") == snapshot(
        [
            "`CheckoutErrorRate` came back 46 min after closing; the earlier work is above, a new investigation follows · entry N",
            "(CheckoutErrorRate came back 46 min after closing; the earlier work is above, a new investigation follows. INC-2041, entry N.)",
        ]
    )


def test_the_summaries_of_the_other_endings() -> None:
    assert {name: said(name, "summary/1") for name in ("recovered", "closed by hand")} == snapshot(
        {
            "recovered": [
                "✔️ INC-2041 closed: recovered by itself in 4 min",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92).",
                "*Done:* nothing ran.",
                "*Ruled out:* ~payment provider down~, ~database saturated~. *Silent:* `dynatrace`.",
                "*To triage*",
                "under 0.1 s",
                "*To first finding*",
                "4 s",
                "*Outcome*",
                "Recovered by itself",
                "Error rate of checkout, 01:57 to 02:09 UTC",
                "Threshold 1 % · alert 02:07:04, alert ended 02:10:00, read again 02:11:00 UTC",
                "Correct a conclusion",
                "Closed by Alertmanager’s resolve and a reading after it, <!date^1795486261^{date_short} {time}|24 Nov 2026 02:11 UTC>",
                "GitHub #318 · PagerDuty 88213 · Jira OPS-771 · ServiceNow INC0048211",
                "19 entries in all 5 records",
                "(INC-2041 closed: recovered by itself in 4 min, 24 Nov 2026 02:11 UTC. Likely cause: release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92).)",
            ],
            "closed by hand": [
                "✔️ INC-2041 closed: by a person after 23 min",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92).",
                "*Done:* nothing ran.",
                "*Overridden:* `rollback-release`, vetoed by Jonas Lind.",
                "*Why it was closed:* “checkout is being replaced tonight”",
                "*Ruled out:* ~payment provider down~, ~database saturated~. *Silent:* `dynatrace`.",
                "*To triage*",
                "under 0.1 s",
                "*To first finding*",
                "4 s",
                "*To proposal*",
                "1 min 27 s",
                "*Outcome*",
                "Closed by hand",
                "Correct a conclusion",
                "Closed by Maya Okafor, <!date^1795487400^{date_short} {time}|24 Nov 2026 02:30 UTC>",
                "GitHub #318 · PagerDuty 88213 · Jira OPS-771 · ServiceNow INC0048211",
                "17 entries in all 5 records",
                "(INC-2041 closed: by a person after 23 min, 24 Nov 2026 02:30 UTC. Likely cause: release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92).)",
            ],
        }
    )
