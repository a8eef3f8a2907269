"""The control door: a test, a script or the page sets faults, looks, waits, and acts as a person, as JSON over HTTP.

Not part of Slack; each endpoint is described with an example in docs/slack-stand-in.md.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

from aiohttp import web

from playground.slack.clock import Clock
from playground.slack.errors import Refused
from playground.slack.expect import Expectation, Expecting
from playground.slack.faults import Faults, Match
from playground.slack.feed import message_json
from playground.slack.model import Json, Message
from playground.slack.people import People
from playground.slack.sockets import Delivery, Sockets
from playground.slack.state import Workspace
from playground.slack.web_api import WebApi
from playground.slack.wire import dumps

LONGEST_WAIT = 300.0
_USER_FLAGS = ("deleted", "is_restricted", "is_ultra_restricted", "is_stranger")


class Control:
    """Every `/control/*` endpoint; a refusal is 409 with `{"ok": false, "error", "detail"}`."""

    def __init__(self, workspace: Workspace, people: People, sockets: Sockets, faults: Faults, api: WebApi) -> None:
        self._workspace = workspace
        self._clock: Clock = workspace.clock
        self._people = people
        self._sockets = sockets
        self._faults = faults
        self._api = api
        self._expecting = Expecting(workspace)
        self.down = False

    def routes(self) -> list[web.RouteDef]:
        """The table of endpoints."""
        posts: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "act": self._act,
            "clock": self._set_clock,
            "disconnect": self._disconnect,
            "down": self._set_down,
            "fault": self._fault,
            "hold-acks": self._hold_acks,
            "kill": self._kill,
            "limits": self._limits,
            "plan": self._plan,
            "redeliver": self._redeliver,
            "reset": self._reset,
            "user": self._user,
            "usergroup": self._usergroup,
        }
        reads: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
            "expect": self._expect,
            "faults": self._show_faults,
            "log": self._log,
            "messages": self._messages,
            "sockets": self._show_sockets,
        }
        return [web.post(f"/control/{name}", _posted(run)) for name, run in posts.items()] + [
            web.get(f"/control/{name}", read) for name, read in reads.items()
        ]

    # looking

    async def _expect(self, request: web.Request) -> web.Response:
        query = request.query
        timeout = min(float(query.get("timeout", "10")), LONGEST_WAIT)
        names = {field.name for field in fields(Expectation)} - {"contains", "lacks", "edited"}
        unknown = set(query) - names - {"contains", "lacks", "edited", "timeout"}
        if unknown:
            return _json({"ok": False, "error": "unknown_parameter", "detail": ", ".join(sorted(unknown))}, 400)
        wanted = Expectation(
            **{name: query[name] for name in names if name in query},
            contains=tuple(query.getall("contains", [])),
            lacks=tuple(query.getall("lacks", [])),
            edited=query.get("edited", "") in ("1", "true"),
        )
        try:
            found = await self._expecting.until(wanted, timeout)
        except TimeoutError:
            there = Expectation(channel=wanted.channel, ephemeral_to=wanted.ephemeral_to)
            shown = [self._shown(message) for message in self._expecting.matching(there)]
            return _json({"ok": False, "error": "timeout", "there": shown[-50:]}, 408)
        return _json({"ok": True, "message": self._shown(found)})

    async def _messages(self, request: web.Request) -> web.Response:
        name = request.query.get("channel", "")
        shown = []
        for channel in self._workspace.channels.values():
            if name in ("", channel.id, channel.name):
                shown += [self._shown(message) for message in channel.messages.values()]
        return _json({"ok": True, "messages": shown})

    async def _log(self, request: web.Request) -> web.Response:
        method, since = request.query.get("method", ""), float(request.query.get("since", "0"))
        calls = [call for call in self._api.log if method in ("", call["method"]) and call["at"] >= since]
        return _json({"ok": True, "calls": calls})

    async def _show_faults(self, _: web.Request) -> web.Response:
        kills, faults = self._faults.kills, self._faults.faults
        return _json({"ok": True, "kills": [asdict(k) for k in kills], "faults": [asdict(f) for f in faults]})

    async def _show_sockets(self, request: web.Request) -> web.Response:
        """The app's sockets; with `staying` it waits until there are so many, at most `timeout` real seconds."""
        ok, timeout = True, min(float(request.query.get("timeout", "10")), LONGEST_WAIT)
        try:
            async with asyncio.timeout(timeout):
                await self._sockets.until_staying(int(request.query.get("staying", "0")))
        except TimeoutError:
            ok = False
        there = [{"leaving": c.leaving, "envelopes": c.envelopes} for c in self._sockets.connections]
        body = {"ok": ok, "sockets": there, "unacknowledged": self._sockets.unacknowledged}
        return _json(body, 200 if ok else 408)

    def _shown(self, message: Message) -> Json:
        versions = [asdict(version) for version in message.versions]
        return message_json(self._workspace, message) | {
            "at": message.at,
            "deleted": message.deleted,
            "history": versions,
        }

    # going wrong

    async def _kill(self, given: Json) -> Json:
        match = {name: str(given[name]) for name in ("contains", "event_type") if name in given}
        return asdict(self._faults.kill_at(given["point"], int(given["pid"]), **match))

    async def _fault(self, given: Json) -> Json:
        match = Match(given["method"], str(given.get("contains", "")), str(given.get("event_type", "")))
        times, wait = int(given.get("times", 1)), int(given.get("retry_after", 1))
        return asdict(self._faults.spoil(given["kind"], match, times, wait))

    async def _disconnect(self, given: Json) -> Json:
        reason, after = given.get("reason", "refresh_requested"), float(given.get("close_after", 10))
        return {"sockets": self._sockets.disconnect(reason, after)}

    async def _hold_acks(self, given: Json) -> Json:
        self._sockets.hold_acks = bool(given["on"])
        return {"hold_acks": self._sockets.hold_acks}

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
        self._sockets.hold_acks = self._sockets.duplicate = self.down = self._api.limits.on = False
        self._clock.scale, self._workspace.paid_plan = 1.0, True
        return {}

    # the workspace's own changes

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

    # acting

    async def _act(self, given: Json) -> Json:
        """Act as a person; for commands and presses, wait for the acknowledgement and tell how long it took."""
        who, room = given["as"], given.get("channel", "")
        ts, text, thread = str(given.get("ts", "")), str(given.get("text", "")), str(given.get("thread_ts", "") or "")
        match given["do"]:
            case "command":
                return await self._delivered(self._people.command(who, room, _command(given), thread))
            case "message" if text.startswith("/"):
                # As in Slack's composer, whatever begins with a slash is a command.
                return await self._delivered(self._people.command(who, room, text, thread))
            case "message":
                broadcast = bool(given.get("reply_broadcast"))
                return self._done(self._people.message(who, room, text, thread, broadcast=broadcast))
            case "mention":
                return self._done(self._people.mention(who, room, text, thread))
            case "edit":
                return self._done(self._people.edit(who, room, ts, text))
            case "delete":
                return self._done(self._people.delete(who, room, ts))
            case "click":
                value, confirm = str(given.get("value", "")), bool(given.get("confirm"))
                press = self._people.click(who, room, ts, given["action_id"], value=value, confirm=confirm)
                return await self._delivered(press)
            case "shortcut":
                return await self._delivered(self._people.shortcut(who, room, given["callback_id"], ts))
            case "react" | "unreact" | "join" | "leave" as quiet:
                return self._quietly(quiet, who, room, ts, str(given.get("name", "")))
            case unknown:
                raise Refused("unknown_act", f"nobody can {unknown}")

    def _quietly(self, act: str, who: str, room: str, ts: str, name: str) -> Json:
        match act:
            case "react":
                self._people.react(who, room, ts, name)
            case "unreact":
                self._people.unreact(who, room, ts, name)
            case "join":
                self._people.join(who, room)
            case _:
                self._people.leave(who, room)
        return {}

    def _done(self, message: Message) -> Json:
        return {"message": self._shown(message)}

    async def _delivered(self, delivery: Delivery) -> Json:
        began = asyncio.get_running_loop().time()
        outcome = await asyncio.shield(delivery.outcome)
        taken = round((asyncio.get_running_loop().time() - began) * 1000, 2)
        return {"acked": outcome.acked, "ack_ms": taken, "reason": outcome.reason}


def _command(given: Json) -> str:
    """`{"text": "/watch status"}` or `{"command": "/watch", "text": "status"}`."""
    return f"{given['command']} {given.get('text', '')}".strip() if "command" in given else str(given["text"])


def _posted(run: Callable[[Json], Awaitable[Json]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A JSON body in, `{"ok": true, …}` out; what is missing in it is named with 400, what Slack refuses with 409."""

    async def handler(request: web.Request) -> web.Response:
        try:
            given: Any = json.loads(await request.read() or b"{}")
            return _json({"ok": True, **await run(given)})
        except Refused as refused:
            return _json({"ok": False, "error": refused.code, "detail": refused.detail}, 409)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"ok": False, "error": "invalid_request", "detail": f"{type(error).__name__}: {error}"}, 400)

    return handler


def _json(body: Json, status: int = 200) -> web.Response:
    return web.Response(text=dumps(body), status=status, content_type="application/json")
