"""Changing conversations: making, describing, inviting, joining, closing. Reading is in `conversations.py`."""

import re
from typing import Literal

from playground.slack.errors import SlackError
from playground.slack.model import Channel, Json
from playground.slack.web_api import Call

MOST_NAME = 80
MOST_WORDS = 250
MOST_INVITED = 100


def create(call: Call) -> Json:
    """`conversations.create`: the app is its creator and its only member; a private one needs `groups:write`."""
    name = call.args.text("name")
    private = call.args.flag("is_private")
    _scope(call, "groups:write" if private else "channels:manage")
    _check_name(name)
    if call.desk.workspace.channel_named(name) is not None:
        raise SlackError("name_taken")
    channel = call.desk.workspace.create(name, call.desk.app.user_id, "group" if private else "channel")
    return {"channel": channel.as_slack(call.desk.app.user_id)}


def invite(call: Call) -> Json:
    """`conversations.invite`: up to a hundred people; one who cannot be invited spoils it for all, unless `force`."""
    channel = _writable(call, "invites")
    users = [user.strip() for user in call.args.text("users").split(",") if user.strip()]
    if not users:
        raise SlackError("no_user")
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    refused = {user: reason for user in users if (reason := _uninvitable(call, channel, user))}
    if refused and not (call.args.flag("force") and len(refused) < len(users)):
        errors = [{"user": user, "ok": False, "error": reason} for user, reason in refused.items()]
        raise SlackError(next(iter(refused.values())), errors=errors)
    for user in users:
        if user not in refused:
            call.desk.workspace.join(channel, user, inviter=call.desk.app.user_id)
    return {"channel": channel.as_slack(call.desk.app.user_id)}


def join(call: Call) -> Json:
    """`conversations.join`: public channels only; being there already is a warning."""
    channel, app = call.channel(member=False), call.desk.app
    if channel.kind != "channel":
        raise SlackError("channel_not_found" if app.user_id not in channel.members else _WRONG_TYPE)
    if channel.is_archived:
        raise SlackError("is_archived")
    if app.user_id in channel.members:
        warnings = ["already_in_channel"]
        more = {"warning": "already_in_channel", "response_metadata": {"warnings": warnings}}
        return {"channel": channel.as_slack(app.user_id)} | more
    call.desk.workspace.join(channel, app.user_id)
    return {"channel": channel.as_slack(app.user_id)}


def set_topic(call: Call) -> Json:
    """`conversations.setTopic`."""
    return _describe(call, "topic")


def set_purpose(call: Call) -> Json:
    """`conversations.setPurpose`."""
    return _describe(call, "purpose")


def archive(call: Call) -> Json:
    """`conversations.archive`: from then on every write to it is `is_archived`."""
    channel = call.channel()
    _scope(call, "groups:write" if channel.kind == "group" else "channels:manage")
    if channel.kind == "im":
        raise SlackError(_WRONG_TYPE)
    if channel.is_archived:
        raise SlackError("already_archived")
    call.desk.workspace.archive(channel, call.desk.app.user_id)
    return {}


_WRONG_TYPE = "method_not_supported_for_channel_type"


def _describe(call: Call, part: Literal["topic", "purpose"]) -> Json:
    channel, words = _writable(call, "topic"), call.args.text(part)
    if len(words) > MOST_WORDS:
        raise SlackError("too_long")
    call.desk.workspace.describe(channel, call.desk.app.user_id, part, words)
    return {"channel": channel.as_slack(call.desk.app.user_id)}


def _writable(call: Call, narrow: str) -> Channel:
    """A channel that may be changed, by its wide scope or the `narrow` one for this kind of change."""
    channel = call.channel()
    if channel.kind == "im":
        raise SlackError(_WRONG_TYPE)
    if channel.kind == "group":
        _scope(call, "groups:write", f"groups:write.{narrow}")
    else:
        _scope(call, "channels:manage", f"channels:write.{narrow}")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _scope(call: Call, *needed: str) -> None:
    """Which of the method's scopes count depends on the channel; one of them is enough."""
    if not set(needed) & set(call.desk.app.scopes):
        raise SlackError("missing_scope", needed=",".join(needed), provided=",".join(call.desk.app.scopes))


def _uninvitable(call: Call, channel: Channel, user: str) -> str:
    if user == call.desk.app.user_id:
        return "cant_invite_self"
    person = call.desk.workspace.users.get(user)
    if person is None or person.deleted:
        return "user_not_found"
    return "already_in_channel" if user in channel.members else ""


def _check_name(name: str) -> None:
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > MOST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"\w", name):
        raise SlackError("invalid_name_punctuation")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
