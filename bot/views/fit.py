"""A message too long for Slack is shortened: examples first, then tables and charts, then prose, then tasks.

What a decision needs stays whole: headers, fields, buttons and the small line at the foot are never touched; the views
keep those short themselves.
"""

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

from bot.views.parts import FALLBACK, MOST_BLOCKS, MOST_CHARACTERS, Block, clip, clip_mrkdwn, context, size
from bot.views.scene import Message

_DECISIVE = ("header", "actions", "context")


def message(slot: str, text: str, blocks: Sequence[Block], event_type: str, seq: int, **more: Any) -> Message:
    """A message that Slack takes: blocks fitted, and the text for phones cut. `more` are the other fields."""
    return Message(slot, clip_mrkdwn(text, FALLBACK), fit(blocks), event_type, seq, **more)


def fit(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, shortened until there are at most 50 with fewer than 12,000 characters."""
    fitted = _fewer(copy.deepcopy(list(blocks)))
    for shrink in _STEPS:
        if size(fitted) < MOST_CHARACTERS:
            break
        for block in fitted:
            shrink(block)
    return fitted


def _fewer(blocks: list[Block]) -> list[Block]:
    """At most 50 blocks: the last ones that no decision needs go, and a line says so."""
    spare = len(blocks) - MOST_BLOCKS
    if spare <= 0:
        return blocks
    loose = [i for i, block in enumerate(blocks) if block["type"] not in _DECISIVE and "fields" not in block]
    gone = set(loose[-(spare + 1) :])
    kept = [block for i, block in enumerate(blocks) if i not in gone]
    return [*kept[: MOST_BLOCKS - 1], context(f"{len(gone)} more parts are in the record")]


def _examples(most: int, block: Block) -> None:
    if block["type"] == "rich_text":
        piece = block["elements"][0]["elements"][0]
        piece["text"] = clip(piece["text"], most)


def _chart(moments: int, block: Block) -> None:
    """Fewer moments, evenly taken away; the first and the last stay."""
    if block["type"] != "data_visualization":
        return
    axis, last = block["chart"]["axis_config"], len(block["chart"]["axis_config"]["categories"]) - 1
    kept = sorted({round(i * last / (moments - 1)) for i in range(moments)}) if last >= moments else range(last + 1)
    axis["categories"] = [axis["categories"][i] for i in kept]
    for line in block["chart"]["series"]:
        line["data"] = [line["data"][i] for i in kept]


def _table(rows: int, cell: int, block: Block) -> None:
    if block["type"] != "table":
        return
    spare = len(block["rows"]) - 1 - rows
    if spare > 0:
        last = [{"type": "raw_text", "text": "–"} for _ in block["rows"][0]]
        last[0]["text"] = f"and {spare} more"
        block["rows"] = [*block["rows"][: rows + 1], last]
    for piece in (piece for row in block["rows"] for piece in row):
        piece["text"] = clip(piece["text"], cell)


def _prose(most: int, block: Block) -> None:
    if block["type"] == "section" and "text" in block:
        block["text"]["text"] = clip_mrkdwn(block["text"]["text"], most)


def _tasks(count: int, most: int, block: Block) -> None:
    if block["type"] != "plan":
        return
    block["tasks"] = block["tasks"][:count]
    for task in block["tasks"]:
        piece = task["output"]["elements"][0]["elements"][0]
        piece["text"] = clip(piece["text"], most)
        task["title"] = clip(task["title"], most)
        task.pop("sources", None)


_STEPS = (
    partial(_examples, 600),
    partial(_examples, 200),
    partial(_table, 25, 120),
    partial(_prose, 1200),
    partial(_table, 10, 80),
    partial(_chart, 10),
    partial(_tasks, 40, 120),
    partial(_prose, 500),
    partial(_tasks, 25, 40),
    partial(_prose, 250),
    partial(_table, 5, 40),
)
