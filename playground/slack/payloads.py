"""The payloads of what people do with the app: commands, presses, shortcuts, modals. It sends nothing.

Shapes: https://docs.slack.dev/reference/interaction-payloads
"""

import time

from playground.slack import cast
from playground.slack.directory import User
from playground.slack.interactions import Triggers
from playground.slack.model import App, Channel, Json, Message
from playground.slack.views import View


class Payloads:
    """Writes payloads for one app; each interaction carries a new trigger id."""

    def __init__(self, app: App, triggers: Triggers) -> None:
        self._app = app
        self._triggers = triggers

    def slash_command(self, channel: Channel, user: User, command: str, text: str, response_url: str) -> Json:
        """A slash command, all values strings as in a form."""
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
            "api_app_id": self._app.app_id,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self._triggers.issue(user.id),
        }

    def message_actions(self, channel: Channel, user: User, message: Message, action: Json, response_url: str) -> Json:
        """A pressed button or a chosen option of a message; an ephemeral message is named but not shown."""
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_to is not None,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload = self._interaction("block_actions", user, channel)
        payload |= {
            "container": container,
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [action],
        }
        if message.ephemeral_to is None:
            payload["message"] = message.as_slack(metadata=True)
        return payload

    def view_actions(self, user: User, view: View, action: Json) -> Json:
        """A pressed button or a chosen option of a modal or a Home tab: no channel, no message, no response URL."""
        payload = self._interaction("block_actions", user, view=view)
        return payload | {"container": {"type": "view", "view_id": view.id}, "actions": [action]}

    def view_submission(self, user: User, view: View) -> Json:
        """A submitted modal with everything that was entered."""
        return self._interaction("view_submission", user, view=view) | {"response_urls": []}

    def view_closed(self, user: User, view: View, *, cleared: bool) -> Json:
        """A modal that was closed without being submitted; `cleared` if the whole stack went."""
        payload = self._interaction("view_closed", user, view=view) | {"is_cleared": cleared}
        del payload["trigger_id"]
        return payload

    def shortcut(self, callback_id: str, channel: Channel, user: User, message: Message | None, url: str) -> Json:
        """A shortcut on a message, or a global one, which knows no channel."""
        kind = "message_action" if message else "shortcut"
        payload = self._interaction(kind, user, channel if message else None)
        payload |= {"callback_id": callback_id, "action_ts": f"{time.time():.6f}"}
        if message is None:
            return payload
        return payload | {
            "message_ts": message.ts,
            "message": message.as_slack(metadata=True),
            "response_url": url,
        }

    def _interaction(self, kind: str, user: User, channel: Channel | None = None, view: View | None = None) -> Json:
        payload: Json = {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": cast.TEAM},
            "api_app_id": self._app.app_id,
            "token": "standin-verification",
            "trigger_id": self._triggers.issue(user.id, view.id if view else ""),
            "team": {"id": cast.TEAM, "domain": cast.DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if channel is not None:
            payload["channel"] = {"id": channel.id, "name": channel.name or "directmessage"}
        if view is not None:
            payload["view"] = view.as_slack(self._app)
        return payload
