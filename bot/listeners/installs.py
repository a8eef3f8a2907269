"""A workspace uninstalls the app, or revokes its token: it is forgotten at once. Slack may tell both, in any order."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from bot.installations import Installations
from bot.listeners.doors import Body, Doors, handled

log = structlog.get_logger()


def removal(doors: Doors, store: Installations) -> Callable[..., Awaitable[None]]:
    """For `app_uninstalled` and `tokens_revoked`."""

    async def gone(body: Body) -> None:
        await handled(doors, body, partial(_remove, store, body))

    return gone


async def _remove(store: Installations, body: Body) -> None:
    event = body["event"]
    if event["type"] == "tokens_revoked" and not event.get("tokens", {}).get("bot"):
        return  # of people alone, and the app has none of theirs
    if await store.remove(body["team_id"], int(body["event_time"])):
        log.warning("a workspace uninstalled the app", workspace=body["team_id"])
