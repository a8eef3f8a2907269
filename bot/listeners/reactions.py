"""Reactions on our messages: ✅ approves a proposal on its card, or sends a held question; ⛔ vetoes it, or stops it.

A veto counts on any message that names the proposal or the question.

A removed ✅ withdraws; a removed ⛔ lifts nothing. Other emoji and other messages are nobody's business here.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from bot.listeners.doors import Body, Doors, handled
from engine.model import Kind
from engine.oversight.decisions import VoteKind, Word
from engine.oversight.recheck import APPROVES, VETOES


def listener(doors: Doors, *, added: bool) -> Callable[..., Awaitable[None]]:
    """For `reaction_added` or `reaction_removed`."""

    async def reaction(body: Body) -> None:
        await handled(doors, body, partial(_react, doors, body, added))

    return reaction


async def _react(doors: Doors, body: Body, added: bool) -> None:
    event = body["event"]
    kind = _kind(event["reaction"].split("::")[0], added)
    item = event.get("item", {})
    if kind is None or item.get("type") != "message":
        return
    place = await doors.votes.proposal_at(item["channel"], item["ts"], anywhere=kind == Kind.VETO)
    if place is None:
        return
    word = Word(
        kind=kind,
        person=await doors.votes.person(event["user"]),
        surface="reaction",
        place=f"{event['reaction'].split('::')[0]}@{item['ts']}",
        event=body["event_id"],
        event_at=datetime.fromtimestamp(float(event["event_ts"]), UTC),
    )
    said = await doors.votes.vote(*place, word)
    if said:
        spoken = await doors.votes.place_of(place[0])
        thread = spoken[1] if spoken and spoken[0] == item["channel"] else None
        await doors.tell(item["channel"], event["user"], said, thread)


def _kind(emoji: str, added: bool) -> VoteKind | None:
    if emoji in APPROVES:
        return Kind.APPROVAL if added else Kind.WITHDRAWAL
    return Kind.VETO if emoji in VETOES and added else None
