"""Modals: what opens one, what a view may be, what a person enters, and what the app answers to it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from playground.slack.errors import SlackError
from playground.slack.view_check import checked
from tests.playground.slack_door import Door, bolt, bolt_app

Json = dict[str, Any]
ROOM = cast.INCIDENTS
VETO = Path(__file__).parents[3] / "shared/storyboard/blocks/veto-modal.json"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def ask(block_id: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id),
        "element": element | {"action_id": "x"},
    } | more


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


TEXT = {"type": "plain_text_input", "min_length": 3, "max_length": 10}
KIND = {"type": "static_select", "options": [option("cause"), option("broad")]}
BOXES = {"type": "checkboxes", "options": [option("learn"), option("share")]}


def modal(*blocks: Json, **more: Any) -> Json:
    shown = list(blocks) or [ask("reason", TEXT), ask("kind", KIND), ask("lesson", BOXES, optional=True)]
    return {"type": "modal", "title": plain("Why?"), "submit": plain("Record"), "blocks": shown} | more


class Desk:
    """The app as Bolt has it: `/watch` gives a trigger id, submissions are kept and answered with `reply`."""

    def __init__(self, client: AsyncWebClient, door: Door) -> None:
        self.client, self.door = client, door
        self.triggers: list[str] = []
        self.heard: list[Json] = []
        self.reply: Json = {}
        self.app = bolt_app(client)
        self.app.command("/watch")(self._command)
        self.app.view({"type": "view_submission", "callback_id": "why"})(self._submitted)
        self.app.view_closed("why")(self._heard)
        self.app.action("x")(self._heard)

    async def _command(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        self.triggers.append(body["trigger_id"])

    async def _submitted(self, ack: AsyncAck, body: Json) -> None:
        self.heard.append(body)
        await ack(**self.reply)

    async def _heard(self, ack: AsyncAck, body: Json) -> None:
        self.heard.append(body)
        await ack()

    async def trigger(self) -> str:
        assert (await self.door.act(cast.MAYA, "command", text="/watch veto"))["acked"]
        return self.triggers.pop()

    async def open(self, view: Json) -> Json:
        opened = await self.client.views_open(trigger_id=await self.trigger(), view={"callback_id": "why"} | view)
        shown: Json = opened["view"]
        return shown

    async def front(self, **query: str) -> Json:
        answer = await self.door.get("view", user=cast.MAYA, **query)
        assert self.door.status == 200, answer
        view: Json = answer["view"]
        return view


@pytest.fixture
async def desk(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> AsyncIterator[Desk]:
    desk = Desk(client, door)
    async with bolt(slack, desk.app):
        yield desk


async def refusal(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = caught.value.response.data
    return answer


async def test_a_submission_carries_what_was_entered_and_closes_the_modal(desk: Desk) -> None:
    view = await desk.open(modal(private_metadata="2041/13"))
    assert view["state"]["values"]["reason"]["x"] == {"type": "plain_text_input", "value": None}
    filled = await desk.door.act(cast.MAYA, "fill", values={"reason": "too slow", "kind": "cause"})
    assert filled["view_id"] == view["id"]
    sent = await desk.door.act(cast.MAYA, "submit", values={"lesson": ["learn"]})
    assert sent["acked"], sent
    assert await desk.front(gone="true") is None
    body = desk.heard[0]
    assert (body["type"], body["user"]["id"], body["view"]["private_metadata"]) == (
        "view_submission",
        cast.MAYA,
        "2041/13",
    )
    values = {block: next(iter(entered.values())) for block, entered in body["view"]["state"]["values"].items()}
    assert values["reason"]["value"] == "too slow"
    assert values["kind"]["selected_option"]["value"] == "cause"
    assert [one["value"] for one in values["lesson"]["selected_options"]] == ["learn"]


async def test_a_trigger_opens_one_modal_within_three_seconds(desk: Desk, slack: SlackStandIn) -> None:
    trigger = await desk.trigger()
    await desk.client.views_open(trigger_id=trigger, view=modal())
    again = await refusal(desk.client.views_open(trigger_id=trigger, view=modal()))
    unknown = await refusal(desk.client.views_open(trigger_id="1.2.abc", view=modal()))
    late = await desk.trigger()
    slack.clock.scale = 1_000_000_000
    expired = await refusal(desk.client.views_open(trigger_id=late, view=modal()))
    errors = [answer["error"] for answer in (again, unknown, expired)]
    assert errors == ["exchanged_trigger_id", "invalid_trigger_id", "expired_trigger_id"]


async def test_errors_stand_under_their_inputs_until_it_is_right(desk: Desk) -> None:
    await desk.open(modal())
    assert (await desk.door.act(cast.TOM, "submit"))["error"] == "no_modal"
    empty = await desk.door.act(cast.MAYA, "submit")
    assert empty["error"] == "input_required"
    assert set((await desk.front(contains="Please complete"))["errors"]) == {"reason", "kind"}
    short = await desk.door.act(cast.MAYA, "submit", values={"reason": "no", "kind": "cause"})
    assert short["detail"] == "reason: Please enter at least 3 characters."
    for wrong, error in (
        ({"reason": "x" * 11}, "too_long"),
        ({"kind": "else"}, "option_not_found"),
        ({"lesson": "learn"}, "invalid_value"),
        ({"nothing": "x"}, "input_not_found"),
    ):
        assert (await desk.door.act(cast.MAYA, "fill", values=wrong))["error"] == error
    desk.reply = {"response_action": "errors", "errors": {"reason": "Already recorded."}}
    assert (await desk.door.act(cast.MAYA, "submit", values={"reason": "again"}))["acked"]
    assert (await desk.front(contains="Already recorded."))["state"]["values"]["kind"]["x"]["selected_option"]
    # An error for a block that is no input spoils the whole answer.
    desk.reply = {"response_action": "errors", "errors": {"nowhere": "x"}}
    await desk.door.act(cast.MAYA, "submit", values={"reason": "third"})
    await desk.front(contains="We had some trouble connecting")
    desk.reply = {}
    await desk.door.act(cast.MAYA, "submit", values={"reason": "fourth"})
    await desk.front(gone="true")


async def test_an_answer_may_update_push_or_clear(desk: Desk) -> None:
    first = await desk.open(modal())
    entered = {"reason": "because", "kind": "broad"}
    changed = modal(ask("reason", TEXT), title=plain("Sure?"), callback_id="why")
    desk.reply = {"response_action": "update", "view": changed}
    await desk.door.act(cast.MAYA, "submit", values=entered)
    updated = await desk.front(contains="Sure?")
    assert (updated["id"], updated["state"]["values"]["reason"]["x"]["value"]) == (first["id"], "because")
    assert updated["hash"] != first["hash"]
    desk.reply = {"response_action": "push", "view": modal(title=plain("Second"), callback_id="why")}
    await desk.door.act(cast.MAYA, "submit")
    second = await desk.front(contains="Second")
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    await desk.door.act(cast.MAYA, "close")
    assert (await desk.front())["id"] == first["id"]
    desk.reply = {"response_action": "push", "view": {"type": "home", "blocks": []}}
    await desk.door.act(cast.MAYA, "submit")
    await desk.front(contains="trouble connecting")
    desk.reply = {"response_action": "clear"}
    await desk.door.act(cast.MAYA, "submit")
    await desk.front(gone="true")


async def test_updates_are_bound_to_id_and_hash(desk: Desk) -> None:
    view = await desk.open(modal(external_id="veto-13"))
    await desk.door.act(cast.MAYA, "fill", values={"reason": "because"})
    other = modal(ask("reason", TEXT), ask("extra", TEXT, optional=True), external_id="veto-13")
    client = desk.client
    conflict = await refusal(client.views_update(view_id=view["id"], hash="1.old", view=other))
    nowhere = await refusal(client.views_update(view_id="V0", view=other))
    unnamed = await refusal(client.api_call("views.update", json={"view": other}))
    assert [one["error"] for one in (conflict, nowhere, unnamed)] == ["hash_conflict", "not_found", "invalid_arguments"]
    shown = (await client.views_update(external_id="veto-13", hash=view["hash"], view=other))["view"]
    assert shown["state"]["values"]["reason"]["x"]["value"] == "because"
    twice = await refusal(client.views_open(trigger_id=await desk.trigger(), view=modal(external_id="veto-13")))
    assert twice["error"] == "duplicate_external_id"


async def test_three_modals_stack_and_closing_is_told(desk: Desk) -> None:
    button = {"type": "actions", "elements": [{"type": "button", "action_id": "x", "text": plain("More")}]}
    view = modal(button, notify_on_close=True)
    del view["submit"]
    await desk.open(view)
    for depth in (2, 3):
        assert (await desk.door.act(cast.MAYA, "click", "", on="modal", action_id="x"))["acked"]
        pressed = desk.heard.pop()
        assert (pressed["container"]["type"], "response_url" in pressed) == ("view", False)
        pushed = await desk.client.views_push(trigger_id=pressed["trigger_id"], view=view | {"callback_id": "why"})
        assert pushed["view"]["title"]["text"] == "Why?", depth
    await desk.door.act(cast.MAYA, "click", "", on="modal", action_id="x")
    last = await refusal(desk.client.views_push(trigger_id=desk.heard.pop()["trigger_id"], view=view))
    assert last["error"] == "push_limit_reached"
    assert (await desk.door.act(cast.MAYA, "submit"))["error"] == "no_submit"
    await desk.door.act(cast.MAYA, "close")
    await desk.door.act(cast.MAYA, "close", all=True)
    await desk.front(gone="true")
    # An acknowledged command is later than what was sent before it, on the one socket there is.
    trigger = await desk.trigger()
    assert [(body["type"], body["is_cleared"]) for body in desk.heard] == [
        ("view_closed", False),
        ("view_closed", True),
        ("view_closed", True),
    ]
    assert (await refusal(desk.client.views_push(trigger_id=trigger, view=view)))["error"] == "not_found"


async def test_a_modal_nobody_answers_stays_with_slacks_words(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    trigger = slack.triggers.issue(cast.MAYA)
    await client.views_open(trigger_id=trigger, view=modal())
    entered = {"reason": "because", "kind": "cause"}
    assert not (await door.act(cast.MAYA, "submit", values=entered))["acked"]
    view = (await door.get("view", user=cast.MAYA, contains="We had some trouble"))["view"]
    assert view["state"]["values"]["reason"]["x"]["value"] == "because"


@pytest.mark.skipif(not VETO.exists(), reason="the storyboard's blocks (../shared/storyboard/blocks) are not here")
async def test_the_storyboards_veto_modal_is_answered(desk: Desk) -> None:
    view = json.loads(VETO.read_text()) | {"callback_id": "why"}
    await desk.open(view)
    entered = {"reason": "The failures are KeyErrors", "kind": "cause", "lesson": ["learn"]}
    assert (await desk.door.act(cast.MAYA, "submit", values=entered))["acked"]
    await desk.front(gone="true")


ALERT = {"type": "alert", "level": "success", "text": plain("It counts.")}
DATE = {"type": "datepicker", "initial_date": "2026-11-24"}
USERS = {"type": "users_select", "placeholder": plain("Who")}
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}


def test_a_modal_may_hold() -> None:
    given = modal(ALERT, ask("when", DATE), ask("who", USERS), *[{"type": "divider"}] * 97, private_metadata="x" * 3000)
    assert len(checked(given, "modal")["blocks"]) == 100


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain("x" * 25)), "/view/title/text"),
        (modal(submit=plain("x" * 25)), "/view/submit/text"),
        (modal(close={"type": "mrkdwn", "text": "x"}), "/view/close/type"),
        (modal(title=None), "/view"),
        (modal(submit=None), "/view"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(*[{"type": "divider"}] * 101), "/view/blocks"),
        (modal({"type": "markdown", "text": "x"}), "/view/blocks/0/type"),
        (modal(TABLE), "/view/blocks/0/type"),
        (modal(ask("a", {"type": "button", "text": plain("x")})), "/view/blocks/0/element/type"),
        (modal(ask("a", TEXT | {"max_length": 3001})), "/view/blocks/0/element/max_length"),
        (modal(ask("a", KIND | {"initial_option": option("else")})), "/view/blocks/0/element"),
        (modal(ALERT | {"level": "loud"}), "/view/blocks/0/level"),
        (modal(type="home"), "/view/type"),
    ],
)
def test_a_modal_may_not_hold(view: Json, pointer: str) -> None:
    with pytest.raises(SlackError) as caught:
        checked(view, "modal")
    assert caught.value.code == "invalid_arguments"
    messages = caught.value.fields["response_metadata"]["messages"]
    assert any(message.endswith(f"[json-pointer:{pointer}]") for message in messages), messages


def test_a_view_is_measured_in_bytes() -> None:
    with pytest.raises(SlackError, match="view_too_large"):
        checked(modal(*[{"type": "section", "text": plain("ü" * 1300)}] * 99), "modal")
