"""The workspace as it is now: every change to it goes through here and is told to whoever listens.

It knows neither HTTP nor tokens, and it does not ask who may do what; it only keeps what was done.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from playground.slack import cast
from playground.slack.clock import Clock
from playground.slack.directory import User, UserGroup
from playground.slack.model import Channel, ChannelKind, Json, Message, Pin, Version

ChangeKind = Literal[
    "message",
    "message_changed",
    "message_deleted",
    "message_streamed",
    "reaction_added",
    "reaction_removed",
    "pin_added",
    "pin_removed",
    "member_joined_channel",
    "member_left_channel",
    "channel_created",
    "channel_archive",
    "channel_changed",
    "app_home_opened",
    "modal",
    "home",
    "subteam_updated",
    "user_change",
]


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened: what, by whom (user id), under which `event_ts`, and to which message or other thing.

    `more` is what only this kind of event says: who invited, which tab was opened.
    """

    kind: ChangeKind
    by: str
    event_ts: str
    channel: Channel | None = None
    message: Message | None = None
    reaction: str = ""
    previous: Json | None = None
    subject: User | UserGroup | None = None
    more: Json | None = None


class Workspace:
    """One team with its people, conversations and messages, in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.team = cast.TEAM
        self.users = cast.users()
        self.channels = cast.channels()
        self.groups = cast.groups()
        self.files = cast.files()
        self.paid_plan = True
        self.refused_kinds: frozenset[str] = frozenset()
        self.listeners: list[Callable[[Change], None]] = []
        self._last_ts = 0

    # what one asks

    def channel_named(self, name: str) -> Channel | None:
        """By id, by `name` or by `#name`."""
        plain = name.removeprefix("#")
        return self.channels.get(name) or next((c for c in self.channels.values() if c.name == plain), None)

    def thread(self, channel: Channel, ts: str) -> list[Message]:
        """The parent and its replies, oldest first; a reply's own `ts` gives that reply alone."""
        parent = channel.message(ts)
        if parent is None:
            return []
        replies = (channel.message(reply) for reply in parent.replies)
        return [parent, *(reply for reply in replies if reply is not None)]

    def permalink(self, message: Message) -> str:
        """The address of a message; a reply's names its thread too."""
        link = f"https://{cast.HOST}/archives/{message.channel}/p{message.ts.replace('.', '')}"
        return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link

    def next_ts(self) -> str:
        """A `ts` never given before: Unix time in microseconds, always growing."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # what one does

    def post(self, channel: Channel, user: str, text: str, *, ephemeral_to: str | None = None, **more: Any) -> Message:
        """Add a message; `more` are further fields of `Message`. A reply is counted on its parent."""
        ts = self.next_ts()
        message = Message(ts, channel.id, user, self.team, text, self.clock.now(), ephemeral_to=ephemeral_to, **more)
        channel.messages[ts] = message
        parent = channel.message(message.thread_ts) if message.thread_ts else None
        if parent is not None and ephemeral_to is None:
            parent.replies = [*parent.replies, ts]
            if user not in parent.reply_users:
                parent.reply_users = [*parent.reply_users, user]
        self.tell("message", user, ts, channel, message)
        return message

    def edit(self, message: Message, by: str, text: str, blocks: list[Json], *, mark_edited: bool) -> None:
        """Replace what a message says; the old words stay in its versions."""
        previous = message.as_slack(metadata=True)
        message.versions.append(Version(self.clock.now(), message.text, message.blocks))
        message.text, message.blocks = text, blocks
        event_ts = self.next_ts()
        if mark_edited:
            message.edited = {"user": by, "ts": event_ts}
        self.tell("message_changed", by, event_ts, self.channels[message.channel], message, previous=previous)

    def delete(self, message: Message, by: str) -> None:
        """Take a message away; one with replies leaves a tombstone, as in Slack."""
        channel = self.channels[message.channel]
        previous = message.as_slack(metadata=True)
        if message.replies:
            message.versions.append(Version(self.clock.now(), message.text, message.blocks))
            message.subtype, message.text, message.blocks = "tombstone", "This message was deleted.", []
            message.user, message.bot, message.metadata, message.reactions = cast.SLACKBOT, None, None, {}
        else:
            message.deleted = True
            parent = channel.message(message.thread_ts) if message.is_reply and message.thread_ts else None
            if parent is not None:
                parent.replies = [ts for ts in parent.replies if ts != message.ts]
        self.tell("message_deleted", by, self.next_ts(), channel, message, previous=previous)

    def react(self, message: Message, by: str, name: str) -> bool:
        """Add a reaction; False if this person's already stands."""
        users = message.reactions.setdefault(name, [])
        if by in users:
            return False
        users.append(by)
        self.tell("reaction_added", by, self.next_ts(), self.channels[message.channel], message, reaction=name)
        return True

    def unreact(self, message: Message, by: str, name: str) -> bool:
        """Take a reaction back; False if there is none of this person."""
        users = message.reactions.get(name, [])
        if by not in users:
            return False
        users.remove(by)
        if not users:
            del message.reactions[name]
        self.tell("reaction_removed", by, self.next_ts(), self.channels[message.channel], message, reaction=name)
        return True

    def stream(self, message: Message, text: str, blocks: list[Json]) -> None:
        """Show what has been streamed so far; no version is kept, because nobody edited."""
        message.text, message.blocks = text, blocks
        self.tell("message_streamed", message.user, self.next_ts(), self.channels[message.channel], message)

    def pin(self, message: Message, by: str) -> bool:
        """Pin to the channel; False if it is pinned."""
        if message.pin is not None:
            return False
        message.pin = Pin(by, int(self.clock.now()))
        self.tell("pin_added", by, self.next_ts(), self.channels[message.channel], message)
        return True

    def unpin(self, message: Message, by: str) -> bool:
        """Take the pin away; False if there is none."""
        if message.pin is None:
            return False
        message.pin = None
        self.tell("pin_removed", by, self.next_ts(), self.channels[message.channel], message)
        return True

    def create(self, name: str, creator: str, kind: ChannelKind) -> Channel:
        """A new channel with its creator alone in it."""
        channel_id = f"C07{name.upper().replace('-', '').replace('_', '')[:5]}{len(self.channels):04d}"
        channel = Channel(channel_id, name, [creator], kind, created=int(self.clock.now()), creator=creator)
        self.channels[channel.id] = channel
        self.tell("channel_created", creator, self.next_ts(), channel)
        return channel

    def describe(self, channel: Channel, by: str, part: Literal["topic", "purpose"], words: str) -> None:
        """Set a channel's topic or purpose, with the line Slack writes about it."""
        setattr(channel, part, words)
        self.tell("channel_changed", by, self.next_ts(), channel)
        name = "description" if part == "purpose" else part
        self.post(channel, by, f"<@{by}> set the channel {name}: {words}", subtype=f"channel_{part}")

    def archive(self, channel: Channel, by: str) -> None:
        """Close a channel for good: nothing is written in it any more."""
        self.post(channel, by, f"<@{by}> archived the channel", subtype="channel_archive")
        channel.is_archived = True
        self.tell("channel_archive", by, self.next_ts(), channel)

    def join(self, channel: Channel, user: str, inviter: str = "") -> None:
        """Become a member, by oneself or invited, with the line Slack writes about it."""
        if user in channel.members:
            return
        channel.members.append(user)
        more = {"inviter": inviter} if inviter else None
        self.tell("member_joined_channel", user, self.next_ts(), channel, more=more)
        self.post(channel, user, f"<@{user}> has joined the channel", subtype="channel_join")

    def leave(self, channel: Channel, user: str) -> None:
        """Stop being a member."""
        if user in channel.members:
            channel.members.remove(user)
            self.tell("member_left_channel", user, self.next_ts(), channel)

    def direct(self, one: str, other: str) -> Channel:
        """The direct conversation of two, opened when it is first needed."""
        pair = {one, other}
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == pair:
                return channel
        channel = Channel(f"D07DIRECT{len(self.channels):02d}", "", sorted(pair), kind="im")
        self.channels[channel.id] = channel
        self.tell("channel_created", one, self.next_ts(), channel)
        return channel

    def change_group(self, group: UserGroup, users: Iterable[str]) -> None:
        """Give a user group other people."""
        group.users, group.date_update = list(users), int(self.clock.now())
        self.tell("subteam_updated", cast.SLACKBOT, self.next_ts(), subject=group)

    def change_user(self, user: User, **fields: bool) -> None:
        """Set flags such as `deleted` or `is_restricted`."""
        for name, value in fields.items():
            setattr(user, name, value)
        self.tell("user_change", user.id, self.next_ts(), subject=user)

    def tell(
        self,
        kind: ChangeKind,
        by: str,
        event_ts: str,
        channel: Channel | None = None,
        message: Message | None = None,
        **details: Any,
    ) -> None:
        """Let every listener know of a change; `details` are further fields of `Change`."""
        change = Change(kind, by, event_ts, channel, message, **details)
        for listener in self.listeners:
            listener(change)
