"""The plan of a running investigation, streamed into the thread: started, appended to, ended, and then edited true.

What was written lives in this process alone. A stream that a former owner left open, or whose start had no answer, is
ended by whoever edits the message next. A person's Stop ends the writing, not the investigation (Slack's pages do not
say that it should): the message goes on being edited, and its last line says how to end the work itself. Where Slack
refuses a stream, nothing is streamed any more until the process ends.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from bot.slack_ops import block_id
from bot.slack_streams import SlackStreams
from bot.told import Stream, Told
from bot.views.scene import Message
from bot.views.streamed import chunks, foot, new
from engine.errors import Permanent
from engine.ports import Clock
from engine.redact import Gate
from engine.store.messages import Posted

log = structlog.get_logger()
LIFE = 240.0  # seconds; Slack ends a stream after about five minutes (slackapi/python-slack-sdk#1859)
GAP = 0.5  # seconds between two appends to one message


class Streams:
    """The streams of one workspace."""

    def __init__(self, calls: SlackStreams, gate: Gate, clock: Clock, *, on: bool) -> None:
        self._calls = calls
        self._gate = gate
        self._clock = clock
        self._on = on

    def begins(self, message: Message) -> bool:
        """Whether the message is to be written as a stream; its turn at Slack is taken then."""
        return self._on and bool(message.written_for) and bool(chunks(message)) and self._calls.take_turn()

    async def start(self, told: Told, channel: str, thread_ts: str, message: Message, op: str) -> str:
        """Start it: its `ts`, or an empty text where Slack refuses. Raises `Retryable`, `Ambiguous`."""
        made = chunks(message)
        whole = self._gate.tree([*made.values(), *foot(message, block_id(op))])
        try:
            ts = await self._calls.start(channel, thread_ts, message.written_for, whole)
        except Permanent as err:
            log.warning("Slack refuses to stream; messages are edited instead", slot=message.slot, says=str(err))
            self._on = False
            return ""
        told.streams[message.slot] = Stream(self._clock.monotonic(), made)
        return ts

    async def go_on(self, told: Told, row: Posted, message: Message) -> float | None:
        """Write what is new. Seconds until the next look; None for a message to be edited, as one that just ended."""
        stream = told.streams.get(message.slot)
        if stream is None:
            return None
        made = chunks(message)
        now = self._clock.monotonic()
        left, more = stream.since + LIFE - now, new(made, stream.sent)
        if not message.written_for or left <= 0 or not made:
            del told.streams[message.slot]
            await self.end(row.channel, str(row.ts), list(more.values()))
            return None
        wait = told.edited.get(message.slot, stream.since) + GAP - now
        if not more or wait > 0:
            return min(left, wait) if more else left
        told.edited[message.slot] = now
        if ended := await self._append(row, list(more.values())):
            log.info("a stream ended; its message is edited from now on", slot=message.slot, why=ended)
            del told.streams[message.slot]
            return None
        stream.sent = made
        return left

    async def _append(self, row: Posted, more: list[dict[str, Any]]) -> str:
        try:
            return await self._calls.append(row.channel, str(row.ts), self._gate.tree(more))
        except Permanent as err:
            return str(err)

    async def end(self, channel: str, ts: str, last: Sequence[dict[str, Any]] = ()) -> None:
        """End a stream of ours, whoever began it, with the last chunks. Raises `Retryable`, `Ambiguous`."""
        try:
            await self._calls.stop(channel, ts, self._gate.tree(list(last)))
        except Permanent as err:  # the edit that follows says whether it has ended
            log.warning("a stream could not be ended", says=str(err))
