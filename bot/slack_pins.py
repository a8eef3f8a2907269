"""Pins in Slack: a message at hand in its channel. Both calls may be repeated; they know no incident."""

from bot.slack import Slack
from engine.errors import Permanent


class SlackPins:
    """Pins of one workspace."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def pin(self, channel: str, ts: str) -> None:
        """Pin it; already pinned is fine. Raises `Retryable`, `Permanent`, `Ambiguous`."""
        await self._call("pins.add", channel, ts, "already_pinned")

    async def unpin(self, channel: str, ts: str) -> None:
        """Take the pin away; none there is fine. Raises as `pin`."""
        await self._call("pins.remove", channel, ts, "no_pin")

    async def _call(self, method: str, channel: str, ts: str, fine: str) -> None:
        try:
            await self._slack.write(method, channel, {"timestamp": ts})
        except Permanent as err:
            if fine not in str(err):
                raise
