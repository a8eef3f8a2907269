"""The Events API: turns changes of the workspace into events for the app, if it subscribed and may see them.

It delivers through the courier and keeps nothing. Shapes: https://docs.slack.dev/reference/events
"""

import itertools
import secrets

from playground.slack.delivery import Carrier
from playground.slack.directory import User, UserGroup
from playground.slack.model import App, Channel, Json, Message
from playground.slack.state import Change, Workspace

MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Events:
    """Listens to a workspace and tells the app what it asked to be told."""

    def __init__(self, workspace: Workspace, app: App, courier: Carrier) -> None:
        self._workspace = workspace
        self._app = app
        self._courier = courier
        self._numbers = itertools.count(1)
        workspace.listeners.append(self.on_change)

    def on_change(self, change: Change) -> None:
        """Deliver the events of one change; a change in a conversation the app is not in has none."""
        if change.message is not None and change.message.ephemeral_to is not None:
            return
        if change.channel is not None and self._app.user_id not in change.channel.members:
            return
        match change.kind:
            case "message" | "message_changed" | "message_deleted":
                self._message(change)
            case "reaction_added" | "reaction_removed":
                self._send(change.kind, _reaction(change))
            case "pin_added" | "pin_removed":
                self._send(change.kind, _pin(change))
            case "subteam_updated" | "user_change":
                self._directory(change)
            case "message_streamed" | "modal" | "home":
                # What is still being written, and views, are no events.
                return
            case _:
                self._place(change)

    def _place(self, change: Change) -> None:
        """What happens to a conversation itself."""
        if change.kind in ("member_joined_channel", "member_left_channel"):
            self._send(change.kind, _membership(change, self._workspace.team))
        elif change.kind in ("channel_created", "channel_archive"):
            self._channel(change)
        elif change.kind == "app_home_opened":
            self._home(change)

    def _directory(self, change: Change) -> None:
        if isinstance(change.subject, UserGroup):
            self._group(change.subject)
        elif isinstance(change.subject, User):
            self._send("user_change", {"user": change.subject.as_slack(self._workspace.team, email=False)})

    def _message(self, change: Change) -> None:
        channel, message = change.channel, change.message
        if channel is None or message is None:
            return
        event = _message_event(change, channel, message)
        self._send(MESSAGE_EVENTS[channel.kind], event)
        if change.kind == "message" and channel.kind != "im" and message.subtype is None and self._mentions(message):
            self._send("app_mention", {**event, "type": "app_mention"})

    def _mentions(self, message: Message) -> bool:
        return f"<@{self._app.user_id}>" in message.text or f"<@{self._app.user_id}|" in message.text

    def _group(self, group: UserGroup) -> None:
        self._send("subteam_updated", {"subteam": group.as_slack(self._workspace.team, users=True)})
        members = {"subteam_id": group.id, "team_id": self._workspace.team, "date_update": group.date_update}
        self._send("subteam_members_changed", members)

    def _channel(self, change: Change) -> None:
        channel = change.channel
        if channel is None or channel.kind == "im":
            return
        if change.kind == "channel_archive":
            kind = "group_archive" if channel.kind == "group" else "channel_archive"
            self._send(kind, {"channel": channel.id, "user": change.by, "event_ts": change.event_ts})
        elif channel.kind == "channel":
            created = {"id": channel.id, "name": channel.name, "created": channel.created, "creator": channel.creator}
            self._send("channel_created", {"channel": created, "event_ts": change.event_ts})

    def _home(self, change: Change) -> None:
        if change.channel is not None:
            place = {"user": change.by, "channel": change.channel.id, "event_ts": change.event_ts}
            self._send("app_home_opened", place | (change.more or {}))

    def _send(self, subscription: str, event: Json) -> None:
        if subscription not in self._app.bot_events:
            return
        event.setdefault("type", subscription)
        event.setdefault("event_ts", self._workspace.next_ts())
        self._courier.deliver("events_api", self._callback(event))

    def _callback(self, event: Json) -> Json:
        team = self._workspace.team
        return {
            "token": "standin-verification",
            "team_id": team,
            "api_app_id": self._app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev07{next(self._numbers):06X}",
            "event_time": int(self._workspace.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": self._app.user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_urlsafe(16),
        }


def _message_event(change: Change, channel: Channel, message: Message) -> Json:
    place: Json = {"channel": channel.id, "event_ts": change.event_ts, "channel_type": channel.kind}
    if change.kind == "message":
        event = message.as_slack(metadata=True) | place
        if message.is_reply and message.thread_ts in channel.messages:
            event["parent_user_id"] = channel.messages[message.thread_ts].user
        return event
    hidden: Json = {"type": "message", "subtype": change.kind, "hidden": True, "ts": change.event_ts} | place
    hidden["previous_message"] = change.previous
    if change.kind == "message_changed":
        return hidden | {"message": message.as_slack(metadata=True)}
    return hidden | {"deleted_ts": message.ts}


def _reaction(change: Change) -> Json:
    message = change.message
    if message is None:
        raise TypeError("a reaction belongs to a message")
    return {
        "type": change.kind,
        "user": change.by,
        "reaction": change.reaction,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": change.event_ts,
    }


def _pin(change: Change) -> Json:
    message = change.message
    if message is None:
        raise TypeError("a pin belongs to a message")
    item = {"type": "message", "channel": message.channel, "message": message.as_slack()}
    event: Json = {"user": change.by, "channel_id": message.channel, "item": item, "event_ts": change.event_ts}
    if change.kind == "pin_removed" and change.channel is not None:
        event["has_pins"] = any(other.pin for other in change.channel.messages.values())
    return event


def _membership(change: Change, team: str) -> Json:
    channel = change.channel
    if channel is None:
        raise TypeError("a membership belongs to a channel")
    kind = "C" if channel.kind == "channel" else "G"
    place = {"channel": channel.id, "channel_type": kind, "team": team}
    return {"user": change.by, "event_ts": change.event_ts, **place, **(change.more or {})}
