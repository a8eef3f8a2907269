"""`/watch …`: the slash command. Slack offers it outside threads only; in a thread people mention the bot."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.line import Line
from bot.listeners.doors import Body, Doors, handled, unescaped


def listener(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For the one command of the app."""

    async def command(body: Body) -> None:
        await handled(doors, body, partial(_command, doors, body))

    return command


async def _command(doors: Doors, body: Body) -> None:
    text = unescaped(str(body.get("text", "")))
    line = Line(text=text, user=body["user_id"], event=body["trigger_id"], channel=body["channel_id"])
    said = await doors.watch.obey(line)
    await doors.tell(line.channel, line.user, said)
