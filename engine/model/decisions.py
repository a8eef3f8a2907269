"""What is proposed, what people say to it, and what came of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from engine.model.base import Noun, Scalar


class Risk(StrEnum):
    """What is at stake when an action goes wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Mode(StrEnum):
    """How far a proposal may go: only be shown, wait for people, or start by itself when nobody stops it in time."""

    OBSERVE = "observe"
    REVIEW = "review"
    AUTO = "auto"


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
    again: int | None = None  # the expired proposal that the requester proposes anew
    measure: Measure | None = None
    mode: Mode | None = None  # the playbook's own; the lower one holds


class Proposal(Noun):
    """One action with exactly these arguments, waiting for people; who they are, the catalogue says at the time.

    `digest` binds action, arguments, target and state; `op` is the operation id that the target sees. `state` is what
    the target said when it was proposed; a start needs the same. `policy_digest` binds the terms: who approves, how
    many, who may veto, the mode. `service`, `severity` and `environment` are what they were chosen by.
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
    on_call: str = ""  # the schedule whose person may approve too
    veto: Literal["everyone", "approvers", "named"] = "everyone"
    veto_name: str = ""  # with `named`: as for the approvers
    veto_mention: str = ""
    veto_on_call: str = ""
    mode: Mode = Mode.REVIEW
    auto_seconds: float = 0.0  # with `auto`: from the moment it is shown until it starts by itself
    rule: str = ""  # "watchkeeper.yaml line 41, for severity SEV1"
    service: str = ""
    severity: str = ""
    environment: str = ""
    expires_at: datetime
    proposed_by: str = ""
    requester: str | None = None
    again: int | None = None  # the expired one that it repeats; `why` then holds no words of the requester
    idempotency: Literal["key", "lookup", "none"] = "none"
    measure: Measure | None = None


# `ticket` is a comment in a ticket, `ticket_reaction` an emoji on the proposal's note there.
Surface = Literal["reaction", "button", "command", "ticket", "ticket_reaction"]


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
    FROZEN = "frozen"


class Vote(Noun):
    """One person's word on one proposal or held question, by one surface, with the verdict at that moment.

    `proposal` is the entry that it speaks of: a proposal's, or that of a question that is held.
    """

    proposal: int
    surface: Surface
    place: str  # the emoji and message, the card's buttons, "commands", or the ticket: what a later word there replaces
    event_at: datetime
    verdict: Verdict
    reason: str = ""  # a person's own words, with a veto; or why the gate takes an approval back


class Category(StrEnum):
    """What kind of reason a veto has, in the words that follow `kind of reason:`."""

    WRONG_CAUSE = "wrong_cause"
    TOO_BROAD = "too_broad"
    BAD_MOMENT = "bad_moment"
    BETTER_WAY = "better_way"
    OTHER = "other"

    @property
    def words(self) -> str:
        """`wrong cause`, as a card and a ticket say it."""
        return "a better way exists" if self is Category.BETTER_WAY else self.value.replace("_", " ")


class VetoReason(Noun):
    """Why somebody vetoed, said after the veto: its entry, their words, the kind, and whether it could be a lesson."""

    of: int
    proposal: int
    says: str
    category: Category
    lesson: bool = False


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
