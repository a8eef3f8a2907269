"""Buttons: Approve and Veto on a proposal's card, Veto on the root message.

A button names the proposal it belongs to and its digest, so that a click on an old message never reaches a new one.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from bot.listeners.doors import Body, Doors, handled, key_of
from engine.model import Kind
from engine.oversight.decisions import Word


def listener(doors: Doors, *, approves: bool) -> Callable[..., Awaitable[None]]:
    """For the Approve or the Veto button."""

    async def pressed(body: Body) -> None:
        await handled(doors, body, partial(_press, doors, body, approves))

    return pressed


def opened(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `Review the proposal`: a link, which Slack reports as a click all the same."""

    async def followed(body: Body) -> None:
        await doors.inbox.done(key_of(body))

    return followed


async def _press(doors: Doors, body: Body, approves: bool) -> None:
    action, user = body["actions"][0], body["user"]["id"]
    incident, proposal, digest = doors.votes.button_value(action["value"])
    word = Word(
        kind=Kind.APPROVAL if approves else Kind.VETO,
        person=await doors.votes.person(user),
        surface="button",
        place="card",
        event=key_of(body).removeprefix("slack/"),
        event_at=datetime.fromtimestamp(float(action["action_ts"]), UTC),
    )
    said = await doors.votes.vote(incident, proposal, word, digest)
    container = body.get("container", {})
    await doors.tell(container["channel_id"], user, said, container.get("thread_ts"))
