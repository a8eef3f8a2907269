"""The live feed of the page: one snapshot, then every change, to every open page. It takes no orders.

The JSON is described in docs/slack-stand-in.md.
"""

import asyncio
from dataclasses import asdict

from aiohttp import web

from playground.slack.directory import User, UserGroup
from playground.slack.model import App, Channel, File, Json, Message
from playground.slack.state import Change, Workspace
from playground.slack.views import View, Views
from playground.slack.wire import dumps


def message_json(workspace: Workspace, message: Message) -> Json:
    """One message as the page and the control door show it, the hidden parts included."""
    return {
        "ts": message.ts,
        "channel": message.channel,
        "thread_ts": message.thread_ts,
        "user": message.user,
        "bot_id": message.bot["id"] if message.bot else None,
        "subtype": message.subtype,
        "text": message.text,
        "blocks": message.blocks,
        "reactions": [{"name": name, "users": users} for name, users in message.reactions.items()],
        "edited": message.edited,
        "ephemeral_to": message.ephemeral_to,
        "metadata": message.metadata,
        "permalink": workspace.permalink(message),
        "reply_count": len(message.replies),
        "reply_users": message.reply_users,
        "latest_reply": message.replies[-1] if message.replies else None,
        "history_len": len(message.versions),
        "pinned": message.pin is not None,
        "pinned_by": message.pin.by if message.pin else None,
        "files": [_file(file) for file in message.files],
        "streaming": _streaming(message),
    }


def view_json(app: App, view: View) -> Json:
    """One modal or Home tab as its person sees it, with what is said under its inputs."""
    return view.as_slack(app) | {"user": view.user, "errors": view.errors, "trouble": view.trouble}


def snapshot(workspace: Workspace, app: App, views: Views) -> Json:
    """Everything there is."""
    return {
        "type": "snapshot",
        "workspace": {"id": workspace.team, "name": "Shop", "app_user": app.user_id, "commands": list(app.commands)},
        "app": {
            "id": app.app_id,
            "name": app.name,
            "user": app.user_id,
            "home_tab": app.home_tab,
            "shortcuts": [asdict(shortcut) for shortcut in app.shortcuts],
        },
        "modals": {user: [view_json(app, view) for view in stack] for user, stack in views.stacks.items() if stack},
        "homes": {user: view_json(app, view) for user, view in views.homes.items()},
        "channels": [_channel(channel) for channel in workspace.channels.values()],
        "users": [_user(user) for user in workspace.users.values()],
        "usergroups": [_group(group) for group in workspace.groups.values()],
        "messages": [
            message_json(workspace, message)
            for channel in workspace.channels.values()
            for message in channel.messages.values()
            if not message.deleted
        ],
    }


class Feed:
    """Serves `/page/feed`, a WebSocket, to any number of pages."""

    def __init__(self, workspace: Workspace, app: App, views: Views) -> None:
        self._workspace = workspace
        self._app = app
        self._views = views
        self._pages: dict[web.WebSocketResponse, asyncio.Queue[str]] = {}
        workspace.listeners.append(self._on_change)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Send the snapshot and then what happens, until the page goes."""
        ws = web.WebSocketResponse(heartbeat=20)
        await ws.prepare(request)
        waiting: asyncio.Queue[str] = asyncio.Queue()
        waiting.put_nowait(dumps(snapshot(self._workspace, self._app, self._views)))
        self._pages[ws] = waiting
        writer = asyncio.create_task(_write(ws, waiting))
        try:
            async for _ in ws:
                pass
        finally:
            del self._pages[ws]
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return ws

    async def close(self) -> None:
        """Close every page's socket."""
        await asyncio.gather(*(ws.close() for ws in list(self._pages)))

    def _on_change(self, change: Change) -> None:
        if not self._pages:
            return
        for event in self._events(change):
            line = dumps(event)
            for waiting in self._pages.values():
                waiting.put_nowait(line)

    def _events(self, change: Change) -> list[Json]:
        """What the page has to redraw: for a reply also its parent, whose count changed."""
        told: Json = {"type": change.kind, "by": change.by, "event_ts": change.event_ts}
        message, channel = change.message, change.channel
        if change.kind in ("modal", "home"):
            return [told | self._shown_to(change)]
        if message is not None and channel is not None:
            events = [told | {"message": message_json(self._workspace, message)}]
            if change.reaction:
                events[0]["reaction"] = change.reaction
            parent = channel.message(message.thread_ts) if message.is_reply and message.thread_ts else None
            if parent is not None and change.kind in ("message", "message_deleted"):
                events.append(told | {"type": "message_changed", "message": message_json(self._workspace, parent)})
            return events
        if channel is not None:
            return [told | {"channel": _channel(channel)}]
        if isinstance(change.subject, UserGroup):
            return [told | {"usergroup": _group(change.subject)}]
        return [told | {"user": _user(change.subject)}] if change.subject is not None else []

    def _shown_to(self, change: Change) -> Json:
        """A person's whole stack of modals, or their Home tab."""
        user = change.by
        if change.kind == "modal":
            stack = self._views.stacks.get(user, [])
            return {"user": user, "views": [view_json(self._app, view) for view in stack]}
        return {"user": user, "view": view_json(self._app, self._views.homes[user])}


async def _write(ws: web.WebSocketResponse, waiting: "asyncio.Queue[str]") -> None:
    while True:
        await ws.send_str(await waiting.get())


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "members": channel.members,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "archived": channel.is_archived,
        "bookmarks": list(channel.bookmarks.values()),
    }


def _file(file: File) -> Json:
    """A file as its card shows it; `href` is where the page fetches it."""
    shown = {"id": file.id, "name": file.name, "title": file.title or file.name, "size": file.size, "alt": file.alt}
    return shown | {"mimetype": file.mimetype, "href": f"/page/files/{file.id}"}


def _streaming(message: Message) -> Json | None:
    stream = message.stream
    return None if stream is None else {"state": stream.state, "recipient": stream.recipient, "by": stream.stopped_by}


def _group(group: UserGroup) -> Json:
    return {"id": group.id, "handle": group.handle, "name": group.name, "users": group.users}


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "is_bot": user.bot_id is not None,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "deleted": user.deleted,
    }
