"""`decision_to_action`: from a person's ✅ to the request that acts."""

import asyncio
import json
import time

from bench.alerts import POSTS_AN_INCIDENT, WORK
from bench.figure import Figure, Pair, figure
from bench.sights import Seen, Sights, within
from bench.site import QUIET, Posts, Side, Site, alert, room
from playground.slack import cast
from playground.slack.model import Message
from playground.slack.state import Change

POSTS_A_PROPOSAL = 2  # its card and its result
PROPOSALS = 4  # an incident has a few; what stands in its thread is compared again at every news
APPROVES, VETOES = "white_check_mark", "no_entry"


async def decision_to_action(site: Site, pairs: int = 22) -> Figure:
    """One proposal at a time, a new incident after every few; milliseconds."""
    bot, bare = await site.bot("watchkeeper"), await site.bare()
    posts, taken, incident = Posts(), [], 0
    for turn in range(pairs + 2):
        if turn % PROPOSALS == 0:
            await posts.room_for(POSTS_AN_INCIDENT)
            incident = await opened(site, bot, f"service-{turn}")
        await posts.room_for(POSTS_A_PROPOSAL)
        if turn % 2:
            value, floor = await _decided(site, bot, incident, turn), await _reacted(site, bare)
        else:
            floor, value = await _reacted(site, bare), await _decided(site, bot, incident, turn)
        taken.append(Pair(value, floor))
    return figure(
        "decision_to_action",
        "ms",
        taken[2:],
        "From an approver's ✅ to the arrival of the action's request at its target; in between the vote is recorded, "
        "the reactions and the target's state are read again and the start is recorded. Floor: a bare program that "
        "inserts the reaction durably and sends the request.",
        tail=True,
    )


async def opened(site: Site, bot: Side, service: str) -> int:
    """An alert opens an incident; its number, once it rests."""
    root = bot.sights.message(service)
    await site.post(bot, json.dumps(alert("DiskFills", service, f"the disk of {service} fills")).encode())
    payload = ((await within(root)).message.metadata or {})["event_payload"]
    await asyncio.sleep(WORK)
    return int(str(payload["incident"]).removeprefix("INC-"))


async def _decided(site: Site, bot: Side, incident: int, turn: int) -> float:
    """Somebody asks for an action; an approver approves its card as soon as the bot has put both emoji on it."""
    card = await requested(bot, incident, turn)
    await asyncio.sleep(QUIET)
    result = verification(bot)
    took = await _approved(site, bot, card)
    await within(result)
    await asyncio.sleep(QUIET)
    return took


async def requested(bot: Side, incident: int, turn: int) -> Message:
    """Somebody asks for an action; its card, once both emoji are on it."""
    seeded = _card(bot.sights)
    words = f"/watch run {incident} rollback-release checkout 2026.11.24-3 2026.11.24-{turn}"
    bot.stand_in.people.command(cast.TOM, room(turn), words)
    return (await within(seeded)).message


def verification(bot: Side) -> "asyncio.Future[Seen]":
    """The next result of an action."""
    return bot.sights.next(lambda change, message: _is(change, message, "watchkeeper_verification"))


def _card(sights: Sights) -> "asyncio.Future[Seen]":
    def fits(change: Change, message: Message) -> bool:
        return change.kind == "reaction_added" and {APPROVES, VETOES} <= message.reactions.keys()

    return sights.next(fits)


def _is(change: Change, message: Message, event_type: str) -> bool:
    return change.kind == "message" and (message.metadata or {}).get("event_type") == event_type


async def _reacted(site: Site, bare: Side) -> float:
    channel = bare.stand_in.state.channels[cast.INCIDENTS]
    card = bare.stand_in.state.post(channel, cast.WATCHKEEPER, "approve this")
    took = await _approved(site, bare, card)
    await asyncio.sleep(QUIET)
    return took


async def _approved(site: Site, side: Side, card: Message) -> float:
    arrived = site.target.next()
    began = time.perf_counter()
    side.stand_in.people.react(cast.PRIYA, card.channel, card.ts, APPROVES)
    async with asyncio.timeout(30):
        return (await arrived - began) * 1000
