"""The app's request URL, instead of Socket Mode: signed POSTs, `url_verification`, and events that come again.

One URL takes events, commands and interactions, as Bolt's receivers expect. It follows no redirects.
Sources: https://docs.slack.dev/apis/events-api/using-http-request-urls, …/authentication/verifying-requests-from-slack
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from playground.slack.clock import Clock
from playground.slack.delivery import ACK_SECONDS, RETRIES, Delivery, EnvelopeKind, Outcome
from playground.slack.errors import Refused
from playground.slack.model import App, Json
from playground.slack.wire import dumps

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back: no `reason` if it acknowledges; `again` is false after `X-Slack-No-Retry: 1`."""

    text: str = ""
    content_type: str = ""
    reason: str = ""
    again: bool = True


class RequestUrl:
    """Where the app listens; empty until `verify` has seen it answer."""

    def __init__(self, clock: Clock, app: App) -> None:
        self.url = ""
        self._clock = clock
        self._app = app
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def verify(self, url: str) -> None:
        """Ask the URL for Slack's challenge and use it from now on; Refused `url_not_verified`. Empty: no URL."""
        challenge = secrets.token_urlsafe(32)
        if url:
            body = dumps({"token": "standin-verification", "challenge": challenge, "type": "url_verification"})
            answer = await self._post(url, body, JSON, {})
            if answer.reason or challenge not in answer.text:
                raise Refused("url_not_verified", answer.reason or "the answer does not carry the challenge")
        self.url = url

    def deliver(self, kind: EnvelopeKind, payload: Json, *, accepts: bool = False) -> Delivery:
        """As `Carrier` says; each delivery is a task of its own, so a slow answer holds up no other."""
        delivery = Delivery(kind, dumps(payload), asyncio.get_running_loop().create_future(), accepts)
        task = asyncio.create_task(self._carry(delivery, self.url))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return delivery

    async def close(self) -> None:
        """Stop for good."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _carry(self, delivery: Delivery, url: str) -> None:
        """Post until it is acknowledged or given up; the same body and `event_id` each time."""
        body, content_type = _encoded(delivery)
        waits = RETRIES if delivery.kind == "events_api" else ()
        while True:
            answer = await self._post(url, body, content_type, _retry_headers(delivery))
            delivery.reason = answer.reason
            if not answer.reason:
                delivery.outcome.set_result(Outcome(True, _payload(answer)))
                return
            if delivery.attempt == len(waits) or not answer.again:
                delivery.outcome.set_result(Outcome(False, reason=answer.reason))
                return
            await asyncio.sleep(self._clock.wait(waits[delivery.attempt]))
            delivery.attempt += 1

    async def _post(self, url: str, body: str, content_type: str, more: dict[str, str]) -> _Answer:
        timeout = aiohttp.ClientTimeout(total=self._clock.wait(ACK_SECONDS))
        headers = {"Content-Type": content_type, "User-Agent": USER_AGENT} | self._signed(body) | more
        if self._session is None:
            self._session = aiohttp.ClientSession()
        post = self._session.post(url, data=body.encode(), headers=headers, timeout=timeout, allow_redirects=False)
        try:
            async with post as response:
                text = await response.text()
                if response.ok and response.status < 300:
                    return _Answer(text, response.content_type)
                no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                return _Answer(reason="http_error", again=not no_retry)
        except TimeoutError:
            return _Answer(reason="http_timeout")
        except (aiohttp.ClientError, ValueError):
            return _Answer(reason="connection_failed")

    def _signed(self, body: str) -> dict[str, str]:
        """The two headers of Slack's signature, version 0, over the body exactly as it is sent."""
        timestamp = str(int(self._clock.now()))
        base = f"v0:{timestamp}:{body}".encode()
        digest = hmac.new(self._app.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _encoded(delivery: Delivery) -> tuple[str, str]:
    """Events are JSON, a command is a form, an interaction a form with one JSON field."""
    if delivery.kind == "events_api":
        return delivery.body, JSON
    fields = json.loads(delivery.body) if delivery.kind == "slash_commands" else {"payload": delivery.body}
    return urlencode(fields), FORM


def _retry_headers(delivery: Delivery) -> dict[str, str]:
    if not delivery.attempt:
        return {}
    return {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": delivery.reason}


def _payload(answer: _Answer) -> Json | None:
    """What an acknowledgement says: an object as JSON, or plain words."""
    if answer.content_type != JSON:
        return {"text": answer.text} if answer.text.strip() else None
    try:
        given = json.loads(answer.text or "null")
    except ValueError:
        return None
    return given if isinstance(given, dict) else None
