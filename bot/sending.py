"""`watchkeeper ledger send`: what is in the ledger to another backend, or one entry again as a correction.

It works beside a running watch, whose incidents it leaves alone; cut short, it goes on where it was.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from bot.rows import Row
from bot.settings import Record
from engine.desk import Desk
from engine.durable.corrections import Corrections
from engine.durable.publish import Publisher
from engine.durable.send import Owed, Sending
from engine.errors import WatchkeeperError
from engine.fold import Incidents
from engine.lease import RENEW, Lease
from engine.ledger import Ledger
from engine.memory import Memory
from engine.people import People
from engine.ports import Clock
from engine.published import label
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub
from engine.words import count

GUARD = 5.0  # seconds between recording an attempt and its send, at most
Say = Callable[[str], None]


@asynccontextmanager
async def at_the_desk(record: Record, key: bytes, clock: Clock) -> AsyncIterator[tuple[Desk, Publisher]]:
    """A process of its own beside the watch, with a lease of its own."""
    database = await asyncio.to_thread(connect, record.ledger.url.get_secret_value(), clock, beside=True)
    ledger = Ledger(database, Gate(record.redact.patterns), Hub())
    desk = Desk(ledger, Incidents(ledger), Lease(database, clock), People(database), clock)
    try:
        await ledger.start()
        yield desk, Publisher(ledger, desk.people, key)
    finally:
        await database.close()


async def send_entry(
    memory: Memory, record: Record, key: bytes, number: tuple[int, int], clock: Clock, say: Say
) -> int:
    """One entry again. The exit code: 1 when it could not be sent."""
    async with at_the_desk(record, key, clock) as (desk, publisher):
        try:
            ticket, span = await Corrections(memory, desk, publisher, GUARD).send(*number)
        except WatchkeeperError as err:
            say(Row(memory.name, "FAIL", str(err)).text)
            return 1
    what = f"entries {span.first} to {span.n}" if span.grouped else f"entry {span.n}"
    say(Row(memory.name, "ok", f"{what} of {label(number[0])} again in {ticket.label}, as a correction").text)
    return 0


async def send_all(memory: Memory, record: Record, key: bytes, clock: Clock, say: Say, *, really: bool) -> int:
    """All that the backend has not. The exit code: 1 when something is left that this command could have sent."""
    async with at_the_desk(record, key, clock) as (desk, publisher):
        sending = Sending(memory, desk, publisher, GUARD)
        owed = await sending.owed()
        if not owed or not really:
            say(_counted(memory, owed).text)
            return 0
        await desk.lease.renew()
        renewing = asyncio.create_task(_renew(desk.lease, clock))
        try:
            return await _send(sending, memory, owed, say)
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await desk.lease.end()


async def _send(sending: Sending, memory: Memory, owed: Sequence[Owed], say: Say) -> int:
    unfinished = 0
    for i, one in enumerate(owed, 1):
        outcome, ticket = await sending.send(one)
        what, far = label(one.incident), f"{i} of {len(owed)}"
        if outcome == "sent":
            where = f" in {ticket.label}" if ticket else ""
            say(Row(what, "ok", f"{count(one.entries, 'entry', 'entries')}{where}, {far}").text)
        elif outcome == "unfinished":
            unfinished += 1
            says = await sending.trouble(one) or "not all of it is there"
            say(Row(what, "FAIL", f"{says}, {far}", "run it again: it goes on where it was").text)
        elif outcome == "not in it":
            say(
                Row(
                    what, "warn", f"left out: it has no incident in {memory.label}, and a new one would call people"
                ).text
            )
        else:
            say(Row(what, "ok", f"left to the watch that runs, {far}").text)
    return int(unfinished > 0)


async def _renew(lease: Lease, clock: Clock) -> None:
    while True:
        await clock.sleep(RENEW)
        await lease.renew()


def _counted(memory: Memory, owed: Sequence[Owed]) -> Row:
    if not owed:
        return Row(memory.name, "ok", "it has everything")
    still = sum(not one.closed for one in owed)
    entries = count(sum(one.entries for one in owed), "entry", "entries")
    most = f"; at most {memory.capabilities.per_minute} writes a minute" if memory.capabilities.per_minute else ""
    says = f"{count(len(owed), 'incident')}, {still} of them open, are not all there: {entries}{most}"
    return Row(memory.name, "warn", says, f"`watchkeeper ledger send --to {memory.name} --all` sends them")
