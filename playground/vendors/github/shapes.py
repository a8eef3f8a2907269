"""GitHub's JSON for what the tracker holds; times with whole seconds, as GitHub gives them; it reads no request."""

import base64
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from playground.vendors.github.tracker import Account, Comment, Issue, Label, Reaction, Tracker

Json = dict[str, Any]
CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
USER_LINKS = (
    "followers", "following{/other_user}", "gists{/gist_id}", "starred{/owner}{/repo}", "subscriptions", "orgs",
    "repos", "events{/privacy}", "received_events",
)  # fmt: skip
REPOSITORY_LINKS = (
    "archive/{archive_format}{/ref}", "assignees{/user}", "git/blobs{/sha}", "branches{/branch}",
    "collaborators{/collaborator}", "comments{/number}", "commits{/sha}", "compare/{base}...{head}", "contents/{+path}",
    "contributors", "deployments", "downloads", "events", "forks", "git/commits{/sha}", "git/refs{/sha}",
    "git/tags{/sha}", "hooks", "issues/comments{/number}", "issues/events{/number}", "issues{/number}", "keys{/key_id}",
    "labels{/name}", "languages", "merges", "milestones{/number}", "notifications{?since,all,participating}",
    "pulls{/number}", "releases{/id}", "stargazers", "statuses/{sha}", "subscribers", "subscription", "tags", "teams",
    "git/trees{/sha}",
)  # fmt: skip
# Links whose name is more than the last part of their path.
LINK_NAMES = {
    "issues/comments": "issue_comment",
    "issues/events": "issue_events",
    "git/commits": "git_commits",
    "git/refs": "git_refs",
    "git/tags": "git_tags",
}


def stamp(time: datetime | None) -> str | None:
    """Write a time as `2026-11-24T02:07:04Z`."""
    return None if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    """Make an opaque id of GitHub's kind."""
    return f"{kind}_{base64.urlsafe_b64encode(f'{kind}{number}'.encode()).decode().rstrip('=')}"


class Shapes:
    """JSON with links to where the stand-in answers, which it learns by `answer_at`."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.answer_at("")

    def answer_at(self, url: str) -> None:
        """Make links below `url` from now on."""
        self._url = url
        self._repository_url = f"{url}/repos/{self._tracker.owner}/{self._tracker.name}"
        self._site_url = f"{url}/{self._tracker.owner}/{self._tracker.name}"

    def user(self, account: Account) -> Json:
        """A `simple-user`."""
        url = f"{self._url}/users/{account.login}"
        links = {f"{link.partition('{')[0]}_url": f"{url}/{link}" for link in USER_LINKS}
        links["organizations_url"] = links.pop("orgs_url")
        return {
            "login": account.login,
            "id": account.id,
            "node_id": node_id("U", account.id),
            "avatar_url": f"{self._url}/avatars/{account.id}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self._url}/{account.login}",
            **links,
            "type": "Bot" if account.bot else "User",
            "site_admin": False,
            "user_view_type": "public",
        }

    def own_user(self, account: Account) -> Json:
        """A `public-user`, the answer to GET /user."""
        return self.user(account) | {
            "name": account.name,
            "company": None,
            "blog": "",
            "location": None,
            "email": None,
            "hireable": None,
            "bio": None,
            "public_repos": 1,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": stamp(self._tracker.created),
            "updated_at": stamp(self._tracker.created),
        }

    def label(self, label: Label) -> Json:
        """A `label`."""
        return {
            "id": label.id,
            "node_id": node_id("LA", label.id),
            "url": f"{self._repository_url}/labels/{label.name}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": label.description,
        }

    def issue(self, issue: Issue) -> Json:
        """An `issue`."""
        url = f"{self._repository_url}/issues/{issue.number}"
        return {
            "id": issue.id,
            "node_id": node_id("I", issue.id),
            "url": url,
            "repository_url": self._repository_url,
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "timeline_url": f"{url}/timeline",
            "html_url": self.page_url(issue),
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.author),
            "labels": [self.label(label) for label in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": False,
            "active_lock_reason": None,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": len(issue.comments),
            "created_at": stamp(issue.created),
            "updated_at": stamp(issue.updated),
            "closed_at": stamp(issue.closed),
            "closed_by": self.user(issue.closed_by) if issue.closed_by else None,
            "author_association": association(issue.author),
            "performed_via_github_app": None,
            "reactions": self._rollup(f"{url}/reactions", []),
        }

    def comment(self, comment: Comment) -> Json:
        """An `issue-comment`."""
        url = f"{self._repository_url}/issues/comments/{comment.id}"
        return {
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": url,
            "html_url": f"{self.page_url(comment.issue)}#issuecomment-{comment.id}",
            "issue_url": f"{self._repository_url}/issues/{comment.issue.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
            "author_association": association(comment.author),
            "performed_via_github_app": None,
            "reactions": self._rollup(f"{url}/reactions", comment.reactions),
        }

    def reaction(self, reaction: Reaction) -> Json:
        """A `reaction`."""
        return {
            "id": reaction.id,
            "node_id": node_id("REA", reaction.id),
            "user": self.user(reaction.author),
            "content": reaction.content,
            "created_at": stamp(reaction.created),
        }

    def page_url(self, issue: Issue) -> str:
        """Where a person reads the issue."""
        return f"{self._site_url}/issues/{issue.number}"

    def repository(self, viewer: Account) -> Json:
        """A `full-repository`."""
        tracker = self._tracker
        owner = Account(9_001, tracker.owner, tracker.owner, token="")
        opened = sum(issue.state == "open" and not issue.deleted for issue in tracker.issues.values())
        links = {_link_name(link): f"{self._repository_url}/{link}" for link in REPOSITORY_LINKS}
        git = f"{self._site_url}.git"
        return links | {
            "id": 700_100_200,
            "node_id": node_id("R", 700_100_200),
            "name": tracker.name,
            "full_name": f"{tracker.owner}/{tracker.name}",
            "owner": self.user(owner),
            "private": False,
            "html_url": self._site_url,
            "description": "The checkout service",
            "url": self._repository_url,
            "clone_url": git,
            "git_url": git,
            "ssh_url": git,
            "svn_url": self._site_url,
            "mirror_url": None,
            "homepage": None,
            "language": "Python",
            "license": None,
            "default_branch": "main",
            **dict.fromkeys(("fork", "archived", "disabled", "has_projects", "has_wiki", "has_pages"), False),
            "has_issues": True,
            "has_discussions": False,
            **dict.fromkeys(("forks", "forks_count", "stargazers_count", "watchers", "watchers_count"), 0),
            **dict.fromkeys(("network_count", "subscribers_count", "size"), 0),
            "open_issues": opened,
            "open_issues_count": opened,
            **dict.fromkeys(("created_at", "updated_at", "pushed_at"), stamp(tracker.created)),
            "permissions": {"admin": viewer.access == "admin", "push": viewer.writes, "pull": viewer.access != "none"},
        }

    def snapshot(self, issue: Issue) -> Json:
        """An issue for the page, with exact times."""
        return {
            "number": issue.number,
            "url": self.page_url(issue),
            "title": issue.title,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "labels": [label.name for label in issue.labels],
            "author": issue.author.login,
            "bot": issue.author.bot,
            "body": issue.body,
            "at": issue.created.isoformat(),
            "updated": issue.updated.isoformat(),
            "closed": issue.closed.isoformat() if issue.closed else None,
            "deleted": issue.deleted,
            "comments": [
                {
                    "id": one.id,
                    "author": one.author.login,
                    "bot": one.author.bot,
                    "body": one.body,
                    "at": one.created.isoformat(),
                    "updated": one.updated.isoformat(),
                    "reactions": dict(Counter(reaction.content for reaction in one.reactions)),
                }
                for one in issue.comments
            ],
        }

    def _rollup(self, url: str, reactions: list[Reaction]) -> Json:
        counts = {content: sum(one.content == content for one in reactions) for content in CONTENTS}
        return {"url": url, "total_count": len(reactions), **counts}


def association(author: Account) -> str:
    """Say how an author stands to the repository."""
    return "MEMBER" if author.writes else "NONE"


def _link_name(link: str) -> str:
    path = link.partition("{")[0].rstrip("/")
    return LINK_NAMES.get(path, path.rpartition("/")[2]) + "_url"
