# ruff: noqa: E501  words are not wrapped
"""Why somebody vetoed: the form beside the storyboard's, the card, and what each person is answered."""

import json
from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.views import answers
from bot.views.answers import Reply, told
from bot.views.proposal import proposal_message
from bot.views.thread import thread
from bot.views.veto_form import veto_form
from engine.incident import State
from engine.model import Kind, Person, Verdict
from engine.oversight.given import Given, unexplained, vetoed
from playground.slack.blocks import checked
from playground.slack.view_check import checked as checked_view
from tests.views.incident_2041 import scene
from tests.views.situations import SITUATIONS
from tests.views.test_limits import HOSTILE
from tests.views.texts import STORYBOARD, lines, normal, storyboard


def form(state: State, of: int) -> dict[str, Any]:
    decided, cast = vetoed(state, of)
    assert decided is not None
    assert cast is not None
    return veto_form(state, decided, cast)


def given(state: State, of: int, verdict: Verdict = Verdict.COUNTED, **more: Any) -> Given:
    return Given(verdict, state, *vetoed(state, of), **more)


def read(said: str | Reply) -> list[str]:
    """Its lines, and `[ ]` for each button."""
    reply = told(said)
    assert reply.text.count("\n") <= 2
    if reply.buttons:
        checked(reply.message()["blocks"])
        assert all(Block.parse(block) is not None for block in reply.message()["blocks"])
    return [*normal(reply.text).split("\n"), *(f"[{button['text']['text']}]" for button in reply.buttons)]


def _bare(value: Any) -> Any:
    """Without what is ours to choose: our values of the options, and that no bare address becomes a link."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {k: _bare(v) for k, v in value.items() if k != "verbatim"}
    return kept | ({"value": ""} if "value" in kept and "text" in kept else {})


@pytest.mark.skipif(not STORYBOARD.is_dir(), reason=f"the storyboard is not at {STORYBOARD}")
def test_the_form_is_the_storyboard_s() -> None:
    theirs = _bare(storyboard("veto-modal"))
    ours = _bare(form(SITUATIONS["the story, waiting"]().state(17), 17))
    assert json.loads(ours.pop("private_metadata")) == json.loads(theirs.pop("private_metadata"))
    said, words = (view["blocks"].pop(0)["text"]["text"] for view in (ours, theirs))
    assert said == words.replace("02:08:02 UTC", "<!date^1795486082^{time_secs}|24 Nov 2026 02:08:02 UTC>")
    assert ours == theirs


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_slack_takes_the_form_of_every_veto(name: str) -> None:
    state = SITUATIONS[name]().state()
    hostile = replace(state, triage=state.triage and state.triage.model_copy(update={"service": HOSTILE}))
    for decided in state.proposals.values():
        wild = replace(decided, proposal=decided.proposal.model_copy(update={"action": HOSTILE}))
        for cast in decided.votes:
            if cast.kind == Kind.VETO:
                for view in (veto_form(state, decided, cast), veto_form(hostile, wild, cast)):
                    checked_view(view, "modal")
                    assert View(**view).to_dict()["callback_id"] == "wk_veto_reason"
                    assert "<!channel>" not in json.dumps(view)


def test_whoever_gave_a_reason_finds_it_in_the_form() -> None:
    view = form(SITUATIONS["vetoed, explained"]().state(), 16)
    assert view["blocks"][1]["element"]["initial_value"] == "The failures are not of this release."
    assert view["blocks"][2]["element"]["initial_option"]["value"] == "wrong_cause"


def test_an_objection_is_called_one() -> None:
    view = form(SITUATIONS["vetoed, explained"]().state(), 17)
    assert view["title"]["text"] == "Why the objection?"
    assert normal(view["blocks"][0]["text"]["text"]) == snapshot(
        "Your objection to 2041/15 is recorded and shown on its card; it does not stop it."
    )


def test_the_card_shows_the_latest_reason_its_kind_and_the_objection() -> None:
    state = SITUATIONS["vetoed, explained"]().state()
    card = proposal_message(state, scene(21), state.proposals[15])
    assert lines(card.blocks) == snapshot(
        [
            "Proposal 2041/15: roll back checkout to 2026.11.24-2",
            "*Vetoed* by <@U07JONAS004> by ⛔, <!date^1795486140^{date_short} {time_secs}|24 Nov 2026 02:09:00 UTC>. It will not run.",
            ">The failures are not of this release.",
            "*Objection* by Tom Becker, ⛔, 02:09 UTC · entry N",
            ">A customer is in the middle of an order.",
            "kind of reason: wrong cause · suggested as a lesson · entry N vetoes entry N, by ⛔ · bound to `9f2c41d7`",
        ]
    )
    assert card.seq == 20
    assert normal(card.text) == snapshot(
        "Proposal 2041/15, roll back checkout to 2026.11.24-2, vetoed by Jonas Lind, 24 Nov 2026 02:09:00 UTC. It will not run. Reason: The failures are not of this release."
    )


def test_the_next_card_of_the_action_says_why_it_was_vetoed() -> None:
    state = SITUATIONS["vetoed, explained"]().state()
    shown = lines(proposal_message(state, scene(21), state.proposals[21]).blocks)
    assert [line for line in shown if line.startswith("*Vetoed before")] == snapshot(
        ["*Vetoed before:* 2041/15 by Jonas Lind: “The failures are not of this release.”"]
    )


def test_while_the_form_is_late_the_button_is_there() -> None:
    state = SITUATIONS["vetoed"]().state()
    late = answers.reason_form(given(state, 16), scene(16))
    assert read(late) == snapshot(
        [
            "The form for the reason did not open in time. Press once more, or write `/watch veto 2041/15 &lt;reason&gt;`.",
            "[Give the reason]",
        ]
    )
    assert isinstance(late, Reply)
    assert late.form == form(state, 16)


def test_what_became_of_a_reason() -> None:
    state = SITUATIONS["vetoed, explained"]().state()
    whys = state.proposals[15].reasons
    first = given(state, 16, entry=whys[0].entry)
    second = given(state, 16, entry=whys[2].entry, before=whys[0])
    assert read(answers.reason_given(first, scene(20))) == snapshot(
        ["Recorded as entry N: your reason stands on the card of 2041/15 and in every ticket."]
    )
    assert read(answers.reason_given(second, scene(20))) == snapshot(
        [
            "Recorded as entry N: your reason stands on the card of 2041/15 and in every ticket.",
            "It takes the place of what you said in entry N; both are kept.",
        ]
    )
    assert read(answers.reason_given(given(state, 16, Verdict.NO_RIGHT), scene(20))) == snapshot(
        ["Entry N is the veto of 2041/15 by Jonas Lind; only they say why. Nothing changed."]
    )
    assert read(answers.reason_given(given(state, 16, Verdict.OUTSIDER), scene(20))) == snapshot(
        ["Guests, outside and deactivated accounts read here, they give no reasons. Nothing changed."]
    )
    assert read(answers.reason_given(Given(Verdict.STALE, state), scene(20))) == snapshot(
        ["There is no such veto in INC-2041. Nothing changed."]
    )


def test_later() -> None:
    state = SITUATIONS["vetoed"]().state()
    assert read(answers.reason_later(given(state, 16), scene(16))) == snapshot(
        [
            "Your veto of 2041/15 stands without a reason. It is asked for once more when INC-2041 closes.",
            "[Give the reason]",
        ]
    )
    explained = SITUATIONS["vetoed, explained"]().state()
    why = explained.proposals[15].why("person:jonas")
    assert read(answers.reason_later(given(explained, 16, before=why), scene(20))) == snapshot(
        ["Your reason for 2041/15 stays as it is."]
    )
    assert read(answers.reason_later(given(explained, 17), scene(20))) == snapshot(
        ["Your objection to 2041/15 is shown without a reason.", "[Give the reason]"]
    )
    asked = SITUATIONS["vetoed, asked why"]().state()
    assert read(answers.reason_later(given(asked, 16), scene(18))) == snapshot(
        ["Your veto of 2041/15 stands without a reason.", "[Give the reason]"]
    )


def test_at_the_close_whoever_vetoed_without_a_word_is_asked_once() -> None:
    closed = SITUATIONS["vetoed, asked why"]().state(17)
    (decided,) = unexplained(closed)
    assert decided.veto is not None
    assert read(answers.reason_asked(closed, decided, decided.veto)) == snapshot(
        [
            "INC-2041 is closed. Your veto of 2041/15, roll back checkout to 2026.11.24-2, stands since <!date^1795486140^{time_secs}|24 Nov 2026 02:09:00 UTC> without a reason.",
            "Say why, for the card, every ticket and the next time.",
            "[Give the reason]",
        ]
    )
    assert unexplained(SITUATIONS["vetoed, asked why"]().state()) == []
    assert unexplained(SITUATIONS["closed"]().state()) == [], "Maya gave hers"


def test_an_app_s_first_word_is_answered_in_the_thread() -> None:
    state, around = SITUATIONS["an app's word"]().state(), scene(18)
    around = replace(around, people={**around.people, "person:helper": Person("slack:U07DEPLOYHP", "Deploy Helper")})
    (said,) = [m for m in thread(state, around) if m.slot.startswith("app/")]
    words = "A ✅ by the app Deploy Helper does not count: only people decide. 2041/15 stands at 0 of 2."
    assert (said.slot, lines(said.blocks), said.text) == ("app/16", [words], words)
