"""`@watchkeeper …`: the same grammar as the slash command, with the incident taken from the thread."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from bot.line import Line
from bot.listeners.doors import Body, Doors, handled, unescaped

_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")


def listener(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `app_mention`."""

    async def mention(body: Body) -> None:
        await handled(doors, body, partial(_mention, doors, body))

    return mention


async def _mention(doors: Doors, body: Body) -> None:
    event = body["event"]
    if "user" not in event or event.get("bot_id"):
        return  # only people are answered
    thread = event.get("thread_ts")
    text = unescaped(_MENTION.sub("", event.get("text", ""), count=1).strip())
    line = Line(text=text, user=event["user"], event=body["event_id"], channel=event["channel"], thread=thread)
    said = await doors.watch.obey(line)
    await doors.tell(line.channel, line.user, said, thread)
