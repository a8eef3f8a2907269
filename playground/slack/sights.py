"""The control door's looks: what Slack shows now, and waiting until it shows something. It changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields

from aiohttp import web

from playground.slack.blocks import seen_texts
from playground.slack.doors import answer
from playground.slack.expect import Expectation, Expecting, plain
from playground.slack.faults import Faults
from playground.slack.feed import message_json, view_json
from playground.slack.model import Json, Message
from playground.slack.sockets import Sockets
from playground.slack.state import Workspace
from playground.slack.views import View, Views
from playground.slack.web_api import WebApi

LONGEST_WAIT = 300.0


class Sights:
    """Every GET below `/control/`."""

    def __init__(self, workspace: Workspace, sockets: Sockets, faults: Faults, api: WebApi, views: Views) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._faults = faults
        self._api = api
        self._views = views
        self._expecting = Expecting(workspace)

    def routes(self) -> list[web.RouteDef]:
        """The table of endpoints."""
        reads: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
            "expect": self._expect,
            "faults": self._show_faults,
            "log": self._log,
            "messages": self._messages,
            "sockets": self._show_sockets,
            "view": self._view,
        }
        return [web.get(f"/control/{name}", read) for name, read in reads.items()]

    async def _expect(self, request: web.Request) -> web.Response:
        query = request.query
        timeout = min(float(query.get("timeout", "10")), LONGEST_WAIT)
        names = {field.name for field in fields(Expectation)} - {"contains", "lacks", "edited"}
        unknown = set(query) - names - {"contains", "lacks", "edited", "timeout"}
        if unknown:
            return answer({"ok": False, "error": "unknown_parameter", "detail": ", ".join(sorted(unknown))}, 400)
        wanted = Expectation(
            **{name: query[name] for name in names if name in query},
            contains=tuple(query.getall("contains", [])),
            lacks=tuple(query.getall("lacks", [])),
            edited=query.get("edited", "") in ("1", "true"),
        )
        try:
            found = await self._expecting.until(wanted, timeout)
        except TimeoutError:
            there = Expectation(channel=wanted.channel, ephemeral_to=wanted.ephemeral_to)
            shown = [self._shown(message) for message in self._expecting.matching(there)]
            return answer({"ok": False, "error": "timeout", "there": shown[-50:]}, 408)
        return answer({"ok": True, "message": self._shown(found)})

    async def _messages(self, request: web.Request) -> web.Response:
        name = request.query.get("channel", "")
        shown = []
        for channel in self._workspace.channels.values():
            if name in ("", channel.id, channel.name):
                shown += [self._shown(message) for message in channel.messages.values()]
        return answer({"ok": True, "messages": shown})

    async def _log(self, request: web.Request) -> web.Response:
        method, since = request.query.get("method", ""), float(request.query.get("since", "0"))
        calls = [call for call in self._api.log if method in ("", call["method"]) and call["at"] >= since]
        return answer({"ok": True, "calls": calls})

    async def _show_faults(self, _: web.Request) -> web.Response:
        kills, faults = self._faults.kills, self._faults.faults
        return answer({"ok": True, "kills": [asdict(k) for k in kills], "faults": [asdict(f) for f in faults]})

    async def _show_sockets(self, request: web.Request) -> web.Response:
        """The app's sockets; with `staying` it waits until there are so many, at most `timeout` real seconds."""
        ok, timeout = True, min(float(request.query.get("timeout", "10")), LONGEST_WAIT)
        try:
            async with asyncio.timeout(timeout):
                await self._sockets.until_staying(int(request.query.get("staying", "0")))
        except TimeoutError:
            ok = False
        there = [{"leaving": c.leaving, "envelopes": c.envelopes} for c in self._sockets.connections]
        body = {"ok": ok, "sockets": there, "unacknowledged": self._sockets.unacknowledged}
        return answer(body, 200 if ok else 408)

    def _shown(self, message: Message) -> Json:
        return shown(self._workspace, message)

    async def _view(self, request: web.Request) -> web.Response:
        """A person's Home tab (`on=home`) or front modal, once it carries all words given; `gone` waits for none."""
        query = request.query
        user, on_home, gone = query.get("user", ""), query.get("on") == "home", query.get("gone", "") in ("1", "true")
        callback, words = query.get("callback_id", ""), query.getall("contains", [])

        def there() -> View | None:
            view = self._views.homes.get(user) if on_home else self._views.top(user)
            return view if view is not None and _fits(view, callback, words) else None

        try:
            async with asyncio.timeout(min(float(query.get("timeout", "10")), LONGEST_WAIT)):
                while (there() is None) is not gone:
                    await self._expecting.next_change()
        except TimeoutError:
            stack = [view_json(self._api.desk.app, view) for view in self._views.stacks.get(user, [])]
            return answer({"ok": False, "error": "timeout", "there": stack}, 408)
        view = there()
        return answer({"ok": True, "view": view_json(self._api.desk.app, view) if view is not None else None})


def _fits(view: View, callback: str, words: list[str]) -> bool:
    shown_words = plain("\n".join([*seen_texts(view.given), *view.errors.values(), view.trouble]))
    return callback in ("", view.given["callback_id"]) and all(plain(word) in shown_words for word in words)


def shown(workspace: Workspace, message: Message) -> Json:
    """A message in the feed's form, with what only the control door tells."""
    versions = [asdict(version) for version in message.versions]
    return message_json(workspace, message) | {"at": message.at, "deleted": message.deleted, "history": versions}
