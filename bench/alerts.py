"""`alert_accepted` and `alert_to_message`: from the monitoring's webhook to the 202, and to what people see."""

import asyncio
import json
import time

from bench.figure import Figure, Pair, figure
from bench.sights import within
from bench.site import QUIET, Posts, Side, Site, alert

POSTS_AN_INCIDENT = 3  # root, plan, conclusion
WORK = 0.3  # seconds until an incident without a playbook rests


async def alert_accepted(site: Site, pairs: int = 200) -> Figure:
    """Repeats of one alert, one at a time; milliseconds."""
    bot, bare = await site.bot("watchkeeper"), await site.bare()
    body = json.dumps(alert("DiskFills", "checkout", "the disk of checkout fills")).encode()
    taken = []
    for turn in range(pairs + 10):
        if turn % 2:
            value, floor = await _accepted(site, bot, body), await _accepted(site, bare, body)
        else:
            floor, value = await _accepted(site, bare, body), await _accepted(site, bot, body)
        taken.append(Pair(value, floor))
    return figure(
        "alert_accepted",
        "ms",
        taken[10:],
        "From the POST of an Alertmanager webhook to its 202, which follows the commit. Floor: a bare HTTP program "
        "that inserts the body durably and answers 202.",
        tail=True,
    )


async def _accepted(site: Site, side: Side, body: bytes) -> float:
    took = await site.post(side, body)
    await asyncio.sleep(QUIET)
    return took


async def alert_to_message(site: Site, pairs: int = 24) -> Figure:
    """Each alert opens an incident; milliseconds."""
    bot, bare = await site.bot("watchkeeper"), await site.bare()
    posts, taken = Posts(), []
    for turn in range(pairs + 2):
        await posts.room_for(POSTS_AN_INCIDENT)
        if turn % 2:
            value, floor = await _shown(site, bot, turn), await _shown(site, bare, turn)
        else:
            floor, value = await _shown(site, bare, turn), await _shown(site, bot, turn)
        taken.append(Pair(value, floor))
    return figure(
        "alert_to_message",
        "ms",
        taken[2:],
        "From the POST of an alert that opens an incident to its root message in Slack. Floor: a bare HTTP program "
        "that inserts the body durably and calls `chat.postMessage`.",
        tail=True,
    )


async def _shown(site: Site, side: Side, turn: int) -> float:
    words = f"disk {turn} fills"
    seen = side.sights.message(words)
    body = json.dumps(alert("DiskFills", f"service-{turn}", words)).encode()
    began = time.perf_counter()
    await site.post(side, body)
    took = ((await within(seen)).at - began) * 1000
    await asyncio.sleep(WORK)  # the incident goes on: plan, conclusion, records
    return took
