"""A message for a workspace that refuses some kinds of blocks: a picture for a chart, lines for a table or a plan.

The words stay the same; a chart whose picture is not there yet is left out, and the line below it has its times.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from bot.views.parts import SECTION, Block, image, outside, section
from bot.views.scene import Message

RICH = ("data_visualization", "plan", "table", "image")  # what an older workspace may not take, newest first
_AT = re.compile(r"json-pointer:/blocks/(\d+)")
_STATUS = {"complete": "done", "in_progress": "runs", "pending": "waits", "error": "no answer"}


def plainer(message: Message, refused: Collection[str], pictures: Mapping[str, str]) -> Message:
    """The message without the kinds in `refused`. `pictures`: a chart's id → the file that shows it."""
    if not refused:
        return message
    charts = {chart.id: chart for chart in message.charts}
    blocks: list[Block] = []
    for block in message.blocks:
        kind = block["type"]
        if kind not in refused:
            blocks.append(block)
        elif kind == "data_visualization" and block["block_id"] in pictures and "image" not in refused:
            chart = charts[block["block_id"]]
            blocks.append(image(chart.id, pictures[chart.id], chart.title, chart.alt))
        elif kind == "table":
            blocks += _sections(list(_rows(block)))
        elif kind == "plan":
            blocks += _sections([f"*{outside(block['title'])}*", *map(_task, block["tasks"])])
    return replace(message, blocks=blocks)


def refused_kind(message: Message, words: str) -> str:
    """Which kind of block Slack's refusal speaks of; empty where it speaks of something else."""
    if "invalid_blocks" not in words:
        return ""
    kinds = [block["type"] for block in message.blocks]
    named = [kinds[int(at)] for at in _AT.findall(words) if int(at) < len(kinds)]
    return next((kind for kind in RICH if kind in (named or kinds)), "")


def _rows(table: Block) -> Iterator[str]:
    head, *rows = [[cell["text"] for cell in row] for row in table["rows"]]
    yield f"*{outside(' · '.join(head))}*"
    for row in rows:
        yield outside(" · ".join(row), 600)


def _task(task: Block) -> str:
    said = "".join(piece["text"] for part in task["output"]["elements"] for piece in part["elements"])
    return f"{outside(task['title'])} ({_STATUS[task['status']]}): {outside(said)}"


def _sections(lines: Sequence[str]) -> list[Block]:
    """The lines in as few sections as hold them."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if sum(map(len, chain(groups[-1], [line]))) + len(groups[-1]) > SECTION:
            groups.append([])
        groups[-1].append(line)
    return [section(*group) for group in groups if group]
