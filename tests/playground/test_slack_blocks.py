"""Blocks: what Slack takes, what it refuses, and where it says the fault is."""

import json
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack.blocks import checked
from playground.slack.errors import SlackError

Json = dict[str, Any]
STORYBOARD = Path(__file__).parents[3] / "shared/storyboard/blocks"
NOT_MESSAGES = {"app-home.json", "veto-modal.json"}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go"} | more


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("words")} | more


def table(rows: int, columns: int = 2) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns for _ in range(rows)]}


def option(number: int, **more: Any) -> Json:
    return {"text": plain(f"Option {number}"), "value": str(number)} | more


def overflow(options: int) -> Json:
    return {"type": "overflow", "action_id": "more", "options": [option(number) for number in range(options)]}


CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("It starts."), "confirm": plain("Yes"), "deny": plain("No")}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart"}
TASK = {"type": "task_card", "task_id": "t", "title": "look", "status": "pending"}

ACCEPTED = [
    {"type": "divider"},
    {"type": "header", "text": plain("x" * 150)},
    section(text=mrkdwn("x" * 3000)),
    section(fields=[mrkdwn("x" * 1000)] * 10),
    section(accessory=button(confirm=CONFIRM)),
    {"type": "context", "elements": [mrkdwn("x"), IMAGE]},
    actions(*[button(action_id=f"a{number}") for number in range(25)]),
    actions(overflow(5)),
    IMAGE,
    table(100, 20),
    {"type": "plan", "title": "Looking", "tasks": [TASK]},
    {"type": "markdown", "text": "**x**"},
    {"type": "container", "title": plain("x"), "child_blocks": [section()]},
    {"type": "data_table", "caption": "x", "rows": table(2)["rows"]},
]


@pytest.mark.parametrize("block", ACCEPTED, ids=[f"{n}-{block['type']}" for n, block in enumerate(ACCEPTED)])
def test_accepted(block: Json) -> None:
    assert checked([block])[0]["block_id"]


REFUSED = [
    ({"type": "header", "text": plain("x" * 151)}, "/text/text"),
    ({"type": "header", "text": mrkdwn("x")}, "/text/type"),
    ({"type": "header", "text": "x"}, "/text"),
    ({"type": "section"}, ""),
    (section(text=mrkdwn("x" * 3001)), "/text/text"),
    (section(text=mrkdwn("")), "/text/text"),
    (section(fields=[mrkdwn("x")] * 11), "/fields"),
    (section(fields=[mrkdwn("x" * 2001)]), "/fields/0/text"),
    (section(accessory={"type": "header"}), "/accessory/type"),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "/elements"),
    ({"type": "context", "elements": [button()]}, "/elements/0/type"),
    (actions(*[button(action_id=f"a{number}") for number in range(26)]), "/elements"),
    (actions(button(), button()), "/elements"),
    (actions(button(text=plain("x" * 76))), "/elements/0/text/text"),
    (actions(button(value="x" * 2001)), "/elements/0/value"),
    (actions(button(action_id="x" * 256)), "/elements/0/action_id"),
    (actions(button(style="green")), "/elements/0/style"),
    (actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)})), "/elements/0/confirm/deny/text"),
    (actions(overflow(6)), "/elements/0/options"),
    (actions(overflow(1) | {"options": [option(1, value="x" * 151)]}), "/elements/0/options/0/value"),
    ({"type": "divider", "block_id": "x" * 256}, "/block_id"),
    ({"type": "image", "image_url": "https://example.com/a.png"}, ""),
    (table(101), "/rows"),
    (table(1, 21), "/rows/0"),
    ({"type": "table", "rows": [[{"type": "picture"}]]}, "/rows/0/0/type"),
    ({"type": "plan", "title": "x", "tasks": [TASK | {"status": "done"}]}, "/tasks/0/status"),
    ({"type": "alert", "text": plain("x"), "level": "success"}, "/type"),
    ({"type": "input"}, "/type"),
    ({"type": "nothing"}, "/type"),
    ({"text": "x"}, ""),
    (
        {"type": "container", "title": plain("x"), "child_blocks": [{"type": "plan", "title": "x"}]},
        "/child_blocks/0/type",
    ),
    ({"type": "data_table", "caption": "x", "rows": table(1)["rows"]}, "/rows"),
]


@pytest.mark.parametrize(("block", "pointer"), REFUSED, ids=[f"{n}{pointer}" for n, (_, pointer) in enumerate(REFUSED)])
def test_refused(block: Json, pointer: str) -> None:
    with pytest.raises(SlackError) as caught:
        checked([{"type": "divider"}, block])
    assert caught.value.code == "invalid_blocks"
    messages = caught.value.fields["response_metadata"]["messages"]
    assert any(message.endswith(f"[json-pointer:/blocks/1{pointer}]") for message in messages), messages


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "divider", "block_id": "same"}] * 2, "invalid_blocks"),
        ([{"type": "data_visualization", "title": "x"}] * 3, "invalid_blocks"),
        ([section(text=mrkdwn("x" * 2700))] * 5, "msg_blocks_too_long"),
        ({"type": "divider"}, "invalid_blocks_format"),
    ],
)
def test_the_whole_message(blocks: Any, code: str) -> None:
    with pytest.raises(SlackError) as caught:
        checked(blocks)
    assert caught.value.code == code


def storyboard() -> list[Path]:
    return sorted(path for path in STORYBOARD.glob("*.json") if path.name not in NOT_MESSAGES)


@pytest.mark.skipif(not storyboard(), reason="the storyboard's blocks (../shared/storyboard/blocks) are not here")
async def test_every_message_of_the_storyboard_can_be_posted(client: AsyncWebClient) -> None:
    for path in storyboard():
        message = json.loads(path.read_text())
        posted = await client.chat_postMessage(channel="C07INCIDENTS", **message)
        assert posted["message"]["metadata"] == message["metadata"], path.name
        await client.chat_update(channel="C07INCIDENTS", ts=posted["ts"], **message)
