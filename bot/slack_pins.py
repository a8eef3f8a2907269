"""Pins in Slack: a message at hand in its channel. Both calls may be repeated; they know no incident."""

from bot.slack import Slack
from engine.errors import Permanent


class SlackPins:
    """Pins of one workspace."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def pin(self, channel: str, ts: str) -> None:
        """Pin it; already pinned is fine. Raises `Retryable`, `Permanent`, `Ambiguous`."""
        try:
            await self._slack.write("pins.add", channel, {"timestamp": ts})
        except Permanent as err:
            if "already_pinned" not in str(err):
                raise

    async def unpin(self, channel: str, ts: str) -> None:
        """Take the pin away; none there is fine. Raises as `pin`."""
        try:
            await self._slack.write("pins.remove", channel, {"timestamp": ts})
        except Permanent as err:
            if "no_pin" not in str(err):
                raise
