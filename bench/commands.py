"""`slash_ack` and `slash_burst`: what it costs that a command is stored before it is acknowledged."""

import asyncio
import time

from bench.figure import Figure, Pair, figure
from bench.sights import within
from bench.site import QUIET, Side, Site

WORDS = "/watch help"
AT_ONCE = 200


async def slash_ack(site: Site, pairs: int = 300) -> Figure:
    """One command at a time, each answered before the next is typed; milliseconds."""
    bot, bare = await site.bot("watchkeeper"), await site.bare()
    taken = []
    for turn in range(pairs + 5):
        if turn % 2:
            value, floor = await _answered(bot), await _acked(bare)
        else:
            floor, value = await _acked(bare), await _answered(bot)
        taken.append(Pair(value, floor))
    return figure(
        "slash_ack",
        "ms",
        taken[5:],
        f"From typing `{WORDS}` to its acknowledgement at Slack, one at a time. Floor: a bare WebSocket program that "
        "inserts the envelope durably on a worker thread and acknowledges.",
        tail=True,
    )


async def _answered(side: Side) -> float:
    """The milliseconds to the acknowledgement; returns when the person has the answer and the bot is at rest again."""
    whisper = side.sights.whispers()
    took = await _acked(side)
    await within(whisper)
    await asyncio.sleep(QUIET)
    return took


async def _acked(side: Side) -> float:
    began = time.perf_counter()
    outcome = await side.command(WORDS)
    took = (time.perf_counter() - began) * 1000
    if not outcome.acked:
        raise RuntimeError(f"{side.child.name} did not acknowledge: {outcome.reason}")
    return took


async def slash_burst(site: Site, pairs: int = 8) -> Figure:
    """Two hundred commands at once; acknowledgements a second until the last."""
    bot, peer = await site.bot("watchkeeper"), await site.bot("without-inbox", module="bench.without_inbox")
    taken = []
    for turn in range(pairs + 1):
        if turn % 2:
            value, floor = await burst(bot), await burst(peer)
        else:
            floor, value = await burst(peer), await burst(bot)
        taken.append(Pair(value, floor))
    return figure(
        "slash_burst",
        "acks/s",
        taken[1:],
        f"{AT_ONCE} commands typed at once, until the last is acknowledged. Floor: the same bot without its inbox, "
        "which stores nothing before it acknowledges.",
    )


async def burst(side: Side) -> float:
    answers = side.sights.whispers(AT_ONCE)
    began = time.perf_counter()
    outcomes = await asyncio.gather(*(side.command(WORDS) for _ in range(AT_ONCE)))
    took = time.perf_counter() - began
    if not all(outcome.acked for outcome in outcomes):
        raise RuntimeError(f"{side.child.name} did not acknowledge every command")
    await within(answers)
    await asyncio.sleep(QUIET)
    return AT_ONCE / took
