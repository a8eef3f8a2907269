"""What Slack says of the app and of the people who decide: tokens, scopes, channel, approvers.

It reads only, with a client of its own: the doctor needs Slack's own words and headers, which `bot.slack` turns into
errors for retrying.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor_installed import look_at_installed
from bot.doctor_policy import Deciding, deciding
from bot.doctor_reach import why
from bot.rows import Row
from bot.settings import Settings

# Each scope with what needs it; manifest.yml asks for exactly these.
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "mentions in threads",
    "bookmarks:read": "which links a channel has",
    "bookmarks:write": "links in the header of an incident's own channel",
    "channels:history": "to find our own message after an unknown outcome",
    "channels:manage": "a channel for one incident alone",
    "channels:read": "the channel and its members",
    "chat:write": "every message",
    "commands": "the slash command",
    "files:write": "long answers as files, charts as pictures",
    "pins:write": "the pinned summary",
    "reactions:read": "decisions by reaction",
    "reactions:write": "the two reactions to press",
    "usergroups:read": "groups of approvers",
    "users:read": "who is a bot, a guest or deactivated",
}
# Without one of these the rest works; what it switches off.
OPTIONAL: Mapping[str, str] = {
    "bookmarks:read": "a channel of an incident's own has no links in its header",
    "bookmarks:write": "a channel of an incident's own has no links in its header",
    "channels:manage": "no incident has a channel of its own",
    "files:write": "long answers are named by the command that shows them, and no chart becomes a picture",
    "pins:write": "the summary is not pinned",
}
_TOKEN_MEND = {
    "bot": "slack.bot_token: the Bot User OAuth Token under OAuth & Permissions; install the app first",
    "app": "slack.app_token: Basic Information, App-Level Tokens, scope connections:write; Socket Mode switched on",
}
SECONDS = 10


class _Unreachable(Exception):
    """Slack gave no usable answer."""


class _Refused(Exception):
    """Slack refused a question; its own word."""


class _Slack:
    """Reads from one workspace. `error` in an answer is Slack's own word, empty when it said ok."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self.scopes: frozenset[str] = frozenset()

    async def ask(self, method: str, token: str = "", **arguments: str) -> Mapping[str, Any]:
        try:
            answer = await self._client.api_call(method, params={**arguments, **({"token": token} if token else {})})
        except SlackApiError as err:
            if not isinstance(err.response.data, dict) or "error" not in err.response.data:
                raise _Unreachable(f"answered {err.response.status_code}") from err
            found: Mapping[str, Any] = err.response.data
            return found
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            # What aiohttp wraps says more than its own words.
            below = getattr(err, "certificate_error", None) or getattr(err, "os_error", None) or err
            host = urlsplit(self._client.base_url).hostname or ""
            raise _Unreachable(why(below, host, SECONDS)) from err
        headers_back = {name.lower(): value for name, value in answer.headers.items()}
        if not token:
            self.scopes = frozenset(filter(None, headers_back.get("x-oauth-scopes", "").replace(" ", "").split(",")))
        said: Mapping[str, Any] = answer.data  # type: ignore[assignment]  # bytes only for files
        return said

    async def pages(self, method: str, part: str, **arguments: str) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            answer = await self.ask(method, **arguments, limit="200", cursor=cursor)
            if "error" in answer:
                raise _Refused(f"{answer['error']} ({method})")
            found += answer.get(part, [])
            cursor = answer.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return found


async def look_at_slack(settings: Settings) -> list[Row]:
    """Rows for the app, its scopes, the channel and the approvers of every action."""
    token, base = settings.slack.bot_token.get_secret_value(), settings.slack.base_url
    installed: list[Row] = []
    if settings.slack.oauth is not None:
        token, installed = await asyncio.to_thread(look_at_installed, settings)
        if not token:
            return installed
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        slack = _Slack(AsyncWebClient(token, base, session=session, retry_handlers=[]))
        try:
            return [*installed, *await _rows(slack, settings)]
        except _Unreachable as err:
            return [Row("slack", "FAIL", f"{base} cannot be used: {err}", "see whether this machine may reach it")]


async def _rows(slack: _Slack, settings: Settings) -> list[Row]:
    who = await slack.ask("auth.test")
    if "error" in who:
        return [Row("slack", "FAIL", f"the bot token is refused: {who['error']}", _TOKEN_MEND["bot"])]
    scopes = _scopes(slack.scopes)
    app = await _reached(slack, settings, f"{who.get('user', '')} in {who.get('team', '')}")
    channel, members = await _channel(slack, settings.incidents.channel)
    approvers = [await _approvers(slack, one, members) for one in deciding(settings, datetime.now(UTC))]
    return [app, scopes, channel, *approvers]


async def _reached(slack: _Slack, settings: Settings, who: str) -> Row:
    if settings.slack.mode == "http":  # only Slack knows the public address, and whether it gets there
        says = "over HTTP; that Slack reaches /slack/events, and by this signing secret, its own pages say"
        return Row("slack", "ok", f"as {who}, {says}: Event Subscriptions, Verified")
    answer = await slack.ask("apps.connections.open", token=settings.slack.app_token.get_secret_value())
    if "error" in answer:
        return Row("slack", "FAIL", f"as {who}; the app token is refused: {answer['error']}", _TOKEN_MEND["app"])
    return Row("slack", "ok", f"as {who}, Socket Mode opens")


def _scopes(granted: frozenset[str]) -> Row:
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        return Row("scopes", "ok", f"{len(SCOPES)} of {len(SCOPES)}")
    listed = ", ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
    mend = "paste what `watchkeeper manifest` prints, or add them under OAuth & Permissions; then reinstall the app"
    if set(missing) <= OPTIONAL.keys():
        off = "; ".join(f"without {scope} {OPTIONAL[scope]}" for scope in missing)
        return Row("scopes", "warn", f"{len(SCOPES) - len(missing)} of {len(SCOPES)}; {off}", mend)
    return Row("scopes", "FAIL", f"{len(SCOPES) - len(missing)} of {len(SCOPES)}; missing {listed}", mend)


async def _channel(slack: _Slack, name: str) -> tuple[Row, frozenset[str] | None]:
    """The channel's row, and its members where they can be read."""
    try:
        found = await _find(slack, name)
        members = (
            frozenset(await slack.pages("conversations.members", "members", channel=found["id"])) if found else None
        )
    except _Refused as err:
        return Row("channel", "FAIL", f"{name} cannot be looked at: {err}", "the scopes of the app"), None
    if found is None:
        mend = "create it and write /invite @watchkeeper in it; it must be a public one"
        return Row("channel", "FAIL", f"there is no public channel {name}", mend), None
    if found.get("is_archived"):
        return Row(
            "channel", "FAIL", f"{name} is archived", "unarchive it, or name another: incidents.channel"
        ), members
    if not found.get("is_member"):
        return Row("channel", "FAIL", f"not in {name}", f"write /invite @watchkeeper in {name}"), members
    return Row("channel", "ok", f"in {name}, with {len(members or ())} members"), members


async def _find(slack: _Slack, name: str) -> Mapping[str, Any] | None:
    if not name.startswith("#"):
        found: Mapping[str, Any] | None = (await slack.ask("conversations.info", channel=name)).get("channel")
        return found
    public = await slack.pages("conversations.list", "channels", exclude_archived="true")
    return next((channel for channel in public if channel["name"] == name[1:]), None)


async def _approvers(slack: _Slack, one: Deciding, members: frozenset[str] | None) -> Row:
    name, approvers, place = one.name, one.approvers, one.place
    if approvers.nobody:
        return Row("approvers", "warn", f"{name}: the list is empty, so nobody can approve it", place)
    users, trouble = [*approvers.users, *one.also], []
    if approvers.group:
        answer = await slack.ask("usergroups.users.list", usergroup=approvers.group)
        users += answer.get("users", [])
        if "error" in answer:
            trouble.append(f"{approvers.group}: {_GROUP_WORDS.get(answer['error'], answer['error'])}")
    eligible = 0
    for user in dict.fromkeys(users):
        why = _why_not(await slack.ask("users.info", user=user), user)
        eligible += not why
        if not why and members is not None and user not in members:
            why = "is not in the channel, where the proposals are"
        trouble += [f"{user} {why}"] if why else []
    says = f"{name}: {eligible} can approve, {one.quorum} must"
    if eligible < one.quorum:
        return Row("approvers", "FAIL", "; ".join([says, *_few(trouble)]), place)
    return Row("approvers", "warn" if trouble else "ok", "; ".join([says, *_few(trouble)]), place if trouble else "")


_GROUP_WORDS = {
    "plan_upgrade_required": "user groups need a paid plan, list the members instead",
    "no_such_subteam": "there is no such user group",
}


def _few(words: list[str]) -> Iterable[str]:
    return words if len(words) <= 3 else [*words[:3], f"and {len(words) - 3} more"]


def _why_not(answer: Mapping[str, Any], user: str) -> str:
    """Why a listed person's word would not count; empty when it would."""
    if "error" in answer:
        unknown = answer["error"] == "user_not_found"
        return "is not a member of this workspace" if unknown else f"cannot be looked up ({answer['error']})"
    person = answer["user"]
    if person.get("deleted"):
        return "is deactivated"
    if person.get("is_bot") or user == "USLACKBOT":
        return "is a bot"
    if person.get("is_restricted") or person.get("is_ultra_restricted"):
        return "is a guest"
    return "is from outside" if person.get("is_stranger") else ""
