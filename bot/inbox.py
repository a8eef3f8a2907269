"""The inbox: store what arrives, drop the duplicate, acknowledge, then handle it at least once.

A delivery is acknowledged after the commit of its row, never before. Its attempt is committed before it is handled, so
that what kills the process is parked after three tries instead of coming back for ever. What stops doubles is the key
of the entry that a handler appends, not this table.
A body is what somebody wrote: it goes once it is handled, and its row, which then tells duplicates apart, a day later.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

import structlog

from engine.errors import Retryable, Unavailable, WatchkeeperError
from engine.store.database import Database
from engine.store.tx import Tx

log = structlog.get_logger()
T = TypeVar("T")
TRIES = 3
RETAKE = 2.0
TIDY = 600.0  # seconds between two looks for rows that are no longer needed
KEPT = 86_400  # seconds that a handled row is kept: longer than Slack or an alert source repeats a delivery
PATIENCE = 300.0  # seconds that something outside may be away while a delivery is being handled
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that arrived. `source` is `slack`, or `alerts/<name>`."""

    key: str
    source: str
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Inbox:
    """The rows of what arrived."""

    def __init__(self, database: Database, process: str) -> None:
        self._db = database
        self._process = process

    async def put(self, key: str, source: str, body: bytes) -> bool:
        """Store and claim. False: it is here already, from whichever replica took it first."""
        nonce = secrets.token_hex(8)

        def work(tx: Tx) -> bool:
            written = tx.run(
                """INSERT INTO inbox (key, source, body, received_at, claimed_by, nonce, attempts)
                   VALUES (:key, :source, :body, {now}, :process, :nonce, 1) ON CONFLICT (key) DO NOTHING""",
                key=key,
                source=source,
                body=body,
                process=self._process,
                nonce=nonce,
            )
            if written == 1:
                return True
            row = tx.one("SELECT nonce FROM inbox WHERE key = :key", key=key)
            return row is not None and row[0] == nonce  # a COMMIT whose answer was lost, repeated

        return await self._db.write(work, urgent=True)

    async def handle(self, key: str, work: Callable[[], Awaitable[Any]]) -> None:
        """Do the work and mark the delivery with the note it returns.

        What is away for the moment is waited for; a refusal parks it; a fault of ours frees it for another try.
        """
        try:
            note = await _patiently(work)
        except WatchkeeperError as err:
            log.warning("a delivery could not be handled", key=key, says=str(err))
            await _patiently(partial(self.park, key, str(err)))
        except Exception as err:
            log.exception("a delivery was not handled; it is taken again", key=key)
            await _patiently(partial(self.again, key, f"it could not be handled: {type(err).__name__}"))
        else:
            await _patiently(partial(self.done, key, note))

    async def again(self, key: str, why: str) -> None:
        """Free it for whoever takes it next, or park it after three tries."""

        def work(tx: Tx) -> None:
            tx.run(
                """UPDATE inbox SET claimed_by = '', note = :why,
                   parked_at = CASE WHEN attempts >= :tries THEN {now} END WHERE key = :key""",
                key=key,
                why=json.dumps(why),
                tries=TRIES,
            )

        await self._db.write(work)

    async def done(self, key: str, note: Any = None) -> None:
        """Handled; `note` says what became of it, and the body is blanked."""
        text = json.dumps(note) if note is not None else None
        statement = "UPDATE inbox SET done_at = {now}, note = :note, body = :nothing WHERE key = :key"
        await self._db.write(lambda tx: tx.run(statement, key=key, note=text, nothing=b""))

    async def park(self, key: str, why: str) -> None:
        """It cannot be handled: kept, and shown."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE inbox SET parked_at = {now}, note = :why WHERE key = :key", key=key, why=json.dumps(why)
            )
        )

    async def retake(self, source: Literal["slack", "alerts"]) -> list[Delivery]:
        """What was left unhandled by a process that is gone, or freed; claimed for one more attempt, or parked."""
        alone = "1 = 1" if self._db.dialect == "sqlite" else "{dead}"
        dead = "NOT EXISTS (SELECT 1 FROM process AS p WHERE p.id = claimed_by AND p.lease_until > {now})"
        where = alone.replace("{dead}", dead)

        def work(tx: Tx) -> list[Delivery]:
            rows = tx.all(
                f"""SELECT key, source, body, attempts FROM inbox
                    WHERE done_at IS NULL AND parked_at IS NULL AND claimed_by <> :me AND {where}
                      AND source {"=" if source == "slack" else "<>"} 'slack'
                    ORDER BY received_at LIMIT 200 {{skip}}""",  # noqa: S608  constants only
                me=self._process,
            )
            for key, _, _, attempts in rows:
                parked = attempts >= TRIES
                tx.run(
                    """UPDATE inbox SET claimed_by = :me, attempts = attempts + 1,
                       parked_at = CASE WHEN :parked = 1 THEN {now} END,
                       note = CASE WHEN :parked = 1 THEN :why END WHERE key = :key""",
                    me=self._process,
                    parked=int(parked),
                    why=json.dumps(f"handled {TRIES} times, and each time the process ended"),
                    key=key,
                )
            return [Delivery(k, s, bytes(b)) for k, s, b, attempts in rows if attempts < TRIES]

        return await self._db.write(work)

    async def tidy(self) -> int:
        """Delete what was handled more than a day ago; how many. What is parked is kept, because it is shown."""
        statement = "DELETE FROM inbox WHERE done_at < {now} - :kept AND parked_at IS NULL"
        return await self._db.write(lambda tx: tx.run(statement, kept=KEPT * 1_000_000))

    async def retake_forever(
        self, source: Literal["slack", "alerts"], again: Callable[[Delivery], Awaitable[None]]
    ) -> None:
        """Handle what was left or freed, and tidy, until cancelled."""
        tidied = -TIDY
        while True:
            try:
                if source == "alerts" and time.monotonic() - tidied > TIDY:  # one of the two does it
                    tidied = time.monotonic()
                    await self.tidy()
                for delivery in await self.retake(source):
                    await again(delivery)
            except Unavailable as err:
                log.warning("the ledger does not answer", says=str(err))
            await asyncio.sleep(RETAKE)

    async def parked(self) -> list[tuple[str, str]]:
        """What could not be handled, newest first: source and why."""
        rows = await self._db.read(
            lambda tx: tx.all(
                "SELECT source, note FROM inbox WHERE parked_at IS NOT NULL ORDER BY received_at DESC LIMIT 20"
            )
        )
        return [(str(source), str(json.loads(note))) for source, note in rows]

    async def notes(self, most: int = 500) -> list[Mapping[str, Any]]:
        """What became of the last alerts, newest first: `name`, `incident`, `reason`, `at` in microseconds."""
        rows = await self._db.read(
            lambda tx: tx.all(
                """SELECT note, received_at FROM inbox WHERE source <> 'slack' AND done_at IS NOT NULL
                   AND note IS NOT NULL ORDER BY received_at DESC LIMIT :most""",
                most=most,
            )
        )
        return [{**taken, "at": at} for note, at in rows for taken in json.loads(note)]

    async def waiting(self) -> int:
        """How many deliveries wait to be handled."""
        row = await self._db.read(
            lambda tx: tx.one("SELECT count(*) FROM inbox WHERE done_at IS NULL AND parked_at IS NULL")
        )
        return int(row[0]) if row else 0


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat it while something is away: the ledger for as long as it takes, anything else for a while."""
    until, tries = time.monotonic() + PATIENCE, 0
    while True:
        try:
            return await work()
        except (Retryable, Unavailable) as err:
            pause = max(err.after if isinstance(err, Retryable) else 0.0, PAUSES[min(tries, len(PAUSES) - 1)])
            if isinstance(err, Retryable) and time.monotonic() + pause > until:
                raise
            log.info("a delivery waits", says=str(err), seconds=pause)
        tries += 1
        await asyncio.sleep(pause)
