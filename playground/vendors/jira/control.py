"""What a person does on Jira's site, by the control door (../door.py): POST /control/act {"as": name, "do", …}.

create {summary, text} · comment {issue, text} · edit_comment {issue, comment, text} · delete_comment {issue, comment} ·
move {issue, to: name of a transition} · edit {issue, fields} · delete_issue {issue} → {"id"}; `issue` is an id or a key
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.vendors.door import cannot
from playground.vendors.jira.documents import typed
from playground.vendors.jira.errors import Refusal
from playground.vendors.jira.model import Account
from playground.vendors.jira.tracker import Tracker

if TYPE_CHECKING:
    from playground.vendors.jira.server import JiraStandIn


def _create(tracker: Tracker, who: Account, asked: dict[str, Any]) -> str:
    fields = {
        "project": {"key": tracker.project},
        "issuetype": {"name": asked.get("type", "Task")},
        "summary": asked["summary"],
        "description": typed(asked.get("text", "")),
    }
    return tracker.open_issue(who, fields, {}).id


def _move(tracker: Tracker, who: Account, asked: dict[str, Any]) -> str:
    offered = {one.name: one.id for one in tracker.offered(who, asked["issue"])}
    return tracker.transition(who, asked["issue"], offered.get(asked["to"], "")).id


DEEDS: dict[str, Callable[[Tracker, Account, dict[str, Any]], Any]] = {
    "create": _create,
    "comment": lambda t, who, asked: t.add_comment(who, asked["issue"], typed(asked["text"]), {}).id,
    "edit_comment": lambda t, who, asked: (
        t.edit_comment(who, asked["issue"], asked["comment"], typed(asked["text"])).id
    ),
    "delete_comment": lambda t, who, asked: t.delete_comment(who, asked["issue"], asked["comment"]),
    "move": _move,
    "edit": lambda t, who, asked: t.edit_issue(who, asked["issue"], asked["fields"]).id,
    "delete_issue": lambda t, who, asked: t.delete_issue(who, asked["issue"]),
}


async def act(stand_in: "JiraStandIn", asked: dict[str, Any]) -> web.Response:
    """Do one deed as a person, with that person's rights."""
    account = stand_in.account(str(asked.get("as")))
    deed = DEEDS.get(str(asked.get("do")))
    if account is None or deed is None:
        return cannot(f"as is a name, do is one of {', '.join(DEEDS)}")
    try:
        made = deed(stand_in.tracker, account, asked)
    except KeyError as missing:
        return cannot(f"{missing} is missing")
    except Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status)
    return web.json_response({"id": made})
