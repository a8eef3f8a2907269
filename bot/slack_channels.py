"""Channels of Slack: made, described, filled, closed, and the links in their header. It knows no incident.

A name is one channel's alone, archived ones included, so it is what tells after an unknown outcome whether a channel
was made: https://docs.slack.dev/reference/methods/conversations.create. All other calls may be repeated.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack import Slack
from engine.errors import Permanent
from engine.redact import Clean

MOST_INVITED = 100


class NameTaken(Permanent):
    """A channel of this name exists, ours from an earlier attempt or somebody else's."""


class SlackChannels:
    """Channels of one workspace."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def create(self, name: Clean, *, private: bool) -> str:
        """Make it; its id. The app is its only member. Raises `NameTaken`, `Retryable`, `Permanent`, `Ambiguous`."""
        try:
            answer = await self._slack.write("conversations.create", "", {"name": name, "is_private": private})
        except Permanent as err:
            if "name_taken" in str(err):
                raise NameTaken(str(err)) from err
            raise
        return str(answer["channel"]["id"])

    async def find(self, name: str, *, private: bool) -> Mapping[str, Any] | None:
        """The channel of this name, an archived one too, if the app may see it. Raises `Retryable`, `Permanent`."""
        types = "public_channel,private_channel" if private else "public_channel"
        async for answer in self._slack.pages("conversations.list", limit=1000, types=types):
            for channel in answer["channels"]:
                if channel["name"] == name:
                    found: Mapping[str, Any] = channel
                    return found
        return None

    async def name(self, channel: str) -> str:
        """Its name. Raises `Retryable`, `Permanent`."""
        return str((await self._slack.read("conversations.info", channel=channel))["channel"]["name"])

    def is_mine(self, channel: Mapping[str, Any]) -> bool:
        """Whether this app made it."""
        return channel.get("creator") == self._slack.bot_user

    async def purpose(self, channel: str, words: Clean) -> None:
        """What the channel is for, at most 250 characters."""
        await self._slack.write("conversations.setPurpose", channel, {"purpose": words})

    async def topic(self, channel: str, words: Clean) -> None:
        """The line in its header, at most 250 characters. Slack tells the channel of each change."""
        await self._slack.write("conversations.setTopic", channel, {"topic": words})

    async def invite(self, channel: str, users: Sequence[str]) -> None:
        """Invite them; who cannot be is left out, who is there already is fine."""
        for first in range(0, len(users), MOST_INVITED):
            some = ",".join(users[first : first + MOST_INVITED])
            try:
                await self._slack.write("conversations.invite", channel, {"users": some, "force": True})
            except Permanent as err:
                if "already_in_channel" not in str(err):
                    raise

    async def archive(self, channel: str) -> None:
        """Close it for writing. A bot cannot open it again: conversations.unarchive takes no bot token."""
        try:
            await self._slack.write("conversations.archive", channel, {})
        except Permanent as err:
            if "already_archived" not in str(err):
                raise

    async def bookmarks(self, channel: str, wanted: Sequence[tuple[Clean, str]]) -> None:
        """Add the links, title and address, that are not in its header yet."""
        there = await self._slack.read("bookmarks.list", channel_id=channel)
        links = {bookmark.get("link") for bookmark in there["bookmarks"]}
        for title, link in wanted:
            if link not in links:
                body = {"channel_id": channel, "title": title, "type": "link", "link": link}
                await self._slack.write("bookmarks.add", "", body)
