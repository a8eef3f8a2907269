"""What a person can do in Slack, with Slack's own refusals; the page, the scripted person and tests all act here.

It is not the Web API: no token, but also nothing that Slack's client would not let this person do.
"""

import time
from collections.abc import Iterator
from typing import Any

from playground.slack import blocks as block_check
from playground.slack import cast, inputs, interactions
from playground.slack.delivery import Carrier, Delivery, Outcome
from playground.slack.directory import User
from playground.slack.errors import Refused, SlackError
from playground.slack.interactions import ResponseUrl, ResponseUrls
from playground.slack.model import App, Channel, Json, Message, bot_profile
from playground.slack.payloads import Payloads
from playground.slack.state import Workspace
from playground.slack.typed import escaped, stored

# How Slack's client names what went wrong on the way to the app; a socket that stays silent has a sentence of its own.
_SLACKS_WORDS = {
    "connection_failed": "dispatch_failed",
    "http_error": "http_service_error",
    "http_timeout": "operation_timeout",
}


class People:
    """Acts as any user of the workspace; `Refused` says what Slack would not let them do."""

    def __init__(
        self, workspace: Workspace, app: App, courier: Carrier, response_urls: ResponseUrls, payloads: Payloads
    ) -> None:
        self._workspace = workspace
        self._app = app
        self._courier = courier
        self._urls = response_urls
        self._payloads = payloads

    # writing

    def message(self, who: str, channel: str, text: str, thread_ts: str = "", *, broadcast: bool = False) -> Message:
        """Write a message, or a reply; `broadcast` sends the reply to the channel too."""
        user, room = self._member(who, channel)
        if room.is_archived:
            raise Refused("is_archived", f"#{room.name} is archived")
        subtype = None
        if thread_ts:
            parent = self._message(room, thread_ts, user)
            thread_ts = parent.thread_ts or parent.ts
            subtype = "thread_broadcast" if broadcast else None
        bot = bot_profile(user.bot_id, user.app_id or "", user.id, user.real_name, cast.TEAM) if user.bot_id else None
        words = stored(self._workspace, text)
        return self._workspace.post(room, who, words, thread_ts=thread_ts or None, subtype=subtype, bot=bot)

    def mention(self, who: str, channel: str, text: str, thread_ts: str = "") -> Message:
        """Write a message that begins with a mention of the app."""
        return self.message(who, channel, f"<@{self._app.user_id}> {text}", thread_ts)

    def edit(self, who: str, channel: str, ts: str, text: str) -> Message:
        """Change one's own message."""
        message = self._own(who, channel, ts)
        self._workspace.edit(message, who, stored(self._workspace, text), [], mark_edited=True)
        return message

    def delete(self, who: str, channel: str, ts: str) -> Message:
        """Delete one's own message."""
        message = self._own(who, channel, ts)
        self._workspace.delete(message, who)
        return message

    def command(self, who: str, channel: str, text: str, thread_ts: str = "") -> Delivery:
        """Type a slash command; what Slack refuses, or the app leaves unanswered, is shown to this person alone."""
        user, room = self._member(who, channel)
        command, _, rest = text.strip().partition(" ")
        if thread_ts:
            self._tell(room, who, f"{command} is not supported in threads. Sorry!", thread_ts)
            raise Refused("command_in_thread", f"{command} is not supported in threads. Sorry!")
        if command not in self._app.commands:
            words = f"{command} is not a valid command."
            self._tell(room, who, words)
            raise Refused("unknown_command", words)
        rest = rest.strip()
        rest = stored(self._workspace, rest, named=True) if self._app.commands[command] else escaped(rest)
        place = ResponseUrl(room, who, None, time.monotonic())
        payload = self._payloads.slash_command(room, user, command, rest, self._urls.issue(room, who))
        delivery = self._courier.deliver("slash_commands", payload, accepts=True)
        delivery.outcome.add_done_callback(lambda done: self._answered(place, command, done.result()))
        return delivery

    # reacting and pressing

    def react(self, who: str, channel: str, ts: str, name: str) -> None:
        """Add an emoji to a message; doing it twice changes nothing."""
        user, room = self._member(who, channel)
        self._workspace.react(self._message(room, ts, user, private=False), who, emoji(name))

    def unreact(self, who: str, channel: str, ts: str, name: str) -> None:
        """Take one's emoji back."""
        user, room = self._member(who, channel)
        if not self._workspace.unreact(self._message(room, ts, user, private=False), who, emoji(name)):
            raise Refused("no_reaction", f"{user.real_name} has no such reaction there")

    def pin(self, who: str, channel: str, ts: str) -> None:
        """Pin a message to its channel; doing it twice changes nothing."""
        user, room = self._member(who, channel)
        self._workspace.pin(self._message(room, ts, user, private=False), who)

    def unpin(self, who: str, channel: str, ts: str) -> None:
        """Take a pin away, whoever set it."""
        user, room = self._member(who, channel)
        if not self._workspace.unpin(self._message(room, ts, user, private=False), who):
            raise Refused("no_pin", "that message is not pinned")

    def stop(self, who: str, channel: str, ts: str) -> None:
        """End a message that is being streamed; Slack offers Stop to the person it is written for."""
        user, room = self._member(who, channel)
        stream = self._message(room, ts, user, private=False).stream
        if stream is None or stream.state != "in_progress":
            raise Refused("not_streaming", "nothing is being written there")
        if stream.recipient not in ("", who):
            raise Refused("not_visible", f"Stop is not shown to {user.real_name}")
        stream.state, stream.stopped_by = "stopped", who
        message = room.messages[ts]
        self._workspace.stream(message, message.text, message.blocks)

    def click(
        self, who: str, channel: str, ts: str, action_id: str, *, value: Any = "", confirm: bool = False
    ) -> Delivery:
        """Press a button, or choose the option with this value; a confirm dialog has to be answered by `confirm`."""
        user, room = self._member(who, channel)
        message = self._message(room, ts, user)
        block_id, element = self._element(message, action_id)
        allowed = element.get("visible_to_user_ids")
        if allowed and who not in allowed:
            raise Refused("not_visible", f"{action_id} is not shown to {user.real_name}")
        if element.get("confirm") and not confirm:
            raise Refused("confirm_required", str(element["confirm"]["text"]["text"]))
        picked = inputs.chosen(self._workspace, element, value)
        pressed = action(element, block_id, picked, self._workspace.next_ts())
        url = self._urls.issue(room, who, message)
        payload = self._payloads.message_actions(room, user, message, pressed, url)
        return self._interact(ResponseUrl(room, who, message, time.monotonic()), payload)

    def shortcut(self, who: str, channel: str, callback_id: str, ts: str = "") -> Delivery:
        """Use a shortcut on a message, or without `ts` a global one."""
        user, room = self._member(who, channel)
        message = self._message(room, ts, user) if ts else None
        kind = "message" if message else "global"
        if not any(one.kind == kind and one.callback_id == callback_id for one in self._app.shortcuts):
            raise Refused("shortcut_not_found", f"{self._app.name} has no {kind} shortcut {callback_id}")
        url = self._urls.issue(room, who, message) if message else ""
        payload = self._payloads.shortcut(callback_id, room, user, message, url)
        return self._interact(ResponseUrl(room, who, message, time.monotonic()), payload)

    # membership

    def join(self, who: str, channel: str) -> None:
        """Join a public channel; guests cannot join by themselves."""
        user, room = self.user(who), self._channel(channel)
        if room.kind != "channel" or user.is_restricted or user.is_ultra_restricted:
            raise Refused("restricted_action", f"{user.real_name} cannot join by themselves")
        self._workspace.join(room, who)

    def leave(self, who: str, channel: str) -> None:
        """Leave a channel."""
        _, room = self._member(who, channel)
        self._workspace.leave(room, who)

    # what Slack shows afterwards

    def _interact(self, place: ResponseUrl, payload: Json) -> Delivery:
        delivery = self._courier.deliver("interactive", payload)
        delivery.outcome.add_done_callback(lambda done: self._unanswered(place, self._app.name, done.result()))
        return delivery

    def _answered(self, place: ResponseUrl, command: str, outcome: Outcome) -> None:
        """Show what came in the acknowledgement of a command, or that none came."""
        if not outcome.acked:
            self._unanswered(place, command, outcome)
        elif outcome.payload and (outcome.payload.get("text") or outcome.payload.get("blocks")):
            try:
                given = outcome.payload
                blocks = block_check.checked(given["blocks"]) if given.get("blocks") else []
                interactions.respond(self._workspace, self._app, place, given, blocks)
            except SlackError as error:
                self._tell(place.channel, place.user, f'{command} failed with the error "{error.code}"')

    def _unanswered(self, place: ResponseUrl, what: str, outcome: Outcome) -> None:
        if outcome.acked:
            return
        words = f"{what} failed because the app did not respond. Please try again or contact the app developer."
        if outcome.reason in _SLACKS_WORDS:
            words = f'{what} failed with the error "{_SLACKS_WORDS[outcome.reason]}"'
        thread = place.message.thread_ts if place.message is not None else None
        self._tell(place.channel, place.user, words, thread or "")

    def _tell(self, room: Channel, who: str, words: str, thread_ts: str = "") -> None:
        self._workspace.post(room, cast.SLACKBOT, words, ephemeral_to=who, thread_ts=thread_ts or None)

    # what is there

    def user(self, who: str) -> User:
        """Somebody who can act; Refused `user_not_found`."""
        user = self._workspace.users.get(who)
        if user is None or user.deleted:
            raise Refused("user_not_found", f"nobody active has the id {who}")
        return user

    def _channel(self, name: str) -> Channel:
        channel = self._workspace.channel_named(name)
        if channel is None:
            raise Refused("channel_not_found", f"there is no conversation {name}")
        return channel

    def _member(self, who: str, channel: str) -> tuple[User, Channel]:
        user = self.user(who)
        if channel in self._workspace.users:
            return user, self._workspace.direct(who, channel)
        room = self._channel(channel)
        if who not in room.members:
            raise Refused("not_in_channel", f"{user.real_name} is not in #{room.name or room.id}")
        return user, room

    def _message(self, room: Channel, ts: str, user: User, *, private: bool = True) -> Message:
        """A message this person can see; `private` also finds what is visible to them alone."""
        found = room.messages.get(ts)
        if found is None or found.deleted or found.ephemeral_to not in (None, user.id if private else None):
            raise Refused("message_not_found", f"{user.real_name} sees no such message with ts {ts}")
        return found

    def _own(self, who: str, channel: str, ts: str) -> Message:
        user, room = self._member(who, channel)
        message = self._message(room, ts, user, private=False)
        if message.user != who:
            raise Refused("not_the_author", f"that message is not {user.real_name}’s")
        return message

    def _element(self, message: Message, action_id: str) -> tuple[str, Json]:
        """The element as it stands on the message now, or Refused: it may have been edited away."""
        for block in message.blocks:
            for element in interactive(block):
                if element.get("action_id") == action_id:
                    return block["block_id"], element
        raise Refused("action_not_found", f"no {action_id} is on that message now")


def interactive(thing: Any) -> Iterator[Json]:
    """Every element in a block that can be pressed."""
    if isinstance(thing, dict):
        if "action_id" in thing:
            yield thing
        for inner in thing.values():
            yield from interactive(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from interactive(inner)


def emoji(name: str) -> str:
    """Slack's one name for an emoji: no colons, `+1` for `thumbsup`."""
    plain = name.strip(":")
    base, separator, tone = plain.partition("::")
    return {"thumbsup": "+1", "thumbsdown": "-1"}.get(base, base) + separator + tone


def action(element: Json, block_id: str, picked: Json, action_ts: str) -> Json:
    """What a payload says of a pressed element, with what was picked there."""
    shown: Json = {key: element[key] for key in ("type", "action_id", "text", "value", "style") if key in element}
    return shown | picked | {"block_id": block_id, "action_ts": action_ts}
