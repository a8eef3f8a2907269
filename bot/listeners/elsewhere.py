"""People of a workspace that installed the app and is not home: they are told where the watch stands, and no more.

A global middleware behind the one that stores, so that what they sent is on record until it is answered. Nothing of an
incident is shown to them and no word of theirs counts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltContext

from bot.installations import Installations
from bot.listeners.doors import Body, Doors, Next, handled, key_of
from bot.slack_elsewhere import Elsewhere
from bot.views.answers.elsewhere import not_here

_GONE = ("app_uninstalled", "tokens_revoked")
_ASKS = ("shortcut", "message_action", "block_actions")


def elsewhere(
    doors: Doors, store: Installations, home: Callable[[], str], there: Elsewhere
) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Answer whoever is not at home; `home` is the workspace that has the incidents."""
    under_way: set[asyncio.Task[None]] = set()

    async def middleware(body: Body, context: AsyncBoltContext, next: Next) -> BoltResponse | None:
        if context.team_id == home() or body.get("event", {}).get("type") in _GONE:
            await next()
            return None
        said = doors.gate.clean(not_here(await store.name(home())))
        if "command" in body:  # the acknowledgement itself can carry the answer
            await doors.inbox.done(key_of(body))
            return BoltResponse(status=200, body=said)
        who = _who(body)
        work = partial(there.tell, context.bot_token or "", *who, said) if who else partial(asyncio.sleep, 0)
        task = asyncio.create_task(handled(doors, body, work))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return BoltResponse(status=200, body="")

    return middleware


def _who(body: Body) -> tuple[str, str] | None:
    """Channel, empty where there is none, and person, of those who asked for something; None for mere news."""
    event = body.get("event", {})
    if event.get("type") == "app_mention":
        return (event["channel"], event["user"]) if event.get("user") and not event.get("bot_id") else None
    if body.get("type") in _ASKS:
        return str((body.get("channel") or {}).get("id", "")), body["user"]["id"]
    return None
