"""What people and monitoring do at PagerDuty, by the control door (../door.py): POST /control/act {"as", "do", …}.

`as` is a user's email address. note {incident, content} · edit_note {incident, note, content} ·
delete_note {incident, note} · acknowledge {incident} · resolve {incident} · reopen {incident} ·
rename {incident, title} · alert {service, key, title}: an event with that dedup_key → {"id"}
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from playground.vendors.door import cannot
from playground.vendors.pagerduty.errors import Refusal
from playground.vendors.pagerduty.incidents import Incidents, Status
from playground.vendors.pagerduty.people import User, user

Deed = Callable[[Incidents, User, dict[str, Any]], Any]


def _turn(status: Status) -> Deed:
    def deed(account: Incidents, who: User, asked: dict[str, Any]) -> str:
        return account.change(who, asked["incident"], title=None, status=status, priority=None, resolution="").id

    return deed


def _rename(account: Incidents, who: User, asked: dict[str, Any]) -> str:
    title = str(asked["title"])
    return account.change(who, asked["incident"], title=title, status=None, priority=None, resolution="").id


DEEDS: dict[str, Deed] = {
    "note": lambda account, who, asked: account.add_note(who, asked["incident"], asked["content"]).id,
    "edit_note": lambda a, who, asked: a.edit_note(who, asked["incident"], asked["note"], asked["content"]).id,
    "delete_note": lambda account, who, asked: account.delete_note(asked["incident"], asked["note"]),
    "acknowledge": _turn("acknowledged"),
    "resolve": _turn("resolved"),
    "reopen": _turn("triggered"),
    "rename": _rename,
    "alert": lambda account, who, asked: account.raise_alert(asked["service"], asked["key"], asked["title"]).id,
}


async def act(account: Incidents, asked: dict[str, Any]) -> web.Response:
    """Do one deed as a person, with that person's rights."""
    who, deed = user(str(asked.get("as"))), DEEDS.get(str(asked.get("do")))
    if who is None or deed is None:
        return cannot(f"as is a user's email address, do is one of {', '.join(DEEDS)}")
    try:
        made = deed(account, who, asked)
    except KeyError as missing:
        return cannot(f"{missing} is missing")
    except Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status)
    return web.json_response({"id": made})
