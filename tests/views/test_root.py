# ruff: noqa: E501  words are not wrapped
"""The root message in every state: its header, its fields, its lines, its row and its foot."""

import pytest
from inline_snapshot import snapshot

from bot.listeners import ACTIONS
from bot.views.phase import Phase, phase
from bot.views.root import root
from tests.views.incident_2041 import scene
from tests.views.situations import SITUATIONS
from tests.views.texts import lines, normal

PHASES = {
    "before triage": Phase.TRIAGE,
    "triage": Phase.TRIAGE,
    "planned": Phase.INVESTIGATING,
    "investigating": Phase.INVESTIGATING,
    "concluded": Phase.INVESTIGATING,
    "no likely cause": Phase.INVESTIGATING,
    "not proposed": Phase.NEEDS_PERSON,
    "unmatched": Phase.NEEDS_PERSON,
    "unmatched, resolved": Phase.NEEDS_PERSON,
    "unmatched, closed": Phase.CLOSED,
    "waiting": Phase.NEEDS_DECISION,
    "approved in part": Phase.NEEDS_DECISION,
    "approved, not started": Phase.NEEDS_DECISION,
    "requested at high risk": Phase.NEEDS_DECISION,
    "the story, waiting": Phase.NEEDS_DECISION,
    "vetoed": Phase.NEEDS_PERSON,
    "read in tickets": Phase.NEEDS_PERSON,
    "vetoed, explained": Phase.NEEDS_DECISION,
    "vetoed, asked why": Phase.CLOSED,
    "an app's word": Phase.NEEDS_DECISION,
    "withdrawn": Phase.NEEDS_PERSON,
    "expired": Phase.NEEDS_PERSON,
    "starts by itself": Phase.NEEDS_DECISION,
    "waits for people again": Phase.NEEDS_DECISION,
    "started by itself": Phase.ACTING,
    "observed": Phase.NEEDS_PERSON,
    "denied": Phase.NEEDS_PERSON,
    "started": Phase.ACTING,
    "aborted": Phase.NEEDS_PERSON,
    "unknown": Phase.NEEDS_PERSON,
    "late result": Phase.VERIFYING,
    "failed": Phase.NEEDS_PERSON,
    "unprovable": Phase.NEEDS_PERSON,
    "done": Phase.VERIFYING,
    "verified": Phase.VERIFYING,
    "no effect": Phase.NEEDS_PERSON,
    "worse": Phase.NEEDS_PERSON,
    "recovering": Phase.VERIFYING,
    "recovered": Phase.CLOSED,
    "closed": Phase.CLOSED,
    "closed by hand": Phase.CLOSED,
    "reopened": Phase.TRIAGE,
    "reopened, investigating": Phase.INVESTIGATING,
    "reopened, vetoed": Phase.NEEDS_PERSON,
    "people take part": Phase.NEEDS_DECISION,
    "a question is shown": Phase.INVESTIGATING,
    "a question is stopped": Phase.INVESTIGATING,
    "a question is expired": Phase.INVESTIGATING,
    "a question is sent": Phase.INVESTIGATING,
    "people steer": Phase.TRIAGE,
    "a partner is skipped": Phase.INVESTIGATING,
    "declared": Phase.NEEDS_PERSON,
    "declared, verified": Phase.VERIFYING,
}


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_every_state_has_its_phase_and_its_emoji(name: str) -> None:
    state = SITUATIONS[name]().state()
    assert phase(state) is PHASES[name]
    message = root(state, scene(state.n))
    assert message.blocks[0]["text"]["text"].startswith(f"{PHASES[name].emoji} ")
    assert (message.slot, message.in_thread, message.seq) == ("root", False, state.n)


MORE = ["Add a note", "Correct a finding", "Close by hand"]
ROWS: dict[Phase, list[list[str]]] = {
    Phase.TRIAGE: [["Ask a partner", "Stop", *MORE]],
    Phase.INVESTIGATING: [["Ask a partner", "Stop", *MORE]],
    Phase.NEEDS_DECISION: [["Review the proposal", "Veto", *MORE], ["Veto", *MORE]],
    Phase.NEEDS_PERSON: [["Ask a partner", *MORE]],
    Phase.ACTING: [["Open the proposal", *MORE], MORE],
    Phase.VERIFYING: [["Open the proposal", *MORE], MORE],
    Phase.CLOSED: [["Correct a conclusion", "Add a note"]],
}


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_the_row_has_what_its_state_allows_and_every_part_has_a_listener(name: str) -> None:
    state = SITUATIONS[name]().state()
    (row,) = [block for block in root(state, scene(state.n)).blocks if block["type"] == "actions"]
    assert {element["action_id"] for element in row["elements"]} <= set(ACTIONS)
    menus = [element for element in row["elements"] if element["type"] == "overflow"]
    buttons = [element["text"]["text"] for element in row["elements"] if element["type"] == "button"]
    assert len(menus) == 1
    assert [*buttons, *(option["text"]["text"] for option in menus[0]["options"])] in ROWS[PHASES[name]]


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_the_title_stays_while_only_the_emoji_changes(name: str) -> None:
    state = SITUATIONS[name]().state()
    title = root(state, scene(state.n)).blocks[0]["text"]["text"].split(" ", 1)[1]
    if state.triage and name != "declared":
        assert title == "SEV2 major · checkout: 7.3 % of requests fail"


def said(name: str) -> list[str]:
    """Status and the lines of summary, then the words for phones."""
    state = SITUATIONS[name]().state()
    message = root(state, scene(state.n))
    status = lines([message.blocks[1]])[1]
    return [status, *lines([message.blocks[2]]), f"({normal(message.text)})"]


def test_the_words_of_the_states_that_wait_for_people() -> None:
    names = ("not proposed", "requested at high risk", "approved in part", "approved, not started")
    assert {name: said(name) for name in names} == snapshot(
        {
            "not proposed": [
                "*Needs a person*",
                "*No proposal:* No action of the catalogue follows from what was found. `/watch close 2041` closes by hand.",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92). *Ruled out:* payment provider down, database saturated. *Silent:* `dynatrace`.",
                "(SEV2 major, a person is needed. checkout: No proposal: No action of the catalogue follows from what was found. /watch close 2041 closes by hand. INC-2041, 24 Nov 2026 02:07 UTC.)",
            ],
            "requested at high risk": [
                "*Needs a decision* until <!date^1795486961^{time}|24 Nov 2026 02:22 UTC>",
                "*Proposed:* restart database checkout-db. Risk high, 2 approvals. *Undo:* None: dropped sessions stay dropped.",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92). *Ruled out:* payment provider down, database saturated. *Silent:* `dynatrace`.",
                "(SEV2 major, a decision is needed until 24 Nov 2026 02:22 UTC. Proposed: restart database checkout-db. Risk high, 2 approvals from @database-approvers. INC-2041.)",
            ],
            "approved in part": [
                "*Needs a decision* until <!date^1795487011^{time}|24 Nov 2026 02:23 UTC>",
                "*Proposed:* roll back checkout to 2026.11.24-2. Risk medium, 1 of 2 approvals. *Undo:* Deploy 2026.11.24-3 again, about 70 s.",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92). *Ruled out:* payment provider down, database saturated. *Silent:* `dynatrace`.",
                "(SEV2 major, a decision is needed until 24 Nov 2026 02:23 UTC. Proposed: roll back checkout to 2026.11.24-2. Risk medium, 2 approvals from @checkout-approvers. INC-2041.)",
            ],
            "approved, not started": [
                "Approved, not started yet",
                "*Approved, not started:* roll back checkout to 2026.11.24-2. Risk medium, approved, 2 of 2. *Undo:* Deploy 2026.11.24-3 again, about 70 s. The state is read again, then it starts.",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92). *Ruled out:* payment provider down, database saturated. *Silent:* `dynatrace`.",
                "(SEV2 major, approved. checkout: Approved, not started: roll back checkout to 2026.11.24-2. Risk medium, approved, 2 of 2. Undo: Deploy 2026.11.24-3 again, about 70 s. The state is read again, then it starts. INC-2041, 24 Nov 2026 02:07 UTC.)",
            ],
        }
    )


def test_the_words_of_the_states_in_which_nothing_came_of_a_proposal() -> None:
    names = ("vetoed", "expired", "denied", "aborted", "unknown", "failed", "unprovable", "no effect", "worse")
    assert {name: said(name)[:2] for name in names} == snapshot(
        {
            "vetoed": [
                "*Needs a person*",
                "*Vetoed* by Jonas Lind: roll back checkout to 2026.11.24-2 (2041/15). Nothing else is proposed. `/watch run 2041 …` proposes another action, `/watch ask 2041 …` asks a partner; `/watch close 2041` closes by hand.",
            ],
            "expired": [
                "*Needs a person*",
                "*Expired:* roll back checkout to 2026.11.24-2 (2041/15). Nobody decided, nothing ran. `/watch run rollback-release …` proposes it anew.",
            ],
            "denied": [
                "*Needs a person*",
                "*Denied* by the gate: roll back checkout to 2026.11.24-2 (2041/15). Release is now 2026.11.24-4, no longer 2026.11.24-3. Nothing ran. `/watch run rollback-release …` proposes it anew.",
            ],
            "aborted": [
                "*Needs a person*: nothing was sent",
                "*Not sent:* roll back checkout to 2026.11.24-2 (2041/15). Halted; nothing was sent. `/watch run rollback-release …` proposes it anew.",
            ],
            "unknown": [
                "*Needs a person*: outcome unknown",
                "*Outcome unknown:* roll back checkout to 2026.11.24-2 (2041/15). The target cannot be asked what became of it. It is not sent again.",
            ],
            "failed": [
                "*Needs a person*: it failed",
                "*Failed:* roll back checkout to 2026.11.24-2 (2041/15). Refused: 409, another roll-back runs. `/watch close 2041` closes by hand.",
            ],
            "unprovable": [
                "*Needs a person*: no reading proves it",
                "*Done, not proven:* roll back checkout to 2026.11.24-2 (2041/15). No reading of this alert is known. `/watch close 2041` closes by hand.",
            ],
            "no effect": [
                "*Needs a person*: no effect",
                "*No effect:* error rate 7.3 % → 7.1 %, read <!date^1795486562^{time}|24 Nov 2026 02:16 UTC>. What was done stands. *Undo:* Deploy 2026.11.24-3 again, about 70 s.",
            ],
            "worse": [
                "*Needs a person*: it got worse",
                "*Worse:* error rate 7.3 % → 12 %, read <!date^1795486562^{time}|24 Nov 2026 02:16 UTC>. What was done stands. *Undo:* Deploy 2026.11.24-3 again, about 70 s.",
            ],
        }
    )


def test_the_words_while_something_runs_or_settles() -> None:
    names = ("started", "late result", "done", "verified", "recovering")
    assert {name: said(name)[:-1] for name in names} == snapshot(
        {
            "started": [
                "Acting",
                "Rolling back checkout to 2026.11.24-2, started <!date^1795486308^{time_secs}|24 Nov 2026 02:11:48 UTC>.",
                "The error rate is read again 3 min after it ends.",
            ],
            "late result": [
                "Verifying",
                "*Finished:* 6 of 6 pods run 2026.11.24-2, at most 73 s.",
                "Until it is read again nothing is called fixed.",
            ],
            "done": [
                "Verifying until <!date^1795486562^{time}|24 Nov 2026 02:16 UTC>",
                "*Finished:* 6 of 6 pods run 2026.11.24-2, 73 s. Error rate at <!date^1795486382^{time}|24 Nov 2026 02:13 UTC>: 4.6 %; the threshold is 1 %.",
                "The reading that counts is due at <!date^1795486562^{time}|24 Nov 2026 02:16 UTC>. Until then nothing is called fixed.",
            ],
            "verified": [
                "Mitigated, not yet resolved",
                "*Verified:* error rate 7.3 % → 0.2 %, read <!date^1795486562^{time}|24 Nov 2026 02:16 UTC> (entry N).",
                "Alertmanager still has to report the alert as resolved.",
            ],
            "recovering": [
                "Verifying until <!date^1795486260^{time}|24 Nov 2026 02:11 UTC>",
                "The alert went away; nothing ran.",
                "The reading that counts is due at <!date^1795486260^{time}|24 Nov 2026 02:11 UTC>.",
            ],
        }
    )


def test_the_words_at_the_end() -> None:
    assert {name: said(name) for name in ("closed", "recovered", "closed by hand")} == snapshot(
        {
            "closed": [
                "Closed, resolved <!date^1795486740^{time}|24 Nov 2026 02:19 UTC>",
                "*Cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older. *Fix:* rolled back checkout to 2026.11.24-2; error rate 7.3 % → 0.2 %, verified <!date^1795486562^{time}|24 Nov 2026 02:16 UTC>, approved by Priya Raman.",
                "(SEV2 major, closed and resolved. Rolled back checkout to 2026.11.24-2, error rate 7.3 % → 0.2 %. INC-2041, 24 Nov 2026 02:07 UTC.)",
            ],
            "recovered": [
                "Closed, recovered by itself <!date^1795486261^{time}|24 Nov 2026 02:11 UTC>",
                "Error rate 7.3 % → 0.2 %; the threshold is 1 %. Nothing ran and nobody decided. *Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92).",
                "(SEV2 major, closed, recovered by itself. checkout: 7.3 % of requests fail. INC-2041, 24 Nov 2026 02:07 UTC.)",
            ],
            "closed by hand": [
                "Closed, by a person <!date^1795487400^{time}|24 Nov 2026 02:30 UTC>",
                "*Closed by Maya Okafor*: “checkout is being replaced tonight”",
                "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92).",
                "(SEV2 major, closed. checkout: 7.3 % of requests fail. INC-2041, 24 Nov 2026 02:07 UTC.)",
            ],
        }
    )


def test_the_words_of_an_alert_that_came_back_or_repeats() -> None:
    assert said("reopened")[:-1] == snapshot(
        [
            "Reopened <!date^1795489500^{time}|24 Nov 2026 03:05 UTC>, second time",
            "7.3 % of requests fail; the threshold is 1 %, exceeded for 2 min. Alert `CheckoutErrorRate`.",
            "Alert received 2 times, last <!date^1795489500^{time}|24 Nov 2026 03:05 UTC>.",
        ]
    )
    assert said("reopened, investigating")[:-1] == snapshot(
        [
            "Reopened <!date^1795489500^{time}|24 Nov 2026 03:05 UTC>, second time; investigating, 1 of 2 answered",
            "`prometheus`: Flat (entry N).",
            "Alert received 2 times, last <!date^1795489500^{time}|24 Nov 2026 03:05 UTC>.",
        ]
    )
    assert said("reopened, vetoed")[:-1] == snapshot(
        [
            "*Needs a person*",
            "*Vetoed* by Maya Okafor: roll back checkout to 2026.11.24-2 (2041/34). Nothing else is proposed. `/watch run 2041 …` proposes another action, `/watch ask 2041 …` asks a partner; `/watch close 2041` closes by hand.",
            "Alert received 2 times, last <!date^1795489500^{time}|24 Nov 2026 03:05 UTC>.",
            "*Likely cause:* release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92). *Ruled out:* payment provider down, database saturated. *Silent:* `dynatrace`.",
        ]
    )
    assert said("people take part")[2] == snapshot(
        "Alert received at least 4 times, last <!date^1795486320^{time}|24 Nov 2026 02:12 UTC>."
    )


def foot(name: str, behind: int = 0, next_try: str = "") -> list[str]:
    state = SITUATIONS[name]().state()
    return lines([root(state, scene(state.n, behind, next_try)).blocks[-1]])


def test_the_foot_names_tickets_and_who_is_behind() -> None:
    assert foot("investigating", 11, "02:07:42") == snapshot(
        [
            "INC-2041",
            "GitHub #318 · PagerDuty 88213 · Jira OPS-771",
            "ServiceNow: 11 entries behind, next try <!date^1795486062^{time_secs}|24 Nov 2026 02:07:42 UTC>",
        ]
    )
    assert foot("waiting", 1) == snapshot(
        [
            "INC-2041",
            "GitHub #318 · PagerDuty 88213 · Jira OPS-771 · ServiceNow INC0048211",
            "Decide in the thread: ✅ approves, ⛔ vetoes",
        ]
    )  # behind by a moment, and nothing is wrong: not worth a word
    assert foot("closed", 5, "02:21:00") == snapshot(
        [
            "INC-2041",
            "GitHub #318 · PagerDuty 88213 · Jira OPS-771",
            "27 entries",
            "ServiceNow: 5 entries behind, next try <!date^1795486860^{time_secs}|24 Nov 2026 02:21:00 UTC>",
        ]
    )
    assert foot("closed") == snapshot(
        [
            "INC-2041",
            "GitHub #318 · PagerDuty 88213 · Jira OPS-771 · ServiceNow INC0048211",
            "27 entries, the same in all 5 records",
        ]
    )
