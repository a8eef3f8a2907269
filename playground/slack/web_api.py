"""The Web API's front desk: reads the call, checks token, scope and rate, lets faults happen, runs the method, logs.

What a method does is in `methods/`; this file knows none of them by name.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from playground.slack import args as arguments
from playground.slack import wire
from playground.slack.args import Args
from playground.slack.clock import Clock
from playground.slack.errors import SlackError
from playground.slack.faults import Faults
from playground.slack.installs import Installs
from playground.slack.interactions import Triggers
from playground.slack.model import App, Channel, Json
from playground.slack.sockets import Sockets
from playground.slack.state import Workspace
from playground.slack.uploads import Uploads
from playground.slack.views import Views

TokenKind = Literal["bot", "app"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a method may use."""

    workspace: Workspace
    app: App
    sockets: Sockets
    triggers: Triggers
    views: Views
    uploads: Uploads


@dataclass(frozen=True, slots=True)
class Call:
    """One call that passed the desk."""

    args: Args
    desk: Desk

    def channel(self, name: str = "channel", *, member: bool = True) -> Channel:
        """The conversation an argument names; raises `channel_not_found`, `not_in_channel`."""
        channel = self.desk.workspace.channels.get(self.args.required(name))
        if channel is None:
            raise SlackError("channel_not_found")
        if member and self.desk.app.user_id not in channel.members:
            # A private conversation one is not in does not exist, as far as Slack tells.
            raise SlackError("not_in_channel" if channel.kind == "channel" else "channel_not_found")
        return channel


@dataclass(frozen=True, slots=True)
class Method:
    """What Slack documents of a method: one of `scopes` is enough; `per_minute` is the tier, 0 a special one."""

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    per_minute: int = 50
    by: TokenKind = "bot"


class RateLimits:
    """Slack's published tiers, enforced when switched on; one message a second in each channel, with short bursts."""

    POSTS_PER_MINUTE_AND_CHANNEL = 60

    def __init__(self, clock: Clock) -> None:
        self.on = False
        self._clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def check(self, name: str, method: Method, args: Args) -> None:
        """Raises SlackError `ratelimited` with `retry_after` in seconds."""
        if not self.on:
            return
        key, most = name, method.per_minute
        if not most:
            key, most = f"{name} {args.text('channel')}", self.POSTS_PER_MINUTE_AND_CHANNEL
        window, now, calls = self._clock.wait(60), time.monotonic(), self._calls[key]
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            raise SlackError("ratelimited", retry_after=max(1, round(calls[0] + window - now)))
        calls.append(now)


class WebApi:
    """`POST /api/<method>` (and GET), with everything that can go wrong before and after the method itself."""

    def __init__(self, desk: Desk, methods: dict[str, Method], faults: Faults, installs: Installs) -> None:
        self.desk = desk
        self.installs = installs
        self.methods = methods
        self.faults = faults
        self.limits = RateLimits(desk.workspace.clock)
        self.log: deque[Json] = deque(maxlen=20_000)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call; every outcome, also a cut connection, is one line of the log."""
        name = request.match_info["method"]
        entry: Json = {"at": self.desk.workspace.clock.now(), "method": name, "http": request.method}
        self.log.append(entry)
        began = time.perf_counter()
        try:
            given = await arguments.read(request)
            entry["args"] = {key: wire.summary(value) for key, value in given.items() if key != "token"}
            async with self.faults.around(name, given, request) as fault:
                answer = fault if fault is not None else self._answer(request, name, Args(given))
                entry["result"] = answer.result
            return answer.response()
        except SlackError as error:
            entry["result"] = error.code
            return wire.Answer({"ok": False, "error": error.code, **error.fields}).response()
        except ConnectionResetError:
            # Only faults raise this. The connection is gone already, so this response goes nowhere.
            entry["result"] = f"{entry.get('result', '')} connection cut".strip()
            return web.Response()
        finally:
            entry["ms"] = round((time.perf_counter() - began) * 1000, 2)

    def _answer(self, request: web.Request, name: str, args: Args) -> wire.Answer:
        if name == "oauth.v2.access":  # asked with the app's own secret, by whoever has no token yet
            return wire.Answer({"ok": True, **self.installs.access(request, args)})
        method = self.methods.get(name)
        if method is None:
            return wire.Answer({"ok": False, "error": "unknown_method", "req_method": name})
        try:
            scopes, team = self._authorised(request, method, args)
            self.limits.check(name, method, args)
        except SlackError as error:
            return wire.refusal(error)
        try:
            home = team == self.desk.workspace.team
            done = method.run(Call(args, self.desk)) if home else self.installs.elsewhere(team, name, args)
            body = {"ok": True, **done}
        except SlackError as error:
            return wire.refusal(error, scopes)
        return wire.Answer(
            body, headers=wire.scope_headers(scopes) | {"x-accepted-oauth-scopes": ",".join(method.scopes)}
        )

    def _authorised(self, request: web.Request, method: Method, args: Args) -> tuple[tuple[str, ...], str]:
        """Scopes and workspace of the token that was sent; raises Slack's errors for none, or one without rights."""
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ") or args.text("token")
        app = self.desk.app
        if not sent:
            raise SlackError("not_authed")
        held: dict[str, tuple[TokenKind, tuple[str, ...]]] = {
            app.bot_token: ("bot", app.scopes),
            app.app_token: ("app", app.app_scopes),
        }
        team = self.installs.holder(sent)
        if team:
            held[sent] = ("bot", app.scopes)
        if sent not in held:
            raise SlackError("invalid_auth")
        kind, scopes = held[sent]
        if kind != method.by:
            raise SlackError("not_allowed_token_type")
        if method.scopes and not set(method.scopes) & set(scopes):
            raise SlackError("missing_scope", needed=",".join(method.scopes), provided=",".join(scopes))
        return scopes, team or self.desk.workspace.team
