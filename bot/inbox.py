"""The inbox: store what arrives, drop the duplicate, acknowledge, then handle it at least once.

A delivery is acknowledged after the commit of its row, never before. Its attempt is committed before it is handled, so
that what kills the process is parked after three tries instead of coming back for ever. What stops doubles is the key
of the entry that a handler appends, not this table.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.store.database import Database
from engine.store.tx import Tx

TRIES = 3


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

    async def done(self, key: str, note: Any = None) -> None:
        """Handled; `note` says what became of it."""
        text = json.dumps(note) if note is not None else None
        await self._db.write(
            lambda tx: tx.run("UPDATE inbox SET done_at = {now}, note = :note WHERE key = :key", key=key, note=text)
        )

    async def park(self, key: str, why: str) -> None:
        """It cannot be handled: kept, and shown."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE inbox SET parked_at = {now}, note = :why WHERE key = :key", key=key, why=json.dumps(why)
            )
        )

    async def retake(self) -> list[Delivery]:
        """What a process that is gone left unhandled; claimed, with one more attempt, or parked after three."""
        alone = "1 = 1" if self._db.dialect == "sqlite" else "{dead}"
        dead = "NOT EXISTS (SELECT 1 FROM process AS p WHERE p.id = claimed_by AND p.lease_until > {now})"
        where = alone.replace("{dead}", dead)

        def work(tx: Tx) -> list[Delivery]:
            rows = tx.all(
                f"""SELECT key, source, body, attempts FROM inbox
                    WHERE done_at IS NULL AND parked_at IS NULL AND claimed_by <> :me AND {where}
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
