"""What Jira keeps: accounts with their rights, statuses, transitions, issues, comments; nothing acts here."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
READER = frozenset({"BROWSE_PROJECTS"})
MAKER = READER | {
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ADD_COMMENTS",
    "TRANSITION_ISSUES",
    "EDIT_OWN_COMMENTS",
    "DELETE_OWN_COMMENTS",
}
RIGHTS = MAKER | {"EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_ISSUES"}


@dataclass(frozen=True)
class Account:
    """A person or an app; `rights` are those in the project."""

    id: str
    name: str
    email: str
    token: str
    rights: frozenset[str]
    app: bool = False


@dataclass(frozen=True)
class Status:
    """A status; `category` is the only thing about it that means the same everywhere."""

    id: str
    name: str
    category: Literal["new", "indeterminate", "done"]


@dataclass(frozen=True)
class Transition:
    """A way to a status, from those named in `since`, or from all where that is empty."""

    id: str
    name: str
    to: Status
    since: frozenset[str] = frozenset()


TO_DO = Status("10000", "To Do", "new")
IN_PROGRESS = Status("10001", "In Progress", "indeterminate")
DONE = Status("10002", "Done", "done")
# What a new project of Jira's begins with: from everywhere to everywhere.
WORKFLOW = (
    Transition("11", "To Do", TO_DO),
    Transition("21", "In Progress", IN_PROGRESS),
    Transition("31", "Done", DONE),
)


@dataclass
class Change:
    """One line of an issue's history."""

    id: str
    author: Account
    at: datetime
    field: str
    before: str
    after: str


@dataclass
class Comment:
    """A comment; `body` is a document in Jira's format."""

    id: str
    author: Account
    body: Json
    created: datetime
    updated: datetime
    editor: Account
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass
class Issue:
    """An issue and everything in it."""

    id: str
    number: int
    key: str
    creator: Account
    type: str
    summary: str
    description: Json | None
    created: datetime
    updated: datetime
    status: Status
    labels: list[str] = field(default_factory=list)
    priority: str = "Medium"
    parent: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)
