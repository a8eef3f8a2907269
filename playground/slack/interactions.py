"""What an app gets to answer a person with: trigger ids and response URLs. It sends nothing; `people.py` does."""

import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from playground.slack import cast
from playground.slack.clock import Clock
from playground.slack.errors import SlackError
from playground.slack.model import App, Channel, Json, Message
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


TRIGGER_SECONDS = 3.0
_TRIGGER = re.compile(r"\d+\.\d+\.[0-9a-f]+")


@dataclass(slots=True)
class Trigger:
    """What lets the app open a modal for `user` for three seconds; `view` is the modal it was pressed in, if any."""

    user: str
    view: str
    born: float
    exchanged: bool = False


class Triggers:
    """Every trigger id given out; each works once, within three seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[str, Trigger] = {}

    def issue(self, user: str, view: str = "") -> str:
        """A new trigger id."""
        trigger_id = f"{len(self._given) + 1}.{cast.TEAM[-4:]}.{secrets.token_hex(16)}"
        self._given[trigger_id] = Trigger(user, view, time.monotonic())
        return trigger_id

    def look(self, trigger_id: str) -> Trigger:
        """Whom it is for, and that it still works; else SlackError `invalid_…`, `exchanged_…`, `expired_trigger_id`."""
        trigger = self._given.get(trigger_id)
        if trigger is None or not _TRIGGER.fullmatch(trigger_id):
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.born > self._clock.wait(TRIGGER_SECONDS):
            raise SlackError("expired_trigger_id")
        return trigger


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
