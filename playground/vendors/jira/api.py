"""Jira's REST API v3: requests in, the tracker asked, Jira's JSON out; no fault and no limit lives here.

https://developer.atlassian.com/cloud/jira/platform/rest/v3. Every route has the name under which logs, faults and kill
points know it. BEYOND are those that the description at hand leaves out.
"""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from playground.vendors.jira.errors import Refusal, invalid
from playground.vendors.jira.index import Index
from playground.vendors.jira.model import RIGHTS, Account, Issue
from playground.vendors.jira.requests import listed, obj, page, properties_of, say, whole
from playground.vendors.jira.search import chosen
from playground.vendors.jira.shapes import Shapes
from playground.vendors.jira.tracker import TYPES, Tracker

Handler = Callable[[web.Request, Account], Awaitable[web.Response]]
ROOT = "/rest/api/3"
ISSUE = ROOT + "/issue/{issue}"
COMMENT = ISSUE + r"/comment/{comment:\d+}"
MOST_FETCHED = 100
MOST_RECONCILED = 50
BEYOND = frozenset(
    {
        "GET permissions", "POST fetch", "DELETE comment", "POST comments_list", "GET statuses", "GET issuetype_fields",
        "GET comment_property", "PUT comment_property", "GET issue_property", "PUT issue_property",
    }
)  # fmt: skip


class Api:
    """The handlers, over one tracker and what the search knows of it."""

    def __init__(self, tracker: Tracker, index: Index, shapes: Shapes) -> None:
        self._tracker = tracker
        self._index = index
        self._shapes = shapes

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        """Every route: the call's name, `METHOD noun`, then its path and its handler."""
        types = ROOT + "/issue/createmeta/{project}/issuetypes"
        return (
            ("GET myself", ROOT + "/myself", self._show_self),
            ("GET permissions", ROOT + "/mypermissions", self._show_permissions),
            ("GET issuetypes", types, self._list_types),
            ("GET issuetype_fields", types + "/{type}", self._list_fields),
            ("GET statuses", ROOT + "/project/{project}/statuses", self._list_statuses),
            ("GET search", ROOT + "/search/jql", self._search),
            ("POST fetch", ROOT + "/issue/bulkfetch", self._fetch),
            ("POST issue", ROOT + "/issue", self._create_issue),
            ("GET issue", ISSUE, self._show_issue),
            ("PUT issue", ISSUE, self._edit_issue),
            ("GET transitions", ISSUE + "/transitions", self._list_transitions),
            ("POST transition", ISSUE + "/transitions", self._transition),
            ("GET comments", ISSUE + "/comment", self._list_comments),
            ("POST comment", ISSUE + "/comment", self._create_comment),
            ("GET comment", COMMENT, self._show_comment),
            ("PUT comment", COMMENT, self._edit_comment),
            ("DELETE comment", COMMENT, self._delete_comment),
            ("POST comments_list", ROOT + "/comment/list", self._comments_by_id),
            ("GET comment_property", ROOT + r"/comment/{comment:\d+}/properties/{key}", self._comment_property),
            ("PUT comment_property", ROOT + r"/comment/{comment:\d+}/properties/{key}", self._set_comment_property),
            ("GET issue_property", ISSUE + "/properties/{key}", self._issue_property),
            ("PUT issue_property", ISSUE + "/properties/{key}", self._set_issue_property),
        )

    async def _show_self(self, request: web.Request, viewer: Account) -> web.Response:
        return say(self._shapes.user(viewer))

    async def _show_permissions(self, request: web.Request, viewer: Account) -> web.Response:
        asked = listed(request, "permissions")
        if not asked or set(asked) - RIGHTS:
            raise invalid("The 'permissions' query parameter is required, with known permissions.")
        if request.query.get("projectKey") != self._tracker.project or "BROWSE_PROJECTS" not in viewer.rights:
            raise Refusal(404, "The project with the given key does not exist or you may not see it.")
        rights = {key: {"key": key, "type": "PROJECT", "havePermission": key in viewer.rights} for key in asked}
        return say({"permissions": rights})

    async def _list_types(self, request: web.Request, viewer: Account) -> web.Response:
        self._insist_on_project(request, viewer)
        types = [{"id": str(n), "name": name, "subtask": False} for n, name in enumerate(TYPES, 10_001)]
        shown, at, size = page(request, types, 50)
        return say({"issueTypes": shown, "startAt": at, "maxResults": size, "total": len(types)})

    async def _list_fields(self, request: web.Request, viewer: Account) -> web.Response:
        self._insist_on_project(request, viewer)
        needed = {"summary", "issuetype", "project"}
        names = self._tracker.screen
        fields = [{"fieldId": name, "key": name, "name": name, "required": name in needed} for name in names]
        return say({"fields": fields, "startAt": 0, "maxResults": 50, "total": len(fields)})

    async def _list_statuses(self, request: web.Request, viewer: Account) -> web.Response:
        self._insist_on_project(request, viewer)
        statuses = list({one.to.id: self._shapes.status(one.to) for one in self._tracker.workflow}.values())
        return say([{"name": name, "subtask": False, "statuses": statuses} for name in TYPES])

    async def _search(self, request: web.Request, viewer: Account) -> web.Response:
        query = request.query.get("jql", "")
        reconciled = listed(request, "reconcileIssues")
        if len(reconciled) > MOST_RECONCILED:
            raise invalid(f"At most {MOST_RECONCILED} issues can be reconciled.")
        known = self._index.known(set(reconciled)) if "BROWSE_PROJECTS" in viewer.rights else []
        now = self._tracker.now()
        found = chosen(query, known, project=self._tracker.project, viewer=viewer.id, now=now)
        # What the search still knows of an issue that was deleted is not shown.
        issues = [self._tracker.issues[one.id] for one in found if one.id in self._tracker.issues]
        begin = whole(request, "nextPageToken", 0)
        size = min(max(whole(request, "maxResults", 50), 1), 5000)
        fields, properties = listed(request, "fields") or ["id"], listed(request, "properties")
        shown = [self._shapes.issue(one, fields, properties) for one in issues[begin : begin + size]]
        more = begin + size < len(issues)
        following = {"nextPageToken": str(begin + size)} if more else {}
        return say({"issues": shown, "isLast": not more, **following})

    async def _fetch(self, request: web.Request, viewer: Account) -> web.Response:
        asked = await obj(request)
        names = asked.get("issueIdsOrKeys")
        if not isinstance(names, list) or not 0 < len(names) <= MOST_FETCHED:
            raise invalid(f"Between 1 and {MOST_FETCHED} issues can be requested.")
        found: dict[str, Issue] = {}
        for name in names:
            try:
                issue = self._tracker.issue(viewer, str(name))
            except Refusal:
                continue  # what is not there is left out without a word
            found[issue.id] = issue
        shapes = [
            self._shapes.issue(found[id_], asked.get("fields") or ["id"], asked.get("properties") or [])
            for id_ in sorted(found, key=int)
        ]
        return say({"issues": shapes, "issueErrors": []})

    async def _create_issue(self, request: web.Request, viewer: Account) -> web.Response:
        asked = await obj(request)
        fields = asked.get("fields")
        if not isinstance(fields, dict):
            raise invalid("Field 'fields' is required.")
        issue = self._tracker.open_issue(viewer, fields, properties_of(asked))
        return say(self._shapes.created(issue), status=201)

    async def _show_issue(self, request: web.Request, viewer: Account) -> web.Response:
        issue = self._issue(request, viewer)
        changelog = "changelog" in listed(request, "expand")
        fields, properties = listed(request, "fields") or ["*all"], listed(request, "properties")
        return say(self._shapes.issue(issue, fields, properties, changelog=changelog))

    async def _edit_issue(self, request: web.Request, viewer: Account) -> web.Response:
        asked = await obj(request)
        self._tracker.edit_issue(viewer, request.match_info["issue"], asked.get("fields") or {})
        return web.Response(status=204)

    async def _list_transitions(self, request: web.Request, viewer: Account) -> web.Response:
        offered = self._tracker.offered(viewer, request.match_info["issue"])
        return say({"expand": "transitions", "transitions": [self._shapes.transition(one) for one in offered]})

    async def _transition(self, request: web.Request, viewer: Account) -> web.Response:
        wanted = (await obj(request)).get("transition")
        number = wanted.get("id") if isinstance(wanted, dict) else None
        if not isinstance(number, str):
            raise invalid("Missing 'transition' identifier")
        self._tracker.transition(viewer, request.match_info["issue"], number)
        return web.Response(status=204)

    async def _list_comments(self, request: web.Request, viewer: Account) -> web.Response:
        issue = self._issue(request, viewer)
        order = request.query.get("orderBy", "created")
        if order.lstrip("+-") != "created":
            raise invalid(f"Not able to sort using field '{order}'.")
        comments = issue.comments[::-1] if order.startswith("-") else issue.comments
        shown, at, size = page(request, comments, 100)
        shapes = [self._shapes.comment(issue, one) for one in shown]
        body = {"startAt": at, "maxResults": size, "total": len(comments), "comments": shapes}
        return say(body)

    async def _create_comment(self, request: web.Request, viewer: Account) -> web.Response:
        asked, issue = await obj(request), self._issue(request, viewer)
        comment = self._tracker.add_comment(viewer, issue.id, asked.get("body"), properties_of(asked))
        return say(self._shapes.comment(issue, comment), status=201)

    async def _show_comment(self, request: web.Request, viewer: Account) -> web.Response:
        issue = self._issue(request, viewer)
        comment = self._tracker.comment(viewer, issue.id, request.match_info["comment"])
        return say(self._shapes.comment(issue, comment))

    async def _edit_comment(self, request: web.Request, viewer: Account) -> web.Response:
        asked, issue = await obj(request), self._issue(request, viewer)
        comment = self._tracker.edit_comment(viewer, issue.id, request.match_info["comment"], asked.get("body"))
        return say(self._shapes.comment(issue, comment))

    async def _delete_comment(self, request: web.Request, viewer: Account) -> web.Response:
        self._tracker.delete_comment(viewer, request.match_info["issue"], request.match_info["comment"])
        return web.Response(status=204)

    async def _comments_by_id(self, request: web.Request, viewer: Account) -> web.Response:
        ids = (await obj(request)).get("ids")
        if not isinstance(ids, list) or not all(type(one) is int for one in ids) or not 0 < len(ids) <= 1000:
            raise invalid("Between 1 and 1000 ids of comments are required.")
        wanted = {str(one) for one in ids}
        expanded = "properties" in listed(request, "expand")
        issues = self._tracker.issues.values() if "BROWSE_PROJECTS" in viewer.rights else ()
        values = [
            self._shapes.comment(issue, one, properties=expanded)
            for issue in issues
            for one in issue.comments
            if one.id in wanted
        ]
        shown, at, size = page(request, values, 1000)
        last = at + size >= len(values)
        body = {"startAt": at, "maxResults": size, "total": len(values), "isLast": last, "values": shown}
        return say(body)

    async def _comment_property(self, request: web.Request, viewer: Account) -> web.Response:
        comment = self._tracker.any_comment(viewer, request.match_info["comment"])
        key = request.match_info["key"]
        return say({"key": key, "value": self._tracker.property_of(comment, key)})

    async def _set_comment_property(self, request: web.Request, viewer: Account) -> web.Response:
        comment = self._tracker.any_comment(viewer, request.match_info["comment"])
        new = self._tracker.set_property(viewer, comment, request.match_info["key"], await obj(request))
        return say({}, status=201 if new else 200)

    async def _issue_property(self, request: web.Request, viewer: Account) -> web.Response:
        issue, key = self._issue(request, viewer), request.match_info["key"]
        return say({"key": key, "value": self._tracker.property_of(issue, key)})

    async def _set_issue_property(self, request: web.Request, viewer: Account) -> web.Response:
        issue, key = self._issue(request, viewer), request.match_info["key"]
        new = self._tracker.set_property(viewer, issue, key, await obj(request))
        return say({}, status=201 if new else 200)

    def _issue(self, request: web.Request, viewer: Account) -> Issue:
        return self._tracker.issue(viewer, request.match_info["issue"])

    def _insist_on_project(self, request: web.Request, viewer: Account) -> None:
        if request.match_info["project"] != self._tracker.project or "BROWSE_PROJECTS" not in viewer.rights:
            raise Refusal(404, f"No project could be found with key '{request.match_info['project']}'.")
