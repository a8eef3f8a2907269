"""Slack's calls for the App Home."""

from bot.slack import Slack
from engine.redact import CleanTree


async def publish(slack: Slack, user: str, view: CleanTree) -> None:
    """Show this person this Home; repeatable. Raises `Retryable`, `Permanent`, `Ambiguous`.

    https://docs.slack.dev/reference/methods/views.publish: Tier 4, no scope; `not_enabled` where the Home tab is off.
    """
    await slack.write("views.publish", "", {"user_id": user, "view": view.value})
