"""Slack's limits: every message of every state is taken, and so is the largest and most hostile one."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.views.fit import fit
from bot.views.parts import MOST_BLOCKS, MOST_CHARACTERS, actions, button, context, header, preformatted, section, size
from bot.views.root import root
from bot.views.scene import Message, Scene
from bot.views.thread import thread
from playground.slack.blocks import checked
from tests.views.incident_2041 import scene
from tests.views.situations import SITUATIONS
from tests.views.texts import lines

HOSTILE = "<!channel> <@U07PRIYA0R1> *_~`" + "&<>" * 40 + "\n\u202e\x00" + "wort " * 2000


def every(name: str, n: int | None = None, around: Scene | None = None) -> list[Message]:
    state = SITUATIONS[name]().state(n)
    surroundings = around or scene(state.n)
    return [root(state, surroundings), *thread(state, surroundings)]


@pytest.mark.parametrize("name", SITUATIONS)
def test_no_sentence_ends_twice(name: str) -> None:
    said = [line for message in every(name) for line in [message.text, *lines(message.blocks)]]
    assert [line for line in said if re.search(r"\.\.|[.!?…]”\.|\. ·|· ·", line)] == []


def check(message: Message) -> None:
    """What Slack would refuse. https://docs.slack.dev/reference/block-kit/blocks"""
    if message.file is not None:  # a title in place of a message
        assert not message.blocks
        assert 0 < len(message.text) <= 150
        assert re.fullmatch(r"[A-Za-z0-9-]{1,100}", message.file.name)
        return
    assert 1 <= len(message.blocks) <= MOST_BLOCKS
    assert size(message.blocks) < MOST_CHARACTERS
    assert 1 <= len(message.text) <= 4000
    checked(message.blocks)  # the stand-in's rules: surfaces, plain text, identifiers
    for block in message.blocks:
        if block["type"] == "data_visualization":
            continue  # slack_sdk has no class for it
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()
        _shapes(block)


def _shapes(block: dict[str, Any]) -> None:
    kind = block["type"]
    if kind == "header":
        assert 1 <= len(block["text"]["text"]) <= 150
    elif kind == "section":
        assert len(block.get("text", {"text": "x"})["text"]) <= 3000
        assert len(block.get("fields", [])) <= 10
        assert all(1 <= len(field["text"]) <= 2000 for field in block.get("fields", []))
    elif kind == "context":
        assert 1 <= len(block["elements"]) <= 10
    elif kind == "actions":
        assert 1 <= len(block["elements"]) <= 25
        for element in block["elements"]:
            assert 1 <= len(element.get("options", [{}])) <= 5
            assert all(len(option["value"]) <= 150 for option in element.get("options", []))
            for text in [element.get("text"), *(option["text"] for option in element.get("options", []))]:
                assert text is None or len(text["text"]) <= 75
            assert len(element.get("accessibility_label", "")) <= 75
            assert len(element.get("confirm", {"text": {"text": ""}})["text"]["text"]) <= 300
    elif kind == "table":
        assert 1 <= len(block["rows"]) <= 100
        assert len({len(row) for row in block["rows"]}) == 1
    elif kind == "plan":
        ids = [task["task_id"] for task in block["tasks"]]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_slack_takes_every_message_of_every_state(name: str) -> None:
    for message in every(name):
        check(message)


def _blown_up(value: Any) -> Any:
    """The same payload with every free text hostile and every list long."""
    if isinstance(value, dict):
        return {key: item if key in KEPT else _blown_up(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_blown_up(item) for item in value for _ in range(12)]
    return HOSTILE if isinstance(value, str) else value


# Words of a closed set, times and names of other entries: not free text.
KEPT = frozenset(
    {
        "of",
        "proposal",
        "severity",
        "status",
        "by",
        "reason",
        "category",
        "verdict",
        "surface",
        "risk",
        "idempotency",
        "effect",
        "policy",
        "veto",
        "mode",
        "how",
    }
    | {"since", "until", "starts_at", "ends_at", "expires_at", "event_at", "due_at", "asked_at", "how", "requester"}
    | {"person", "approvers_mention", "questions", "fingerprint", "points"}
)


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_slack_takes_the_largest_and_most_hostile_message(name: str) -> None:
    book = SITUATIONS[name]()
    book.entries = [replace(entry, payload=_blown_up(dict(entry.payload))) for entry in book.entries]
    state = book.state()
    around = scene(state.n)
    people = {actor: replace(person, name=HOSTILE) for actor, person in around.people.items()}
    records = tuple(replace(r, label=HOSTILE, ticket=HOSTILE, trouble=HOSTILE, acked=0) for r in around.records)
    hostile = replace(around, people=people, records=records)
    for message in [root(state, hostile), *thread(state, hostile)]:
        check(message)
        assert "<!channel>" not in json.dumps(message.blocks)
        assert "<!channel>" not in message.text


def test_examples_go_first_and_what_a_decision_needs_stays_whole() -> None:
    head, foot = header("Proposal 2041/19"), context("Expires 02:23")
    row = actions(button("Approve", "wk_proposal_approve", "2041/19@9f2c41d7"))
    why = section("why " * 200)
    blocks = [head, *[preformatted("line " * 400)] * 8, why, row, foot]
    assert size(blocks) > MOST_CHARACTERS
    fitted = fit(blocks)
    assert size(fitted) < MOST_CHARACTERS
    assert [fitted[0], *fitted[-3:]] == [head, why, row, foot]
    assert size(blocks) > MOST_CHARACTERS, "the blocks that were handed in are not changed"


def test_fifty_blocks_are_the_most_and_the_rest_is_counted() -> None:
    head, foot = header("Proposal 2041/19"), context("Expires 02:23")
    fitted = fit([head, *[section(f"line {i}") for i in range(80)], foot])
    assert len(fitted) == MOST_BLOCKS
    assert fitted[0] == head
    assert foot in fitted
    assert fitted[-1]["elements"][0]["text"] == "33 more parts are in the record"
