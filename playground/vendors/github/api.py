"""GitHub's REST API for issues: requests in, the tracker asked, GitHub's JSON out; no fault and no limit lives here.

https://docs.github.com/en/rest/issues. Every route has the name under which logs, faults and kill points know it.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from math import ceil
from typing import Any, Literal, TypeVar

from aiohttp import web
from yarl import URL

from playground.vendors.github.errors import bad_json, forbidden, validation_failed, wrong_type
from playground.vendors.github.search import matches
from playground.vendors.github.shapes import CONTENTS, Json, Shapes
from playground.vendors.github.tracker import Account, Issue, StateReason, Tracker

Item = TypeVar("Item")
Handler = Callable[[web.Request, Account], Awaitable[web.Response]]
ISSUES = "/repos/{owner}/{repo}/issues"
ISSUE = ISSUES + r"/{number:\d+}"
COMMENT = ISSUES + r"/comments/{comment:\d+}"
REASONS: dict[str, StateReason] = {
    "completed": "completed",
    "not_planned": "not_planned",
    "duplicate": "duplicate",
    "reopened": "reopened",
}


class Api:
    """The handlers, over one tracker."""

    def __init__(self, tracker: Tracker, shapes: Shapes) -> None:
        self._tracker = tracker
        self._shapes = shapes

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        """Every route: the call's name, `METHOD noun`, then its path and its handler."""
        return (
            ("GET user", "/user", self._show_user),
            ("GET repo", "/repos/{owner}/{repo}", self._show_repository),
            ("GET issues", ISSUES, self._list_issues),
            ("POST issue", ISSUES, self._create_issue),
            ("GET issue", ISSUE, self._show_issue),
            ("PATCH issue", ISSUE, self._edit_issue),
            ("GET comments", ISSUE + "/comments", self._list_comments),
            ("POST comment", ISSUE + "/comments", self._create_comment),
            ("GET comment", COMMENT, self._show_comment),
            ("PATCH comment", COMMENT, self._edit_comment),
            ("DELETE comment", COMMENT, self._delete_comment),
            ("GET reactions", COMMENT + "/reactions", self._list_reactions),
            ("POST reaction", COMMENT + "/reactions", self._create_reaction),
            ("DELETE reaction", COMMENT + r"/reactions/{reaction:\d+}", self._delete_reaction),
            ("GET labels", ISSUE + "/labels", self._list_issue_labels),
            ("POST labels", ISSUE + "/labels", self._add_labels),
            ("PUT labels", ISSUE + "/labels", self._set_labels),
            ("DELETE label", ISSUE + "/labels/{name}", self._remove_label),
            ("GET repo_labels", "/repos/{owner}/{repo}/labels", self._list_labels),
            ("POST repo_label", "/repos/{owner}/{repo}/labels", self._create_label),
            ("GET search", "/search/issues", self._search),
        )

    async def _show_user(self, request: web.Request, viewer: Account) -> web.Response:
        return web.json_response(self._shapes.own_user(viewer))

    async def _show_repository(self, request: web.Request, viewer: Account) -> web.Response:
        return web.json_response(self._shapes.repository(viewer))

    async def _list_issues(self, request: web.Request, viewer: Account) -> web.Response:
        query = request.query
        state, since, creator = query.get("state", "open"), _since(request), query.get("creator")
        labels = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
        chosen = [
            issue
            for issue in self._issues()
            if state in ("all", issue.state)
            and (since is None or issue.updated.replace(microsecond=0) >= since)
            and creator in (None, issue.author.login)
            and labels <= {label.name.lower() for label in issue.labels}
        ]
        chosen = _sorted(chosen, query.get("sort", "created"), query.get("direction", "desc"))
        return _page(request, chosen, self._shapes.issue)

    async def _create_issue(self, request: web.Request, viewer: Account) -> web.Response:
        asked = await _object(request)
        title = _text(asked, "title")
        if title is None:
            raise validation_failed({"resource": "Issue", "code": "missing_field", "field": "title"})
        issue = self._tracker.open_issue(viewer, title, _text(asked, "body"), _label_names(asked.get("labels") or []))
        shape = self._shapes.issue(issue)
        return web.json_response(shape, status=201, headers={"Location": shape["url"]})

    async def _show_issue(self, request: web.Request, viewer: Account) -> web.Response:
        return web.json_response(self._shapes.issue(self._tracker.issue(_number(request, "number"))))

    async def _edit_issue(self, request: web.Request, viewer: Account) -> web.Response:
        asked, number = await _object(request), _number(request, "number")
        labels = None if asked.get("labels") is None else _label_names(asked["labels"])
        state = asked.get("state")
        if state not in (None, "open", "closed"):
            raise wrong_type("state", state, "a member of [open, closed]")
        title, body = _text(asked, "title"), _text(asked, "body")
        issue = self._tracker.edit_issue(viewer, number, title=title, body=body, labels=labels)
        if state is not None:
            wanted: Literal["open", "closed"] = "open" if state == "open" else "closed"
            reason = REASONS.get(asked.get("state_reason") or "")
            issue = self._tracker.set_state(viewer, number, wanted, reason)
        return web.json_response(self._shapes.issue(issue))

    async def _list_comments(self, request: web.Request, viewer: Account) -> web.Response:
        since = _since(request)
        comments = self._tracker.issue(_number(request, "number")).comments
        # GitHub's times have whole seconds, and `since` takes in its own second.
        chosen = [one for one in comments if since is None or one.updated.replace(microsecond=0) >= since]
        return _page(request, chosen, self._shapes.comment)

    async def _create_comment(self, request: web.Request, viewer: Account) -> web.Response:
        body = _text(await _object(request), "body")
        if body is None:
            raise validation_failed({"resource": "IssueComment", "code": "missing_field", "field": "body"})
        comment = self._tracker.add_comment(viewer, _number(request, "number"), body)
        shape = self._shapes.comment(comment)
        return web.json_response(shape, status=201, headers={"Location": shape["url"]})

    async def _show_comment(self, request: web.Request, viewer: Account) -> web.Response:
        return web.json_response(self._shapes.comment(self._tracker.comment(_number(request, "comment"))))

    async def _edit_comment(self, request: web.Request, viewer: Account) -> web.Response:
        body = _text(await _object(request), "body")
        if body is None:
            raise validation_failed({"resource": "IssueComment", "code": "missing_field", "field": "body"})
        comment = self._tracker.edit_comment(viewer, _number(request, "comment"), body)
        return web.json_response(self._shapes.comment(comment))

    async def _delete_comment(self, request: web.Request, viewer: Account) -> web.Response:
        self._tracker.delete_comment(viewer, _number(request, "comment"))
        return web.Response(status=204)

    async def _list_reactions(self, request: web.Request, viewer: Account) -> web.Response:
        comment = self._tracker.comment(_number(request, "comment"))
        return _page(request, comment.reactions, self._shapes.reaction)

    async def _create_reaction(self, request: web.Request, viewer: Account) -> web.Response:
        content = (await _object(request)).get("content")
        if content not in CONTENTS:
            raise wrong_type("content", content, f"a member of [{', '.join(CONTENTS)}]")
        reaction, new = self._tracker.react(viewer, _number(request, "comment"), content)
        return web.json_response(self._shapes.reaction(reaction), status=201 if new else 200)

    async def _delete_reaction(self, request: web.Request, viewer: Account) -> web.Response:
        self._tracker.unreact(viewer, _number(request, "comment"), _number(request, "reaction"))
        return web.Response(status=204)

    async def _list_issue_labels(self, request: web.Request, viewer: Account) -> web.Response:
        return _page(request, self._tracker.issue(_number(request, "number")).labels, self._shapes.label)

    async def _add_labels(self, request: web.Request, viewer: Account) -> web.Response:
        # PyGithub sends the bare list, the documentation recommends the object.
        asked = await _json(request)
        names = _label_names(asked if isinstance(asked, list) else asked.get("labels", []))
        issue = self._tracker.add_labels(viewer, _number(request, "number"), names)
        return web.json_response([self._shapes.label(label) for label in issue.labels])

    async def _set_labels(self, request: web.Request, viewer: Account) -> web.Response:
        asked = await _json(request)
        names = _label_names(asked if isinstance(asked, list) else asked.get("labels", []))
        if not viewer.writes:
            raise forbidden("Must have admin rights to Repository.")
        issue = self._tracker.edit_issue(viewer, _number(request, "number"), labels=names)
        return web.json_response([self._shapes.label(label) for label in issue.labels])

    async def _remove_label(self, request: web.Request, viewer: Account) -> web.Response:
        issue = self._tracker.remove_label(viewer, _number(request, "number"), request.match_info["name"])
        return web.json_response([self._shapes.label(label) for label in issue.labels])

    async def _list_labels(self, request: web.Request, viewer: Account) -> web.Response:
        return _page(request, list(self._tracker.labels.values()), self._shapes.label)

    async def _create_label(self, request: web.Request, viewer: Account) -> web.Response:
        asked = await _object(request)
        name = _text(asked, "name")
        if name is None:
            raise validation_failed({"resource": "Label", "code": "missing_field", "field": "name"})
        color = _text(asked, "color") or "ededed"
        label = self._tracker.create_label(viewer, name, color, _text(asked, "description"))
        return web.json_response(self._shapes.label(label), status=201)

    async def _search(self, request: web.Request, viewer: Account) -> web.Response:
        wanted = request.query.get("q", "").strip()
        if not wanted:
            raise validation_failed({"resource": "Search", "code": "missing", "field": "q"})
        found = [issue for issue in self._issues() if matches(wanted, issue, self._tracker)]
        found = _sorted(found, request.query.get("sort", "created"), request.query.get("order", "desc"))
        shown, headers = _cut(request, found)
        items = [self._shapes.issue(issue) | {"score": 1.0} for issue in shown]
        body = {"total_count": len(found), "incomplete_results": False, "search_type": "lexical", "items": items}
        return web.json_response(body, headers=headers)

    def _issues(self) -> list[Issue]:
        return [issue for issue in self._tracker.issues.values() if not issue.deleted]


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise bad_json() from None


async def _object(request: web.Request) -> Json:
    asked = await _json(request)
    if not isinstance(asked, dict):
        raise wrong_type("/", asked, "an object")
    return asked


def _text(asked: Json, name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong_type(name, value, "a string")
    return value


def _label_names(labels: list[Any]) -> list[str]:
    return [label["name"] if isinstance(label, dict) else str(label) for label in labels]


def _number(request: web.Request, name: str) -> int:
    return int(request.match_info[name])


def _since(request: web.Request) -> datetime | None:
    since = request.query.get("since")
    if since is None:
        return None
    try:
        return datetime.fromisoformat(since)
    except ValueError:
        raise wrong_type("since", since, "a date-time") from None


def _sorted(issues: list[Issue], by: str, direction: str) -> list[Issue]:
    keys: dict[str, Callable[[Issue], Any]] = {
        "created": lambda issue: (issue.created, issue.number),
        "updated": lambda issue: (issue.updated, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    return sorted(issues, key=keys.get(by, keys["created"]), reverse=direction != "asc")


def _page(request: web.Request, items: list[Item], shape: Callable[[Item], Json]) -> web.Response:
    shown, headers = _cut(request, items)
    return web.json_response([shape(item) for item in shown], headers=headers)


def _cut(request: web.Request, items: list[Item]) -> tuple[list[Item], dict[str, str]]:
    """Cut one page out, with the Link header that leads to the others; 30 a page, 100 at most."""
    size = min(max(_whole(request, "per_page", 30), 1), 100)
    number = max(_whole(request, "page", 1), 1)
    last = max(ceil(len(items) / size), 1)
    pages = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    here = {"prev", "first"} if number > 1 else set()
    here |= {"next", "last"} if number < last else set()
    links = [f'<{_with_page(request.url, page)}>; rel="{name}"' for name, page in pages.items() if name in here]
    return items[(number - 1) * size : number * size], {"Link": ", ".join(links)} if links else {}


def _whole(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, "")
    return int(given) if given.isdigit() else default


def _with_page(url: URL, page: int) -> str:
    return str(url.update_query(page=str(page)))
