"""One question of an incident: what was asked, whether it is held for people first, and what came back.

Frozen; `engine.fold` makes it from entries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine.ballot import Ballot, Cast
from engine.model import Entry, Finding, Heard, Hold, Question, Silence


@dataclass(frozen=True, slots=True)
class Held(Ballot):
    """A question that waits for people before it is sent. Its window begins when its message stands in the chat."""

    entry: Entry
    hold: Hold
    votes: tuple[Cast, ...] = ()
    shown: Entry | None = None

    @property
    def until(self) -> datetime | None:
        """When the window ends; None while nobody could see the question."""
        return self.shown.at + timedelta(seconds=self.hold.seconds) if self.shown else None


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what was asked, by whom, and what came back."""

    id: str  # "1/errors" of the plan, "ask/14" of a person
    question: Question
    round: int
    asked: Entry | None = None
    answer: Entry | None = None
    finding: Finding | None = None
    silence: Silence | None = None
    person: str = ""
    held: Held | None = None

    @property
    def heard(self) -> Heard | None:
        """The answer with its entry, once there is one."""
        if self.answer is None:
            return None
        return Heard(self.answer.n, self.question, self.finding, self.silence)

    @property
    def waits(self) -> Held | None:
        """The hold that is still undecided: neither sent, nor stopped, nor vetoed, nor expired."""
        undecided = self.held is not None and self.asked is None and self.answer is None and self.held.veto is None
        return self.held if undecided else None

    @property
    def status(self) -> Literal["open", "held", "asked", "answered", "silent", "stopped", "expired"]:
        """Where the question stands."""
        if self.silence is not None and self.silence.reason in ("stopped", "expired"):
            return "stopped" if self.silence.reason == "stopped" else "expired"
        if self.answer is not None:
            return "answered" if self.finding else "silent"
        if self.asked is not None:
            return "asked"
        if self.held is None:
            return "open"
        return "stopped" if self.held.veto else "held"
