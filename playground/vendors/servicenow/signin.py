"""Who asks: basic credentials, or a bearer token that /oauth_token.do gave for client credentials.

https://www.servicenow.com/docs, OAuth inbound: Client Credentials
"""

import base64
import binascii
import hmac
import secrets
import time
from dataclasses import dataclass, field

from aiohttp import web

from playground.vendors.servicenow.accounts import Client, User
from playground.vendors.servicenow.errors import unauthenticated


@dataclass
class Tokens:
    """The tokens that are good; `seconds` is how long a new one lives, by the true clock."""

    clients: tuple[Client, ...]
    seconds: float = 1_799
    given: int = 0
    _good: dict[str, tuple[User, float]] = field(default_factory=dict)

    async def give(self, request: web.Request) -> web.Response:
        """Answer POST /oauth_token.do."""
        asked = await request.post()
        for client in self.clients:
            known = (asked.get("client_id"), asked.get("client_secret")) == (client.id, client.secret)
            if known and asked.get("grant_type") == "client_credentials":
                token = secrets.token_urlsafe(64)
                self.given += 1
                self._good[token] = (client.user, time.monotonic() + self.seconds)
                said = {"scope": "useraccount", "token_type": "Bearer", "expires_in": int(self.seconds)}
                return web.json_response({"access_token": token, **said})
        refused = {"error": "server_error", "error_description": "access_denied"}
        return web.json_response(refused, status=401)

    def revoke(self) -> None:
        """End every token."""
        self._good.clear()

    def user(self, token: str) -> User | None:
        """Whose token it is, while it is good."""
        user, until = self._good.get(token, (None, 0.0))
        return user if time.monotonic() < until else None


def signed_in(request: web.Request, users: tuple[User, ...], tokens: Tokens) -> User:
    """The user of a request; Refusal 401."""
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    found = tokens.user(said) if scheme.lower() == "bearer" else None
    if scheme.lower() == "basic":
        name, _, password = _decoded(said).partition(":")
        found = next((user for user in users if user.user_name == name), None)
        if found is not None and not hmac.compare_digest(found.password.encode(), password.encode()):
            found = None
    if found is None:
        raise unauthenticated()
    return found


def _decoded(said: str) -> str:
    try:
        return base64.b64decode(said, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
