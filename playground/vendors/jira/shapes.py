"""Jira's JSON for what the tracker holds; times in milliseconds with their zone, as Jira gives them."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from playground.vendors.jira.model import Account, Comment, Issue, Json, Status, Transition

CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}


def stamp(time: datetime) -> str:
    """Write a time as `2026-11-24T02:07:04.120+0000`."""
    utc = time.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


class Shapes:
    """JSON with links to where the stand-in answers, which it learns by `answer_at`."""

    def __init__(self, project: str) -> None:
        self._project = project
        self.answer_at("")

    def answer_at(self, url: str) -> None:
        """Make links below `url` from now on."""
        self._url = url

    def user(self, account: Account) -> Json:
        """A `User`."""
        return {
            "self": f"{self._url}/rest/api/3/user?accountId={account.id}",
            "accountId": account.id,
            "avatarUrls": {"48x48": f"{self._url}/avatars/{account.id}"},
            "displayName": account.name,
            "active": True,
            "timeZone": "Etc/UTC",
            "accountType": "app" if account.app else "atlassian",
        }

    def created(self, issue: Issue) -> Json:
        """A `CreatedIssue`."""
        return {"id": issue.id, "key": issue.key, "self": self._issue_url(issue)}

    def issue(
        self,
        issue: Issue,
        fields: Collection[str],
        properties: Collection[str] = (),
        *,
        changelog: bool = False,
    ) -> Json:
        """An `IssueBean` with the fields and properties that were asked for; `*all` are all."""
        every = self._fields(issue)
        chosen = every if "*all" in fields else {name: every[name] for name in fields if name in every}
        shape: Json = {"id": issue.id, "key": issue.key, "self": self._issue_url(issue), "fields": chosen}
        if properties:
            everything = "*all" in properties
            held = {key: value for key, value in issue.properties.items() if everything or key in properties}
            shape["properties"] = held
        if changelog:
            shape["changelog"] = self._changelog(issue)
        return shape

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> Json:
        """A `Comment`; its properties are there only where they are expanded."""
        shape: Json = {
            "self": f"{self._issue_url(issue)}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "body": comment.body,
            "updateAuthor": self.user(comment.editor),
            "created": stamp(comment.created),
            "updated": stamp(comment.updated),
            "jsdPublic": True,
        }
        if properties:
            shape["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shape

    def status(self, status: Status) -> Json:
        """A `StatusDetails`."""
        number, name, colour = CATEGORIES[status.category]
        return {
            "self": f"{self._url}/rest/api/3/status/{status.id}",
            "description": "",
            "iconUrl": f"{self._url}/",
            "name": status.name,
            "id": status.id,
            "statusCategory": {
                "self": f"{self._url}/rest/api/3/statuscategory/{number}",
                "id": number,
                "key": status.category,
                "colorName": colour,
                "name": name,
            },
        }

    def transition(self, transition: Transition) -> Json:
        """An `IssueTransition`."""
        return {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(transition.to),
            "hasScreen": False,
            "isGlobal": not transition.since,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }

    def page_url(self, issue: Issue) -> str:
        """Where a person reads the issue."""
        return f"{self._url}/browse/{issue.key}"

    def snapshot(self, issue: Issue) -> Json:
        """An issue for the page and for tests, with exact times."""
        return {
            "id": issue.id,
            "key": issue.key,
            "url": self.page_url(issue),
            "summary": issue.summary,
            "status": issue.status.name,
            "labels": list(issue.labels),
            "priority": issue.priority,
            "parent": issue.parent,
            "author": issue.creator.name,
            "bot": issue.creator.app,
            "description": issue.description,
            "properties": dict(issue.properties),
            "at": issue.created.isoformat(),
            "updated": issue.updated.isoformat(),
            "comments": [
                {
                    "id": one.id,
                    "author": one.author.name,
                    "bot": one.author.app,
                    "body": one.body,
                    "properties": dict(one.properties),
                    "at": one.created.isoformat(),
                    "updated": one.updated.isoformat(),
                }
                for one in issue.comments
            ],
        }

    def _fields(self, issue: Issue) -> Json:
        parent = {"key": issue.parent} if issue.parent else None
        return {
            "summary": issue.summary,
            "description": issue.description,
            "labels": list(issue.labels),
            "status": self.status(issue.status),
            "priority": {"name": issue.priority, "id": str(1 + len(issue.priority))},
            "issuetype": {"name": issue.type, "subtask": False},
            "project": {"key": self._project, "id": "10001", "name": self._project},
            "creator": self.user(issue.creator),
            "reporter": self.user(issue.creator),
            "created": stamp(issue.created),
            "updated": stamp(issue.updated),
            **({"parent": parent} if parent else {}),
        }

    def _changelog(self, issue: Issue) -> Json:
        histories: list[dict[str, Any]] = [
            {
                "id": one.id,
                "author": self.user(one.author),
                "created": stamp(one.at),
                "items": [
                    {
                        "field": one.field,
                        "fieldtype": "jira",
                        "fieldId": one.field,
                        "fromString": one.before,
                        "toString": one.after,
                    }
                ],
            }
            for one in reversed(issue.history)
        ]
        return {"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}

    def _issue_url(self, issue: Issue) -> str:
        return f"{self._url}/rest/api/3/issue/{issue.id}"
