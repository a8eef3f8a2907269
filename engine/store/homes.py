"""Who has opened the App Home lately, and what it shows: by pseudonym, so that a deleted person is forgotten here too.

Publishing is claimed for some seconds, so that of several replicas one does it, and another once it died.
"""

from dataclasses import dataclass
from datetime import timedelta

from engine.store.database import Database

CLAIM = 15 * 1_000_000  # microseconds; longer than one call to the chat may take


@dataclass(frozen=True, slots=True)
class Opened:
    """One person's Home. `ref` is the chat's id, `digest` that of what it shows; empty before the first time."""

    actor: str
    ref: str
    digest: str


class Homes:
    """The rows."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def opened(self, actor: str) -> None:
        """Somebody looks at theirs now; whatever it shows is shown afresh."""
        await self._db.write(
            lambda tx: tx.run(
                """INSERT INTO home (actor, opened_at, digest, claimed_until) VALUES (:a, {now}, '', 0)
                   ON CONFLICT (actor) DO UPDATE SET opened_at = {now}, digest = '', claimed_until = 0""",
                a=actor,
            )
        )

    async def lately(self, within: timedelta) -> list[Opened]:
        """Everybody who opened it within that time, and whose name was not deleted."""
        span = within // timedelta(microseconds=1)
        rows = await self._db.read(
            lambda tx: tx.all(
                """SELECT h.actor, p.ref, h.digest FROM home AS h JOIN personal AS p ON p.pseudonym = h.actor
                   WHERE h.opened_at > {now} - :span ORDER BY h.opened_at DESC""",
                span=span,
            )
        )
        return [Opened(*row) for row in rows]

    async def claim(self, seen: Opened) -> bool:
        """Whether it is ours to publish: nobody published something else since `seen`, and nobody is about to."""
        return bool(
            await self._db.write(
                lambda tx: tx.run(
                    """UPDATE home SET claimed_until = {now} + :claim
                       WHERE actor = :a AND digest = :d AND claimed_until < {now}""",
                    claim=CLAIM,
                    a=seen.actor,
                    d=seen.digest,
                )
            )
        )

    async def shown(self, seen: Opened, digest: str) -> None:
        """It was published; `seen.digest` again where it was not. What was opened meanwhile stays to be shown."""
        await self._db.write(
            lambda tx: tx.run(
                """UPDATE home SET digest = :new, claimed_until = 0
                   WHERE actor = :a AND digest = :d AND claimed_until > 0""",
                new=digest,
                a=seen.actor,
                d=seen.digest,
            )
        )

    async def forget(self, actor: str) -> None:
        """Not shown until it is opened again."""
        await self._db.write(lambda tx: tx.run("DELETE FROM home WHERE actor = :a", a=actor))
