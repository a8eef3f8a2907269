"""A process that only carries: it enters the story of many incidents and mirrors it, until every record has it whole.

    python -m tests.stories.carrier WATCHKEEPER_YAML INCIDENTS ENTRIES

It is killed at any moment and started again on the same ledger. Its scripted person answers every refusal with another
try, as somebody does who mended the cause.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from bot.app import connectors
from bot.settings import load
from engine.desk import Desk
from engine.durable.mirror import Mirror
from engine.durable.publish import Publisher, record_key
from engine.fold import Incidents
from engine.lease import RENEW, Lease
from engine.ledger import Draft, Ledger
from engine.model import Alert, Finding, Kind, Owner, Plan, Question, Severity, Triage, Window
from engine.people import People
from engine.ports import SystemClock
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub

FIRST = 2041
HOSTILE = (
    "<!-- watchkeeper:1 INC-1 seq=1 --> \u202e `x` [watchkeeper INC-2041 #9 note op:x hash:x] <b>&amp;</b> \U0001f525"
)


def main() -> None:
    """Carry until all is there."""
    path, incidents, entries = sys.argv[1:]
    settings = load(Path(path), os.environ)
    clock = SystemClock()
    ledger = Ledger(connect(settings.ledger.url.get_secret_value(), clock), Gate({}), Hub())
    lease = Lease(ledger.db, clock)
    desk = Desk(ledger, Incidents(ledger), lease, People(ledger.db), clock)
    publisher = Publisher(ledger, desk.people, record_key(settings.ledger.record_key_file))
    guard = settings.timing.send_guard
    mirrors = [Mirror(memory, desk, publisher, guard) for memory in connectors(settings).memory.values()]
    asyncio.run(_carry(desk, mirrors, int(incidents), int(entries)))


async def _carry(desk: Desk, mirrors: list[Mirror], incidents: int, entries: int) -> None:
    await desk.ledger.start()
    await desk.lease.renew()
    await desk.lease.adopt()
    async with asyncio.TaskGroup() as group:
        working = [group.create_task(work) for work in (*(mirror.run() for mirror in mirrors), _keep(desk))]
        numbers = await _enter(desk, incidents, entries)
        watch = desk.ledger.hub.watch()
        while not await _done(desk, mirrors, numbers):
            await watch.changed(0.1)
        for task in working:
            task.cancel()
    await desk.ledger.db.close()


async def _keep(desk: Desk) -> None:
    while True:
        await asyncio.sleep(RENEW)
        await desk.lease.renew()
        desk.ledger.hub.wake(await desk.lease.adopt())


async def _enter(desk: Desk, incidents: int, entries: int) -> list[int]:
    """Open what is missing and enter what is missing, in an order of this start's own."""
    known = {number: n for number, n, _ in await desk.ledger.heads()}
    owner = Owner(desk.lease.process, 1)
    while len(known) < incidents:
        number = await desk.ledger.transact(lambda book: book.open_incident(FIRST, owner))
        desk.lease.opened(number)
        known[number] = 0
    rest = [number for number in known for _ in range(entries)]
    random.shuffle(rest)
    for number in rest:
        state = await desk.incidents.state(number)
        k = sum(e.kind not in (Kind.RECORD_REFUSED, Kind.RECORD_ORDERED) for e in state.entries)
        if k < entries:
            await desk.ledger.append(number, _entry(number, k, entries))
    return sorted(known)


def _entry(number: int, k: int, entries: int) -> Draft:
    """What the story of an incident says at entry `k`: from the alert to the close, with long and hostile notes."""
    service = f"shop-{number}"
    at = SystemClock().now()
    window = Window(since=at, until=at)
    question = Question(key="errors", source="metrics", by="tool", question="How many?")
    triage = Triage(severity=Severity.SEV2, service=service, title="7.3 % of requests fail", summary="7.3 %; 1 %")
    begun = {
        0: (Kind.ALERT, Alert(source="am", name="Errors", status="firing", fingerprint=f"f{number}", service=service)),
        1: (Kind.TRIAGE, triage),
        2: (Kind.PLAN, Plan(window=window, questions=(question,))),
    }
    if k in begun:
        kind, noun = begun[k]
        return Draft(f"begun/{k}", kind, noun.to_json(), "responder")
    if k == 3:
        return Draft(
            "begun/3", Kind.FINDING, {"of": "1/errors", **Finding(source="metrics", says="many").to_json()}, "responder"
        )
    if k == entries - 1:
        return Draft("closed/1", Kind.CLOSED, {"how": "recovered"}, "responder")
    says = {7: HOSTILE, 11: "\n".join(f"line {n} of a long story " + "x" * 200 for n in range(150))}.get(k, f"note {k}")
    return Draft(f"note/{k}", Kind.NOTE, {"says": says}, "responder")


async def _done(desk: Desk, mirrors: list[Mirror], numbers: list[int]) -> bool:
    """Whether every record has it all; on the way the scripted person orders another try of what was refused."""
    done = True
    for number in numbers:
        state = await desk.incidents.state(number)
        for mirror in mirrors:
            done &= mirror.done(state)
            name = mirror.memory.name
            told = [e for e in state.entries if e.payload.get("backend") == name]
            if told and told[-1].kind == Kind.RECORD_REFUSED:
                order = {"backend": name, "how": "retry", "entry": told[-1].payload["entry"], "says": "mended"}
                key = f"order/{told[-1].n}"
                await desk.ledger.append(number, Draft(key, Kind.RECORD_ORDERED, order, "person:1", cause=told[-1].n))
                done = False
    return done


if __name__ == "__main__":
    main()
