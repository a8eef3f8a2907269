"""One incident's two files: how an entry gets in, once, and survives a crash at any point.

    INC-2041.jsonl   one line per entry: {"seq", "op", "kind", "at", "hash", "sig", "published", "text"}
    INC-2041.md      a header with title, labels and Open or Closed, then one section per entry

The line is written first and is what counts; the section follows from it, and a section that a crash left out is made
up for by the next write. `published` is the text that the hash covers, byte for byte.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from connectors.marker import defuse, html_comment
from engine.errors import Permanent
from engine.memory import Note, TicketState
from engine.words import one_line

MAX_CHARS = 1_000_000  # beyond it nobody reads, and each write copies the file
_SECTION = re.compile(r"^## \d+ · ", re.MULTILINE)
_HEADLINE = re.compile(r"\*\*(?P<what>[^*\n]+)\*\*[^\n]*\n?")


@dataclass(frozen=True, slots=True)
class Document:
    """The files of one incident; `path` is the Markdown's."""

    who: str
    path: Path

    @property
    def folder(self) -> Path:
        """The month's folder."""
        return self.path.parent

    @property
    def lines_path(self) -> Path:
        """The JSON lines."""
        return self.path.with_suffix(".jsonl")

    def exists(self) -> bool:
        """Whether the incident has a record here."""
        return self.lines_path.exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out while the two files are written; raises `BlockingIOError` while one is in."""
        with (self.folder / f".{self.path.stem}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def put(self, note: Note, state: TicketState | None) -> None:
        """Write the entry unless it is there. Raises `Permanent` when it is too large or its number is another's."""
        if len(note.text) > MAX_CHARS:
            raise Permanent(f"{self.who} takes {MAX_CHARS:,} characters; entry {note.n} has {len(note.text):,}")
        if (known := self._entries().get(note.n)) is None:
            self._add_line(note)
        elif known.get("hash") != note.hash:
            raise Permanent(f"{self.who}: {self.path.name} has another entry {note.n} already")
        text = self._text()
        if state is not None and not text:
            text = _header(state)
        if html_comment(note) not in text:
            self._replace(f"{text.rstrip()}\n\n{_section(note)}" if text else _section(note))

    def set_header(self, state: TicketState) -> None:
        """Make title, labels and open or closed so; the sections stay as they are."""
        text = self._text()
        first = _SECTION.search(text)
        wanted = _header(state) + (f"\n{text[first.start() :]}" if first else "")
        if wanted != text:
            self._replace(wanted)

    def number_of(self, op: str) -> int | None:
        """The number of the entry that was written under this operation id."""
        return next((n for n, entry in self._entries().items() if entry.get("op") == op), None)

    def entries(self) -> list[dict[str, Any]]:
        """Every line as it was written, in the order of the file."""
        return list(self._entries().values())

    def header(self) -> tuple[str, bool]:
        """Title and whether it says Closed, as the Markdown has them now: people may have changed both."""
        lines = [line for line in self._text()[:2000].splitlines() if line.strip()][:2]
        title = lines[0].removeprefix("# ").strip() if lines else ""
        return title, len(lines) > 1 and lines[1].startswith("**Closed**")

    def _entries(self) -> dict[int, dict[str, Any]]:
        if not self.lines_path.exists():
            return {}
        whole = self.lines_path.read_bytes().split(b"\n")[:-1]  # what has no line feed was cut by a crash
        try:
            return {int(entry["seq"]): entry for entry in map(json.loads, whole)}
        except (ValueError, KeyError, TypeError) as err:
            raise Permanent(f"{self.who}: {self.lines_path.name} was altered and cannot be read") from err

    def _text(self) -> str:
        # What a person saved in another encoding goes back as the same bytes.
        return self.path.read_text(encoding="utf-8", errors="surrogateescape") if self.path.exists() else ""

    def _add_line(self, note: Note) -> None:
        entry = {
            "seq": note.n,
            "op": note.op,
            "kind": note.kind,
            "at": note.at.astimezone(UTC).isoformat(),
            "hash": note.hash,
            "sig": note.sig,
            "published": note.published.decode("utf-8"),
            "text": note.text,
        }
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        new = not self.lines_path.exists()
        with self.lines_path.open("ab", buffering=0) as lines:
            whole = self.lines_path.read_bytes().rfind(b"\n") + 1
            os.ftruncate(lines.fileno(), whole)
            try:
                _write_whole(lines.fileno(), line)
                os.fsync(lines.fileno())
            except OSError:
                # After a failed fsync the kernel forgets what it could not write, and a repeat would find the line in
                # its cache and believe it: take it out again.
                os.ftruncate(lines.fileno(), whole)
                raise
        if new:
            _sync_folder(self.folder)

    def _replace(self, text: str) -> None:
        scratch = self.path.with_name(f".{self.path.name}.new")
        with scratch.open("w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self.path)
        _sync_folder(self.folder)


def _header(state: TicketState) -> str:
    labels = " · ".join(f"`{one_line(label)}`" for label in state.labels)
    status = "Closed" if state.closed else "Open"
    return f"# {defuse(one_line(state.title))}\n\n**{status}**{f' · {defuse(labels)}' if labels else ''}\n"


def _section(note: Note) -> str:
    """The entry as people read it; the note's first line becomes the section's heading."""
    text = defuse(note.text).strip()
    headline = _HEADLINE.match(text)
    what = headline["what"] if headline else note.kind.replace("_", " ").capitalize()
    body = text[headline.end() :].strip() if headline else text
    # A line that reads as a heading would look like an entry of its own.
    body = re.sub(r"^(?=#)", r"\\", body, flags=re.MULTILINE)
    heading = f"## {note.n} · {what} · {note.at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"
    return f"{heading}\n{body}\n{html_comment(note)}\n" if body else f"{heading}\n{html_comment(note)}\n"


def _write_whole(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
