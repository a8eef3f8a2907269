"""The nouns of an incident, frozen: what arrives, what is found, what is decided.

Nothing here does anything. Every noun that becomes part of an entry is a pydantic model, so that what is read back from
the ledger has the shape it was written with; unknown fields are refused where we write and ignored where we read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Scalar = str | int | float | bool | None


class Noun(BaseModel):
    """A frozen value that is stored as JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_json(self) -> dict[str, Any]:
        """The value as plain JSON types; times as ISO 8601 with zone, null for what is no finite number."""
        return {name: _finite(value) for name, value in self.model_dump(mode="json").items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


class Severity(StrEnum):
    """How bad it is, worst first."""

    SEV1 = "SEV1"
    SEV2 = "SEV2"
    SEV3 = "SEV3"
    SEV4 = "SEV4"

    @property
    def words(self) -> str:
        """The number and the word, as people read it: `SEV2 major`."""
        return f"{self.value} { {'SEV1': 'critical', 'SEV2': 'major', 'SEV3': 'minor', 'SEV4': 'notice'}[self.value] }"


class Kind(StrEnum):
    """The kinds of entries. A reader that does not know a kind ignores it, unless the entry says `critical`."""

    ALERT = "alert"
    RECURRED = "recurred"
    ALERT_RESOLVED = "alert_resolved"
    REOPENED = "reopened"
    TRIAGE = "triage"
    PLAN = "plan"
    HELD = "held"
    ASKED = "asked"
    FINDING = "finding"
    SILENT = "silent"
    STOPPED = "stopped"
    RERUN = "rerun"
    FOCUS = "focus"
    CORRECTION = "correction"
    CONCLUSION = "conclusion"
    PROPOSED = "proposed"
    NOT_PROPOSED = "not_proposed"
    SHOWN = "shown"
    APPROVAL = "approval"
    VETO = "veto"
    WITHDRAWAL = "withdrawal"
    WITHDRAWN = "withdrawn"
    DENIED = "denied"
    EXPIRED = "expired"
    STARTED = "started"
    ABORTED = "aborted"
    RESULT = "result"
    UNKNOWN = "unknown"
    SETTLING = "settling"
    VERIFIED = "verified"
    NOTE = "note"
    RECORD_REFUSED = "record_refused"
    CLOSED = "closed"
    HALTED = "halted"
    RESUMED = "resumed"


# An entry of one of these kinds forbids something: code that does not know it must not start anything.
CRITICAL = frozenset(
    {Kind.HELD, Kind.STOPPED}
    | {Kind.VETO, Kind.WITHDRAWAL, Kind.WITHDRAWN, Kind.DENIED, Kind.EXPIRED}
    | {Kind.STARTED, Kind.ABORTED, Kind.UNKNOWN, Kind.HALTED}
)
DECISIONS = frozenset({Kind.APPROVAL, Kind.VETO, Kind.WITHDRAWAL, Kind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger, as published.

    `published` is the redacted canonical JSON that the chain hashes; `payload` is what it says. `actor` is a pseudonym
    (`person:…`) or the name of a part (`responder`, `alertmanager`, `partner:logs`). `at` is the database's clock, UTC.
    """

    incident: int
    n: int
    key: str
    kind: str
    at: datetime
    actor: str
    cause: int | None
    payload: Mapping[str, Any]
    nonce: str
    published: bytes = field(repr=False)
    hash: str
    prev: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may append as the owner of an incident: one start of one process, at one adoption."""

    process: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the chat, as the chat knows them at this moment."""

    ref: str  # "slack:U07PRIYA0R1"
    name: str
    is_bot: bool = False
    is_guest: bool = False
    is_outside: bool = False
    is_deactivated: bool = False
    in_channel: bool = True

    @property
    def may_speak(self) -> bool:
        """A full member: no bot, no guest, nobody from outside, not deactivated."""
        return not (self.is_bot or self.is_guest or self.is_outside or self.is_deactivated)

    @property
    def user_id(self) -> str:
        """The chat's own id, for a mention."""
        return self.ref.partition(":")[2]


class Window(Noun):
    """A stretch of time that evidence speaks of, UTC."""

    since: datetime
    until: datetime


class Link(Noun):
    """A place outside where a person can look."""

    text: str
    url: str


class Alert(Noun):
    """One alert, in our words."""

    source: str
    name: str
    status: Literal["firing", "resolved"]
    fingerprint: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service: str = ""
    environment: str = ""
    severity: str = ""
    summary: str = ""
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)
    link: str = ""


class Triage(Noun):
    """The first judgement: how bad, which service, one line that stays the title."""

    severity: Severity
    service: str
    environment: str = ""
    title: str  # "7.3 % of requests fail"
    summary: str  # one or two sentences with the number and the threshold


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


class Silence(Noun):
    """A source that did not answer, and why: an entry, not a hole."""

    source: str
    question: str = ""
    reason: Literal["timeout", "failed", "unreadable", "unreachable", "stopped", "expired"]
    says: str
    asked_at: datetime | None = None
    seconds: float = 0.0


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


class Risk(StrEnum):
    """What is at stake when an action goes wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Measure(Noun):
    """How to tell whether the symptom is gone: one reading of one tool against a threshold."""

    name: str  # "error rate"
    tool: str
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    threshold: float | None = None
    unit: str = ""  # "%" multiplies a share by 100 when shown
    below: bool = True
    settle_seconds: float = 180.0
    before: float | None = None


class ProposalDraft(Noun):
    """What a reasoner or a person wants to be done; the catalogue and the policy make a proposal of it."""

    action: str
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    why: str = ""
    proposed_by: str = ""
    requester: str | None = None  # a person's pseudonym
    measure: Measure | None = None


class Proposal(Noun):
    """One action with exactly these arguments, waiting for people; who they are, the catalogue says at the time.

    `digest` binds action, arguments, target and state; `op` is the operation id that the target sees. `state` is what
    the target said when it was proposed; a start needs the same.
    """

    action: str
    arguments: Mapping[str, Any]
    title: str  # "roll back checkout to 2026.11.24-2"
    what: str
    where: str
    blast_radius: str = ""
    undo: str = ""
    risk: Risk = Risk.MEDIUM
    why: str = ""
    dry_run: str = ""
    dry_run_passed: bool | None = None
    state: Mapping[str, Scalar] = Field(default_factory=dict)
    digest: str
    op: str
    policy_digest: str = ""
    quorum: int = 1
    approvers_name: str = ""  # "@checkout-approvers"
    approvers_mention: str = ""  # a user group's id, where there is one
    expires_at: datetime
    proposed_by: str = ""
    requester: str | None = None
    idempotency: Literal["key", "lookup", "none"] = "none"
    measure: Measure | None = None


class Verdict(StrEnum):
    """What became of a click, a reaction or a word: counted, or the reason why not."""

    COUNTED = "counted"
    NO_RIGHT = "no_right"
    REQUESTER = "requester"
    HIGH_RISK = "high_risk"
    NOT_A_PERSON = "not_a_person"
    OUTSIDER = "outsider"
    DECIDED = "decided"
    EXPIRED = "expired"
    STALE = "stale"
    HALTED = "halted"


class Vote(Noun):
    """One person's word on one proposal or held question, by one surface, with the verdict at that moment.

    `proposal` is the entry that it speaks of: a proposal's, or that of a question that is held.
    """

    proposal: int
    surface: Literal["reaction", "button", "command"]
    place: str  # the emoji and message, the card's buttons, or "commands": what a later word by the same way replaces
    event_at: datetime
    verdict: Verdict
    reason: str = ""  # a person's own words, with a veto; or why the gate takes an approval back


class Focus(Noun):
    """How a person steers the correlation: a remark, a hypothesis to add, or one to rule out, with their words."""

    how: Literal["note", "add", "rule_out"]
    hypothesis: str = ""
    says: str = ""


class Reason(StrEnum):
    """Why an alert did not become an incident of its own."""

    MERGED = "merged"
    REPEATED = "repeated"
    RESOLVED_UNKNOWN = "resolved_unknown"
    UNREADABLE = "unreadable"
    EMPTY = "empty"

    @property
    def words(self) -> str:
        """The reason as a sentence."""
        return {
            "merged": "It joined the open incident of the same alert.",
            "repeated": "It is a repeat of an alert that is being handled.",
            "resolved_unknown": "It reports the end of an alert that is not known here.",
            "unreadable": "Its body could not be read; it is kept as it came.",
            "empty": "It carried no alert.",
        }[self.value]


class Outcome(Noun):
    """What an action's target said."""

    status: Literal["running", "succeeded", "failed"]
    says: str
    run: str = ""
    link: str = ""
    facts: Mapping[str, Scalar] = Field(default_factory=dict)
    seconds: float = 0.0


class Preview(Noun):
    """A dry run: exactly what would change, and whether the target would take it."""

    says: str
    passed: bool
