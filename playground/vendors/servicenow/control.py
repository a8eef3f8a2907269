"""What a person does in ServiceNow, by the control door (../door.py): POST /control/act {"as": user name, "do", …}.

work_note {incident, text} · comment {incident, text} · set {incident, field, value} · resolve {incident} ·
reopen {incident} · delete_incident {incident} → {"id"}, the sys_id of the journal entry or of the incident;
`incident` is its number. revoke_tokens {} ends every OAuth token. Nobody edits or deletes a journal entry.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.vendors.door import cannot
from playground.vendors.servicenow.accounts import User
from playground.vendors.servicenow.errors import Refusal

if TYPE_CHECKING:
    from playground.vendors.servicenow.server import ServiceNowStandIn

RESOLVED = {"state": "6", "close_code": "Solution provided", "close_notes": "Fixed by hand."}
Deed = Callable[["ServiceNowStandIn", User, dict[str, Any]], str]


def written(stand_in: "ServiceNowStandIn", who: User, number: str, element: str, text: str) -> str:
    """A journal entry by a person; its sys_id."""
    instance = stand_in.instance
    incident = instance.update(who, instance.numbered(number).sys_id, {element: text})
    return incident.journal[-1]["sys_id"]


def changed(stand_in: "ServiceNowStandIn", who: User, number: str, values: dict[str, str]) -> str:
    """Fields set by a person; the sys_id of the incident."""
    instance = stand_in.instance
    return instance.update(who, instance.numbered(number).sys_id, values).sys_id


def _deleted(stand_in: "ServiceNowStandIn", number: str) -> str:
    key = stand_in.instance.numbered(number).sys_id
    stand_in.instance.delete(key)
    return key


def _revoked(stand_in: "ServiceNowStandIn") -> str:
    stand_in.tokens.revoke()
    return ""


DEEDS: dict[str, Deed] = {
    "work_note": lambda s, who, asked: written(s, who, asked["incident"], "work_notes", asked["text"]),
    "comment": lambda s, who, asked: written(s, who, asked["incident"], "comments", asked["text"]),
    "set": lambda s, who, asked: changed(s, who, asked["incident"], {asked["field"]: asked["value"]}),
    "resolve": lambda s, who, asked: changed(s, who, asked["incident"], RESOLVED),
    "reopen": lambda s, who, asked: changed(s, who, asked["incident"], {"state": "2"}),
    "delete_incident": lambda s, who, asked: _deleted(s, asked["incident"]),
    "revoke_tokens": lambda s, who, asked: _revoked(s),
}


async def act(stand_in: "ServiceNowStandIn", asked: dict[str, Any]) -> web.Response:
    """Do one deed as a person, with that person's rights."""
    user = stand_in.user(str(asked.get("as")))
    deed = DEEDS.get(str(asked.get("do")))
    if user is None or deed is None:
        return cannot(f"as is a user name, do is one of {', '.join(DEEDS)}")
    try:
        made = deed(stand_in, user, asked)
    except KeyError as missing:
        return cannot(f"{missing} is missing")
    except Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status)
    return web.json_response({"id": made})
