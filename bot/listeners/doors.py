"""What every listener shares: store before the ack, acknowledge at once, mark as handled, answer the person.

Bolt acknowledges events before their listener runs, and an `await ack()` inside a listener costs it a ten-millisecond
poll; so storing is a global middleware, which runs before any ack, and commands and clicks are acknowledged in a
middleware of their own.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest

from bot.inbox import Delivery, Inbox
from bot.slack import Slack
from bot.votes import Votes
from bot.watch import Watch
from engine.errors import WatchkeeperError
from engine.redact import Gate

log = structlog.get_logger()
Next = Callable[[], Awaitable[None]]
Body = Mapping[str, Any]
REPLAY = "x-watchkeeper-replay"


@dataclass(frozen=True, slots=True)
class Doors:
    """What a listener may use. It decides nothing and touches no table."""

    watch: Watch
    votes: Votes
    inbox: Inbox
    slack: Slack
    gate: Gate

    async def tell(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> None:
        """Answer one person, at most once. What cannot be told any more is no reason to handle the click again."""
        try:
            await self.slack.whisper(channel, user, self.gate.clean(text), thread_ts)
        except WatchkeeperError as err:
            log.warning("an answer did not reach its person", says=str(err))


def unescaped(text: str) -> str:
    """What a person typed: Slack hands over `&`, `<` and `>` as entities (docs.slack.dev, formatting text)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def key_of(body: Body) -> str:
    """The delivery's own id: the event's, the command's trigger, or what makes a click this click."""
    if "event_id" in body:
        return f"slack/{body['event_id']}"
    if "command" in body:
        return f"slack/{body['trigger_id']}"
    if body.get("type") == "block_actions":
        action, container = body["actions"][0], body.get("container", {})
        parts = [container.get("message_ts"), action.get("action_id"), action.get("value"), action.get("action_ts")]
        person = hashlib.sha256(f"{body['user']['id']}|{container.get('channel_id')}".encode()).hexdigest()[:12]
        return "slack/" + "/".join(map(str, [*parts, person]))
    return f"slack/{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]}"


def stored(doors: Doors) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Global middleware: store, or acknowledge a duplicate without handling it. If storing fails, nothing is acked."""

    async def middleware(body: Body, req: AsyncBoltRequest, next: Next) -> BoltResponse | None:
        if REPLAY not in req.headers:
            fresh = await doors.inbox.put(key_of(body), "slack", json.dumps(body).encode())
            if not fresh:
                return BoltResponse(status=200, body="")
        await next()
        return None

    return middleware


async def ack_first(ack: AsyncAck, next: Next) -> None:
    """Listener middleware: acknowledge before the listener starts."""
    await ack()
    await next()


async def handled(doors: Doors, body: Body, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work and mark the delivery; see `Inbox.handle`."""
    await doors.inbox.handle(key_of(body), work)


async def replay(app: AsyncApp, inbox: Inbox, delivery: Delivery) -> None:
    """Hand a stored delivery to its listener once more, without storing it again."""
    request = AsyncBoltRequest(body=delivery.json(), mode="socket_mode", headers={REPLAY: "1"})
    response = await app.async_dispatch(request)
    if response.status == 404:
        await inbox.park(delivery.key, "nothing of this version listens for it")
