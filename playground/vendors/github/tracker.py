"""Issues, comments, labels and who may touch them, as GitHub keeps them; it knows neither HTTP nor JSON.

Rules from https://docs.github.com/en/rest/issues: whoever reads a public repository may open issues and comment; only
write access changes what others wrote; labels from those without it are dropped in silence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from playground.vendors.github.errors import deleted, forbidden, not_found, validation_failed

LONGEST_BODY = 65_536
LONGEST_TITLE = 256

Access = Literal["admin", "write", "read", "none"]
StateReason = Literal["completed", "not_planned", "duplicate", "reopened"]


@dataclass(frozen=True)
class Account:
    """A person or a bot; `may_write_issues` is what the token allows, `access` what the repository grants."""

    id: int
    login: str
    name: str
    token: str
    access: Access = "write"
    bot: bool = False
    may_write_issues: bool = True

    @property
    def writes(self) -> bool:
        """Whether the repository grants write access."""
        return self.access in ("admin", "write")


@dataclass
class Label:
    """A label of the repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True)
class Reaction:
    """One person's emoji under a comment."""

    id: int
    author: Account
    content: str
    created: datetime


@dataclass
class Comment:
    """A comment; its number of changes is not shown by GitHub, only `updated`."""

    id: int
    issue: "Issue"
    author: Account
    body: str
    created: datetime
    updated: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass
class Issue:
    """An issue and everything said in it."""

    id: int
    number: int
    author: Account
    title: str
    body: str | None
    created: datetime
    updated: datetime
    labels: list[Label] = field(default_factory=list)
    state: Literal["open", "closed"] = "open"
    state_reason: StateReason | None = None
    closed: datetime | None = None
    closed_by: Account | None = None
    comments: list[Comment] = field(default_factory=list)
    deleted: bool = False


class Tracker:
    """The issues of one repository. `version` grows with every change."""

    def __init__(self, owner: str, name: str, *, first_issue: int, now: Callable[[], datetime] | None = None) -> None:
        self.owner, self.name = owner, name
        self.version = 0
        self.labels: dict[str, Label] = {}
        self.issues: dict[int, Issue] = {}
        self.now = now or (lambda: datetime.now(UTC))
        self.happened: Callable[..., None] = lambda *_: None  # event, action, who, issue, comment
        self.created = self.now()
        self._next_issue = first_issue
        # GitHub's ids are near 3,000,000,000 by now: past what 32 bits hold.
        self._next_id = 3_100_000_000

    def issue(self, number: int) -> Issue:
        """Find an issue; Refusal 404 for one that never was, 410 for one that was deleted."""
        found = self.issues.get(number)
        if found is None:
            raise not_found()
        if found.deleted:
            raise deleted()
        return found

    def comment(self, number: int) -> Comment:
        """Find a comment by its id; Refusal 404, also when its issue was deleted."""
        for issue in self.issues.values():
            for comment in issue.comments:
                if comment.id == number and not issue.deleted:
                    return comment
        raise not_found()

    def open_issue(self, author: Account, title: str, body: str | None, labels: Iterable[str]) -> Issue:
        """Open an issue; Refusal 403, 422."""
        self._insist_on_token(author)
        self._check_text("Issue", title, body)
        at = self.now()
        issue = Issue(self._new_id(), self._next_issue, author, title, body, at, at)
        if author.writes:
            issue.labels = self._labelled(labels)
        self.issues[issue.number] = issue
        self._next_issue += 1
        self.happened("issues", "opened", author, issue)
        return issue

    def edit_issue(
        self,
        author: Account,
        number: int,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: Iterable[str] | None = None,
    ) -> Issue:
        """Change what is given; Refusal 403 for someone else's issue without write access, 404, 410, 422."""
        issue = self.issue(number)
        self._insist_on_rights(author, issue.author)
        self._check_text("Issue", title, body)
        issue.title = issue.title if title is None else title
        issue.body = issue.body if body is None else body
        if labels is not None and author.writes:
            issue.labels = self._labelled(labels)
        self._touch(issue)
        return issue

    def set_state(
        self, author: Account, number: int, state: Literal["open", "closed"], reason: StateReason | None
    ) -> Issue:
        """Close or reopen; nothing but the time of the last change moves when it is so already."""
        issue = self.issue(number)
        self._insist_on_rights(author, issue.author)
        self._touch(issue)
        if state != issue.state:
            issue.state = state
            issue.state_reason = (reason or "completed") if state == "closed" else "reopened"
            issue.closed = issue.updated if state == "closed" else None
            issue.closed_by = author if state == "closed" else None
            self.happened("issues", "closed" if state == "closed" else "reopened", author, issue)
        return issue

    def delete_issue(self, number: int) -> None:
        """Delete an issue, as an admin does on the site; the API answers 410 from then on."""
        self.issue(number).deleted = True
        self.version += 1

    def add_comment(self, author: Account, number: int, body: str) -> Comment:
        """Comment; Refusal 403, 404, 410, 422."""
        issue = self.issue(number)
        self._insist_on_token(author)
        self._check_text("IssueComment", None, body)
        self._touch(issue)
        comment = Comment(self._new_id(), issue, author, body, issue.updated, issue.updated)
        issue.comments.append(comment)
        self.happened("issue_comment", "created", author, issue, comment)
        return comment

    def edit_comment(self, author: Account, number: int, body: str) -> Comment:
        """Change a comment's text; Refusal 403, 404, 422."""
        comment = self.comment(number)
        self._insist_on_rights(author, comment.author)
        self._check_text("IssueComment", None, body)
        self._touch(comment.issue)
        comment.body, comment.updated = body, comment.issue.updated
        self.happened("issue_comment", "edited", author, comment.issue, comment)
        return comment

    def delete_comment(self, author: Account, number: int) -> None:
        """Take a comment away; Refusal 403, 404."""
        comment = self.comment(number)
        self._insist_on_rights(author, comment.author)
        comment.issue.comments.remove(comment)
        self._touch(comment.issue)
        self.happened("issue_comment", "deleted", author, comment.issue, comment)

    def add_labels(self, author: Account, number: int, names: Iterable[str]) -> Issue:
        """Put further labels on an issue; Refusal 403, 404, 410."""
        issue = self.issue(number)
        self._insist_on_write(author)
        issue.labels += [label for label in self._labelled(names) if label not in issue.labels]
        self._touch(issue)
        return issue

    def remove_label(self, author: Account, number: int, name: str) -> Issue:
        """Take a label off an issue; Refusal 403, 404 when the issue does not have it, 410."""
        issue = self.issue(number)
        self._insist_on_write(author)
        kept = [label for label in issue.labels if label.name.lower() != name.lower()]
        if len(kept) == len(issue.labels):
            raise not_found("Label does not exist")
        issue.labels = kept
        self._touch(issue)
        return issue

    def create_label(self, author: Account, name: str, color: str, description: str | None) -> Label:
        """Make a label for the repository; Refusal 403, 422 for a name that is taken."""
        self._insist_on_write(author)
        if name.lower() in self.labels:
            raise validation_failed({"resource": "Label", "code": "already_exists", "field": "name"})
        (label,) = self._labelled([name])
        label.color, label.description = color, description
        return label

    def react(self, author: Account, number: int, content: str) -> tuple[Reaction, bool]:
        """React to a comment; returns the reaction and whether it is new, as a second one alike changes nothing."""
        comment = self.comment(number)
        self._insist_on_token(author)
        for reaction in comment.reactions:
            if (reaction.author, reaction.content) == (author, content):
                return reaction, False
        reaction = Reaction(self._new_id(), author, content, self.now())
        comment.reactions.append(reaction)
        return reaction, True

    def unreact(self, author: Account, number: int, reaction: int) -> None:
        """Take one's reaction back; Refusal 404."""
        comment = self.comment(number)
        mine = [found for found in comment.reactions if found.id == reaction and found.author == author]
        if not mine:
            raise not_found()
        comment.reactions.remove(mine[0])
        self.version += 1

    def _labelled(self, names: Iterable[str]) -> list[Label]:
        labels = []
        for name in dict.fromkeys(names):
            if name.lower() not in self.labels:
                self.labels[name.lower()] = Label(self._new_id(), name)
            labels.append(self.labels[name.lower()])
        return labels

    def _check_text(self, resource: Literal["Issue", "IssueComment"], title: str | None, body: str | None) -> None:
        if title is not None and not title.strip():
            raise validation_failed({"resource": resource, "code": "missing_field", "field": "title"})
        if title is not None and len(title) > LONGEST_TITLE:
            words = f"title is too long (maximum is {LONGEST_TITLE} characters)"
            raise validation_failed({"resource": resource, "code": "custom", "field": "title", "message": words})
        if body is not None and len(body) > LONGEST_BODY:
            # The two resources word the same refusal differently.
            words = f"is too long (maximum is {LONGEST_BODY} characters)"
            issue = {"resource": resource, "code": "custom", "field": "body", "message": f"body {words}"}
            comment = {"resource": resource, "code": "unprocessable", "field": "data", "message": f"Body {words}"}
            raise validation_failed(issue if resource == "Issue" else comment)
        if resource == "IssueComment" and body is not None and not body.strip():
            words = "Body cannot be blank"
            error = {"resource": resource, "code": "unprocessable", "field": "data", "message": words}
            raise validation_failed(error)

    def _insist_on_token(self, author: Account) -> None:
        if not author.may_write_issues:
            raise forbidden("Resource not accessible by personal access token")

    def _insist_on_rights(self, author: Account, owner: Account) -> None:
        if author != owner:
            self._insist_on_write(author)
        self._insist_on_token(author)

    def _insist_on_write(self, author: Account) -> None:
        self._insist_on_token(author)
        if not author.writes:
            raise forbidden("Must have admin rights to Repository.")

    def _touch(self, issue: Issue) -> None:
        issue.updated = self.now()
        self.version += 1

    def _new_id(self) -> int:
        self.version += 1
        self._next_id += 137
        return self._next_id
