"""What stands in the chat: one row a message, written as an intent before the first post.

`slot` names a message in its incident (`root`, `proposal/19`). The first recorded `ts` is the message.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.errors import NotOwner
from engine.model import Owner
from engine.published import moment
from engine.store.database import Database
from engine.store.tx import Row, Tx

_COLUMNS = "incident, slot, op, channel, ts, attempts, attempted_at, shown_n, digest"


@dataclass(frozen=True, slots=True)
class Posted:
    """One message: where it stands, if it does, and what it shows."""

    incident: int
    slot: str
    op: str
    channel: str
    ts: str | None
    attempts: int
    attempted_at: datetime
    shown_n: int
    digest: str


def _posted(row: Row) -> Posted:
    return Posted(int(row[0]), row[1], row[2], row[3], row[4], row[5], moment(row[6]), row[7], row[8])


class Messages:
    """The rows of the messages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, incident: int) -> dict[str, Posted]:
        """Every message of an incident, by slot."""
        statement = f"SELECT {_COLUMNS} FROM message WHERE incident = :i"  # noqa: S608  constants only
        rows = await self._db.read(lambda tx: tx.all(statement, i=incident))
        return {row[1]: _posted(row) for row in rows}

    async def at(self, channel: str, ts: str) -> Posted | None:
        """The message that stands at this place."""
        statement = f"SELECT {_COLUMNS} FROM message WHERE channel = :c AND ts = :ts"  # noqa: S608  constants only
        row = await self._db.read(lambda tx: tx.one(statement, c=channel, ts=ts))
        return _posted(row) if row else None

    async def own_channel(self, incident: int) -> str:
        """The id of the channel that this incident has for itself, or empty."""
        statement = "SELECT ts FROM message WHERE incident = :i AND slot = 'channel'"
        row = await self._db.read(lambda tx: tx.one(statement, i=incident))
        return str(row[0] or "") if row else ""

    async def whose_channel(self, channel: str) -> int | None:
        """The incident that has this channel for itself. Its row stands at itself, so that the index finds it."""
        place = await self.at(channel, channel)
        return place.incident if place else None

    async def intend(self, owner: Owner, incident: int, slot: str, op: str, channel: str) -> Posted:
        """Record one attempt to post, before it is sent. Raises `NotOwner`: only the owner shows an incident.

        What does not stand yet may be tried in another channel than before; where a message stands, it stays.
        """

        def work(tx: Tx) -> Row | None:
            held = tx.one("SELECT owner, epoch FROM incident WHERE id = :i {share}", i=incident)
            if held != (owner.process, owner.epoch):
                raise NotOwner(f"INC-{incident} is owned by another process")
            tx.run(
                """INSERT INTO message (incident, slot, op, channel, attempts, attempted_at, shown_n, digest)
                   VALUES (:i, :s, :op, :c, 1, {now}, 0, '')
                   ON CONFLICT (incident, slot) DO UPDATE
                   SET attempts = message.attempts + 1, attempted_at = {now},
                       channel = CASE WHEN message.ts IS NULL THEN excluded.channel ELSE message.channel END""",
                i=incident,
                s=slot,
                op=op,
                c=channel,
            )
            statement = f"SELECT {_COLUMNS} FROM message WHERE incident = :i AND slot = :s"  # noqa: S608  constants only
            return tx.one(statement, i=incident, s=slot)

        row = await self._db.write(work)
        assert row is not None  # noqa: S101  it was written in this transaction
        return _posted(row)

    async def landed(self, posted: Posted, ts: str, shown_n: int, digest: str, channel: str | None = None) -> Posted:
        """Record where the message stands; the first one recorded is the message, and its row is returned.

        `channel`: another than it was tried with, as a channel's id is in place of its name.
        """

        def work(tx: Tx) -> Row | None:
            tx.run(
                """UPDATE message SET ts = :ts, shown_n = :n, digest = :d, channel = :c
                   WHERE incident = :i AND slot = :s AND ts IS NULL""",
                ts=ts,
                n=shown_n,
                d=digest,
                c=channel or posted.channel,
                i=posted.incident,
                s=posted.slot,
            )
            statement = f"SELECT {_COLUMNS} FROM message WHERE incident = :i AND slot = :s"  # noqa: S608  constants only
            return tx.one(statement, i=posted.incident, s=posted.slot)

        row = await self._db.write(work)
        assert row is not None  # noqa: S101  the intent stands since before the post
        return _posted(row)

    async def shown(self, posted: Posted, shown_n: int, digest: str) -> None:
        """Record what the message shows after an edit."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE message SET shown_n = :n, digest = :d WHERE incident = :i AND slot = :s",
                n=shown_n,
                d=digest,
                i=posted.incident,
                s=posted.slot,
            )
        )
