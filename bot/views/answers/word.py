"""One word of one person on one proposal, and how one speaks of it."""

from dataclasses import dataclass
from datetime import datetime

from engine.model import Kind
from engine.words import listed


@dataclass(frozen=True, slots=True)
class Said:
    """`surface` is reaction, button or command; `at` is the chat's own time of it; `actor` a pseudonym."""

    kind: Kind
    surface: str
    at: datetime
    actor: str
    reason: str = ""
    n: int = 0  # its entry
    twins: tuple[str, ...] = ()  # what proposes the same and still waits: "2041/33"

    @property
    def words(self) -> str:
        """`Your ✅ on`, `Your approval of`, `Your veto of`, `Your withdrawal of`."""
        if self.surface == "reaction":
            return f"Your {'⛔' if self.kind == Kind.VETO else '✅'} on"
        return {Kind.VETO: "Your veto of", Kind.WITHDRAWN: "Your withdrawal of"}.get(self.kind, "Your approval of")

    @property
    def others(self) -> str:
        """` 2041/33 proposes the same and still waits.`, behind a sentence; a stop of one stops no other."""
        verbs = "proposes the same and still waits" if len(self.twins) == 1 else "propose the same and still wait"
        return f" {listed(self.twins)} {verbs}." if self.twins else ""

    @property
    def way(self) -> str:
        """`click`, `✅`, `command`: what it changed nothing by."""
        emoji = "⛔" if self.kind == Kind.VETO else "✅"
        return {"reaction": emoji, "button": "click"}.get(self.surface, "command")
