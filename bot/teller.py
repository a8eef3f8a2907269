"""One message of an incident in the chat: posted once, edited until it is true, looked for when nobody knows.

Each message has an intent row before its first post and an operation id in its metadata, so that an unknown post is
looked for and never doubled. One request in flight per message; an edit always renders the whole state. A message that
an unknown edit, or a former owner, may still change is edited once more when nothing late can land any more. A file is
a message too: it has its operation id in its name, and is never edited.
"""

import base64
import hashlib
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.pictures import Pictures
from bot.slack import Slack
from bot.slack_files import SlackFiles
from bot.streaming import Streams
from bot.told import AGAIN, Told
from bot.views.scene import Message
from engine.desk import Desk
from engine.errors import Ambiguous, Permanent, Retryable
from engine.evidence import answer_text
from engine.incident import State
from engine.model import Owner
from engine.published import canonical
from engine.redact import CleanTree
from engine.store.messages import Messages, Posted

log = structlog.get_logger()
LOOK_SOON = 1.0
SWEPT = timedelta(hours=1)  # how long after its last attempt a stray copy of a message in the channel is looked for
_GONE = ("is_archived", "is_inactive", "channel_not_found", "not_in_channel")  # Slack's words for a channel that ended
# The messages that change after they were posted.
_EDITED = ("root", "plan/", "question/", "proposal/", "result/", "unknown/")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two edits of one message, G and T_late of the protocol."""

    edit_every: float
    send: float
    late: float


class Teller:
    """Makes one message true at a time."""

    def __init__(
        self, slack: Slack, desk: Desk, channel: str, pace: Pace, pictures: Pictures, streams: Streams
    ) -> None:
        self._slack = slack
        self._streams = streams
        self._files = SlackFiles(slack)
        self._pictures = pictures
        self._ledger = desk.ledger
        self._clock = desk.clock
        self._channel = channel
        self._pace = pace
        self._messages = Messages(desk.ledger.db)

    async def begin(self, incident: int, owner: Owner) -> Told:
        """What stands already; a former owner may have something under way, so it is looked at again later."""
        told = Told(owner, await self._messages.of(incident))
        standing = [slot for slot, row in told.rows.items() if row.ts is not None]
        now = self._clock.monotonic()
        told.unsure = {slot: now for slot in standing if slot.startswith(_EDITED)}
        told.sweep_at = now + self._pace.late if standing else None
        return told

    async def carefully(self, state: State, message: Message, told: Told) -> float | None:
        """As `tell`; what Slack refuses for this message keeps no other from being shown."""
        try:
            return await self._tell(state, message, told)
        except Retryable as err:
            log.info("Slack does not take it now", incident=state.number, slot=message.slot, says=str(err))
            return max(AGAIN, err.after)
        except Ambiguous as err:  # an edit: it renders the whole state, so it may be sent again
            log.info("an edit is unsure", incident=state.number, slot=message.slot, says=str(err))
            told.unsure[message.slot] = self._clock.monotonic()
            return AGAIN
        except Permanent as err:
            if (wait := self._pictures.learns(message, err)) is not None:
                return wait
            log.warning("Slack refuses a message", incident=state.number, slot=message.slot, says=str(err))
            told.refused[message.slot] = _digest(message)
            row = told.rows.get(message.slot)
            if row is not None and row.channel == state.home and any(word in str(err) for word in _GONE):
                told.lost = str(err)
            return None

    async def _tell(self, state: State, message: Message, told: Told) -> float | None:
        """Post, edit or leave it. Seconds until something is left to do for it, or None."""
        row = told.rows.get(message.slot)
        digest = _digest(message)
        if told.refused.get(message.slot) == digest:
            return None
        if row is None or row.ts is None:
            wait = await self._post(state, message, told, digest)
            row = told.rows[message.slot]
            if wait is not None or row.ts is None:
                return wait
        if message.file is not None:
            return None
        if (wait := await self._streams.go_on(told, row, message)) is not None:
            return wait
        if row.digest != digest or self._left(message.slot, told) == 0.0:
            wait = self._until_edit(message.slot, told)
            if wait > 0:
                return wait
            await self._edit(state, row, message, told, digest)
        if message.slot not in told.seeded:
            for emoji in message.seeds:
                await self._slack.react(row.channel, str(row.ts), emoji)
            told.seeded.add(message.slot)
        told.refused.pop(message.slot, None)
        return self._left(message.slot, told)

    def _left(self, slot: str, told: Told) -> float | None:
        """Seconds until nothing late can change the message any more; None where nothing may."""
        if slot not in told.unsure:
            return None
        return max(0.0, told.unsure[slot] + self._pace.late - self._clock.monotonic())

    def _until_edit(self, slot: str, told: Told) -> float:
        """Seconds until this message may be edited. Its place is taken once and kept: no post waits behind it."""
        now = self._clock.monotonic()
        wait = told.edited.get(slot, -math.inf) + self._pace.edit_every - now
        if wait > 0:
            return wait
        if slot not in told.turns:
            told.turns[slot] = now + self._slack.place_for_edit()
        return told.turns[slot] - now

    async def _edit(self, state: State, row: Posted, message: Message, told: Told, digest: str) -> None:
        last = self._left(message.slot, told) == 0.0
        body = self._body(state, message)
        del told.turns[message.slot]  # whatever comes of it
        try:
            await self._slack.edit(row.channel, str(row.ts), body)
        except Permanent as err:
            if "streaming_state_conflict" not in str(err):
                raise
            await self._streams.end(row.channel, str(row.ts))  # a former owner's, or one whose start had no answer
            await self._slack.edit(row.channel, str(row.ts), body)
        told.edited[message.slot] = self._clock.monotonic()
        if last:
            del told.unsure[message.slot]
        await self._messages.shown(row, message.seq, digest)
        told.rows[message.slot] = replace(row, shown_n=message.seq, digest=digest)

    async def _post(self, state: State, message: Message, told: Told, digest: str) -> float | None:
        row = told.rows.get(message.slot)
        if row is not None and message.slot not in told.not_sent:
            wait = await self._look(message.since or state.entries[0].at, row, told, _thread(row, message, told))
            if wait is not None or told.rows[message.slot].ts is not None:
                return wait
        root = told.rows.get("root")
        channel = root.channel if root and root.ts else self._channel
        channel = state.home if state.home and message.in_thread else channel
        channel = message.place[0] if message.place else channel
        file = await self._put(state, message)
        body = self._body(state, message)
        streams = self._streams.begins(message)
        if not streams:
            await self._slack.room_to_post(channel)  # before the intent: its age is what bounds a sender
        begun = self._clock.boottime()
        row = await self._messages.intend(
            told.owner, state.number, message.slot, self.operation(state, message.slot), channel
        )
        told.rows[message.slot] = row
        told.not_sent.add(message.slot)
        if self._clock.boottime() - begun > self._pace.send:
            return AGAIN
        try:
            ts = file or await self._send(row, message, told, body, streams=streams)
            if file:
                title, thread_ts = self._ledger.gate.clean(message.text), _thread(row, message, told)
                await self._files.share(file, title, channel, thread_ts)
        except Ambiguous as err:
            log.warning("a post is unsure; looking for it", incident=state.number, slot=message.slot, says=str(err))
            told.not_sent.discard(message.slot)
            told.sweep_at = self._clock.monotonic() + self._pace.late
            return LOOK_SOON
        if not ts:
            return 0.0
        shows = "" if message.slot in told.streams else digest  # what is being written is made true at its end
        told.rows[message.slot] = await self._messages.landed(row, ts, message.seq, shows)
        return None

    async def _send(self, row: Posted, message: Message, told: Told, body: CleanTree, *, streams: bool) -> str:
        """Post it, or begin to write it: its `ts`, empty where Slack refuses to have it written."""
        thread_ts = _thread(row, message, told)
        if streams and thread_ts:
            return await self._streams.start(told, row.channel, thread_ts, message, row.op)
        return await self._slack.post(row.channel, body, thread_ts)

    async def _put(self, state: State, message: Message) -> str:
        """Bring a message's file to Slack, where nobody sees it yet; its id, or empty where the message has none."""
        if message.file is None:
            return ""
        body = await self._ledger.evidence(message.file.evidence)
        if body is None:
            raise Permanent(f"the answer {message.file.evidence[:12]} is not in the ledger")
        text = self._ledger.gate.clean(answer_text(body))  # masks that came after it was kept count too
        return await self._files.put(f"{message.file.name}-{self.operation(state, message.slot)}.txt", text.encode())

    async def _look(self, since: datetime, row: Posted, told: Told, thread_ts: str | None) -> float | None:
        """Look for an earlier post. Seconds to wait for it, or None: it is found, or may be posted again."""
        now = await self._ledger.now()  # before the look: it does not see what lands later
        found = (await self._slack.ours(row.channel, since, thread_ts)).get(row.op, [])
        if found:
            told.rows[row.slot] = await self._messages.landed(row, found[0], 0, "")
            return None
        left = (row.attempted_at - now).total_seconds() + self._pace.late
        return min(left, LOOK_SOON) if left > 0 else None

    async def sweep(self, state: State, told: Told) -> float | None:
        """Delete second copies of our messages. Seconds until it is time for that, or None when it is done."""
        root = told.rows.get("root") or max(told.rows.values(), key=lambda row: row.attempted_at, default=None)
        if told.sweep_at is None or root is None or root.ts is None:
            return None
        if (left := told.sweep_at - self._clock.monotonic()) > 0:
            return left
        try:
            since, until = _since(state, told, root), root.attempted_at + SWEPT
            places = [(root.channel, None, until), (root.channel, root.ts, None)]
            for channel, thread, latest in [*places, *([(state.home, None, None)] if state.home else [])]:
                found = await self._slack.ours(channel, since, thread, until=latest)
                for row in told.rows.values():
                    await self._delete_others(row, channel, found.get(row.op, []))
        except (Retryable, Ambiguous) as err:
            log.info("second copies cannot be looked for now", incident=state.number, says=str(err))
            return AGAIN
        except Permanent as err:
            log.warning("second copies cannot be deleted", incident=state.number, says=str(err))
        told.sweep_at = None
        return None

    async def _delete_others(self, row: Posted, channel: str, copies: list[str]) -> None:
        stands = row.ts if channel == row.channel else ""
        if stands and copies and row.slot.startswith("file/"):
            stands = row.ts if row.ts in copies else copies[0]
        for copy in copies:
            if row.ts is not None and copy != stands:
                log.warning("a second copy of a message is deleted", incident=row.incident, slot=row.slot)
                if row.slot.startswith("plan/"):
                    await self._streams.end(channel, copy)  # while it is being written it cannot be deleted
                await self._slack.delete(channel, copy)

    def _body(self, state: State, message: Message) -> CleanTree:
        payload = {
            **message.payload,
            "incident": state.label,
            "seq": message.seq,
            "op": self.operation(state, message.slot),
        }
        body: dict[str, object] = {
            "text": message.text,
            "blocks": message.blocks,
            "metadata": {"event_type": message.event_type, "event_payload": payload},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if message.broadcast and not state.home:
            body["reply_broadcast"] = True
        return self._ledger.gate.tree(body)

    def operation(self, state: State, slot: str) -> str:
        """What a message is found again by."""
        parts = canonical([self._ledger.installation, self._ledger.generation, state.number, slot])
        return base64.b32encode(hashlib.sha256(parts.encode()).digest()).decode()[:16].lower()


def _since(state: State, told: Told, newest: Posted) -> datetime:
    """From when on second copies are looked for. The system incident never ends, so there only the latest can have any.

    Its slots end in the number of the entry that they tell.
    """
    if newest.slot == "root":
        return state.entries[0].at
    late = [row.slot for row in told.rows.values() if row.attempted_at > newest.attempted_at - SWEPT]
    return min(state.entries[int(slot.rpartition("/")[2]) - 1].at for slot in late)


def _thread(row: Posted, message: Message, told: Told) -> str | None:
    """The thread in which the message is tried: that of the root, where it is tried in the root's channel."""
    if message.place is not None:
        return message.place[1]
    root = told.rows.get("root")
    return root.ts if root and message.in_thread and row.channel == root.channel else None


def _digest(message: Message) -> str:
    """Of what people see, before the gate: most looks find that nothing changed, and the gate takes its time."""
    shown = {"text": message.text, "blocks": message.blocks}
    return hashlib.sha256(canonical(shown).encode()).hexdigest()[:16]
