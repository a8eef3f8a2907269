"""A plan that is written while people read: what of it is new since what was sent, as chunks of Slack's streams.

https://docs.slack.dev/reference/methods/chat.appendStream, chunks. A task's texts take 256 characters there, as
developers report; its output is replaced by the next one, so a chunk may be sent again.
"""

from collections.abc import Mapping
from typing import Any

from bot.views.parts import CHUNK, MOST_CHARACTERS, Block, clip, size
from bot.views.scene import Message

Chunks = dict[str, dict[str, Any]]


def chunks(message: Message) -> Chunks:
    """Title and tasks of the message's plan, each by a name of its own; empty where Slack would not take it at once."""
    plan = next((block for block in message.blocks if block["type"] == "plan"), None)
    if plan is None:
        return {}
    made: Chunks = {"plan": {"type": "plan_update", "title": clip(plan["title"], CHUNK)}}
    made |= {f"task/{task['task_id']}": _task(task) for task in plan["tasks"]}
    return made if size(list(made.values())) < MOST_CHARACTERS else {}


def new(made: Chunks, sent: Mapping[str, dict[str, Any]]) -> Chunks:
    """What differs from what was sent."""
    return {name: chunk for name, chunk in made.items() if sent.get(name) != chunk}


def foot(message: Message, block_id: str) -> list[dict[str, Any]]:
    """The line below the plan, as a chunk; its block has this id."""
    feet = [{**block, "block_id": block_id} for block in message.blocks if block["type"] == "context"]
    return [{"type": "blocks", "blocks": feet[-1:]}]


def _task(task: Block) -> dict[str, Any]:
    said = task["output"]["elements"][0]["elements"][0]["text"]
    made = {"type": "task_update", "id": task["task_id"], "title": clip(task["title"], CHUNK), "status": task["status"]}
    made["output"] = clip(said, CHUNK)
    return made | ({"sources": task["sources"]} if "sources" in task else {})
