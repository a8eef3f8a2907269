"""The app's own reactions, and everybody's as they stand now."""

import re

from playground.slack.errors import SlackError
from playground.slack.model import Json, Message
from playground.slack.people import emoji
from playground.slack.web_api import Call

# Slack knows every emoji by name; the stand-in only refuses what cannot be a name, such as the character itself.
_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(call: Call) -> Json:
    """`reactions.add`: once per emoji and message."""
    message, name = _message(call), _name(call)
    if not call.desk.workspace.react(message, call.desk.app.user_id, name):
        raise SlackError("already_reacted")
    return {}


def remove(call: Call) -> Json:
    """`reactions.remove`."""
    message, name = _message(call), _name(call)
    if not call.desk.workspace.unreact(message, call.desk.app.user_id, name):
        raise SlackError("no_reaction")
    return {}


def get(call: Call) -> Json:
    """`reactions.get`: without `full` long lists of people may be cut, as Slack warns."""
    message = _message(call)
    shown = message.as_slack() | {"permalink": call.desk.workspace.permalink(message)}
    if message.reactions:
        most = len(call.desk.workspace.users) if call.args.flag("full") else 50
        shown["reactions"] = message.reactions_as_slack(most)
    return {"type": "message", "channel": message.channel, "message": shown}


def _message(call: Call) -> Message:
    if not call.args.has("channel") or not call.args.has("timestamp"):
        raise SlackError("no_item_specified")
    message = call.channel().message(call.args.required("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return message


def _name(call: Call) -> str:
    name = emoji(call.args.required("name"))
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return name
