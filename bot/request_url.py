"""`/slack/events`: Slack's events, commands and clicks as signed requests, instead of a socket.

The signature and its time are checked before anything is read, stored or counted as work; what fails is answered 401
and not kept. It stores nothing itself: the listeners' first middleware does, before the answer, which is the ack.
Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.settings_slack import EVENTS_PATH
from bot.web import body_of
from engine.errors import Denied

log = structlog.get_logger()
WINDOW = 300  # seconds that a request may be old, or ahead of our clock
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
# What a listener may see of the headers: ours for a replay must never come from outside.
_PASSED = ("content-type", "x-slack-retry-num", "x-slack-retry-reason")


class RequestUrl:
    """One URL for everything that Slack sends to the app."""

    def __init__(self, secret: str, registry: CollectorRegistry, now: Callable[[], float] = time.time) -> None:
        self.received = Counter(
            "watchkeeper_slack_requests", "Slack's requests, by what became of them", ["outcome"], registry=registry
        )
        self._secret = secret.encode()
        self._now = now
        self._app: AsyncApp | None = None

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """For the HTTP door."""
        return [Route(EVENTS_PATH, self.receive, methods=["POST"])]

    async def connected(self) -> bool:
        """Whether what Slack sends is handled now."""
        return self._app is not None

    async def run(self, app: AsyncApp) -> None:
        """Hand over to this app until cancelled."""
        self._app = app
        log.info("Slack's requests are taken", path=EVENTS_PATH)
        try:
            await asyncio.Event().wait()
        finally:
            self._app = None

    async def receive(self, request: Request) -> Response:
        """`POST /slack/events`. Whatever is not 2xx Slack shows to its person, or sends again."""
        body = await body_of(request)
        if body is None:
            return self._refused("too_large", 413, "It is too large.")
        try:
            verify(self._secret, request.headers, body, self._now())
        except Denied as err:
            return self._refused("denied", 401, str(err))
        challenge = _challenge(request, body)
        if challenge is not None:  # answered also before there is anybody to listen: Slack asks when the URL is set
            return JSONResponse({"challenge": challenge})
        if self._app is None:
            return self._refused("not_ready", 503, "Slack cannot be answered yet; send it again.")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return self._refused("unreadable", 400, "It is no text.")
        headers: dict[str, str | Sequence[str]] = {
            name: request.headers[name] for name in _PASSED if name in request.headers
        }
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=text, headers=headers))
        if answer.status >= 400:
            return self._refused("failed", answer.status, "It was not stored, or nothing listens for it.")
        self.received.labels("accepted").inc()
        return to_starlette_response(answer)

    def _refused(self, outcome: str, status: int, says: str) -> Response:
        self.received.labels(outcome).inc()
        log.warning("a request of Slack was refused", status=status, says=says)
        return PlainTextResponse(f"{says}\n", status)


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Slack's signature, version 0, over the body as it came. Raises `Denied` with the reason, in constant time."""
    sent_at, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if _TIMESTAMP.fullmatch(sent_at) is None or not signature:
        raise Denied("The signature is missing.")
    digest = hmac.new(secret, b"v0:" + sent_at.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={digest}".encode(), signature.encode()):
        raise Denied("The signature is wrong.")
    if abs(now - int(sent_at)) > WINDOW:
        raise Denied(f"It was signed more than {WINDOW} s ago, or ahead of this clock.")


def _challenge(request: Request, body: bytes) -> str | None:
    """What Slack asks to hear when the URL is set; None for everything else."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    if isinstance(asked, dict) and asked.get("type") == "url_verification":
        return str(asked.get("challenge", ""))
    return None
