"""What an app gets to answer a person with: trigger ids and response URLs, and the payloads that carry them.

It sends nothing; `people.py` does. Shapes: https://docs.slack.dev/reference/interaction-payloads
"""

import itertools
import secrets
import time
from dataclasses import dataclass
from typing import Any

from playground.slack import cast
from playground.slack.clock import Clock
from playground.slack.errors import SlackError
from playground.slack.model import App, Channel, Json, Message, User
from playground.slack.state import Workspace

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer one interaction: in `channel`, to `user`, about `message` if a button was pressed."""

    channel: Channel
    user: str
    message: Message | None
    born: float
    uses: int = 0


class ResponseUrls:
    """Every response URL given out; each works five times within thirty minutes."""

    def __init__(self, clock: Clock) -> None:
        self.root = ""
        self._clock = clock
        self._open: dict[str, ResponseUrl] = {}

    def issue(self, channel: Channel, user: str, message: Message | None = None) -> str:
        """A new URL below `root`, the stand-in's own address."""
        token = f"{cast.TEAM}/{len(self._open) + 1}/{secrets.token_urlsafe(12)}"
        self._open[token] = ResponseUrl(channel, user, message, time.monotonic())
        return f"{self.root}/response/{token}"

    def use(self, token: str) -> ResponseUrl:
        """Count one use; raises SlackError `expired_url`, `used_url` or `no_such_url`."""
        given = self._open.get(token)
        if given is None:
            raise SlackError("no_such_url")
        if time.monotonic() - given.born > self._clock.wait(RESPONSE_URL_SECONDS):
            raise SlackError("expired_url")
        if given.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        given.uses += 1
        return given


_triggers = itertools.count(1)


def trigger_id() -> str:
    """A new trigger id; no method takes one yet, so none is remembered."""
    return f"{next(_triggers)}.{cast.TEAM[-4:]}.{secrets.token_hex(16)}"


def slash_command(app: App, channel: Channel, user: User, command: str, text: str, response_url: str) -> Json:
    """The payload of a slash command, all values strings as in a form."""
    return {
        "token": "standin-verification",
        "team_id": cast.TEAM,
        "team_domain": cast.DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id(),
    }


def block_actions(app: App, channel: Channel, user: User, message: Message, action: Json, response_url: str) -> Json:
    """The payload of a pressed button or a chosen option; an ephemeral message is named but not shown."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _interaction("block_actions", app, channel, user)
    payload |= {
        "container": container,
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
    if message.ephemeral_to is None:
        payload["message"] = message.as_slack(metadata=True)
    return payload


def shortcut(app: App, callback_id: str, channel: Channel, user: User, message: Message | None, url: str) -> Json:
    """The payload of a shortcut on a message, or of a global one, which knows no channel."""
    kind = "message_action" if message else "shortcut"
    payload = _interaction(kind, app, channel if message else None, user) | {"callback_id": callback_id}
    if message is None:
        return payload | {"action_ts": f"{time.time():.6f}"}
    return payload | {
        "message_ts": message.ts,
        "message": message.as_slack(metadata=True),
        "response_url": url,
        "action_ts": f"{time.time():.6f}",
    }


def _interaction(kind: str, app: App, channel: Channel | None, user: User) -> Json:
    payload: Json = {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": cast.TEAM},
        "api_app_id": app.app_id,
        "token": "standin-verification",
        "trigger_id": trigger_id(),
        "team": {"id": cast.TEAM, "domain": cast.DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    return payload | {"channel": {"id": channel.id, "name": channel.name or "directmessage"}} if channel else payload


def respond(workspace: Workspace, app: App, place: ResponseUrl, given: Json, blocks: list[Json]) -> None:
    """Carry out what an app sent in an acknowledgement or to a response URL.

    `replace_original` and `delete_original` concern the message whose button was pressed; everything else is a new
    message, for the person alone unless `response_type` is `in_channel`. Raises SlackError `no_text`.
    """
    original = place.message
    if original is not None and _true(given.get("delete_original")):
        workspace.delete(original, app.user_id)
        return
    text = str(given.get("text") or "")
    if not text and not blocks:
        raise SlackError("no_text")
    if original is not None and _true(given.get("replace_original")):
        workspace.edit(original, app.user_id, text, blocks, mark_edited=False)
        return
    private = given.get("response_type", "ephemeral") != "in_channel"
    thread = given.get("thread_ts") or (original.thread_ts if original is not None else None)
    workspace.post(
        place.channel,
        app.user_id,
        text,
        ephemeral_to=place.user if private else None,
        blocks=blocks,
        bot=app.profile(workspace.team),
        thread_ts=thread,
    )


def _true(value: Any) -> bool:
    return str(value).lower() in ("1", "true")
