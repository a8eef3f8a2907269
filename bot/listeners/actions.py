"""Buttons: Approve, Veto and Propose again on a proposal's card, Veto on the root, Send now and Stop it on a question.

Give the reason stands in an answer to one person.

A button names the proposal it belongs to and its digest, so that a click on an old message never reaches a new one.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from bot.listeners.doors import Body, Doors, handled, key_of
from bot.views.answers import Reply
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


def question(doors: Doors, *, sends: bool) -> Callable[..., Awaitable[None]]:
    """For `Send now` or `Stop it` on a question that is held."""

    async def pressed(body: Body) -> None:
        await handled(doors, body, partial(_press_question, doors, body, sends))

    return pressed


def give_reason(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `Give the reason`: the form opens, or its person is told why not."""

    async def pressed(body: Body) -> None:
        await handled(doors, body, partial(_give_reason, doors, body))

    return pressed


def again(doors: Doors) -> Callable[..., Awaitable[None]]:
    """For `Propose again` on the card of what expired."""

    async def pressed(body: Body) -> None:
        await handled(doors, body, partial(_again, doors, body))

    return pressed


async def _give_reason(doors: Doors, body: Body) -> None:
    incident, of = doors.votes.entry_value(body["actions"][0]["value"])
    await _tell(doors, body, await doors.reasons.form(incident, of, body["user"]["id"]))


async def _again(doors: Doors, body: Body) -> None:
    incident, proposal, digest = doors.votes.button_value(body["actions"][0]["value"])
    person = await doors.votes.person(body["user"]["id"])
    event = key_of(body).removeprefix("slack/")
    await _tell(doors, body, await doors.watch.requests.again(incident, proposal, digest, person, event))


async def _press_question(doors: Doors, body: Body, sends: bool) -> None:
    incident, held = doors.votes.entry_value(body["actions"][0]["value"])
    word = await _word(doors, body, approves=sends)
    await _tell(doors, body, await doors.votes.vote(incident, held, word))


async def _press(doors: Doors, body: Body, approves: bool) -> None:
    incident, proposal, digest = doors.votes.button_value(body["actions"][0]["value"])
    word = await _word(doors, body, approves=approves)
    await _tell(doors, body, await doors.votes.vote(incident, proposal, word, digest))


async def _word(doors: Doors, body: Body, *, approves: bool) -> Word:
    return Word(
        kind=Kind.APPROVAL if approves else Kind.VETO,
        person=await doors.votes.person(body["user"]["id"]),
        surface="button",
        place="card",
        event=key_of(body).removeprefix("slack/"),
        event_at=datetime.fromtimestamp(float(body["actions"][0]["action_ts"]), UTC),
    )


async def _tell(doors: Doors, body: Body, said: str | Reply) -> None:
    container, trigger = body.get("container", {}), str(body.get("trigger_id", ""))
    await doors.tell(container["channel_id"], body["user"]["id"], said, container.get("thread_ts"), trigger)
