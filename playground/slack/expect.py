"""Wait until Slack shows something: a message, an ephemeral one, a reaction, an edit. It only looks.

Words are compared as a reader sees them: blocks count, and a non-breaking space is a space.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from playground.slack.blocks import seen_texts
from playground.slack.model import Message
from playground.slack.state import Change, Workspace


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to be true of one message; every part that is given.

    `contains`: all of these in the text or the blocks. `lacks`: none of these. `ephemeral_to`: shown to this person
    alone (empty: shown to everybody). `after`: its `ts` is later. `edited`: changed at least once since it was posted.
    """

    channel: str = ""
    thread_ts: str = ""
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    user: str = ""
    ephemeral_to: str = ""
    reaction: str = ""
    reaction_by: str = ""
    event_type: str = ""
    after: str = ""
    ts: str = ""
    edited: bool = False

    def fits(self, message: Message) -> bool:
        """Whether this message, as it is now, is the one."""
        return self._place(message) and self._state(message) and self._words(message)

    def _place(self, message: Message) -> bool:
        return (
            not message.deleted
            and self.ts in ("", message.ts)
            and self.thread_ts in ("", message.thread_ts)
            and self.user in ("", message.user)
            and message.ephemeral_to == (self.ephemeral_to or None)
            and message.ts > self.after
        )

    def _state(self, message: Message) -> bool:
        if self.edited and not message.versions:
            return False
        if self.event_type and (message.metadata or {}).get("event_type") != self.event_type:
            return False
        if not self.reaction and not self.reaction_by:
            return True
        given = message.reactions.items()
        return any(
            self.reaction in ("", name) and (not self.reaction_by or self.reaction_by in who) for name, who in given
        )

    def _words(self, message: Message) -> bool:
        shown = words(message)
        return all(plain(part) in shown for part in self.contains) and not any(
            plain(part) in shown for part in self.lacks
        )


class Expecting:
    """Answers expectations from the workspace's present, or its next minutes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._changed = asyncio.Event()
        workspace.listeners.append(self._on_change)

    async def until(self, wanted: Expectation, seconds: float) -> Message:
        """The first message that fits, now or within so many real seconds; TimeoutError if none does."""
        async with asyncio.timeout(seconds):
            while (found := next(self.matching(wanted), None)) is None:
                await self._changed.wait()
        return found

    async def next_change(self) -> None:
        """Return after the next change of the workspace."""
        await self._changed.wait()

    def matching(self, wanted: Expectation) -> Iterator[Message]:
        """Every message that fits now, oldest first in each channel."""
        for channel in self._workspace.channels.values():
            if wanted.channel in ("", channel.id, channel.name):
                yield from (message for message in channel.messages.values() if wanted.fits(message))

    def _on_change(self, _: Change) -> None:
        # Wake everybody who waits now; whoever comes later looks before waiting.
        self._changed.set()
        self._changed = asyncio.Event()


def words(message: Message) -> str:
    """Everything a reader of the message could read, one line per text."""
    return plain("\n".join([message.text, *seen_texts(message.blocks)]))


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u00a0", " ")
