"""What a person does on GitHub's site, by the control door (../door.py): POST /control/act {"as": login, "do", …}.

comment {issue, body} · edit_comment {comment, body} · delete_comment {comment} · close {issue} · reopen {issue} ·
delete_issue {issue} · react, unreact {comment, content} → {"id"} · edit_issue {issue, body} ·
webhook {url, secret}: where signed webhooks go from now on
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.vendors.door import cannot
from playground.vendors.github.errors import Refusal
from playground.vendors.github.tracker import Account, Tracker

if TYPE_CHECKING:
    from playground.vendors.github.server import GitHubStandIn

DEEDS: dict[str, Callable[[Tracker, Account, dict[str, Any]], Any]] = {
    "comment": lambda t, who, asked: t.add_comment(who, asked["issue"], asked["body"]).id,
    "edit_comment": lambda t, who, asked: t.edit_comment(who, asked["comment"], asked["body"]).id,
    "delete_comment": lambda t, who, asked: t.delete_comment(who, asked["comment"]),
    "close": lambda t, who, asked: t.set_state(who, asked["issue"], "closed", "completed").id,
    "reopen": lambda t, who, asked: t.set_state(who, asked["issue"], "open", None).id,
    "delete_issue": lambda t, who, asked: t.delete_issue(asked["issue"]),
    "edit_issue": lambda t, who, asked: t.edit_issue(who, asked["issue"], body=asked["body"]).id,
    "unreact": lambda t, who, asked: _unreact(t, who, asked["comment"], asked["content"]),
    "react": lambda t, who, asked: t.react(who, asked["comment"], asked["content"])[0].id,
}


async def act(stand_in: "GitHubStandIn", asked: dict[str, Any]) -> web.Response:
    """Do one deed as a person, with that person's rights."""
    if asked.get("do") == "webhook":
        stand_in.webhooks.url, stand_in.webhooks.secret = str(asked.get("url", "")), str(asked.get("secret", ""))
        return web.json_response({"id": None})
    account = stand_in.account(str(asked.get("as")))
    deed = DEEDS.get(str(asked.get("do")))
    if account is None or deed is None:
        return cannot(f"as is a login, do is one of {', '.join(DEEDS)}")
    try:
        made = deed(stand_in.tracker, account, asked)
    except KeyError as missing:
        return cannot(f"{missing} is missing")
    except Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status)
    return web.json_response({"id": made})


def _unreact(tracker: Tracker, who: Account, comment: int, content: str) -> None:
    for reaction in list(tracker.comment(comment).reactions):
        if (reaction.author, reaction.content) == (who, content):
            tracker.unreact(who, comment, reaction.id)
