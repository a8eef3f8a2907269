"""Where a message of ours carries its operation id, by which it is looked for after an unknown outcome.

In its metadata; a file, which has none, at the end of its name; a message that is being streamed, which gets its
metadata at the end, in the id of a block.
"""

import re
from collections.abc import Mapping
from typing import Any

_FILE = re.compile(r"-([a-z2-7]{16})\.\w+$")
_BLOCK = "op-"


def block_id(op: str) -> str:
    """The id of the block that names the operation."""
    return f"{_BLOCK}{op}"


def op_of(message: Mapping[str, Any]) -> str:
    """The operation id of a message as Slack shows it, or an empty text."""
    for file in message.get("files", []):
        if found := _FILE.search(str(file.get("name", ""))):
            return found[1]
    if op := str(message.get("metadata", {}).get("event_payload", {}).get("op", "")):
        return op
    ids = [str(block.get("block_id", "")) for block in message.get("blocks", [])]
    return next((id_.removeprefix(_BLOCK) for id_ in ids if id_.startswith(_BLOCK)), "")
