"""What a vendor grants: writes a minute and an hour, taken by all replicas from the same rows, in chunks.

A chunk is taken before it is used and is lost with the process that took it: the count may be too high for a minute,
never too low.
"""

from collections.abc import Mapping

from engine.ports import Clock
from engine.store.database import Database
from engine.store.tx import Tx

MINUTE, HOUR = 60, 3600
CHUNKS = 8  # in how many a span's grant is taken: a row update per call would be a lock per call


class Budget:
    """The writes of one backend."""

    def __init__(self, database: Database, backend: str, per_minute: int, per_hour: int, clock: Clock) -> None:
        """0 where the vendor grants any number."""
        self._db = database
        self._backend = backend
        self._grants: Mapping[int, int] = {
            span: limit for span, limit in ((MINUTE, per_minute), (HOUR, per_hour)) if limit
        }
        self._clock = clock
        self._held = 0  # taken from the rows and not used yet
        self._more = 0  # that the rows had left when we took last
        self._until = 0.0  # when the shortest span of what is held ends, by our monotonic clock
        self._again = 0.0  # nothing is left before

    @property
    def room(self) -> int | None:
        """Writes that the vendor still grants now, as far as it was seen last; None for any number, and before that."""
        if not self._grants or self._clock.monotonic() >= max(self._until, self._again):
            return None
        return self._held + self._more

    async def take(self) -> float:
        """Take one write. 0.0, or the seconds until there may be one."""
        if not self._grants:
            return 0.0
        now = self._clock.monotonic()
        if now >= self._until:
            self._held = 0
        if self._held == 0:
            if now < self._again:
                return self._again - now
            self._held, self._more, left = await self._db.write(self._chunk)
            if self._held == 0:
                self._again = now + left
                return left
            self._until = now + left
        self._held -= 1
        return 0.0

    def _chunk(self, tx: Tx) -> tuple[int, int, float]:
        """How many are taken now, how many are left, and the seconds until what they are of, or what is full, ends."""
        now = tx.now()
        rest = min(self._grants.values())
        chunk = max(1, rest // CHUNKS)
        left: list[float] = []
        full: list[float] = []
        for span, limit in self._grants.items():
            began, taken = self._row(tx, span, now)
            ends = span - (now - began) / 1_000_000
            rest = min(rest, max(0, limit - taken))
            (left if taken < limit else full).append(ends)
        if full:
            return 0, 0, max(full)
        chunk = min(chunk, rest)
        for span in self._grants:
            tx.run(
                "UPDATE budget SET taken = taken + :chunk WHERE backend = :b AND span = :span",
                chunk=chunk,
                b=self._backend,
                span=span,
            )
        return chunk, rest - chunk, min(left)

    def _row(self, tx: Tx, span: int, now: int) -> tuple[int, int]:
        """Since when the span's count runs, and what is taken of it; begun anew when it has ended."""
        tx.run(
            """INSERT INTO budget (backend, span, began_at, taken) VALUES (:b, :span, :now, 0)
               ON CONFLICT (backend, span) DO NOTHING""",
            b=self._backend,
            span=span,
            now=now,
        )
        query = "SELECT began_at, taken FROM budget WHERE backend = :b AND span = :span {update}"
        row = tx.one(query, b=self._backend, span=span)
        assert row is not None  # noqa: S101  it was just inserted
        if now - row[0] < span * 1_000_000:
            return int(row[0]), int(row[1])
        tx.run(
            "UPDATE budget SET began_at = :now, taken = 0 WHERE backend = :b AND span = :span",
            now=now,
            b=self._backend,
            span=span,
        )
        return now, 0
