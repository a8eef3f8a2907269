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

from bot.declaring import Declaring
from bot.homes import Homes
from bot.inbox import Delivery, Inbox
from bot.menus import Menus
from bot.slack import Slack
from bot.slack_views import SlackViews
from bot.vetoes import VetoReasons
from bot.views.answers import Reply, told
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
    reasons: VetoReasons
    menus: Menus
    declaring: Declaring
    homes: Homes
    inbox: Inbox
    slack: Slack
    forms: SlackViews
    gate: Gate
    channel: str  # of the incidents

    async def tell(
        self, channel: str, user: str, said: str | Reply, thread_ts: str | None = None, trigger: str = ""
    ) -> None:
        """Answer one person, at most once. What cannot be told any more is no reason to handle the click again.

        `trigger`: of the act that is answered; a form is shown in exchange for it, and words where it is too late.
        """
        reply = told(said)
        if reply.form is not None and trigger and await self.forms.open(trigger, self.gate.tree(reply.form)):
            return
        try:
            await self.slack.whisper(channel, user, self.gate.tree(reply.message()), thread_ts)
        except WatchkeeperError as err:
            log.warning("an answer did not reach its person", says=str(err))

    async def tell_in_thread(self, incident: int, user: str, said: str | Reply) -> None:
        """As `tell`, for what came from no message: a modal knows no channel."""
        if place := await self.votes.place_of(incident):
            await self.tell(place[0], user, said, place[1])


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
    if body.get("type") == "view_submission":  # twice the same is one; what was mended below an error is another
        view = body["view"]
        return f"slack/{view['id']}/{view['hash']}/{_digest(view.get('state'))}"
    return f"slack/{_digest(body)}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def stored(doors: Doors, faults: Callable[[Body], Mapping[str, str]]) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Global middleware: store, or acknowledge a duplicate without handling it. If storing fails, nothing is acked.

    `faults`: what is wrong in a modal, by block. The person reads it there and mends it, so it is not stored.
    """

    async def middleware(body: Body, req: AsyncBoltRequest, next: Next) -> BoltResponse | None:
        if REPLAY not in req.headers:
            if wrong := faults(body):
                errors = {"response_action": "errors", "errors": wrong}
                return BoltResponse(status=200, body=json.dumps(errors), headers={"content-type": "application/json"})
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
