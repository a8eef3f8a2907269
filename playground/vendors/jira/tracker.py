"""The issues of one project and who may touch them, as Jira keeps them; it knows neither HTTP nor the shape of JSON.

Rules from https://developer.atlassian.com/cloud/jira/platform/rest/v3: numbers are given in order and are used up by a
creation that fails, too; whoever may not browse sees nothing; a comment is its author's or an administrator's.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from playground.vendors.jira import documents
from playground.vendors.jira.errors import (
    field_error,
    forbidden,
    invalid,
    no_comment,
    no_issue,
    no_property,
    too_many_comments,
)
from playground.vendors.jira.index import Index
from playground.vendors.jira.model import TO_DO, WORKFLOW, Account, Change, Comment, Issue, Json, Transition

LONGEST_SUMMARY = LONGEST_LABEL = 255
LARGEST_PROPERTY = 32_768
MOST_COMMENTS = 5_000
TYPES = ("Epic", "Task", "Bug", "Story")
SCREEN = ("summary", "issuetype", "project", "description", "labels", "priority", "parent")
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")


class Tracker:
    """One project. `version` grows with every change; every change reaches the search by `index`."""

    def __init__(
        self,
        project: str,
        *,
        first_issue: int,
        now: Callable[[], datetime],
        index: Index,
        workflow: Sequence[Transition] = WORKFLOW,
        screen: Sequence[str] = SCREEN,
    ) -> None:
        self.project = project
        self.screen = screen
        self.now = now
        self.workflow = workflow
        self.version = 0
        self.issues: dict[str, Issue] = {}
        self._index = index
        self._next_issue = first_issue
        self._next_id = 10_500

    def issue(self, viewer: Account, name: str) -> Issue:
        """Find an issue by its id or key; Refusal 404."""
        if "BROWSE_PROJECTS" in viewer.rights:
            for issue in self.issues.values():
                if name == issue.id or name.upper() == issue.key:
                    return issue
        raise no_issue()

    def comment(self, viewer: Account, name: str, number: str) -> Comment:
        """Find a comment of an issue; Refusal 404."""
        issue = self.issue(viewer, name)
        found = next((comment for comment in issue.comments if comment.id == number), None)
        if found is None:
            raise no_comment(number)
        return found

    def any_comment(self, viewer: Account, number: str) -> Comment:
        """Find a comment by its id alone; Refusal 404."""
        for issue in self.issues.values() if "BROWSE_PROJECTS" in viewer.rights else ():
            for comment in issue.comments:
                if comment.id == number:
                    return comment
        raise no_comment(number)

    def open_issue(self, author: Account, fields: Json, properties: dict[str, Any]) -> Issue:
        """Create an issue; Refusal 400, and its number is used up all the same."""
        if "CREATE_ISSUES" not in author.rights:
            raise field_error("project", "Anonymous users do not have permission to create issues in this project.")
        number, self._next_issue = self._next_issue, self._next_issue + 1
        self._check(fields, creating=True)
        self._check_properties(properties)
        at = self.now()
        issue = Issue(
            id=self._new_id(),
            number=number,
            key=f"{self.project}-{number}",
            creator=author,
            type=fields["issuetype"]["name"],
            summary=fields["summary"],
            description=fields.get("description"),
            created=at,
            updated=at,
            status=TO_DO,
            labels=sorted(set(fields.get("labels") or [])),
            priority=(fields.get("priority") or {}).get("name", "Medium"),
            parent=(fields.get("parent") or {}).get("key", ""),
            properties=dict(properties),
        )
        self.issues[issue.id] = issue
        self._changed(issue)
        return issue

    def skip(self, numbers: int) -> None:
        """Use up numbers, as creations do that fail."""
        self._next_issue += numbers

    def edit_issue(self, author: Account, name: str, fields: Json) -> Issue:
        """Change fields; Refusal 400, 403, 404."""
        issue = self.issue(author, name)
        if "EDIT_ISSUES" not in author.rights:
            raise forbidden("You do not have permission to edit issues in this project.")
        self._check(fields, creating=False)
        for field in ("summary", "description"):
            if field in fields:
                self._note(issue, author, field, str(getattr(issue, field)), str(fields[field]))
                setattr(issue, field, fields[field])
        if "labels" in fields:
            self._note(issue, author, "labels", " ".join(issue.labels), " ".join(fields["labels"]))
            issue.labels = sorted(set(fields["labels"]))
        if "priority" in fields:
            self._note(issue, author, "priority", issue.priority, fields["priority"]["name"])
            issue.priority = fields["priority"]["name"]
        self._changed(issue)
        return issue

    def offered(self, viewer: Account, name: str) -> list[Transition]:
        """The transitions that an account may do now."""
        issue = self.issue(viewer, name)
        if "TRANSITION_ISSUES" not in viewer.rights:
            return []
        return [one for one in self.workflow if not one.since or issue.status.name in one.since]

    def transition(self, author: Account, name: str, number: str) -> Issue:
        """Do a transition; Refusal 400 for one that is not offered."""
        issue = self.issue(author, name)
        found = next((one for one in self.offered(author, name) if one.id == number), None)
        if found is None:
            raise invalid(
                "It seems that you have tried to perform a workflow operation that is not valid for the current state"
                " of this issue."
            )
        if found.to != issue.status:
            self._note(issue, author, "status", issue.status.name, found.to.name)
            issue.status = found.to
        self._changed(issue)
        return issue

    def delete_issue(self, author: Account, name: str) -> None:
        """Delete an issue for good; its key is never given again."""
        issue = self.issue(author, name)
        if "DELETE_ISSUES" not in author.rights:
            raise forbidden("You do not have permission to delete issues in this project.")
        del self.issues[issue.id]
        self.version += 1

    def add_comment(self, author: Account, name: str, body: Any, properties: dict[str, Any]) -> Comment:
        """Comment; Refusal 400, 403, 404, 413."""
        issue = self.issue(author, name)
        if "ADD_COMMENTS" not in author.rights:
            raise forbidden(f"{author.name}, you do not have the permission to comment on this issue.")
        if len(issue.comments) >= MOST_COMMENTS:
            raise too_many_comments(MOST_COMMENTS)
        document = _said(body)
        self._check_properties(properties)
        at = self.now()
        comment = Comment(self._new_id(), author, document, at, at, author, dict(properties))
        issue.comments.append(comment)
        self._changed(issue)
        return comment

    def edit_comment(self, author: Account, name: str, number: str, body: Any) -> Comment:
        """Change a comment's text; Refusal 400, 404."""
        comment = self.comment(author, name, number)
        self._insist(author, comment, "EDIT")
        comment.body, comment.editor = _said(body), author
        # A stamp has milliseconds, and an edit is never of the same one as what it edits.
        comment.updated = max(self.now(), comment.updated + timedelta(milliseconds=1))
        self._changed(self.issue(author, name))
        return comment

    def delete_comment(self, author: Account, name: str, number: str) -> None:
        """Take a comment away; Refusal 400, 404."""
        comment = self.comment(author, name, number)
        self._insist(author, comment, "DELETE")
        issue = self.issue(author, name)
        issue.comments.remove(comment)
        self._changed(issue)

    def set_property(self, author: Account, held: Issue | Comment, key: str, value: Any) -> bool:
        """Set a property, the same one as often as wanted; whether it is new. Refusal 400, 403."""
        may = "EDIT_ISSUES" in author.rights if isinstance(held, Issue) else self._may(author, held, "EDIT")
        if not may:
            raise forbidden("You do not have permission to set this property.")
        self._check_properties({key: value})
        new = key not in held.properties
        held.properties[key] = value
        self.version += 1
        return new

    def property_of(self, held: Issue | Comment, key: str) -> Any:
        """Read a property; Refusal 404."""
        if key not in held.properties:
            raise no_property(key)
        return held.properties[key]

    def _check(self, fields: Json, *, creating: bool) -> None:
        for name in fields:
            if name not in self.screen:
                words = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
                raise field_error(name, words)
        if creating:
            self._check_place(fields)
        if creating or "summary" in fields:
            _check_summary(fields.get("summary"))
        for label in fields.get("labels") or []:
            _check_label(label)
        if "priority" in fields and (fields["priority"] or {}).get("name") not in PRIORITIES:
            raise field_error("priority", "Specify the Priority (name) in string format")
        if fields.get("description") is not None:
            documents.checked(fields["description"])

    def _check_place(self, fields: Json) -> None:
        if (fields.get("project") or {}).get("key") != self.project:
            raise field_error("project", "valid project is required")
        if (fields.get("issuetype") or {}).get("name") not in TYPES:
            raise field_error("issuetype", "Specify a valid issue type")
        parent = (fields.get("parent") or {}).get("key", "")
        if parent and parent not in {issue.key for issue in self.issues.values()}:
            raise field_error("parentId", "Given parent work item does not belong to appropriate hierarchy.")

    def _check_properties(self, properties: dict[str, Any]) -> None:
        for key, value in properties.items():
            size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
            if size > LARGEST_PROPERTY:
                raise invalid(f"The property '{key}' is too long: {size} bytes of at most {LARGEST_PROPERTY}.")

    def _insist(self, author: Account, comment: Comment, deed: str) -> None:
        if not self._may(author, comment, deed):
            raise invalid(f"You do not have the permission to {deed.lower()} the comment with the id: {comment.id}.")

    def _may(self, author: Account, comment: Comment, deed: str) -> bool:
        own = f"{deed}_OWN_COMMENTS" in author.rights and comment.author == author
        return own or f"{deed}_ALL_COMMENTS" in author.rights

    def _note(self, issue: Issue, author: Account, field: str, before: str, after: str) -> None:
        if before != after:
            issue.history.append(Change(self._new_id(), author, self.now(), field, before, after))

    def _changed(self, issue: Issue) -> None:
        issue.updated = max(self.now(), issue.updated)
        self.version += 1
        self._index.learn(issue)

    def _new_id(self) -> str:
        self._next_id += 7
        return str(self._next_id)


def _said(body: Any) -> Json:
    if not body:
        raise field_error("comment", "Comment body can not be empty!")
    document = documents.checked(body)
    if not documents.words(document).strip():
        raise field_error("comment", "Comment body can not be empty!")
    return document


def _check_summary(summary: Any) -> None:
    if not isinstance(summary, str) or not summary.strip():
        raise field_error("summary", "You must specify a summary of the issue.")
    if "\n" in summary or "\r" in summary:
        raise field_error("summary", "The summary is invalid because it contains newline characters.")
    if len(summary.encode("utf-16-le")) // 2 > LONGEST_SUMMARY:
        raise field_error("summary", f"Summary can't exceed {LONGEST_SUMMARY} characters.")


def _check_label(label: Any) -> None:
    if not isinstance(label, str) or any(character.isspace() for character in label):
        raise field_error("labels", f"The label '{label}' contains spaces which is invalid.")
    if len(label.encode("utf-16-le")) // 2 > LONGEST_LABEL:
        raise field_error("labels", f"The label '{label}' exceeds the maximum length of {LONGEST_LABEL} characters.")
