"""The calls of Slack about a place: whether the app is in a channel, so that it can write there."""

from bot.slack import Slack
from engine.errors import Permanent


async def has_joined(slack: Slack, channel: str) -> bool:
    """Whether the app is a member; False where it cannot see the channel. Raises `Retryable`."""
    try:
        answer = await slack.read("conversations.info", channel=channel)
    except Permanent:
        return False
    return bool(answer["channel"].get("is_member"))
