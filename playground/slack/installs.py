"""Installing the app by OAuth: codes, tokens that end and are exchanged, and workspaces that uninstall.

The stand-in is one workspace. Of any other it knows the name, its tokens, and what was said there; nothing else works.
Sources: https://docs.slack.dev/authentication/installing-with-oauth, …/authentication/using-token-rotation
"""

import base64
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from playground.slack import cast
from playground.slack.args import Args
from playground.slack.clock import Clock
from playground.slack.courier import Courier
from playground.slack.errors import Refused, SlackError
from playground.slack.model import App, Json

TEAMS = {cast.TEAM: "Shop", "T07BAKERY01": "Bakery"}


@dataclass(slots=True)
class Grant:
    """One bot token: whose, and until when (0: for ever)."""

    team: str
    refresh: str
    ends: float
    revoked: bool = False


class Installs:
    """`lives` is how long a token lives, in seconds; 0 without token rotation. `team` is where people install next."""

    def __init__(self, clock: Clock, app: App, courier: Courier) -> None:
        self.lives = 0
        self.team = cast.TEAM
        self.exchanges = 0
        self.said: list[Json] = []
        self.grants: dict[str, Grant] = {}
        self._codes: dict[str, tuple[str, str]] = {}
        self._clock = clock
        self._app = app
        self._courier = courier

    async def authorize(self, request: web.Request) -> web.Response:
        """`GET /oauth/v2/authorize`, pressed Allow: back to the app with a code, good once."""
        asked, redirect = request.query, request.query.get("redirect_uri", "")
        if asked.get("client_id") != self._app.client_id or set(asked["scope"].split(",")) - set(self._app.scopes):
            return web.Response(status=400, text="invalid_client_id or invalid_scope")
        code = secrets.token_hex(8)
        self._codes[code] = (self.team, redirect)
        raise web.HTTPFound(f"{redirect}?{urlencode({'code': code, 'state': asked.get('state', '')})}")

    def access(self, request: web.Request, args: Args) -> Json:
        """`oauth.v2.access`: a code, or a refresh token, becomes a token."""
        self._client(request, args)
        if args.text("grant_type") == "refresh_token":
            old = next((t for t, g in self.grants.items() if g.refresh == args.text("refresh_token")), "")
            if not old or self.grants[old].revoked:
                raise SlackError("invalid_refresh_token")
            self.exchanges += 1
            self.grants[old].refresh = ""  # good once; the old token lives to its end
            return self._granted(self.grants[old].team)
        team, redirect = self._codes.pop(args.text("code"), ("", ""))
        if not team:
            raise SlackError("invalid_code")
        if redirect != args.text("redirect_uri"):
            raise SlackError("bad_redirect_uri")
        return self._granted(team)

    def holder(self, token: str) -> str:
        """The workspace of a token; empty for one that was never given out. Raises `token_expired`, `token_revoked`."""
        grant = self.grants.get(token)
        if grant is None:
            return ""
        if grant.revoked:
            raise SlackError("token_revoked")
        if grant.ends and grant.ends < self._clock.now():
            raise SlackError("token_expired")
        return grant.team

    def elsewhere(self, team: str, method: str, args: Args) -> Json:
        """A call in another workspace: who one is, and what one says."""
        if method == "auth.test":
            me = {"user": self._app.name.lower(), "user_id": self._app.user_id, "bot_id": self._app.bot_id}
            return {"team": TEAMS[team], "team_id": team, **me}
        if method in ("chat.postEphemeral", "chat.postMessage"):
            self.said.append({"team": team, "method": method, **args.given})
            return {"ts": f"{self._clock.now():.6f}"}
        raise SlackError("channel_not_found")

    def uninstall(self, team: str) -> None:
        """A workspace removes the app: its tokens end, and Slack tells the app twice."""
        held = [grant for grant in self.grants.values() if grant.team == team and not grant.revoked]
        if not held:
            raise Refused("not_installed", f"{team} has not installed the app")
        for grant in held:
            grant.revoked = True
        self._tell(team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self._app.user_id]}})
        self._tell(team, {"type": "app_uninstalled"})

    def _tell(self, team: str, event: Json) -> None:
        if event["type"] in self._app.bot_events:
            now = int(self._clock.now())
            about = {"token": "standin-verification", "team_id": team, "api_app_id": self._app.app_id}
            body = {"type": "event_callback", "event_id": f"Ev07{secrets.token_hex(4).upper()}", "event_time": now}
            self._courier.deliver("events_api", {**about, **body, "event": event})

    def _client(self, request: web.Request, args: Args) -> None:
        basic = request.headers.get("Authorization", "").removeprefix("Basic ")
        given = base64.b64decode(basic).decode() if basic else f"{args.text('client_id')}:{args.text('client_secret')}"
        if given != f"{self._app.client_id}:{self._app.client_secret}":
            raise SlackError("bad_client_secret")

    def _granted(self, team: str) -> Json:
        prefix, ends = ("xoxe.xoxb", self._clock.now() + self.lives) if self.lives else ("xoxb", 0.0)
        token, refresh = f"{prefix}-{secrets.token_hex(8)}", f"xoxe-{secrets.token_hex(8)}" if self.lives else ""
        self.grants[token] = Grant(team, refresh, ends)
        rotating = {"refresh_token": refresh, "expires_in": self.lives} if self.lives else {}
        return {
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(self._app.scopes),
            "bot_user_id": self._app.user_id,
            "app_id": self._app.app_id,
            "team": {"id": team, "name": TEAMS[team]},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": cast.PRIYA},
            **rotating,
        }
