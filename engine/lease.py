"""Who owns which incident: one lease a process, one epoch an adoption.

An incident needs an owner while it is open, or while a follower still has something to show or to mirror. The owner is
the random id of this start of this process, never a host name; adopting raises the epoch, so the former owner's appends
are refused. With SQLite there is one process and it adopts everything at once; with PostgreSQL a dead one's incidents
are adopted within ten seconds.
"""

import secrets
from collections.abc import Callable

from engine.errors import NotOwner
from engine.ledger import CODE
from engine.model import Owner
from engine.ports import Clock
from engine.published import SYSTEM
from engine.store.database import Database
from engine.store.tx import Tx

LEASE = 6.0
RENEW = 2.0
SWEEP = 1.0
ADOPT_AT_ONCE = 200


class Lease:
    """The claim of one process start to its incidents."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.process = secrets.token_hex(8)
        self.epochs: dict[int, int] = {}
        self._db = database
        self._clock = clock
        self._renewed = clock.boottime()
        self._no_adoption_before = 0.0
        self._seen: dict[int, int] = {}

    def owner(self, incident: int) -> Owner:
        """The claim to one incident. Raises `NotOwner` where this process has none."""
        if incident not in self.epochs:
            raise NotOwner(f"INC-{incident} is not owned by this process")
        return Owner(self.process, self.epochs[incident])

    def opened(self, incident: int) -> None:
        """An incident that this process opened itself is its own, at epoch 1."""
        self.epochs.setdefault(incident, 1)

    def lost(self, incident: int) -> None:
        """The ledger refused: somebody else adopted it."""
        self.epochs.pop(incident, None)

    async def renew(self) -> None:
        """Extend the lease. After a gap that others may have taken for death, wait a lease before adopting anything."""
        now = self._clock.boottime()
        if now - self._renewed > LEASE / 2:
            self._no_adoption_before = now + LEASE

        def work(tx: Tx) -> None:
            tx.run(
                """INSERT INTO process (id, lease_until, started_at) VALUES (:id, {now} + :lease, {now})
                   ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until""",
                id=self.process,
                lease=int(LEASE * 1_000_000),
            )

        await self._db.write(work)
        self._renewed = self._clock.boottime()

    async def adopt(self) -> list[int]:
        """Take the incidents that need an owner and have none alive; their numbers."""
        if self._clock.boottime() < self._no_adoption_before:
            return []
        alone = self._db.dialect == "sqlite"
        adopted = await self._db.write(_adopt_all(self.process) if alone else _adopt_dead(self.process))
        self.epochs.update(adopted)
        return sorted(adopted)

    async def claim(self, incident: int) -> bool:
        """Take one incident that no living process owns, at rest or not; whether it is ours now."""

        def work(tx: Tx) -> int | None:
            row = tx.one(
                """UPDATE incident SET owner = :p, epoch = epoch + 1 WHERE id = :i AND min_code <= :code
                   AND NOT EXISTS (SELECT 1 FROM process WHERE process.id = incident.owner AND lease_until > {now})
                   RETURNING epoch""",
                p=self.process,
                i=incident,
                code=CODE,
            )
            return int(row[0]) if row else None

        epoch = await self._db.write(work)
        if epoch is not None:
            self.epochs[incident] = epoch
        return epoch is not None

    async def end(self) -> None:
        """Give everything back at once, so that nobody waits for the lease to run out."""

        def work(tx: Tx) -> None:
            tx.run("UPDATE incident SET owner = NULL WHERE owner = :p", p=self.process)
            tx.run("DELETE FROM process WHERE id = :p", p=self.process)

        await self._db.write(work)
        self.epochs.clear()

    async def news(self) -> list[int]:
        """Ours that moved on since the last look, whoever wrote; those that another process adopted are lost here.

        What the database says is ours and we do not know of is taken up: the answer to an adoption's COMMIT was lost,
        and its repetition found nothing left to adopt.

        A wake-up from another process may not come at all; this is what then finds the change. The system incident
        concerns every process, whoever owns it.
        """
        known = dict(self.epochs)
        statement = "SELECT id, epoch, n, owner, min_code FROM incident WHERE owner = :p OR id = :system"
        rows = await self._db.read(lambda tx: tx.all(statement, p=self.process, system=SYSTEM))
        held = {int(i): int(epoch) for i, epoch, _, owner, code in rows if owner == self.process and code <= CODE}
        for incident, epoch in known.items():
            if self.epochs.get(incident) == epoch != held.get(incident, 0):
                self.lost(incident)
        for incident in held.keys() - known.keys():
            self.epochs.setdefault(incident, held[incident])
        now = {int(i): int(n) for i, _, n, *_ in rows}
        moved = [i for i, n in now.items() if (i in self.epochs or i == SYSTEM) and self._seen.get(i) != n]
        self._seen = now
        return sorted(moved)

    async def rest(self, incident: int, n: int) -> None:
        """Every follower is done up to entry `n`; once closed and at rest, the incident needs no owner and has none."""

        def work(tx: Tx) -> int:
            tx.run("UPDATE incident SET quiet_n = :n WHERE id = :id AND quiet_n < :n", n=n, id=incident)
            return tx.run(
                """UPDATE incident SET owner = NULL
                   WHERE id = :id AND owner = :p AND n = :n AND closed_at IS NOT NULL AND quiet_n = n""",
                id=incident,
                p=self.process,
                n=n,
            )

        if await self._db.write(work):
            self.lost(incident)


def _adopt_all(process: str) -> Callable[[Tx], dict[int, int]]:
    def work(tx: Tx) -> dict[int, int]:
        rows = tx.all(
            """UPDATE incident SET owner = :p, epoch = epoch + 1
               WHERE (closed_at IS NULL OR quiet_n < n) AND (owner IS NULL OR owner <> :p) AND min_code <= :code
               RETURNING id, epoch""",
            p=process,
            code=CODE,
        )
        return {int(i): int(e) for i, e in rows}

    return work


def _adopt_dead(process: str) -> Callable[[Tx], dict[int, int]]:
    def work(tx: Tx) -> dict[int, int]:
        rows = tx.all(
            """SELECT i.id FROM incident AS i
               WHERE (i.closed_at IS NULL OR i.quiet_n < i.n) AND i.min_code <= :code
                 AND NOT EXISTS (SELECT 1 FROM process AS p WHERE p.id = i.owner AND p.lease_until > {now})
               ORDER BY i.id LIMIT :most {skip}""",
            most=ADOPT_AT_ONCE,
            code=CODE,
        )
        adopted = {}
        for (incident,) in rows:
            row = tx.one(
                "UPDATE incident SET owner = :p, epoch = epoch + 1 WHERE id = :i RETURNING epoch", p=process, i=incident
            )
            if row:
                adopted[int(incident)] = int(row[0])
        return adopted

    return work
