"""The narrator: keeps the root message and the thread true to the ledger.

What should stand in the chat is a pure function of the folded incident; the narrator makes it so. Each message has an
intent row before its first post and an operation id in its metadata, so that an unknown post is looked for and never
doubled. One request in flight per message; an edit always renders the whole state. It decides nothing: a click is
judged by the ledger, never by what a message showed.
"""

import asyncio
import base64
import hashlib
import math
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from bot.scenery import Scenery
from bot.slack import Slack
from bot.views.root import root
from bot.views.scene import Message
from bot.views.thread import thread
from engine.desk import Desk
from engine.errors import Ambiguous, Permanent, Retryable
from engine.published import canonical
from engine.redact import CleanTree
from engine.store.messages import Messages, Posted

log = structlog.get_logger()
AGAIN = 2.0  # seconds, after Slack refused for now


@dataclass(slots=True)
class _Told:
    """What this process knows of one incident's messages."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    rows: dict[str, Posted] | None = None
    links: dict[str, str] = field(default_factory=dict)
    edited: dict[str, float] = field(default_factory=dict)
    seeded: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)  # slot → digest that Slack will not take


class Narrator:
    """Follows the ledger and shows it."""

    def __init__(
        self,
        slack: Slack,
        desk: Desk,
        *,
        channel: str,
        scenery: Scenery,
        edit_every: float,
        late: timedelta,
    ) -> None:
        """`late`: when a negative look counts after an unknown post. `edit_every`: seconds between edits of one."""
        self._slack = slack
        self._desk = desk
        self._channel = channel
        self._scenery = scenery
        self._edit_every = edit_every
        self._late = late
        self._messages = Messages(desk.ledger.db)
        self._told: dict[int, _Told] = {}

    async def run(self) -> None:
        """Follow until cancelled; every adopted incident is rendered once more, because a former owner may be late."""
        watch = self._desk.ledger.hub.watch()
        try:
            while True:
                for incident in self._told.keys() - self._desk.lease.epochs.keys():
                    self._forget(incident)
                for incident in self._desk.lease.epochs.keys() - self._told.keys():
                    self._begin(incident)
                for incident in await watch.changed(1.0):
                    if incident in self._desk.lease.epochs:
                        self._begin(incident)
        finally:
            self._desk.ledger.hub.unwatch(watch)
            tasks = [told.task for told in self._told.values() if told.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, incident: int) -> None:
        """Another process owns it now and shows it."""
        told = self._told.pop(incident)
        if told.task is not None:
            told.task.cancel()

    def _begin(self, incident: int) -> None:
        told = self._told.setdefault(incident, _Told())
        told.news.set()
        if told.task is None or told.task.done():
            told.task = asyncio.create_task(self._tell(incident, told), name=f"narrate-{incident}")
            told.task.add_done_callback(_ended)

    async def _tell(self, incident: int, told: _Told) -> None:
        """Until everything stands as it should; news cuts every wait short."""
        while True:
            told.news.clear()
            wait = await self._show(incident, told)
            if wait is None and not told.news.is_set():
                return
            try:
                async with asyncio.timeout(wait):
                    await told.news.wait()
            except TimeoutError:
                continue

    async def _show(self, incident: int, told: _Told) -> float | None:
        """Make the chat true once. Seconds until something is left to do, or None."""
        state = await self._desk.incidents.state(incident)
        if state.triage is None:
            return None
        if told.rows is None:
            told.rows = await self._messages.of(incident)
        scene = await self._scenery.scene(state, told.links)
        waits = []
        for message in [root(state, scene), *thread(state, scene)]:
            waits.append(await self._careful(incident, message, told))
            place = told.rows.get(message.slot)
            if message.slot == "root" and (place is None or place.ts is None):
                break  # a thread needs its root
            if (
                message.slot.startswith("proposal/")
                and place is not None
                and place.ts
                and message.slot not in told.links
            ):
                told.links[message.slot] = await self._slack.permalink(self._channel, place.ts)
                waits.append(0.0)
        left = [w for w in waits if w is not None]
        if not left and state.closed and all(not r.behind or r.parked for r in scene.records):
            await self._desk.lease.rest(state.number, state.n)
        return min(left, default=None)

    async def _careful(self, incident: int, message: Message, told: _Told) -> float | None:
        """One message; what Slack refuses for this one keeps no other from being shown."""
        try:
            return await self._one(incident, message, told)
        except Retryable as err:
            log.info("Slack does not take it now", incident=incident, slot=message.slot, says=str(err))
            return max(AGAIN, err.after)
        except Ambiguous as err:  # an edit: it renders the whole state, so it may be sent again
            log.info("an edit is unsure", incident=incident, slot=message.slot, says=str(err))
            return AGAIN
        except Permanent as err:
            log.warning("Slack refuses a message", incident=incident, slot=message.slot, says=str(err))
            told.refused[message.slot] = self._body(incident, message)[1]
            return None

    async def _one(self, incident: int, message: Message, told: _Told) -> float | None:
        assert told.rows is not None  # noqa: S101  read before the first message
        row = told.rows.get(message.slot)
        body, digest = self._body(incident, message)
        if told.refused.get(message.slot) == digest:
            return None
        if row is None or row.ts is None:
            row, wait = await self._post(incident, message, row, body, digest, told.rows)
            told.rows[message.slot] = row
            if wait is not None or row.ts is None:
                return wait
        if row.digest != digest:
            wait = told.edited.get(message.slot, -math.inf) + self._edit_every - self._desk.clock.monotonic()
            if wait > 0:
                return wait
            await self._slack.edit(row.channel, str(row.ts), body)
            told.edited[message.slot] = self._desk.clock.monotonic()
            await self._messages.shown(row, message.seq, digest)
            told.rows[message.slot] = replace(row, shown_n=message.seq, digest=digest)
        if message.slot not in told.seeded:
            for emoji in message.seeds:
                await self._slack.react(self._channel, str(row.ts), emoji)
            told.seeded.add(message.slot)
        return None

    def _body(self, incident: int, message: Message) -> tuple[CleanTree, str]:
        payload = {
            **message.payload,
            "incident": f"INC-{incident}",
            "seq": message.seq,
            "op": self._op(incident, message.slot),
        }
        body: dict[str, object] = {
            "text": message.text,
            "blocks": message.blocks,
            "metadata": {"event_type": message.event_type, "event_payload": payload},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        shown = {"text": message.text, "blocks": message.blocks}
        if message.broadcast:
            body["reply_broadcast"] = True
        return self._desk.ledger.gate.tree(body), hashlib.sha256(canonical(shown).encode()).hexdigest()[:16]

    def _op(self, incident: int, slot: str) -> str:
        parts = canonical([self._desk.ledger.installation, self._desk.ledger.generation, incident, slot])
        return base64.b32encode(hashlib.sha256(parts.encode()).digest()).decode()[:16].lower()

    async def _post(
        self,
        incident: int,
        message: Message,
        row: Posted | None,
        body: CleanTree,
        digest: str,
        rows: dict[str, Posted],
    ) -> tuple[Posted, float | None]:
        thread_ts = rows["root"].ts if message.in_thread else None
        if row is not None:
            landed, wait = await self._look(row, thread_ts)
            if landed is not None or wait is not None:
                return landed or row, wait
        row = await self._messages.intend(incident, message.slot, self._op(incident, message.slot), self._channel)
        try:
            ts = await self._slack.post(self._channel, body, thread_ts)
        except Ambiguous as err:
            log.warning("a post is unsure; looking for it", incident=incident, slot=message.slot, says=str(err))
            return row, 1.0
        return await self._messages.landed(row, ts, message.seq, digest), None

    async def _look(self, row: Posted, thread_ts: str | None) -> tuple[Posted | None, float | None]:
        """What became of an earlier post: its row with a place; or how long to wait; or neither: post again."""
        found = await self._slack.find(row.channel, row.op, row.attempted_at, thread_ts)
        if found:
            for copy in found[1:]:
                await self._slack.delete(row.channel, copy)
            return await self._messages.landed(row, found[0], 0, ""), None
        left = (row.attempted_at + self._late - await self._desk.ledger.now()).total_seconds()
        return None, (min(left, 1.0) if left > 0 else None)


def _ended(task: asyncio.Task[None]) -> None:
    """A view that fails is a fault of ours: said once, and tried again at the next news."""
    if not task.cancelled() and task.exception() is not None:
        log.error("an incident could not be shown", task=task.get_name(), exc_info=task.exception())
