"""The door behind the stand-in, for tests and the demo's page: set faults, kill, act as a person, read what happened.

    POST   /control/fault     {"kind", "call": "*", "contains": "", "times": 1 or null, "status", "retry_after",
                              "delay"} → {"id"}; kinds and calls as in faults.py, times null lasts until it is cleared
    POST   /control/kill      {"point": "before POST issue" | "after POST comment#2", "pid", "contains"} → {"id"}
    GET    /control/faults    what is set
    DELETE /control/faults    clear all, or one with ?id=
    POST   /control/act       {"as": login, "do", …} what a person does on the site:
                              comment {issue, body} · edit_comment {comment, body} · delete_comment {comment} ·
                              close {issue} · reopen {issue} · delete_issue {issue} · react {comment, content} → {"id"}
    GET    /control/log       every call: [{"n", "at", "call", "path", "login", "status", "ms", "fault"}], ?after=n
    GET    /control/snapshot  everything, for the page; see GitHubStandIn.snapshot
Refusals: 400 {"error": words} for what cannot be set, GitHub's own refusals for what a person may not do.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.vendors.github.errors import Refusal
from playground.vendors.github.faults import Nonsense
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
    "react": lambda t, who, asked: t.react(who, asked["comment"], asked["content"])[0].id,
}


class Control:
    """The handlers, over one stand-in."""

    def __init__(self, stand_in: "GitHubStandIn") -> None:
        self._stand_in = stand_in

    def routes(self) -> Iterable[web.RouteDef]:
        """Every route of the door."""
        return (
            web.post("/control/fault", self._add_fault),
            web.post("/control/kill", self._kill),
            web.get("/control/faults", self._list_faults),
            web.delete("/control/faults", self._clear_faults),
            web.post("/control/act", self._act),
            web.get("/control/log", self._log),
            web.get("/control/snapshot", self._snapshot),
        )

    async def _add_fault(self, request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            fault = self._stand_in.faults.add(asked.pop("kind"), asked.pop("call", "*"), **asked)
        except (Nonsense, TypeError, KeyError) as wrong:
            return _cannot(wrong)
        return web.json_response({"id": fault.id}, status=201)

    async def _kill(self, request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            kill = self._stand_in.faults.kill_at(asked["point"], int(asked["pid"]), asked.get("contains", ""))
        except (Nonsense, KeyError) as wrong:
            return _cannot(wrong)
        return web.json_response({"id": kill.id}, status=201)

    async def _list_faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._stand_in.faults.as_json())

    async def _clear_faults(self, request: web.Request) -> web.Response:
        which = request.query.get("id")
        self._stand_in.faults.clear(None if which is None else int(which))
        return web.Response(status=204)

    async def _act(self, request: web.Request) -> web.Response:
        asked = await request.json()
        account = self._stand_in.account(str(asked.get("as")))
        deed = DEEDS.get(str(asked.get("do")))
        if account is None or deed is None:
            return _cannot(f"as is a login, do is one of {', '.join(DEEDS)}")
        try:
            made = deed(self._stand_in.tracker, account, asked)
        except KeyError as missing:
            return _cannot(f"{missing} is missing")
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        return web.json_response({"id": made})

    async def _log(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        return web.json_response([asdict(call) for call in self._stand_in.calls if call.n > after])

    async def _snapshot(self, request: web.Request) -> web.Response:
        return web.json_response(self._stand_in.snapshot())


def _cannot(why: object) -> web.Response:
    return web.json_response({"error": str(why)}, status=400)
