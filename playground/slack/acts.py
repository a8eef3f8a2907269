"""The control door's acts: what a person does, as one JSON object with `as` and `do`. It decides nothing itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from playground.slack.delivery import Delivery
from playground.slack.errors import Refused
from playground.slack.modals import Modals
from playground.slack.model import Json, Message
from playground.slack.people import People
from playground.slack.sights import shown
from playground.slack.state import Workspace

Act = Callable[[str, str, Json], Awaitable[Json]]


class Acts:
    """Acts as any user; for whatever the app has to acknowledge, waits and tells how long that took."""

    def __init__(self, workspace: Workspace, people: People, modals: Modals) -> None:
        self._workspace = workspace
        self._people = people
        self._modals = modals
        self._acts: dict[str, Act] = {
            "click": self._click,
            "close": self._close,
            "command": self._command,
            "fill": self._fill,
            "mention": self._mention,
            "message": self._message,
            "open_home": self._open_home,
            "shortcut": self._shortcut,
            "submit": self._submit,
        }
        self._own: dict[str, Callable[[str, str, Json], Message]] = {"edit": self._edit, "delete": self._delete}
        self._quiet: dict[str, Callable[[str, str, str, str], None]] = {
            "join": lambda who, room, *_: people.join(who, room),
            "leave": lambda who, room, *_: people.leave(who, room),
            "pin": lambda who, room, ts, _: people.pin(who, room, ts),
            "react": people.react,
            "stop": lambda who, room, ts, _: people.stop(who, room, ts),
            "unpin": lambda who, room, ts, _: people.unpin(who, room, ts),
            "unreact": people.unreact,
        }

    async def act(self, given: Json) -> Json:
        """Carry out one act; Refused `unknown_act`, or what Slack would not let this person do."""
        who, room, name = given["as"], given.get("channel", ""), given["do"]
        if name in self._acts:
            return await self._acts[name](who, room, given)
        if name in self._own:
            return self._done(self._own[name](who, room, given))
        if name in self._quiet:
            self._quiet[name](who, room, _text(given, "ts"), _text(given, "name"))
            return {}
        raise Refused("unknown_act", f"nobody can {name}")

    # writing

    async def _message(self, who: str, room: str, given: Json) -> Json:
        text, thread = _text(given, "text"), _text(given, "thread_ts")
        if text.startswith("/"):
            # As in Slack's composer, whatever begins with a slash is a command.
            return await self._delivered(self._people.command(who, room, text, thread))
        broadcast = bool(given.get("reply_broadcast"))
        return self._done(self._people.message(who, room, text, thread, broadcast=broadcast))

    async def _mention(self, who: str, room: str, given: Json) -> Json:
        return self._done(self._people.mention(who, room, _text(given, "text"), _text(given, "thread_ts")))

    async def _command(self, who: str, room: str, given: Json) -> Json:
        """`{"text": "/watch status"}` or `{"command": "/watch", "text": "status"}`."""
        text = str(given["text"]) if "command" not in given else f"{given['command']} {given.get('text', '')}".strip()
        return await self._delivered(self._people.command(who, room, text, _text(given, "thread_ts")))

    def _edit(self, who: str, room: str, given: Json) -> Message:
        return self._people.edit(who, room, _text(given, "ts"), _text(given, "text"))

    def _delete(self, who: str, room: str, given: Json) -> Message:
        return self._people.delete(who, room, _text(given, "ts"))

    # pressing, and views

    async def _click(self, who: str, room: str, given: Json) -> Json:
        action_id, value, confirm = given["action_id"], given.get("value", ""), bool(given.get("confirm"))
        if "on" in given:
            press = self._modals.press(who, str(given["on"]), action_id, value, confirm=confirm)
        else:
            press = self._people.click(who, room, _text(given, "ts"), action_id, value=value, confirm=confirm)
        return await self._delivered(press)

    async def _shortcut(self, who: str, room: str, given: Json) -> Json:
        return await self._delivered(self._people.shortcut(who, room, given["callback_id"], _text(given, "ts")))

    async def _fill(self, who: str, _: str, given: Json) -> Json:
        return {"view_id": self._modals.fill(who, _values(given)).id}

    async def _submit(self, who: str, _: str, given: Json) -> Json:
        return await self._delivered(self._modals.submit(who, _values(given)))

    async def _close(self, who: str, _: str, given: Json) -> Json:
        self._modals.close(who, everything=bool(given.get("all")))
        return {}

    async def _open_home(self, who: str, _: str, given: Json) -> Json:
        self._modals.open_home(who, _text(given, "tab") or "home")
        return {}

    def _done(self, message: Message) -> Json:
        return {"message": shown(self._workspace, message)}

    async def _delivered(self, delivery: Delivery) -> Json:
        began = asyncio.get_running_loop().time()
        outcome = await asyncio.shield(delivery.outcome)
        taken = round((asyncio.get_running_loop().time() - began) * 1000, 2)
        return {"acked": outcome.acked, "ack_ms": taken, "reason": outcome.reason}


def _text(given: Json, name: str) -> str:
    return str(given.get(name) or "")


def _values(given: Json) -> dict[str, Any]:
    values: Any = given.get("values", {})
    if not isinstance(values, dict):
        raise TypeError("values is an object")
    return values
