"""What is asked, what is found, and what it adds up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from engine.model.base import Noun, Scalar
from engine.model.series import Series


class Window(Noun):
    """A stretch of time that evidence speaks of, UTC."""

    since: datetime
    until: datetime


class Link(Noun):
    """A place outside where a person can look."""

    text: str
    url: str


class Question(Noun):
    """Something to look at (a tool) or somebody to ask (a partner).

    `key` names it in the incident (`errors`, `partner/logs`); `arguments` are the connector's own. `seconds` is the
    deadline of one answer.
    """

    key: str
    source: str
    by: Literal["tool", "partner"]
    question: str
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    seconds: float = 20.0


class Plan(Noun):
    """What an investigation will look at, and over which window."""

    round: int = 1
    playbook: str = ""
    window: Window
    questions: tuple[Question, ...] = ()


class Finding(Noun):
    """What a source said, tamed: text is data, facts are flat scalars that rules can compare.

    `confidence` is the source's own, 0 to 1, or None when it states none. `examples` are single lines of evidence.
    """

    source: str
    role: str = ""
    question: str = ""
    says: str
    short: str = ""
    facts: Mapping[str, Scalar] = Field(default_factory=dict)
    window: Window | None = None
    confidence: float | None = None
    links: tuple[Link, ...] = ()
    examples: tuple[str, ...] = ()
    seconds: float = 0.0
    evidence: str = ""  # digest of the whole answer, which is kept apart
    evidence_bytes: int = 0
    series: Series | None = None  # of a tool: the measure over the window


class Silence(Noun):
    """A source that did not answer, and why: an entry, not a hole.

    A partner's says how many silences in a row it makes, and after how many it is skipped for `skip_for` seconds; one
    that is skipped was not asked, `until` then.
    """

    source: str
    question: str = ""
    reason: Literal["timeout", "failed", "unreadable", "unreachable", "stopped", "expired", "skipped"]
    says: str
    asked_at: datetime | None = None
    seconds: float = 0.0
    in_a_row: int = 0
    skip_after: int = 0  # never
    skip_for: float = 0.0
    until: datetime | None = None


class Hold(Noun):
    """Why a question waits for people, and what they are told of it.

    `veto_window`: sent after `seconds` unless somebody stops it. `approval`: sent only when one of the approvers says
    so within `seconds`. `of` is the id of a plan's question; empty for a person's own.
    """

    of: str = ""
    policy: Literal["veto_window", "approval"]
    seconds: float
    approvers: tuple[str, ...] = ()  # refs of people
    approvers_name: str = ""
    approvers_mention: str = ""  # a user group's id, where there is one
    outside: bool = False
    carries: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One question of the plan with what came back, and the entry it stands in."""

    entry: int
    question: Question
    finding: Finding | None = None
    silence: Silence | None = None


class Evidence(Noun):
    """One row of the evidence table."""

    source: str
    says: str
    window: Window | None = None
    bears: str  # "agrees", "contradicts on health", "rules out another cause", "silent"
    entry: int


class Hypothesis(Noun):
    """A possible cause with its standing; the ruled-out ones are kept."""

    name: str
    says: str
    confidence: float | None  # None: not stated, as with what a person added
    entries: tuple[int, ...] = ()
    ruled_out: str = ""  # the reason, empty while it stands
    by: str = ""  # the pseudonym of whoever added it or ruled it out; empty where the evidence did


class Conclusion(Noun):
    """What the findings add up to."""

    round: int = 1
    likely: Hypothesis | None = None
    others: tuple[Hypothesis, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    contradictions: tuple[str, ...] = ()
    unexplained: str = ""
    silent: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()  # sources whose question people stopped, or did not approve

    @property
    def ruled_out(self) -> tuple[Hypothesis, ...]:
        """The hypotheses that the evidence excludes, with their reasons."""
        return tuple(h for h in self.others if h.ruled_out)


class Focus(Noun):
    """How a person steers the correlation: a remark, a hypothesis to add, or one to rule out, with their words."""

    how: Literal["note", "add", "rule_out"]
    hypothesis: str = ""
    says: str = ""
