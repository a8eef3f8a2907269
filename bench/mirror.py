"""`mirror_throughput` and `mirror_lag`: how fast the record follows, and how late it is under a vendor's limits."""

import asyncio
import json
import time
from datetime import datetime

import aiohttp
from typing_extensions import override

from bench.figure import Figure, Pair, figure, percentile, rounded
from bench.site import Site
from connectors.memory.github import GitHubConfig, GitHubIssues
from engine.desk import Desk
from engine.durable.mirror import Mirror
from engine.durable.publish import Publisher
from engine.fold import Incidents
from engine.lease import Lease
from engine.ledger import Draft, Ledger
from engine.memory import Memory, MemoryCapabilities, Note, Ticket, TicketState
from engine.model import Alert, Finding, Kind, Owner, Plan, Question, Severity, Triage, Verdict, Vote, Window
from engine.people import People
from engine.ports import Clock, SystemClock
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub
from playground.vendors.github import GitHubStandIn
from tests.clock import MovableClock

FIRST = 2041
ENTRIES = 20  # more at once would share notes
STORM, STORY, SECONDS = 200, 12, 300.0  # incidents, entries of each, and in how long they arrive
CALL = 0.3  # seconds of one call, simulated


async def mirror_throughput(site: Site, pairs: int = 12) -> Figure:
    """One incident at a time to GitHub's stand-in; entries a second."""
    async with GitHubStandIn(per_hour=10_000_000) as stand_in, aiohttp.ClientSession() as http:
        settings = {"repository": "shop/checkout", "token": "ghp_watchkeeper", "account": "watchkeeper"}
        limits = {"writes_per_minute": 0, "writes_per_hour": 0, "url": stand_in.url}
        memory = GitHubIssues("github", GitHubConfig.model_validate({**settings, **limits}))
        desk = await _desk(f"sqlite:///{site.folder}/mirror.db", SystemClock())
        mirror = _mirror(desk, memory)
        taken = []
        for _ in range(pairs + 1):
            number = await _incident(desk, ENTRIES)
            began = time.perf_counter()
            await _carried(mirror, desk, number)
            value = ENTRIES / (time.perf_counter() - began)
            bodies = [remark.text for remark in await memory.read((await memory.tickets())[-1])]
            began = time.perf_counter()
            await _posted(http, stand_in.url, bodies)
            taken.append(Pair(value, ENTRIES / (time.perf_counter() - began)))
        await memory.aclose()
        await desk.ledger.db.close()
    return figure(
        "mirror_throughput",
        "entries/s",
        taken[1:],
        f"{ENTRIES} entries of one incident, each a comment in an issue of GitHub's stand-in, each attempt recorded "
        "before it is sent and acknowledged after. Floor: a bare HTTP client that posts the same texts one by one.",
    )


async def mirror_lag(site: Site) -> Figure:
    """Two hundred incidents in five minutes under GitHub's limits; minutes, by a simulated clock."""
    clock = MovableClock()
    desk = await _desk(f"sqlite:///{site.folder}/lag.db", clock)
    grants = GitHubConfig(repository="shop/checkout", token="x").model_dump()
    shelf = Shelf(clock, grants["writes_per_minute"], grants["writes_per_hour"])
    mirror = _mirror(desk, shelf)
    began = clock.monotonic()
    arrivals = sorted((SECONDS * (i + k) / (STORM + STORY), i, k) for i in range(STORM) for k in range(STORY))
    numbers: dict[int, int] = {}
    while True:
        news = set()
        while arrivals and arrivals[0][0] <= clock.monotonic() - began:
            _, i, k = arrivals.pop(0)
            numbers[i] = numbers.get(i) or await _incident(desk, 0)
            await desk.ledger.append(numbers[i], _entry(numbers[i], k))
            news.add(numbers[i])
        wait = await mirror.turn(news)
        if len(shelf.lags) == STORM * STORY:
            break
        if wait:
            await clock.advance(wait if not arrivals else min(wait, 1.0))
    minutes = (clock.monotonic() - began) / 60
    await desk.ledger.db.close()
    decisions = [lag / 60 for kind, lag in shelf.lags if kind == Kind.VETO]
    p50, p99 = (rounded(percentile(decisions, percent)) for percent in (50, 99))
    one_by_one = STORM * STORY / grants["writes_per_hour"] * 60
    return figure(
        "mirror_lag",
        "min",
        [Pair(minutes, one_by_one)],
        f"{STORM} incidents of {STORY} entries arrive in {SECONDS / 60:g} min, and GitHub grants 80 writes a minute "
        f"and 500 an hour: until the last entry is there, in {shelf.sends} notes. A decision is there after "
        f"{p50:g} min (p50) and {p99:g} min (p99). "
        "Simulated clock. Floor: every entry a note of its own, at the hourly rate.",
    )


class Shelf(Memory):
    """A vendor with limits whose calls take simulated time; it keeps how late each entry came."""

    name = label = "shelf"

    def __init__(self, clock: MovableClock, per_minute: int, per_hour: int) -> None:
        self.capabilities = MemoryCapabilities(per_minute=per_minute, per_hour=per_hour, note_chars=20_000)
        self.lags: list[tuple[str, float]] = []
        self.sends = 0
        self._clock = clock

    @override
    def rendered(self, note: Note) -> str:
        return note.text

    @override
    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        await self._takes(note)
        return Ticket(incident, incident)

    @override
    async def append(self, ticket: Ticket, note: Note) -> str:
        await self._takes(note)
        return note.op

    @override
    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        return None

    async def _takes(self, note: Note) -> None:
        await self._clock.advance(CALL)
        self.sends += 1
        now = self._clock.now()
        for form in map(json.loads, note.published.split(b"\n")):
            self.lags.append((form["kind"], (now - datetime.fromisoformat(form["at"])).total_seconds()))


async def _desk(url: str, clock: Clock) -> Desk:
    ledger = Ledger(await asyncio.to_thread(connect, url, clock), Gate({}), Hub())
    await ledger.start()
    return Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)


def _mirror(desk: Desk, memory: Memory) -> Mirror:
    return Mirror(memory, desk, Publisher(desk.ledger, desk.people, b"key"), 5.0)


async def _incident(desk: Desk, entries: int) -> int:
    owner = Owner(desk.lease.process, 1)
    number = await desk.ledger.transact(lambda book: book.open_incident(FIRST, owner))
    desk.lease.opened(number)
    for k in range(entries):
        await desk.ledger.append(number, _entry(number, k))
    return number


def _entry(number: int, k: int) -> Draft:
    at = datetime.fromisoformat("2026-11-24T02:07:04+00:00")
    service = f"shop-{number}"
    nouns = (
        (Kind.ALERT, Alert(source="am", name="Errors", status="firing", fingerprint=f"f{number}", service=service)),
        (Kind.TRIAGE, Triage(severity=Severity.SEV2, service=service, title="7.3 % fail", summary="7.3 %; 1 %")),
        (Kind.PLAN, Plan(window=Window(since=at, until=at), questions=(_QUESTION,))),
    )
    if k < len(nouns):
        return Draft(f"begun/{k}", nouns[k][0], nouns[k][1].to_json(), "responder")
    if k == len(nouns):
        finding = Finding(source="logs", says="`KeyError: 'currency'` in 412 of 430 failed requests (96 %).")
        return Draft("found", Kind.FINDING, {"of": "1/errors", **finding.to_json()}, "responder")
    if k == STORY - 1:
        no = Vote(proposal=1, surface="command", place="commands", event_at=at, verdict=Verdict.NO_RIGHT)
        return Draft(f"vote/{k}", Kind.VETO, no.to_json(), "person:1")
    return Draft(f"note/{k}", Kind.NOTE, {"says": f"what somebody knows, {k}"}, "responder")


_QUESTION = Question(key="errors", source="logs", by="tool", question="How many?")


async def _carried(mirror: Mirror, desk: Desk, number: int) -> None:
    news = {number}
    while await mirror.turn(news) == 0.0 or not mirror.done(await desk.incidents.state(number)):
        news = set()


async def _posted(http: aiohttp.ClientSession, url: str, bodies: list[str]) -> None:
    headers = {"Authorization": "Bearer ghp_watchkeeper"}
    issues = f"{url}/repos/shop/checkout/issues"
    async with http.post(issues, json={"title": "floor", "body": bodies[0]}, headers=headers) as answer:
        number = (await answer.json())["number"]
    for body in bodies[1:]:
        async with http.post(f"{issues}/{number}/comments", json={"body": body}, headers=headers) as answer:
            await answer.read()
