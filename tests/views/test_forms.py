# ruff: noqa: E501  words are not wrapped
"""The forms: their words, what Slack takes, and that hostile text stays text. And why a proposal is this one."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot
from slack_sdk.models.views import View

from bot.views import answers, forms
from bot.views.form_declare import declare_form
from bot.views.origin import origin_message
from bot.views.root import root
from engine.durable.notes import note_text
from engine.fast.steer import CORRECTABLE
from engine.incident import State
from engine.model import Hold
from engine.ports import Request
from playground.slack.view_check import checked
from tests.views.incident_2041 import scene
from tests.views.nouns_2041 import NAMES
from tests.views.situations import SAID, SITUATIONS
from tests.views.test_limits import HOSTILE
from tests.views.texts import lines, normal

ABOUT = {"incident": 2041, "channel": "C07INCIDENTS", "thread": ""}
PARTNERS = {
    "dynatrace": Hold(policy="veto_window", seconds=30, outside=True),
    "logs": None,
    "vendor": Hold(policy="approval", seconds=600),
}
REQUEST = Request("POST", "deploy.example.com/rollback", '{\n  "to": "2026.11.24-2"\n}')


def every(state: State, hostile: str = "") -> Iterator[dict[str, Any]]:
    """Each form as it would be opened now."""
    partners = PARTNERS | ({hostile: None} if hostile else {})
    yield forms.ask_form(state, partners, ABOUT)
    yield forms.note_form(state, ABOUT)
    if wrong := [entry for entry in reversed(state.entries) if entry.kind in CORRECTABLE]:
        yield forms.correct_form(state, wrong * 60, ABOUT)
    yield forms.close_form(state, ABOUT)
    yield forms.another_way_form(state, ABOUT)
    for decided in state.proposals.values():
        yield forms.request_form(state, decided, Request("POST", hostile or "deploy.example.com", hostile * 4))
    yield declare_form([hostile[:50] or "checkout"] * 120, ABOUT, hostile[:1500])
    yield forms.told_form("Open an incident", answers.outsider())


def accepted(form: dict[str, Any]) -> None:
    """What the stand-in's rules and the SDK's own models say."""
    checked(form, "modal")
    View(**form).to_dict()


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_slack_takes_every_form_of_every_state(name: str) -> None:
    for form in every(SITUATIONS[name]().state()):
        accepted(form)


def test_slack_takes_the_largest_and_most_hostile_form() -> None:
    state = SITUATIONS["the story, waiting"]().state()
    decided = state.proposals[19]
    named = decided.proposal.model_copy(
        update={"title": HOSTILE, "arguments": {HOSTILE: HOSTILE}, "state": {HOSTILE: HOSTILE}}
    )
    triage = state.triage
    assert triage is not None
    state = replace(
        state,
        triage=triage.model_copy(update={"title": HOSTILE}),
        proposals={19: replace(decided, proposal=named)},
    )
    for form in every(state, HOSTILE):
        accepted(form)
        shown = json.dumps([block for block in form["blocks"] if block["type"] != "input"])
        assert "<!channel>" not in shown


def words(form: dict[str, Any]) -> list[str]:
    """Title, what stands in it, and what sends it."""
    ends = [form[key]["text"] for key in ("submit", "close") if key in form]
    return [form["title"]["text"], *lines(form["blocks"]), *ends]


def test_the_words_of_the_forms() -> None:
    state = SITUATIONS["the story, waiting"]().state()
    wrong = [entry for entry in reversed(state.entries) if entry.kind in CORRECTABLE][:2]
    shown = {
        "ask": words(forms.ask_form(state, PARTNERS, ABOUT)),
        "note": words(forms.note_form(state, ABOUT)),
        "correct": words(forms.correct_form(state, wrong, ABOUT)),
        "close": words(forms.close_form(state, ABOUT)),
        "another way": words(forms.another_way_form(state, ABOUT)),
        "request": words(forms.request_form(state, state.proposals[19], REQUEST)),
        "declare": words(declare_form(["checkout", "search"], {"ts": "1", "thread": "1"}, "Orders fail")),
    }
    assert shown == snapshot(
        {
            "ask": [
                "Ask a partner",
                "Partner",
                "Choose one",
                "dynatrace: sent after 30 s unless stopped, leaves the company",
                "logs: sent at once",
                "vendor: an approver sends it",
                "Question",
                "What changed on the database since 01:30 UTC?",
                "INC-2041, 7.3 % of requests fail · the answer comes in the thread",
                "Ask",
                "Cancel",
            ],
            "note": [
                "Add a note",
                "Note",
                "Shown in the thread and in every ticket.",
                "INC-2041, 7.3 % of requests fail",
                "Record it",
                "Cancel",
            ],
            "correct": [
                "Correct a finding",
                "What is wrong",
                "Choose one",
                "16 · Conclusion: release 2026.11.24-3 fails on orders without a currency,…",
                "11 · logs: KeyError: 'currency' in 412 of 430 failed requests (96 %), ever…",
                "16 · Conclusion: release 2026.11.24-3 fails on orders without a currency,…",
                "What it should say",
                "The entry stays as written; root message, thread and tickets say the correction beside it.",
                "INC-2041, 7.3 % of requests fail",
                "Record it",
                "Cancel",
            ],
            "close": [
                "Close by hand",
                "Reason",
                "What ended it?",
                "Shown in the summary and in every ticket.",
                "INC-2041, 7.3 % of requests fail · it closes by your name, without a reading that proves it",
                "Close it",
                "Cancel",
            ],
            "another way": [
                "Ask for another way",
                "What should be different",
                "Scale out instead of rolling back",
                "A new round begins with it. What is proposed now waits on until it is decided or replaced.",
                "INC-2041, 7.3 % of requests fail",
                "Look again",
                "Cancel",
            ],
            "request": [
                "Request 2041/19",
                "*What 2041/19 sends*, once: roll back checkout to 2026.11.24-2.",
                "POST deploy.example.com/rollback",
                "{",
                '  "to": "2026.11.24-2"',
                "}",
                "*service*",
                "`checkout`",
                "*to*",
                "`2026.11.24-2`",
                "*Bound state:* release `2026.11.24-3`.",
                "*Digest:* `9f2c41d700000000000000000000000000000000000000000000000000000000`",
                "*Operation id:* `op19`",
                "Credentials are added as it is sent · just before, the state is read again: another one denies it",
                "Close",
            ],
            "declare": [
                "Open an incident",
                "What is wrong",
                "Customers cannot pay",
                "How bad",
                "Choose one",
                "SEV1 critical",
                "SEV2 major",
                "SEV3 minor",
                "SEV4 notice",
                "SEV3 minor",
                "Service",
                "Choose one",
                "checkout",
                "search",
                "Another service",
                "checkout",
                "What is seen",
                "Since when, how many, where. It stands in the incident and in every ticket.",
                "About a message; its thread gets one line that leads to the incident",
                "Open it",
                "Cancel",
            ],
        }
    )


def test_why_a_proposal_is_this_one() -> None:
    state = SITUATIONS["the story, waiting"]().state()
    around = scene(state.n)
    shown = {
        n: normal(answers.why_this(state, state.proposals[n], around, "watchkeeper.yaml line 41", 4)).split("\n")
        for n in (13, 19)
    }
    assert shown == snapshot(
        {
            13: [
                "2041/13 was requested by Tom Becker: “looks like the pool is exhausted”. No rule proposes it.",
                "Also considered: ~Payment provider down~, error rate flat at 0.1 % for 30 min (entry N) · ~Database saturated~, 31 of 100 connections, p95 4 ms, no change at 02:04 (entry N) · 2041/19, roll back checkout to 2026.11.24-2, waiting.",
                "Decided by <!subteam^S07DBAPPR01>, 2 of 4, not the requester; high risk, so it takes the button or the command. Rule: watchkeeper.yaml line 41.",
            ],
            19: [
                "2041/19 is what playbook `error-rate-after-release` proposes for: release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (confidence 0.92, entry N).",
                "Also considered: ~Payment provider down~, error rate flat at 0.1 % for 30 min (entry N) · ~Database saturated~, 31 of 100 connections, p95 4 ms, no change at 02:04 (entry N) · 2041/13, restart database checkout-db, vetoed.",
                "Decided by <!subteam^S07CHECKAP1>, 1 of 4, not the requester; medium risk, so ✅ counts. Rule: watchkeeper.yaml line 41.",
            ],
        }
    )


def test_an_incident_that_a_person_opened() -> None:
    state = SITUATIONS["declared"]().state()
    around = scene(state.n)
    message = root(state, around)
    assert [*lines([message.blocks[0]]), *lines([message.blocks[2]]), normal(message.text)] == snapshot(
        [
            "✋ SEV2 major · payments: Customers cannot pay",
            "*No playbook matches.* 12 reports since 02:00 UTC. Opened by Tom Becker, about a message.",
            "`/watch ask 2041 …` asks a partner, `/watch run 2041 …` proposes an action, `/watch close 2041` closes by hand.",
            "SEV2 major, a person is needed. payments: No playbook matches. 12 reports since 02:00 UTC. Opened by Tom Becker, about a message. INC-2041, 24 Nov 2026 02:07 UTC.",
        ]
    )
    assert normal(note_text(state, state.entries[0], NAMES)) == snapshot("""\
**Opened by Tom Becker** · entry N · 24 Nov 2026 02:07:04 UTC
**Context** `Customers cannot pay`: 12 reports since 02:00 UTC. Service `payments`.
**Evidence** [Where it comes from](https://shop.slack.example.com/archives/C07CHECKOUT/p1795486020000100).
**Action** Triage begins.
**Next** Findings follow here. A person closes it.\
""")
    assert origin_message(state, around) is None, "until it is known where the root stands"
    line = origin_message(state, replace(around, links={"root": "https://shop.slack.example.com/p1"}))
    assert line is not None
    assert (line.place, lines(line.blocks), normal(line.text)) == snapshot(
        (
            ("C07CHECKOUT", "1795486020.000100"),
            ["*INC-2041* SEV2 major, opened by Tom Becker: Customers cannot pay"],
            "INC-2041 SEV2 major, opened by Tom Becker: Customers cannot pay.",
        )
    )
    nowhere = SAID.model_copy(update={"thread": ""}).alert("V1")
    unheard = replace(state, alert=nowhere)
    assert origin_message(unheard, replace(around, links={"root": "https://shop.slack.example.com/p1"})) is None


def test_no_alert_ends_what_a_person_opened() -> None:
    state = SITUATIONS["declared, verified"]().state()
    assert lines([root(state, scene(state.n)).blocks[2]])[-1] == "No alert ends it; `/watch close 2041` does."
    assert "A person opened it, and closes it." in note_text(state, state.entries[-1], NAMES)


def test_the_answers_to_whoever_opens_one() -> None:
    state = SITUATIONS["declared"]().state()
    assert normal(answers.opened(state, "/watch", SAID)).split("\n") == snapshot(
        [
            "INC-2041 is open: SEV2 major, `payments`: Customers cannot pay. Work goes on in its thread.",
            "No alert ends it; `/watch close 2041` does.",
        ]
    )
    outside = SAID.model_copy(update={"thread": ""})
    assert normal(answers.opened(state, "/watch", outside)).split("\n")[-1] == snapshot(
        "The app is not in that message’s channel, so no line leads from there."
    )
    already = answers.open_already(state, HOSTILE)
    assert normal(already.text).split("\n") == snapshot(
        [
            "INC-2041 is open for `payments` already (Customers cannot pay). Nothing was opened.",
            "What you wrote can go there as a note.",
        ]
    )
    assert len(already.buttons[0]["value"]) <= 2000
