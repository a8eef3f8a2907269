"""The App Home: somebody opened theirs."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.listeners.doors import Body, Doors, handled


def listener(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `app_home_opened`, which Slack also sends for the tab with the messages."""

    async def opened(body: Body) -> None:
        await handled(doors, body, partial(_opened, doors, body))

    return opened


async def _opened(doors: Doors, body: Body) -> None:
    event = body["event"]
    if event.get("tab") == "home":
        await doors.homes.opened(event["user"])
