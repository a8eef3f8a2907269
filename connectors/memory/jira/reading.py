"""What stands in a Jira issue, in our words: its description, its comments, its status, and what the search finds.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments
Surprises: a comment comes without its properties in a list by issue, and with them from `comment/list` by ids; an
answer ends at 4 MB here, so a page that is too large is asked for again in smaller ones; Jira tells no time of the last
edit of a description.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.memory.jira import marks, plain
from connectors.memory.jira.calls import Calls, TooMuch, shaped
from engine.errors import Retryable
from engine.memory import Hit, Remark, Standing, Ticket
from engine.words import one_line

BODY = "body"
BODY_FIELDS = "creator,created,description"
PAGE = 100
SMALL_PAGE = 20  # of which even the longest, with three bytes a character and full properties, fit into an answer
MAX_COMMENTS = 20_000  # Jira takes 5,000 an issue
Json = Mapping[str, Any]


async def comments(calls: Calls, who: str, issue: str) -> list[Json]:
    """Every comment of an issue, in the order of creation."""
    found: list[Json] = []
    while len(found) < MAX_COMMENTS:
        page = await _page(calls, issue, len(found))
        here = shaped(who, page, "comments")
        found += here
        total = page.get("total")
        if not isinstance(total, int) or not all(str(one.get("id", "")).isdecimal() for one in here):
            raise Retryable(f"{who} answered with comments that are not Jira's")
        if len(found) >= total:
            return found
        if not here:
            raise Retryable(f"{who} says {total} comments and shows {len(found)}")
    raise Retryable(f"{who} has more than {MAX_COMMENTS:,} comments in one issue")


async def _page(calls: Calls, issue: str, begin: int) -> Any:
    asked: dict[str, Any] = {"startAt": begin, "orderBy": "created"}
    try:
        return await calls.get(f"/issue/{issue}/comment", **asked, maxResults=PAGE)
    except TooMuch:
        return await calls.get(f"/issue/{issue}/comment", **asked, maxResults=SMALL_PAGE)


async def properties(calls: Calls, who: str, ids: Sequence[str], size: int = PAGE) -> dict[str, Any]:
    """The properties of comments by their ids."""
    found: dict[str, Any] = {}
    for begin in range(0, len(ids), size):
        asked = [int(one) for one in ids[begin : begin + size]]
        try:
            answer = await calls.ask("/comment/list", {"ids": asked}, expand="properties", maxResults=PAGE)
        except TooMuch:
            if size == SMALL_PAGE:
                raise
            return found | await properties(calls, who, ids[begin:], SMALL_PAGE)
        found |= {str(one.get("id")): one.get("properties") for one in shaped(who, answer, "values")}
    return found


def body(who: str, issue: Json, us: str) -> Remark:
    """The description, whose author is who created the issue."""
    fields = _fields(who, issue)
    creator = _account(fields.get("creator"))
    ours = creator[0] == us
    return Remark(
        id=BODY,
        author=creator[0],
        author_name=creator[1],
        ours=ours,
        text=plain.text(fields.get("description")),
        at=moment(who, fields.get("created")),
        marker=marks.of(issue.get("properties")) if ours else None,
    )


def remark(who: str, comment: Json, us: str, held: object) -> Remark:
    """One comment; `held` are its properties if it is ours, and else None."""
    author = _account(comment.get("author"))
    at, updated = moment(who, comment.get("created")), moment(who, comment.get("updated"))
    return Remark(
        id=str(comment.get("id")),
        author=author[0],
        author_name=author[1],
        ours=author[0] == us,
        text=plain.text(comment.get("body")),
        at=at,
        edited_at=updated if updated != at else None,
        marker=marks.of(held),
    )


def by_us(written: Json, us: str, field: str = "author") -> bool:
    """Whether the account that we write as has written it."""
    return _account(written.get(field))[0] == us


def standing(who: str, issue: Json) -> Standing:
    """The status by its name; who moved it there last, and when, by the newest change that Jira tells."""
    fields = _fields(who, issue)
    status = fields.get("status")
    name = status.get("name") if isinstance(status, Mapping) else None
    if not isinstance(status, Mapping) or not isinstance(name, str):
        raise Retryable(f"{who} answered with an issue that has no status")
    moved = _last_move(issue)
    by = _account(moved.get("author"))[0] if moved else ""
    return Standing(done(status), name, by, moment(who, moved.get("created")) if moved else None)


def done(status: Json) -> bool:
    """Whether a status belongs to the category Done, whatever it is called."""
    category = status.get("statusCategory")
    return isinstance(category, Mapping) and category.get("key") == "done"


def hit(who: str, issue: Json, ticket: Ticket, us: str) -> Hit:
    """One issue that the search found."""
    fields = _fields(who, issue)
    marker = marks.of(issue.get("properties")) if by_us(fields, us, "creator") else None
    status = fields.get("status")
    return Hit(
        ticket,
        str(fields.get("summary", "")),
        marker.incident if marker else "",
        done(status) if isinstance(status, Mapping) else False,
        moment(who, fields.get("created")),
        one_line(plain.text(fields.get("description")))[:300],
    )


def spoken_of(body: bytes, project: str) -> list[str]:
    """The id of the issue that a webhook of this project is about, if it is about one."""
    try:
        issue = json.loads(body)["issue"]
        return [str(int(issue["id"]))] if issue["key"].rpartition("-")[0] == project else []
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return []  # an event that is about no issue


def moment(who: str, text: object) -> datetime:
    """A time of Jira's, `2026-11-24T02:07:12.345+0000`."""
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Retryable(f"{who} answered with a time that is not Jira's")
    return at


def _last_move(issue: Json) -> Json | None:
    changelog = issue.get("changelog")
    histories = changelog.get("histories") if isinstance(changelog, Mapping) else None
    moves = [one for one in histories or [] if any(item.get("field") == "status" for item in one.get("items") or [])]
    return max(moves, key=lambda one: str(one.get("created")), default=None)


def _fields(who: str, issue: Json) -> Json:
    fields = issue.get("fields")
    if not isinstance(fields, Mapping):
        raise Retryable(f"{who} answered with an issue that has no fields")
    return fields


def _account(account: object) -> tuple[str, str]:
    """The id and the name; a comment of a deleted account has neither."""
    if not isinstance(account, Mapping):
        return "", ""
    return str(account.get("accountId") or ""), str(account.get("displayName") or account.get("accountId") or "")
