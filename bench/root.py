"""`reaction_to_root`: from a person's ✅ to the root message that shows what became of it."""

import asyncio
import time
from dataclasses import dataclass, field

from bench.alerts import POSTS_AN_INCIDENT
from bench.decision import APPROVES, POSTS_A_PROPOSAL, opened, requested, verification
from bench.figure import Figure, Pair, figure
from bench.sights import Seen, within
from bench.site import PACE, QUIET, Posts, Side, Site
from playground.slack import cast
from playground.slack.model import Message
from playground.slack.state import Change

BOTS = 3  # each has a Slack, and so a budget of edits, of its own; their proposals are made at the same time
EDITS_A_PROPOSAL = 7  # of the root and the card, from the proposal to the result
SETTLED = 2 * PACE.edit_every + 0.3  # seconds in which a root shows a proposal, then its link, and may be edited again
WAITS = "a decision is needed"


@dataclass(slots=True)
class _Watch:
    """One bot, one incident, and what Slack still takes from it."""

    bot: Side
    incident: int
    posts: Posts = field(default_factory=Posts)
    edits: Posts = field(default_factory=lambda: Posts(burst=25, per_second=50 / 60))


async def reaction_to_root(site: Site, rounds: int = 8) -> Figure:
    """One ✅ at a time, a proposal in each of a few bots; milliseconds."""
    bots = [await site.bot(f"watchkeeper-{number}") for number in range(BOTS)]
    bare = await site.bare(edits=True)
    watches = [_Watch(bot, await opened(site, bot, "checkout")) for bot in bots]
    for watch in watches:
        await watch.posts.room_for(POSTS_AN_INCIDENT)
    taken = []
    for turn in range(rounds + 1):
        cards = await asyncio.gather(*(_waiting(watch, turn) for watch in watches))
        for number, (watch, card) in enumerate(zip(watches, cards, strict=True)):
            if (turn + number) % 2:
                value, floor = await _shown(watch.bot, card), await _edited(bare)
            else:
                floor, value = await _edited(bare), await _shown(watch.bot, card)
            taken.append(Pair(value, floor))
    return figure(
        "reaction_to_root",
        "ms",
        taken[BOTS:],
        "From an approver's ✅ to the edit (`chat.update`) by which the incident's root message no longer waits for a "
        "decision, where Slack's rate and `timing.edit_every` allow an edit at once. Floor: a bare program that "
        "inserts the reaction durably and edits the message.",
        tail=True,
    )


async def _waiting(watch: _Watch, turn: int) -> Message:
    """A proposal that the root speaks of; its card."""
    await watch.posts.room_for(POSTS_A_PROPOSAL)
    await watch.edits.room_for(EDITS_A_PROPOSAL)
    shown = _root(watch.bot, waits=True)
    card = await requested(watch.bot, watch.incident, turn)
    await within(shown)
    await asyncio.sleep(SETTLED)
    return card


async def _shown(bot: Side, card: Message) -> float:
    shown, result = _root(bot, waits=False), verification(bot)
    took = await _reacted(bot, card, shown)
    await within(result)
    await asyncio.sleep(QUIET)
    return took


async def _edited(bare: Side) -> float:
    channel = bare.stand_in.state.channels[cast.INCIDENTS]
    card = bare.stand_in.state.post(channel, cast.WATCHKEEPER, "approve this")
    edited = bare.sights.next(lambda change, message: change.kind == "message_changed" and message is card)
    took = await _reacted(bare, card, edited)
    await asyncio.sleep(QUIET)
    return took


async def _reacted(side: Side, card: Message, edited: "asyncio.Future[Seen]") -> float:
    began = time.perf_counter()
    side.stand_in.people.react(cast.PRIYA, card.channel, card.ts, APPROVES)
    return ((await within(edited)).at - began) * 1000


def _root(bot: Side, *, waits: bool) -> "asyncio.Future[Seen]":
    """The next edit after which the root says, or no longer says, that a decision is needed."""

    def fits(change: Change, message: Message) -> bool:
        is_root = (message.metadata or {}).get("event_type") == "watchkeeper_root"
        return change.kind == "message_changed" and is_root and (WAITS in message.text) is waits

    return bot.sights.next(fits)
