"""A GitHub App at the stand-in: it proves itself by a signed token and gets one that works for an hour.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt
from aiohttp import web

from playground.vendors.github.errors import bad_credentials, not_found
from playground.vendors.github.tracker import Account

LIFE = timedelta(hours=1)
LONGEST_PROOF = timedelta(minutes=10)


@dataclass
class App:
    """One app with one installation. `public_key` is PEM; `account` is who it writes as, `name[bot]`."""

    id: int
    installation: int
    public_key: str
    account: Account
    tokens: dict[str, datetime] = field(default_factory=dict)  # token → its end

    async def grant(self, request: web.Request, now: Callable[[], datetime]) -> web.Response:
        """`POST /app/installations/{installation}/access_tokens`; raises Refusal."""
        try:
            claims = jwt.decode(
                request.headers.get("Authorization", "").partition(" ")[2],
                self.public_key,
                algorithms=["RS256"],
                options={"require": ["exp", "iat", "iss"]},
            )
        except jwt.InvalidTokenError:
            raise bad_credentials() from None
        if str(claims["iss"]) != str(self.id) or claims["exp"] - claims["iat"] > LONGEST_PROOF.total_seconds() + 60:
            raise bad_credentials()
        if int(request.match_info["installation"]) != self.installation:
            raise not_found()
        token = f"ghs_{secrets.token_hex(20)}"
        self.tokens[token] = now() + LIFE
        ends = f"{self.tokens[token]:%Y-%m-%dT%H:%M:%SZ}"
        rights = {"issues": "write", "metadata": "read"}
        return web.json_response({"token": token, "expires_at": ends, "permissions": rights}, status=201)

    def owns(self, token: str, now: datetime) -> bool:
        """Whether this is a token of the app that still works."""
        return self.tokens.get(token, now) > now
