"""Messages that are written while people read, in Slack's three calls: start, append, stop. It knows no incident.

https://docs.slack.dev/reference/methods/chat.startStream: in a channel a stream is written for one named person, though
everybody sees it. Starting and stopping are limited to about 20 a minute.
"""

from typing import Any

from bot.slack import Slack
from engine.errors import Permanent
from engine.redact import CleanTree

_ENDED = ("message_not_in_streaming_state", "stopped_by_user")


class SlackStreams:
    """The streams of one workspace."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def take_turn(self) -> bool:
        """Whether a stream may be started at once; its turn is taken then."""
        return self._slack.buckets.take_now("chat.startStream")

    async def start(self, channel: str, thread_ts: str, user: str, chunks: CleanTree) -> str:
        """Start one for this person, now; its `ts`. Raises `Retryable`, `Permanent`, `Ambiguous`."""
        body = {
            "thread_ts": thread_ts,
            "recipient_user_id": user,
            "recipient_team_id": self._slack.team_id,
            "task_display_mode": "plan",
            "chunks": chunks.value,
        }
        answer = await self._slack.write("chat.startStream", channel, body, in_turn=False)
        return str(answer["ts"])

    async def append(self, channel: str, ts: str, chunks: CleanTree) -> str:
        """Write more. Empty, or Slack's word for why nothing more can be written: a person's Stop, or its own end."""
        return await self._unless_ended("chat.appendStream", channel, {"ts": ts, "chunks": chunks.value})

    async def stop(self, channel: str, ts: str, chunks: CleanTree) -> None:
        """End it, with the last chunks; one that has ended already is fine."""
        await self._unless_ended("chat.stopStream", channel, {"ts": ts, "chunks": chunks.value or None})

    async def _unless_ended(self, method: str, channel: str, body: dict[str, Any]) -> str:
        try:
            await self._slack.write(method, channel, body)
        except Permanent as err:
            ended = next((word for word in _ENDED if word in str(err)), "")
            if not ended:
                raise
            return ended
        return ""
