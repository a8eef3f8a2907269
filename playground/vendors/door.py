"""The door behind every stand-in, for tests and the demo's page: set faults, kill, act as a person, read what happened.

    POST   /control/fault     {"kind", "call": "*", "contains": "", "times": 1 or null, "status", "retry_after",
                              "delay"} → {"id"}; kinds and calls as in faults.py, times null lasts until it is cleared
    POST   /control/kill      {"point": "before POST issue" | "after POST comment#2", "pid", "contains"} → {"id"}
    GET    /control/faults    what is set
    DELETE /control/faults    clear all, or one with ?id=
    POST   /control/set       {knob: number, …}, such as {"clock_ahead": 90} in seconds → what is set now
    POST   /control/act       {"as": …, "do": …, …} what a person does on the site, by the vendor's control.py
    GET    /control/log       every call: [{"n", "at", "call", "path", "login", "status", "ms", "fault"}], ?after=n
    GET    /control/snapshot  everything, for the page; see the stand-in's `snapshot`
Refusals: 400 {"error": words} for what cannot be set, the vendor's own refusals for what a person may not do.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from playground.vendors.exchange import Exchanges
from playground.vendors.faults import Faults, Nonsense

Act = Callable[[dict[str, Any]], Awaitable[web.Response]]
Knob = Callable[[float], None]


class Door:
    """The routes, over one stand-in's faults, calls, knobs and people."""

    def __init__(
        self,
        faults: Faults,
        exchanges: Exchanges,
        *,
        act: Act,
        snapshot: Callable[[], dict[str, Any]],
        knobs: Mapping[str, Knob],
    ) -> None:
        self._faults = faults
        self._exchanges = exchanges
        self._act = act
        self._snapshot = snapshot
        self._knobs = knobs

    def routes(self) -> Iterable[web.RouteDef]:
        """Every route of the door."""
        return (
            web.post("/control/fault", self._add_fault),
            web.post("/control/kill", self._kill),
            web.get("/control/faults", self._list_faults),
            web.delete("/control/faults", self._clear_faults),
            web.post("/control/set", self._set),
            web.post("/control/act", self._act_as_a_person),
            web.get("/control/log", self._log),
            web.get("/control/snapshot", self._show),
        )

    async def _add_fault(self, request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            fault = self._faults.add(asked.pop("kind"), asked.pop("call", "*"), **asked)
        except (Nonsense, TypeError, KeyError) as wrong:
            return cannot(wrong)
        return web.json_response({"id": fault.id}, status=201)

    async def _kill(self, request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            kill = self._faults.kill_at(asked["point"], int(asked["pid"]), asked.get("contains", ""))
        except (Nonsense, KeyError) as wrong:
            return cannot(wrong)
        return web.json_response({"id": kill.id}, status=201)

    async def _list_faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._faults.as_json())

    async def _clear_faults(self, request: web.Request) -> web.Response:
        which = request.query.get("id")
        self._faults.clear(None if which is None else int(which))
        return web.Response(status=204)

    async def _set(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if unknown := asked.keys() - self._knobs.keys():
            return cannot(f"{', '.join(sorted(unknown))}: a knob is one of {', '.join(self._knobs)}")
        try:
            values = {name: float(value) for name, value in asked.items()}
        except (ValueError, TypeError) as wrong:
            return cannot(wrong)
        for name, value in values.items():
            self._knobs[name](value)
        return web.json_response(values)

    async def _act_as_a_person(self, request: web.Request) -> web.Response:
        return await self._act(await request.json())

    async def _log(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        return web.json_response([asdict(call) for call in self._exchanges.calls if call.n > after])

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._snapshot())


def cannot(why: object) -> web.Response:
    """The door's own refusal."""
    return web.json_response({"error": str(why)}, status=400)
