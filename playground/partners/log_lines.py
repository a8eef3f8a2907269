"""Read a window of time out of a log whose lines are in the order of their times; it draws no conclusion."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from playground.partners.answer import parsed, stamped

Line = dict[str, Any]

EPISODE_ENDS_AFTER = timedelta(seconds=10)


def lines_between(path: Path, since: datetime, until: datetime) -> Iterator[Line]:
    """Give each line with since ≤ time < until, the file that was put away included; a missing file has none."""
    first, last = stamped(since), stamped(until)
    for file in _files(path):
        with file.open("rb") as log:
            log.seek(_offset_of(log, first))
            for raw in log:
                line = _parsed(raw)
                if line is None:
                    continue
                if line["time"] >= last:
                    break
                yield line


def episode_start(path: Path, until: datetime, **fields: str) -> Line | None:
    """Find the line with exactly these fields that began the last episode before `until`, in all that is kept.

    An episode ends where no such line came for ten seconds, so that the same failure of an hour ago is another one.
    """
    last = stamped(until)
    start: Line | None = None
    before: datetime | None = None
    for line in _with_fields(path, fields):
        if line["time"] >= last:
            break
        at = parsed(line["time"])
        if before is None or at - before > EPISODE_ENDS_AFTER:
            start = line
        before = at
    return start


def _with_fields(path: Path, fields: dict[str, str]) -> Iterator[Line]:
    # Reading 64 MB as JSON takes seconds, looking for bytes in them does not: parse only what can match.
    needles = [json.dumps(value, ensure_ascii=False).encode() for value in fields.values()]
    for file in _files(path):
        with file.open("rb") as log:
            for raw in log:
                line = _parsed(raw) if all(needle in raw for needle in needles) else None
                if line is not None and all(line.get(name) == value for name, value in fields.items()):
                    yield line


def _files(path: Path) -> list[Path]:
    return [file for file in (path.with_name(path.name + ".1"), path) if file.exists()]


def _parsed(raw: bytes) -> Line | None:
    # The last line may be half written while it is read; the next look finds it whole.
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("time"), str) else None


def _offset_of(log: IO[bytes], first: str) -> int:
    """Find where to begin by halving: the start of a line at or before the first one with time ≥ `first`."""
    low, high = 0, log.seek(0, 2)
    while high - low > 4096:
        middle = (low + high) // 2
        log.seek(middle)
        log.readline()
        line = _parsed(log.readline())
        if line is not None and line["time"] < first:
            low = middle
        else:
            high = middle
    return _line_start(log, low, first)


def _line_start(log: IO[bytes], low: int, first: str) -> int:
    log.seek(low)
    if low:
        log.readline()
    while True:
        start = log.tell()
        raw = log.readline()
        line = _parsed(raw)
        if not raw or (line is not None and line["time"] >= first):
            return start
