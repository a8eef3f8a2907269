"""The App Homes: shown when somebody opens theirs, and kept true for some hours.

What a Home should show is a pure function of what is read now; a Home whose content is the same is left alone. Any
replica publishes; the claim on the row keeps the others from doing it too. It decides nothing.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot import slack_home
from bot.complaint import Complaint
from bot.overview import Overview
from bot.scenery import Scenery
from bot.slack import Slack
from bot.views.home import MOST_OPEN, Home, Waiting, home
from bot.views.partners import Partner
from bot.views.parts import Block
from bot.views.scene import Record, Scene
from engine.desk import Desk
from engine.errors import Permanent, Unavailable, WatchkeeperError
from engine.incident import State
from engine.model import Mode, Person
from engine.oversight.decisions import Decisions
from engine.oversight.rules import Policy
from engine.ports import Chat
from engine.published import SYSTEM
from engine.redact import CleanTree
from engine.store.homes import Homes as Rows
from engine.store.homes import Opened
from engine.store.messages import Messages
from engine.week import Figures

log = structlog.get_logger()
KEPT = timedelta(hours=4)  # how long after it was opened a Home is kept true
SWEEP = 20.0  # seconds; minutes that run are shown, and a wake-up from another process may not come


@dataclass(frozen=True, slots=True)
class _Common:
    """What every Home shows alike, read once for all of them."""

    scene: Scene
    open: tuple[State, ...]
    records: tuple[Record, ...]
    partners: tuple[Partner, ...]
    week: Figures
    links: Mapping[tuple[int, str], str]  # by incident and slot of the message


class Homes:
    """Publishes."""

    def __init__(
        self,
        desk: Desk,
        slack: Slack,
        chat: Chat,
        decisions: Decisions,
        scenery: Scenery,
        overview: Overview,
        policy: Policy,
        *,
        channel: str,
        every: float,
        max_age: float,
    ) -> None:
        """`channel`: its name, for people; `every`: seconds between two looks; `max_age` of what is known of people."""
        self._desk = desk
        self._slack = slack
        self._chat = chat
        self._decisions = decisions
        self._scenery = scenery
        self._overview = overview
        self._policy = policy
        self._channel = channel.removeprefix("#")
        self._every = every
        self._max_age = max_age
        self._rows = Rows(desk.ledger.db)
        self._messages = Messages(desk.ledger.db)
        self._links: dict[tuple[str, str], str] = {}
        self._complaint = Complaint()
        self._again = True  # what changed while nobody ran is news

    async def opened(self, user: str) -> None:
        """Somebody looks at their Home now: show it, and keep it true from here on."""
        person = await self._chat.person(f"slack:{user}", self._max_age)
        actor = await self._desk.people.pseudonym(person)
        await self._rows.opened(actor)
        await self._carefully(Opened(actor, person.ref, ""), await self._common())

    async def run(self) -> None:
        """Keep every Home true that was opened lately, until cancelled."""
        watch = self._desk.ledger.hub.watch()
        try:
            while True:
                await watch.changed(self._every if self._again else SWEEP)
                await self._desk.clock.sleep(self._every)  # a burst is shown once
                try:
                    await self._look()
                except Unavailable as err:
                    log.warning("the ledger does not answer", says=str(err))
                except Exception:  # a fault of ours ends no watch: said, and tried again at the next news
                    log.exception("the App Homes could not be looked at")
        finally:
            self._desk.ledger.hub.unwatch(watch)

    async def _look(self) -> None:
        self._again = False
        rows = await self._rows.lately(KEPT)
        common = await self._common() if rows else None
        for row in rows:
            if common is not None:
                await self._carefully(row, common)

    async def _carefully(self, row: Opened, common: _Common) -> None:
        """One Home; what goes wrong with it keeps nobody else from theirs."""
        try:
            await self._keep_true(row, common)
        except Permanent as err:
            await self._rows.forget(row.actor)  # until it is opened again
            if self._complaint.is_news(str(err)):
                log.warning("an App Home cannot be shown", says=str(err))
        except Unavailable:
            raise
        except WatchkeeperError as err:
            self._again = True
            if self._complaint.is_news(str(err)):
                log.warning("an App Home is not shown now", says=str(err))

    async def _keep_true(self, row: Opened, common: _Common) -> None:
        blocks = home(await self._facts(row, common))
        digest = hashlib.sha256(json.dumps([blocks[0], *blocks[2:]]).encode()).hexdigest()  # without its moment
        if digest == row.digest:
            return
        if not await self._rows.claim(row):
            self._again = True  # another replica publishes what it saw, which may be older than this
            return
        try:
            await slack_home.publish(self._slack, row.ref.removeprefix("slack:"), self._view(blocks))
        except WatchkeeperError:
            await self._rows.shown(row, row.digest)  # not shown: the claim is given back
            raise
        await self._rows.shown(row, digest)

    def _view(self, blocks: Sequence[Block]) -> CleanTree:
        return self._desk.ledger.gate.tree({"type": "home", "callback_id": "wk_home", "blocks": list(blocks)})

    async def _facts(self, row: Opened, common: _Common) -> Home:
        person = await self._chat.person(row.ref, self._max_age)
        return Home(
            who=person.name,
            scene=common.scene,
            full=person.may_speak,
            sees=person.may_look,
            channel=self._channel,
            waiting=await self._waiting(person, row.actor, common) if person.may_speak else (),
            open=tuple((state, common.links.get((state.number, "root"), "")) for state in common.open)
            if person.may_look
            else (),
            records=common.records,
            partners=common.partners,
            week=common.week,
            mode=self._policy.ceiling.value if self._policy.ceiling is not Mode.AUTO else "review, auto by rule",
            shift=self._shift(row.ref, common.scene.now),
        )

    def _shift(self, ref: str, now: datetime) -> tuple[datetime, datetime] | None:
        """When this person's watch began and ends, by whatever schedule has them on call now."""
        shifts = (self._policy.on_call(name, now) for name in self._policy.schedules)
        return next(((s.since, s.until) for s in shifts if s and s.user == ref), None)

    async def _waiting(self, person: Person, actor: str, common: _Common) -> tuple[Waiting, ...]:
        found = []
        for state in common.open:
            for n in await self._decisions.waits_for(state, person, actor):
                slot = f"{'proposal' if n in state.proposals else 'question'}/{n}"
                found.append(Waiting(state, n, common.links.get((state.number, slot), "")))
        return tuple(found)

    async def _common(self) -> _Common:
        states = await self._desk.incidents.open()
        scene = await self._scenery.scene(await self._desk.incidents.state(SYSTEM))
        deciders = [cast.entry.actor for s in states if s.current for cast in s.current.approvals]
        people = {**scene.people, **await self._desk.people.known(deciders)}
        return _Common(
            scene=replace(scene, people=people),
            open=tuple(states),
            records=await self._overview.records(states),
            partners=await self._overview.partners(),
            week=await self._overview.week(),
            links=await self._where(states),
        )

    async def _where(self, states: Sequence[State]) -> dict[tuple[int, str], str]:
        """Where the root messages and the cards that wait can be read; what Slack does not say is left out."""
        found = {}
        for i, state in enumerate(states):
            slots = {f"proposal/{d.n}" for d in state.waiting} | {
                f"question/{a.held.n}" for a in state.holding if a.held
            }
            slots |= {"root"} if i < MOST_OPEN else set()
            placed = await self._messages.of(state.number) if slots else {}
            for slot in slots & placed.keys():
                if url := await self._link(placed[slot].channel, placed[slot].ts):
                    found[state.number, slot] = url
        return found

    async def _link(self, channel: str, ts: str | None) -> str:
        if ts is None:
            return ""
        if (channel, ts) not in self._links and (url := await self._slack.permalink(channel, ts)):
            self._links[channel, ts] = url
        return self._links.get((channel, ts), "")
