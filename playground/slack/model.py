"""The nouns of one Slack workspace and the JSON Slack shows of them. They hold state and check nothing."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["channel", "group", "im"]


@dataclass(slots=True)
class User:
    """A person or a bot user; a guest is `is_restricted` (several channels) or `is_ultra_restricted` (one)."""

    id: str
    name: str
    real_name: str
    title: str = ""
    bot_id: str | None = None
    app_id: str | None = None
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False

    def as_slack(self, team: str, *, email: bool) -> Json:
        """As `users.info` shows it; the address only to tokens with `users:read.email`."""
        profile: Json = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.real_name,
            "display_name_normalized": self.real_name,
            "title": self.title,
            "team": team,
        }
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": self.app_id}
        elif email:
            profile["email"] = f"{self.name}@shop.example.com"
        return {
            "id": self.id,
            "team_id": team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": "Etc/UTC",
            "tz_label": "Coordinated Universal Time",
            "tz_offset": 0,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_bot": self.bot_id is not None,
            "is_app_user": False,
        }


@dataclass(slots=True)
class Version:
    """What a message said before an edit, and until when (Unix seconds)."""

    until: float
    text: str
    blocks: list[Json]


@dataclass(slots=True)
class Message:
    """One message; an ephemeral one has `ephemeral_to` and is in nobody else's history."""

    ts: str
    channel: str
    user: str
    team: str
    text: str
    at: float
    blocks: list[Json] = field(default_factory=list)
    bot: Json | None = None
    thread_ts: str | None = None
    subtype: str | None = None
    metadata: Json | None = None
    ephemeral_to: str | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    reply_users: list[str] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    pinned: bool = False
    deleted: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it hangs under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def reactions_as_slack(self, most: int = 50) -> list[Json]:
        """Each emoji with its count and its first people; only `full` asks for all of them."""
        return [
            {"name": name, "users": users[:most], "count": len(users)}
            for name, users in self.reactions.items()
            if users
        ]

    def as_slack(self, *, metadata: bool = False) -> Json:
        """As history, replies and events show it. The lists inside are shared, never changed in place."""
        shown: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": self.team}
        if self.subtype:
            shown["subtype"] = self.subtype
        if self.bot:
            shown |= {"bot_id": self.bot["id"], "app_id": self.bot["app_id"], "bot_profile": self.bot}
        if self.blocks:
            shown["blocks"] = self.blocks
        if self.thread_ts:
            shown["thread_ts"] = self.thread_ts
        if self.replies:
            shown |= {
                "thread_ts": self.ts,
                "reply_count": len(self.replies),
                "reply_users_count": len(self.reply_users),
                "reply_users": self.reply_users,
                "latest_reply": self.replies[-1],
                "is_locked": False,
                "subscribed": False,
            }
        if self.edited:
            shown["edited"] = self.edited
        if self.reactions:
            shown["reactions"] = self.reactions_as_slack()
        if metadata and self.metadata:
            shown["metadata"] = self.metadata
        return shown


@dataclass(slots=True)
class Channel:
    """A conversation with its messages in the order of their `ts`."""

    id: str
    name: str
    members: list[str]
    kind: ChannelKind = "channel"
    created: int = 0
    is_archived: bool = False
    purpose: str = ""
    messages: dict[str, Message] = field(default_factory=dict)

    def message(self, ts: str) -> Message | None:
        """The message everybody in the conversation can see under this `ts`, if there is one."""
        found = self.messages.get(ts)
        return None if found is None or found.ephemeral_to or found.deleted else found

    def as_slack(self, bot_user: str) -> Json:
        """As `conversations.info` shows it to the app whose bot user is given."""
        shown: Json = {
            "id": self.id,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_im": self.kind == "im",
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_private": self.kind != "channel",
            "is_mpim": False,
            "is_org_shared": False,
            "is_shared": False,
            "is_ext_shared": False,
        }
        if self.kind == "im":
            return shown | {"user": next((m for m in self.members if m != bot_user), bot_user), "is_open": True}
        return shown | {
            "name": self.name,
            "name_normalized": self.name,
            "is_general": False,
            "is_member": bot_user in self.members,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": self.purpose, "creator": "", "last_set": 0},
        }


@dataclass(slots=True)
class UserGroup:
    """A mentionable group of people; real ones need a paid plan."""

    id: str
    handle: str
    name: str
    users: list[str]
    date_update: int = 0

    def as_slack(self, team: str, *, users: bool) -> Json:
        """As `usergroups.list` shows it."""
        shown: Json = {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "date_update": self.date_update,
            "date_delete": 0,
            "user_count": len(self.users),
        }
        return shown | {"users": self.users} if users else shown


@dataclass(slots=True)
class App:
    """The installed app under test: its identity, its tokens, and what its manifest asks for.

    `commands` maps each slash command to its `should_escape`; `bot_events` are the subscribed event names.
    """

    name: str
    app_id: str
    user_id: str
    bot_id: str
    bot_token: str
    app_token: str
    scopes: tuple[str, ...]
    app_scopes: tuple[str, ...]
    bot_events: tuple[str, ...]
    commands: dict[str, bool]

    def profile(self, team: str) -> Json:
        """The `bot_profile` every message of the app carries."""
        return bot_profile(self.bot_id, self.app_id, self.user_id, self.name, team)


def bot_profile(bot_id: str, app_id: str, user_id: str, name: str, team: str) -> Json:
    """The `bot_profile` of any app's message."""
    icons = {f"image_{size}": f"https://a.slack-edge.com/img/bot_{size}.png" for size in (36, 48, 72)}
    return {
        "id": bot_id,
        "app_id": app_id,
        "user_id": user_id,
        "name": name,
        "icons": icons,
        "deleted": False,
        "updated": 0,
        "team_id": team,
    }
