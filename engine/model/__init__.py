"""The nouns of an incident, frozen: what arrives, what is found, what is decided.

Nothing here does anything. Every noun that becomes part of an entry is a pydantic model, so that what is read back from
the ledger has the shape it was written with; unknown fields are refused where we write and ignored where we read.
"""

from engine.model.alerts import PERSON, Alert, Declaration, Reason, Triage
from engine.model.base import Noun, Scalar
from engine.model.channels import OwnChannel
from engine.model.decisions import (
    Category,
    Measure,
    Mode,
    Outcome,
    Preview,
    Proposal,
    ProposalDraft,
    Risk,
    Surface,
    Verdict,
    VetoReason,
    Vote,
)
from engine.model.entries import CRITICAL, DECISIONS, Entry, Kind, Owner, Person, Severity
from engine.model.findings import (
    Conclusion,
    Evidence,
    Finding,
    Focus,
    Heard,
    Hold,
    Hypothesis,
    Link,
    Plan,
    Question,
    Silence,
    Window,
)
from engine.model.remarks import Read
from engine.model.series import Series

__all__ = [
    "CRITICAL",
    "DECISIONS",
    "PERSON",
    "Alert",
    "Category",
    "Conclusion",
    "Declaration",
    "Entry",
    "Evidence",
    "Finding",
    "Focus",
    "Heard",
    "Hold",
    "Hypothesis",
    "Kind",
    "Link",
    "Measure",
    "Mode",
    "Noun",
    "Outcome",
    "OwnChannel",
    "Owner",
    "Person",
    "Plan",
    "Preview",
    "Proposal",
    "ProposalDraft",
    "Question",
    "Read",
    "Reason",
    "Risk",
    "Scalar",
    "Series",
    "Severity",
    "Silence",
    "Surface",
    "Triage",
    "Verdict",
    "VetoReason",
    "Vote",
    "Window",
]
