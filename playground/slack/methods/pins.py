"""Pinning a message to its channel."""

from playground.slack.errors import SlackError
from playground.slack.model import Json, Message
from playground.slack.web_api import Call


def add(call: Call) -> Json:
    """`pins.add`: an ephemeral or unknown message is `message_not_found`."""
    if not call.desk.workspace.pin(_message(call), call.desk.app.user_id):
        raise SlackError("already_pinned")
    return {}


def remove(call: Call) -> Json:
    """`pins.remove`: whoever pinned it."""
    if not call.desk.workspace.unpin(_message(call), call.desk.app.user_id):
        raise SlackError("no_pin")
    return {}


def listed(call: Call) -> Json:
    """`pins.list`: what is pinned, the newest pin first."""
    pinned = [
        (message.pin, message)
        for message in call.channel().messages.values()
        if message.pin is not None and not message.deleted
    ]
    items = [
        {"type": "message", "channel": message.channel, "created": pin.at, "created_by": pin.by, "message": shown}
        for pin, message in sorted(pinned, key=lambda pair: pair[0].at, reverse=True)
        if (shown := message.as_slack() | {"permalink": call.desk.workspace.permalink(message)})
    ]
    return {"items": items}


def _message(call: Call) -> Message:
    message = call.channel().message(call.args.required("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return message
