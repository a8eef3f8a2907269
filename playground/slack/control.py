"""The control door: a test, a script or the page sets faults, looks, waits, and acts as a person, as JSON over HTTP.

Not part of Slack; each endpoint is described with an example in docs/slack-stand-in.md. Acting is in `acts.py`, looking
in `sights.py`; here things go wrong.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from playground.slack.acts import Acts
from playground.slack.doors import posted
from playground.slack.errors import Refused
from playground.slack.faults import Faults, Match
from playground.slack.model import Json
from playground.slack.request_url import RequestUrl
from playground.slack.sights import Sights
from playground.slack.sockets import Sockets
from playground.slack.state import Workspace
from playground.slack.web_api import WebApi

_USER_FLAGS = ("deleted", "is_restricted", "is_ultra_restricted", "is_stranger")


class Control:
    """Every `/control/*` endpoint; a refusal is 409 with `{"ok": false, "error", "detail"}`."""

    def __init__(  # its parts, each once
        self,
        workspace: Workspace,
        sockets: Sockets,
        request_url: RequestUrl,
        faults: Faults,
        api: WebApi,
        acts: Acts,
        sights: Sights,
    ) -> None:
        self._workspace = workspace
        self._clock = workspace.clock
        self._sockets = sockets
        self._request_url = request_url
        self._faults = faults
        self._api = api
        self._acts = acts
        self._sights = sights
        self.down = False

    def routes(self) -> list[web.RouteDef]:
        """The table of endpoints."""
        posts: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "act": self._acts.act,
            "blocks": self._blocks,
            "clock": self._set_clock,
            "dead-tickets": self._dead_tickets,
            "disconnect": self._disconnect,
            "down": self._set_down,
            "fault": self._fault,
            "hold-acks": self._hold_acks,
            "hold-events": self._hold_events,
            "http": self._http,
            "kill": self._kill,
            "late-events": self._late_events,
            "limits": self._limits,
            "plan": self._plan,
            "redeliver": self._redeliver,
            "reset": self._reset,
            "user": self._user,
            "usergroup": self._usergroup,
        }
        return [web.post(f"/control/{name}", posted(run)) for name, run in posts.items()] + self._sights.routes()

    async def _kill(self, given: Json) -> Json:
        match = {name: str(given[name]) for name in ("contains", "event_type") if name in given}
        return asdict(self._faults.kill_at(given["point"], int(given["pid"]), **match))

    async def _fault(self, given: Json) -> Json:
        match = Match(given["method"], str(given.get("contains", "")), str(given.get("event_type", "")))
        times, wait = int(given.get("times", 1)), int(given.get("retry_after", 1))
        return asdict(self._faults.spoil(given["kind"], match, times, wait, str(given.get("error", ""))))

    async def _disconnect(self, given: Json) -> Json:
        reason, after = given.get("reason", "refresh_requested"), float(given.get("close_after", 10))
        return {"sockets": self._sockets.disconnect(reason, after)}

    async def _dead_tickets(self, given: Json) -> Json:
        self._sockets.dead_tickets = int(given["times"])
        return {"dead_tickets": self._sockets.dead_tickets}

    async def _hold_acks(self, given: Json) -> Json:
        self._sockets.hold_acks = bool(given["on"])
        return {"hold_acks": self._sockets.hold_acks}

    async def _hold_events(self, given: Json) -> Json:
        self._sockets.hold_events = bool(given["on"])
        return {"hold_events": self._sockets.hold_events}

    async def _late_events(self, _: Json) -> Json:
        return {"delivered": self._sockets.deliver_late()}

    async def _redeliver(self, given: Json) -> Json:
        self._sockets.duplicate = bool(given["duplicate"])
        return {"duplicate": self._sockets.duplicate}

    async def _set_down(self, given: Json) -> Json:
        self.down = bool(given["on"])
        if self.down:
            self._sockets.cut()
        return {"down": self.down}

    async def _set_clock(self, given: Json) -> Json:
        scale = float(given["scale"])
        if scale <= 0:
            raise Refused("invalid_scale", "a scale is greater than 0; 60 makes a minute last a second")
        self._clock.scale = scale
        return {"scale": scale}

    async def _limits(self, given: Json) -> Json:
        self._api.limits.on = bool(given["on"])
        return {"limits": self._api.limits.on}

    async def _reset(self, _: Json) -> Json:
        """End every fault and switch, keep the messages."""
        self._faults.clear()
        self._sockets.hold_acks = self._sockets.hold_events = self._sockets.duplicate = False
        self.down = self._api.limits.on = False
        self._clock.scale, self._workspace.paid_plan, self._sockets.dead_tickets = 1.0, True, 0
        self._workspace.refused_kinds = frozenset()
        return {}

    # the workspace's own changes

    async def _blocks(self, given: Json) -> Json:
        self._workspace.refused_kinds = frozenset(map(str, given["refuse"]))
        return {"refuse": sorted(self._workspace.refused_kinds)}

    async def _plan(self, given: Json) -> Json:
        self._workspace.paid_plan = bool(given["paid"])
        return {"paid": self._workspace.paid_plan}

    async def _user(self, given: Json) -> Json:
        user = self._workspace.users.get(given["id"])
        if user is None:
            raise Refused("user_not_found", f"nobody has the id {given['id']}")
        self._workspace.change_user(user, **{name: bool(given[name]) for name in _USER_FLAGS if name in given})
        return {"user": asdict(user)}

    async def _usergroup(self, given: Json) -> Json:
        group = self._workspace.groups.get(given["id"])
        if group is None:
            raise Refused("no_such_subteam", f"no user group has the id {given['id']}")
        self._workspace.change_group(group, [str(user) for user in given["users"]])
        return {"usergroup": asdict(group)}

    async def _http(self, given: Json) -> Json:
        """Deliver to this URL instead of Socket Mode; an empty one goes back to the sockets."""
        await self._request_url.verify(str(given["url"]))
        return {"url": self._request_url.url}
