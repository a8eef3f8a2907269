"""The shop's log, one JSON object a line, in the order of its times; it hides nothing, as logs do not.

A line holds what must not leave a company unmasked: an order's id (`ord_8F2KQ7M4XT`) and a customer's mail address.
"""

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

KEEP_BYTES = 32_000_000


class Journal:
    """Appends to `path`; past `keep` bytes the file moves to `path.1`, so that a shop left alone fills no disk."""

    def __init__(self, path: Path, keep: int = KEEP_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handler = RotatingFileHandler(path, maxBytes=keep, backupCount=1, encoding="utf-8")

    def write(self, level: str, **fields: str | int | float | None) -> None:
        """Append one line; fields that are None are left out."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": time, "level": level} | {name: value for name, value in fields.items() if value is not None}
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        self._handler.handle(logging.LogRecord("shop", logging.INFO, "", 0, text, None, None))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()
