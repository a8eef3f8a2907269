"""The nouns of one Slack workspace and the JSON Slack shows of them. They hold state and check nothing."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["channel", "group", "im"]


@dataclass(slots=True)
class Version:
    """What a message said before an edit, and until when (Unix seconds)."""

    until: float
    text: str
    blocks: list[Json]


@dataclass(frozen=True, slots=True)
class Pin:
    """That a message is pinned: by whom, and when (Unix seconds)."""

    by: str
    at: int


@dataclass(slots=True)
class File:
    """An uploaded file; `content` is None until its bytes have come, `shared` the messages that carry it."""

    id: str
    name: str
    size: int
    user: str
    created: int
    root: str
    alt: str = ""
    title: str = ""
    mimetype: str = "application/octet-stream"
    snippet_type: str = ""
    content: bytes | None = None
    shared: list[tuple[str, str]] = field(default_factory=list)

    def as_slack(self) -> Json:
        """As `files.info` and messages show it; the address takes the app's token."""
        address = f"{self.root}/files-pri/{self.id}/{self.name}"
        shown: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.snippet_type or self.name.rpartition(".")[2].lower(),
            "user": self.user,
            "size": self.size,
            "mode": "snippet" if self.snippet_type else "hosted",
            "is_external": False,
            "is_public": bool(self.shared),
            "url_private": address,
            "url_private_download": f"{address}?download=1",
            "channels": sorted({channel for channel, _ in self.shared}),
        }
        return shown | {"alt_txt": self.alt} if self.alt else shown


@dataclass(slots=True)
class Stream:
    """A message that is being written: since when (Unix seconds), for whom, as tasks of a `plan` or in a `timeline`.

    `parts` are its blocks in the order they came; `state` is Slack's word for how it stands.
    """

    began: float
    recipient: str
    mode: str
    parts: list[Json] = field(default_factory=list)
    state: str = "in_progress"
    stopped_by: str = ""


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
    files: list[File] = field(default_factory=list)
    stream: Stream | None = None
    pin: Pin | None = None
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
        return shown | self._carried()

    def _carried(self) -> Json:
        """What hangs on it: files, a stream, a pin."""
        carried: Json = {}
        if self.files:
            carried |= {"files": [file.as_slack() for file in self.files], "upload": False}
        if self.stream:
            carried["streaming_state"] = self.stream.state
        if self.pin:
            pinned = {"channel": self.channel, "pinned_by": self.pin.by, "pinned_ts": self.pin.at}
            carried |= {"pinned_to": [self.channel], "pinned_info": pinned}
        return carried


@dataclass(slots=True)
class Channel:
    """A conversation with its messages in the order of their `ts`."""

    id: str
    name: str
    members: list[str]
    kind: ChannelKind = "channel"
    created: int = 0
    is_archived: bool = False
    creator: str = ""
    topic: str = ""
    purpose: str = ""
    bookmarks: dict[str, Json] = field(default_factory=dict)
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
            "creator": self.creator,
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
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": self.purpose, "creator": "", "last_set": 0},
        }


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry in the menu of a message, or in the one beside the composer (`global`)."""

    name: str
    kind: Literal["message", "global"]
    callback_id: str
    description: str = ""


@dataclass(slots=True)
class App:
    """The installed app under test: its identity, its tokens, and what its manifest asks for.

    `commands` maps each slash command to its `should_escape`; `bot_events` are the subscribed event names; `home_tab`
    says whether its App Home has a Home tab.
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
    shortcuts: tuple[Shortcut, ...] = ()
    home_tab: bool = False
    signing_secret: str = ""
    client_id: str = ""
    client_secret: str = ""

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
