"""The narrator: keeps the root message and the thread true to the ledger.

What should stand in the chat is a pure function of the folded incident; the narrator makes it so. It decides nothing: a
click is judged by the ledger, never by what a message showed. How one message gets there is `teller.py`'s business.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.asking import Asking
from bot.own_channel import OwnChannels
from bot.pictures import Charts, Pictures
from bot.pinned import Pinned
from bot.scenery import Scenery
from bot.settings_channel import OwnChannelSettings
from bot.slack import Slack
from bot.slack_files import SlackFiles
from bot.slack_streams import SlackStreams
from bot.streaming import Streams
from bot.teller import Pace, Teller
from bot.told import Told
from bot.views.halts import halts
from bot.views.noise import kept_out
from bot.views.origin import origin_message, wants_link
from bot.views.root import root
from bot.views.scene import Message, Scene
from bot.views.thread import thread
from bot.windows import begins, next_change
from engine.desk import Desk
from engine.errors import NotOwner, Unavailable
from engine.incident import State
from engine.life import Pauses
from engine.model import Owner
from engine.published import SYSTEM
from engine.store.messages import Posted

log = structlog.get_logger()
NO_CHANNELS = OwnChannelSettings()
SWEEP = 1.0
ASK_LINK = 10.0  # seconds, after Slack did not say where a message is


@dataclass(slots=True)
class _Telling:
    """The task that shows one incident, for as long as this process owns it at this epoch."""

    owner: Owner
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Narrator:
    """Follows the ledger and shows it."""

    def __init__(
        self,
        slack: Slack,
        desk: Desk,
        *,
        channel: str,
        scenery: Scenery,
        pace: Pace,
        recorded: Callable[[State], bool],
        pins: bool = True,
        charts: Charts = "auto",
        own_channel: OwnChannelSettings = NO_CHANNELS,
        streams: bool = True,
    ) -> None:
        """`recorded`: whether every record has all of an incident, so that a closed one needs nobody any more.

        `pins`: whether the summary is pinned. `own_channel`: which incidents have a channel for themselves. `streams`:
        whether a plan is written while people read.
        """
        self._slack = slack
        self._desk = desk
        self._scenery = scenery
        self._recorded = recorded
        self._asking = Asking(slack, desk, scenery)
        self._pinned = Pinned(slack) if pins else None
        self._pictures = Pictures(SlackFiles(slack), desk, charts)
        streaming = Streams(SlackStreams(slack), desk.ledger.gate, desk.clock, on=streams)
        self._teller = Teller(slack, desk, channel, pace, self._pictures, streaming)
        self._own = OwnChannels(slack, desk, own_channel, pace.late, self._teller.operation)
        self._tellings: dict[int, _Telling] = {}
        self._pauses = Pauses()

    async def run(self) -> None:
        """Follow until cancelled."""
        watch = self._desk.ledger.hub.watch()
        lease = self._desk.lease
        try:
            while True:
                for incident, telling in list(self._tellings.items()):
                    if lease.epochs.get(incident) != telling.owner.epoch:
                        self._forget(incident)  # another process showed it since, or does now
                for incident in lease.epochs.keys() - self._tellings.keys():
                    self._begin(incident)
                for incident in self._tellings.keys() & await watch.changed(SWEEP):
                    self._tellings[incident].news.set()
                self._go_on()
        finally:
            self._desk.ledger.hub.unwatch(watch)
            tasks = [telling.task for telling in self._tellings.values() if telling.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._pictures.aclose()

    def _begin(self, incident: int) -> None:
        self._tellings[incident] = _Telling(self._desk.lease.owner(incident))
        self._tellings[incident].news.set()

    def _forget(self, incident: int) -> None:
        telling = self._tellings.pop(incident)
        if telling.task is not None:
            telling.task.cancel()

    def _go_on(self) -> None:
        """A task for every incident with news; one that failed is begun again after its pause."""
        for incident, telling in self._tellings.items():
            idle = telling.task is None or telling.task.done()
            if idle and telling.news.is_set() and not self._pauses.left(str(incident)):
                telling.task = asyncio.create_task(self._tell(incident, telling), name=f"narrate-{incident}")

    async def _tell(self, incident: int, telling: _Telling) -> None:
        try:
            await self._keep_true(incident, telling)
        except NotOwner:
            self._desk.lease.lost(incident)
        except Unavailable as err:
            log.warning("the ledger does not answer", incident=incident, says=str(err))
            self._again_later(incident, telling)
        except Exception:  # a view that fails is a fault of ours: said, and tried again
            log.exception("an incident could not be shown", incident=incident)
            self._again_later(incident, telling)

    def _again_later(self, incident: int, telling: _Telling) -> None:
        self._pauses.failed(str(incident))
        telling.news.set()

    async def _keep_true(self, incident: int, telling: _Telling) -> None:
        """For as long as the incident is ours; news cuts every wait short."""
        told = await self._teller.begin(incident, telling.owner)
        while True:
            telling.news.clear()
            wait = await self._show(incident, told)
            self._pauses.succeeded(str(incident))
            try:
                async with asyncio.timeout(wait):
                    await telling.news.wait()
            except TimeoutError:
                continue

    async def _show(self, incident: int, told: Told) -> float | None:
        """Make the chat true once. Seconds until something is left to do, or None."""
        state = await self._desk.incidents.state(incident)
        if state.triage is None and state.number != SYSTEM:
            return None
        standing = frozenset(slot for slot, row in told.rows.items() if row.ts is not None)
        scene = await self._scenery.scene(state, told.links, standing)
        waits = [next_change(state, scene)]
        waits += await self._tell_all(state, scene, told)
        if self._pinned is not None:
            waits.append(await self._pinned.keep(state, told))
        waits += [await self._asking.ask(state, told), await self._own.keep(state, scene, told)]
        waits += [await self._teller.sweep(state, told), self._pictures.left(state.number)]
        left = [w for w in waits if w is not None]
        if not left and (due := await self._own.archive(state, told)) is not None:
            return due
        if not left and state.closed and not told.refused and self._recorded(state):
            await self._desk.lease.rest(state.number, state.n)
        return min(left, default=None)

    async def _tell_all(self, state: State, scene: Scene, told: Told) -> list[float | None]:
        """Each message in its turn. For each the seconds until something is left to do for it, or None."""
        waits: list[float | None] = []
        for whole in _messages(state, scene):
            if _out_of_reach(state, told.rows.get(whole.slot)):
                continue
            message = self._pictures.dress(whole, told, state.number)
            waits.append(await self._teller.carefully(state, message, told))
            if told.lost:
                await self._own.lost(state, told, told.lost)
                told.lost = ""
                return [0.0]
            place = told.rows.get(message.slot)
            if place is None or place.ts is None:
                if message.slot == "root" or (not message.in_thread and message.slot not in told.refused):
                    break  # a thread needs its root, and a halt comes before its end
                continue
            if message.slot == "root" and (wait := await self._own.open(state, told)) is not None:
                return [*waits, wait]  # where the others go is not decided yet
            if message.slot == "root":
                await self._own.welcome(state, scene, told)
            waits.append(await self._stands(state, scene, message, place.channel, place.ts, told))
        return waits

    async def _stands(
        self, state: State, scene: Scene, message: Message, channel: str, ts: str, told: Told
    ) -> float | None:
        """What follows from a message that stands. Seconds until something is left to do for it, or None."""
        if message.file is not None and message.slot not in scene.standing:
            return 0.0  # the answer above it says so
        await begins(self._desk, state, message.slot, ts, told.owner)
        if message.slot in told.links or not _linked(message.slot, state):
            return None
        return await self._link(state, message.slot, channel, ts, told)

    async def _link(self, state: State, slot: str, channel: str, ts: str, told: Told) -> float | None:
        """Learn where a card stands, for the button on the root. Seconds until it is known or asked again, or None.

        A closed incident needs no button, so it does not wait for a link that may never come.
        """
        now = self._desk.clock.monotonic()
        if (left := told.ask_link.get(slot, now) - now) <= 0:
            if url := await self._slack.permalink(channel, ts):
                told.links[slot] = url
                return 0.0
            told.ask_link[slot], left = now + ASK_LINK, ASK_LINK
        return None if state.closed else left


def _linked(slot: str, state: State) -> bool:
    """Whether something else leads to this message."""
    return slot.startswith("proposal/") or (slot == "root" and (bool(state.home) or wants_link(state)))


def _out_of_reach(state: State, row: Posted | None) -> bool:
    """It stands in a channel of the incident's own that has ended, where nothing can be changed any more."""
    own = state.own_channel
    ended = own is not None and bool(own.id) and not own.takes_messages
    return own is not None and ended and row is not None and row.ts is not None and row.channel == own.id


def _messages(state: State, scene: Scene) -> list[Message]:
    """What should stand in the chat now, in this order. What once stands there stays and is kept true."""
    if state.number == SYSTEM:
        return halts(state, scene)
    if "root" not in scene.standing and kept_out(state, scene.noise):
        return []
    origin = origin_message(state, scene)
    return [root(state, scene), *thread(state, scene), *([origin] if origin else [])]
