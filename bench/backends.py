"""`dead_backends`: what it costs an investigation that every record of it hangs. It must cost nothing."""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import yaml

from bench.figure import Figure, Pair, figure, rounded
from bench.sights import within
from bench.site import Json, Posts, Side, Site, alert
from playground.partners.liar import Liar
from playground.slack.model import Message
from playground.slack.state import Change
from playground.vendors.github import GitHubStandIn

POSTS_AN_INVESTIGATION = 5  # root, plan, two findings, conclusion
WORK = 0.2  # seconds until nothing but the records is left to do
PLAYBOOK = {
    "name": "two-slow-partners",
    "match": {"alertname": "CheckoutSlow"},
    "ask": [{"partner": "logs", "question": "what fails?"}, {"partner": "releases", "question": "what changed?"}],
}


async def dead_backends(site: Site, pairs: int = 20) -> Figure:
    """Three bots in turn: without a record, with two healthy ones, with two that hang; seconds."""
    playbook = site.folder / "two-slow-partners.yaml"
    await asyncio.to_thread(playbook.write_text, yaml.safe_dump(PLAYBOOK), "utf-8")
    async with Liar() as partner, GitHubStandIn() as dead:
        dead.faults.add("hang", times=None)
        change = partial(_configured, partner=f"{partner.url}/slow", playbook=playbook)
        none = await site.bot("no-record", change)
        healthy = await site.bot("healthy-records", partial(change, records=site.github.url))
        hanging = await site.bot("hanging-records", partial(change, records=dead.url))
        taken = await _taken(site, (none, healthy, hanging), pairs)
        site.kill(hanging)  # it would wait for its records
    without = rounded(statistics.median(times[0] for times in taken))
    return figure(
        "dead_backends",
        "s",
        [Pair(times[2], times[1]) for times in taken],
        "From the POST of an alert to the conclusion in its thread, with two partners that take one second each and "
        f"two records that never answer. Floor: the same with two healthy records; without any it takes {without:g} s.",
    )


def _configured(tree: Json, partner: str, playbook: Path, records: str = "") -> None:
    ask = {"type": "mcp", "seconds": "20s", "url": partner, "tool": "investigate"}
    tree["partners"] = {"logs": ask, "releases": ask}
    tree["reasoner"] = {"type": "playbook", "files": [str(playbook)]}
    github = tree["memory"]["github"] | {"url": records}
    tree["memory"] = {"github": github, "archive": github} if records else {}


async def _taken(site: Site, sides: Sequence[Side], rounds: int) -> list[list[float]]:
    """The seconds of each side, round by round; each round begins with another side."""
    posts, taken = Posts(), []
    for turn in range(rounds + 1):
        await posts.room_for(POSTS_AN_INVESTIGATION)
        times = [0.0] * len(sides)
        for place in range(len(sides)):
            side = (turn + place) % len(sides)
            times[side] = await _investigated(site, sides[side], f"service-{turn}")
        taken.append(times)
    return taken[1:]


async def _investigated(site: Site, side: Side, service: str) -> float:
    root = side.sights.message(service)
    body = json.dumps(alert("CheckoutSlow", service, f"{service} is slow")).encode()
    began = time.perf_counter()
    concluded = side.sights.next(_conclusion)
    await site.post(side, body)
    place, conclusion = await within(root), await within(concluded)
    if conclusion.message.thread_ts != place.message.ts:
        raise RuntimeError("a conclusion of an earlier incident was seen; the bot is behind")
    await asyncio.sleep(WORK)
    return conclusion.at - began


def _conclusion(change: Change, message: Message) -> bool:
    return change.kind == "message" and (message.metadata or {}).get("event_type") == "watchkeeper_correlation"
