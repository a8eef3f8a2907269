"""The only caller of Slack's Web API: post, edit, answer, react, look.

A write is sent once. A definite refusal (429 included) is `Retryable` or `Permanent`; a time-out, a cut connection, a
5xx or an unreadable answer is `Ambiguous`, because Slack has no idempotency key: look by the operation id in the
metadata before posting again. Per method and channel a bucket keeps us under Slack's rates. Everything that leaves is
Clean.
"""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.rates import Buckets
from bot.slack_ops import op_of
from bot.slack_refusals import judged_as, retry_after
from engine.errors import Ambiguous, Permanent, Retryable
from engine.model import Person
from engine.ports import SystemClock
from engine.redact import CleanTree

log = structlog.get_logger()
SECONDS = 10  # one call
CLOCKS_APART = 60.0  # seconds that Slack's clock and the database's may differ


class Slack:
    """One workspace, one bot token."""

    def __init__(self, token: str, base_url: str) -> None:
        """Opens no connection. Call `open` on the event loop."""
        self.token = token
        self.base_url = base_url
        self._session: aiohttp.ClientSession | None = None
        self._people: dict[str, tuple[float, Person]] = {}
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}
        self._unreadable: set[str] = set()
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self.buckets = Buckets(SystemClock())
        self.team_id = ""
        self.bot_user = ""
        self.bot_id = ""

    async def open(self) -> None:
        """Open the shared session and ask who we are. Raises `Retryable` or `Permanent`."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        self.writes = AsyncWebClient(self.token, self.base_url, session=self._session, retry_handlers=[])
        self.reads = AsyncWebClient(
            self.token,
            self.base_url,
            session=self._session,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(),
                AsyncRateLimitErrorRetryHandler(max_retry_count=2),
                AsyncServerErrorRetryHandler(),
            ],
        )
        who = await self.read("auth.test")
        self.bot_user, self.bot_id, self.team_id = who["user_id"], who["bot_id"], who["team_id"]

    def use(self, token: str) -> None:
        """Speak with this token from now on: that of an installation, or one that replaces another."""
        self.token = token
        if self._session is not None:
            self.writes.token = self.reads.token = token

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def room_to_post(self, channel: str) -> None:
        """Wait until a message may be posted in this channel; a post itself never waits."""
        await self.buckets.take("chat.postMessage", channel)

    async def post(self, channel: str, message: CleanTree, thread_ts: str | None = None) -> str:
        """Post once, now; the message's `ts`. Call `room_to_post` before."""
        answer = await self._send("chat.postMessage", channel, {**message.value, "thread_ts": thread_ts})
        return str(answer["ts"])

    def place_for_edit(self) -> float:
        """Take a place among the edits, which Slack counts for the whole workspace; the seconds until its turn."""
        return self.buckets.place("chat.update", "")

    async def edit(self, channel: str, ts: str, message: CleanTree) -> None:
        """Make the message so, now; repeatable. Its turn (`place_for_edit`) has come before."""
        await self._send("chat.update", "", {**message.value, "channel": channel, "ts": ts})

    async def delete(self, channel: str, ts: str) -> None:
        """Remove a second copy of our own."""
        await self.write("chat.delete", channel, {"ts": ts})

    async def whisper(self, channel: str, user: str, message: CleanTree, thread_ts: str | None = None) -> None:
        """An answer that this person alone sees; at most once."""
        await self.write("chat.postEphemeral", channel, {**message.value, "user": user, "thread_ts": thread_ts})

    async def react(self, channel: str, ts: str, emoji: str) -> None:
        """Put a reaction on a message; already there is fine."""
        try:
            await self.write("reactions.add", channel, {"timestamp": ts, "name": emoji})
        except Permanent as err:
            if "already_reacted" not in str(err):
                raise

    async def reactions(self, channel: str, ts: str) -> Mapping[str, frozenset[str]]:
        """Emoji → refs of who put it there, the bot's own left out. Raises `Retryable`."""
        answer = await self.read("reactions.get", channel=channel, timestamp=ts, full=True)
        found = answer.get("message", {}).get("reactions", [])
        return {r["name"]: frozenset(f"slack:{user}" for user in r["users"] if user != self.bot_user) for r in found}

    async def ours(
        self, channel: str, since: datetime, thread_ts: str | None = None, until: datetime | None = None
    ) -> dict[str, list[str]]:
        """Operation id → the `ts` of our messages that carry it, oldest first; of a thread, or of the channel.

        Raises `Retryable`, `Permanent`; never tells a part of the list.
        """
        method = "conversations.replies" if thread_ts else "conversations.history"
        body: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": 200, "ts": thread_ts}
        body["oldest"] = f"{since.timestamp() - CLOCKS_APART:.6f}"
        body["latest"] = f"{until.timestamp() + CLOCKS_APART:.6f}" if until else None
        found: dict[str, set[str]] = {}
        async for answer in self.pages(method, **body):
            for message in answer.get("messages", []):
                if (op := op_of(message)) and self._is_mine(message):
                    found.setdefault(op, set()).add(str(message["ts"]))
        return {op: sorted(places) for op, places in found.items()}

    def _is_mine(self, message: Mapping[str, Any]) -> bool:
        """Of the bot; what a file's share carries besides the user is not documented."""
        return message.get("bot_id") == self.bot_id or message.get("user") == self.bot_user

    async def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """One message with its metadata, in a channel or in a thread."""
        answer = await self.read(
            "conversations.replies", channel=channel, ts=ts, include_all_metadata=True, limit=1, inclusive=True
        )
        return next((m for m in answer.get("messages", []) if m.get("ts") == ts), None)

    async def permalink(self, channel: str, ts: str) -> str:
        """Where a message is, as a link; empty when Slack does not say."""
        try:
            return str((await self.read("chat.getPermalink", channel=channel, message_ts=ts))["permalink"])
        except (Permanent, Retryable):
            return ""

    async def person(self, user: str, max_age: float, channel: str = "") -> Person:
        """Who that is, at most `max_age` seconds old. Raises `Retryable`, `Permanent`."""
        known = self._people.get(user)
        if known is None or time.monotonic() - known[0] > max_age:
            body = (await self.read("users.info", user=user))["user"]
            known = (time.monotonic(), _person(user, body, self.team_id))
            self._people[user] = known
        person = known[1]
        if not channel:
            return person
        return replace(person, in_channel=user in await self.members(channel, max_age))

    async def members(self, channel: str, max_age: float) -> frozenset[str]:
        """User ids in a channel."""
        known = self._members.get(channel)
        if known is None or time.monotonic() - known[0] > max_age:
            found: set[str] = set()
            async for answer in self.pages("conversations.members", channel=channel, limit=1000):
                found.update(answer["members"])
            known = (time.monotonic(), frozenset(found))
            self._members[channel] = known
        return known[1]

    async def group(self, group: str, max_age: float) -> frozenset[str]:
        """Refs of a user group's members; empty, and said once, where it cannot be read, so that it fails closed."""
        known = self._groups.get(group)
        if known is None or time.monotonic() - known[0] > max_age:
            try:
                users = (await self.read("usergroups.users.list", usergroup=group))["users"]
            except Permanent as err:
                self._unreadable_group(group, err)
                users = []
            else:
                self._unreadable.discard(group)
            known = (time.monotonic(), frozenset(f"slack:{user}" for user in users))
            self._groups[group] = known
        return known[1]

    def _unreadable_group(self, group: str, err: Permanent) -> None:
        """Say it once, not at every word: from here on only the people listed by name count."""
        if group not in self._unreadable:
            self._unreadable.add(group)
            log.warning("a user group cannot be read; none of its members may approve", group=group, says=str(err))

    async def channel_id(self, name: str) -> str:
        """The id of a channel by its name (`#incidents`) or its id. Raises `Permanent` when it is not there."""
        if not name.startswith("#"):
            return name
        async for answer in self.pages("conversations.list", limit=200, exclude_archived=True):
            for channel in answer["channels"]:
                if channel["name"] == name[1:]:
                    return str(channel["id"])
        raise Permanent(f"there is no channel {name} that the bot can see; invite it: /invite @watchkeeper")

    async def write(
        self, method: str, channel: str, body: Mapping[str, Any], *, in_turn: bool = True
    ) -> Mapping[str, Any]:
        """Call a method that changes something, once, in its turn. Raises `Retryable`, `Permanent`, `Ambiguous`.

        For the files beside this one (`slack_….py`), each with the calls of one surface; everybody else uses theirs.
        Not `in_turn`: its turn was taken before.
        """
        if in_turn:
            await self.buckets.take(method, channel)
        return await self._send(method, channel, body)

    async def _send(self, method: str, channel: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        whole = {k: v for k, v in body.items() if v is not None}
        if channel:
            whole["channel"] = channel
        try:
            answer = await self.writes.api_call(method, json=whole)
        except SlackApiError as err:
            self._learn(err, method, channel)
            raise judged_as(err, method) from err
        except aiohttp.ClientConnectorError as err:
            raise Retryable(f"Slack is not reachable ({method})", after=1.0) from err
        except (TimeoutError, aiohttp.ClientError, OSError) as err:
            raise Ambiguous(f"no answer from Slack ({method})") from err
        data: Mapping[str, Any] = answer.data  # type: ignore[assignment]  # bytes only for files, which we do not fetch
        return data

    def _learn(self, err: SlackApiError, method: str, channel: str) -> None:
        after = retry_after(err)
        if after:
            self.buckets.closed(method, channel, after)

    async def pages(self, method: str, **arguments: Any) -> AsyncIterator[Mapping[str, Any]]:
        """Every page of a list, as `read`."""
        cursor = ""
        while True:
            answer = await self.read(method, cursor=cursor, **arguments)
            yield answer
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return

    async def read(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method that only reads. Raises `Retryable`, `Permanent`."""
        given = {k: v for k, v in arguments.items() if v not in ("", None)}
        params = {k: str(v).lower() if isinstance(v, bool) else v for k, v in given.items()}
        try:
            answer = await self.reads.api_call(method, http_verb="GET", params=params)
        except SlackApiError as err:
            judged = judged_as(err, method)
            raise (Retryable(str(judged), after=1.0) if isinstance(judged, Ambiguous) else judged) from err
        except (TimeoutError, aiohttp.ClientError, OSError) as err:
            raise Retryable(f"Slack does not answer ({method})", after=1.0) from err
        data: Mapping[str, Any] = answer.data  # type: ignore[assignment]  # as above
        return data


def _person(user: str, body: Mapping[str, Any], team: str) -> Person:
    profile = body.get("profile", {})
    return Person(
        ref=f"slack:{user}",
        name=str(profile.get("real_name") or body.get("real_name") or body.get("name") or user),
        is_bot=bool(body.get("is_bot")) or user == "USLACKBOT",
        is_guest=bool(body.get("is_restricted") or body.get("is_ultra_restricted")),
        is_outside=bool(body.get("is_stranger")) or str(body.get("team_id", team)) != team,
        is_deactivated=bool(body.get("deleted")),
    )
