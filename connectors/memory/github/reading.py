"""What stands in a GitHub issue, in our words: its body, its comments, their reactions, and what the search finds.

https://docs.github.com/en/rest/issues/comments · https://docs.github.com/en/rest/reactions
Surprises: `since` means updated then or later; a comment's `updated_at` equals `created_at` until it is edited; who
reacted is a request of its own for each comment that has reactions.
"""

import json
from datetime import UTC, datetime

from github import UnknownObjectException
from github.Issue import Issue
from github.IssueComment import IssueComment

from connectors.marker import parted
from engine.memory import Hit, Remark, Standing, Ticket
from engine.words import one_line

BODY = "body"


def remarks(issue: Issue, us: str, since: datetime | None) -> list[Remark]:
    """The body and the comments, oldest first; `us` is our login in lower case."""
    comments = issue.get_comments(since=since.astimezone(UTC)) if since else issue.get_comments()
    return [_body(issue, us), *(_comment(comment, us) for comment in comments)]


def remark(issue: Issue, id_: str, us: str) -> Remark | None:
    """The body or one comment of this issue; None where it is gone."""
    if id_ == BODY:
        return _body(issue, us)
    try:
        comment = issue.get_comment(int(id_))
        comment.update()
    except UnknownObjectException:
        return None
    return _comment(comment, us)


def standing(issue: Issue) -> Standing:
    """Open or closed, and by whom it was closed."""
    closed = issue.state == "closed"
    reason = f" as {issue.state_reason.replace('_', ' ')}" if closed and issue.state_reason else ""
    by = issue.closed_by.login if closed and issue.closed_by else ""
    return Standing(closed, f"{issue.state}{reason}", by, issue.closed_at if closed else issue.updated_at)


def marked(issue: Issue, us: str) -> bool:
    """Whether the body is a note of ours."""
    return parted(issue.body)[1] is not None and issue.user.login.lower() == us


def query(repository: str, words: str, service: str, since: datetime | None) -> str:
    """The search: words as they are, our labels as qualifiers. Quotation marks would open a phrase of their own."""
    said = one_line(words).replace('"', " ")
    terms = [f"repo:{repository}", "is:issue", "label:incident", *(f'"{word}"' for word in said.split())]
    if service:
        terms.append(f'label:"service: {one_line(service).replace(chr(34), "")}"')
    if since:
        terms.append(f"created:>={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    return " ".join(terms)


def hit(issue: Issue, ticket: Ticket, us: str) -> Hit:
    """One issue that the search found."""
    text, marker = parted(issue.body)
    ours = marker is not None and issue.user.login.lower() == us
    incident = marker.incident if marker and ours else ""
    return Hit(ticket, issue.title, incident, issue.state == "closed", issue.created_at, one_line(text)[:300])


def spoken_of(body: bytes, repository: str) -> list[str]:
    """The number of the issue that a webhook of this repository is about, if it is about one."""
    try:
        said = json.loads(body)
        if said["repository"]["full_name"].lower() != repository.lower():
            return []
        return [str(int(said["issue"]["number"]))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []  # a ping, or an event that is about no issue


def _body(issue: Issue, us: str) -> Remark:
    text, marker = parted(issue.body)
    # GitHub gives no time of the last edit of a body; a change is seen by its text.
    return Remark(
        id=BODY,
        author=issue.user.login,
        author_name=issue.user.login,
        ours=issue.user.login.lower() == us,
        text=text,
        at=issue.created_at,
        marker=marker,
    )


def _comment(comment: IssueComment, us: str) -> Remark:
    text, marker = parted(comment.body)
    edited = comment.updated_at if comment.updated_at != comment.created_at else None
    return Remark(
        id=str(comment.id),
        author=comment.user.login,
        author_name=comment.user.login,
        ours=comment.user.login.lower() == us,
        text=text,
        at=comment.created_at,
        edited_at=edited,
        marker=marker,
        reactions=_reactions(comment),
    )


def _reactions(comment: IssueComment) -> dict[str, tuple[str, ...]]:
    if not comment.reactions.get("total_count"):
        return {}
    found: dict[str, list[str]] = {}
    for reaction in comment.get_reactions():
        found.setdefault(reaction.content, []).append(reaction.user.login)
    return {name: tuple(users) for name, users in found.items()}
