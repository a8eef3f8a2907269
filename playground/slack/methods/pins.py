"""Pinning a message to its channel."""

from playground.slack.errors import SlackError
from playground.slack.model import Json
from playground.slack.web_api import Call


def add(call: Call) -> Json:
    """`pins.add`: an ephemeral or unknown message is `message_not_found`."""
    message = call.channel().message(call.args.required("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    if not call.desk.workspace.pin(message, call.desk.app.user_id):
        raise SlackError("already_pinned")
    return {}
