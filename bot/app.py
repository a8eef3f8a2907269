"""The wiring: the only file that knows all rooms. It joins them and holds no rule itself.

One ASGI application; its lifespan starts and ends everything. Slack may be down at the start: alerts are taken, worked
on and mirrored all the same, and shown once Slack is back.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from bot.catalogue import catalogue
from bot.chat import SlackChat
from bot.declaring import Declaring
from bot.halting import Halting
from bot.homes import Homes
from bot.inbox import Delivery, Inbox
from bot.instruments import Connectors
from bot.listeners import Doors, replay
from bot.logs import configure
from bot.looking import Looks
from bot.menus import Menus
from bot.narrator import Narrator
from bot.overview import Overview
from bot.partners import question_rules
from bot.receiver import receiver
from bot.scenery import Scenery
from bot.sections import Section, validate_section
from bot.settings import Settings
from bot.slack import Slack
from bot.slack_views import SlackViews
from bot.teller import Pace
from bot.tickets import Tickets
from bot.vetoes import VetoReasons
from bot.votes import Votes
from bot.watch import Watch
from bot.web import AlertDoor, application
from bot.workspaces import workspaces
from connectors import registry
from engine.deciding import Deciding
from engine.desk import Desk
from engine.durable.ahead import Ahead
from engine.durable.mirror import Mirror
from engine.durable.publish import Publisher, record_key
from engine.errors import ConfigError, Unavailable
from engine.fast.declare import Declarations
from engine.fast.intake import Intake, IntakeRules
from engine.fast.investigate import Investigation
from engine.fold import Incidents
from engine.history import History
from engine.lease import Lease
from engine.ledger import Ledger
from engine.memory import Memory
from engine.oversight.act import Guard
from engine.oversight.decisions import Decisions
from engine.oversight.halt import Halts
from engine.oversight.questions import Questions
from engine.oversight.recheck import Recheck
from engine.oversight.verify import Verification
from engine.people import People
from engine.ports import SystemClock
from engine.redact import Gate
from engine.responder import Responder
from engine.store.database import connect
from engine.store.messages import Messages
from engine.store.notify import Notifier
from engine.store.postgresql import PostgresDatabase
from engine.wake import Hub

log = structlog.get_logger()


def connectors(settings: Settings) -> Connectors:
    """Load and configure what the settings name, and nothing else. Blocking (imports). Raises `ConfigError`."""
    return Connectors(
        alerts={name: _made(section) for name, section in settings.alerts.items()},
        tools={name: _made(section) for name, section in settings.tools.items()},
        partners={name: _made(section) for name, section in settings.partners.items()},
        memory=memories(settings.memory),
        actions={name: _made(section) for name, section in settings.actions.items()},
        reasoner=_made(settings.reasoner),
    )


def memories(sections: Mapping[str, Section]) -> dict[str, Memory]:
    """The backends of the record alone, for the commands about it. Blocking (imports). Raises `ConfigError`."""
    return {name: _made(section) for name, section in sections.items()}


def check(settings: Settings) -> list[ConfigError]:
    """What the connectors' own `Config`s say against their sections; nothing is connected. Blocking (imports)."""
    groups = (settings.alerts, settings.tools, settings.partners, settings.memory, settings.actions)
    sections = [*(section for group in groups for section in group.values()), settings.reasoner]
    faults = []
    for section in sections:
        try:
            _made(section)
        except ConfigError as err:
            faults.append(err)
    return faults


def _made(section: Section) -> Any:
    with section.located():
        found = registry.load(section.port, section.type)
        return found(section.name, validate_section(section, found.Config))


class Watchkeeper:
    """One process of the bot."""

    def __init__(self, settings: Settings) -> None:
        """Blocking: opens the ledger and imports the configured connectors. Raises `ConfigError`."""
        self.settings = settings
        self._clock = SystemClock()
        gate = Gate(settings.redact.patterns)
        configure(gate)
        self._connectors = connectors(settings)
        self._database = connect(settings.ledger.url.get_secret_value(), self._clock)
        self._hub = Hub()
        ledger = Ledger(self._database, gate, self._hub)
        lease = Lease(self._database, self._clock)
        self.desk = Desk(ledger, Incidents(ledger), lease, People(self._database), self._clock)
        self._slack = Slack(settings.slack.bot_token.get_secret_value(), settings.slack.base_url)
        self._chat = SlackChat(self._slack, Messages(self._database))
        self._inbox = Inbox(self._database, lease.process)
        self._catalogue = catalogue(settings, self._connectors.actions, gate)
        self._decisions = Decisions(self.desk, self._catalogue, self._chat, settings.timing.membership)
        labels = {name: memory.label for name, memory in self._connectors.memory.items()}
        self._scenery = Scenery(self.desk, labels, settings.slack.command, self._catalogue, settings.incidents.noise)
        self._overview = Overview(self.desk, labels, settings.partners)
        self._tasks: list[asyncio.Task[None]] = []
        self._notifier: Notifier | None = None
        self.failed = False
        self._door = self._alert_door()
        memory, registry = self._connectors.memory, self._door.registry
        self._tickets = Tickets(self.desk, memory, self._decisions, self._chat, settings, self._inbox, registry)
        self._receiver = receiver(settings.slack, self._door.registry)
        self._workspaces = workspaces(settings.slack, self._slack, self._database)
        settle = timedelta(seconds=settings.timing.recovery_settle)
        self._verification = Verification(ledger, self._connectors.tools, self._connectors.reasoner, settle)
        self._responder = self._make_responder()
        publisher = Publisher(ledger, self.desk.people, record_key(settings.ledger.record_key_file))
        self._mirrors = [Mirror(one, self.desk, publisher, settings.timing.send_guard) for one in memory.values()]

    def asgi(self) -> Starlette:
        """The ASGI application with this process's lifespan."""
        routes = [*self._receiver.routes, *self._workspaces.routes, *self._tickets.door.routes]
        app = application(self._door, self._not_ready, routes)
        app.router.lifespan_context = self._lifespan
        return app

    def _alert_door(self) -> AlertDoor:
        rules = IntakeRules(
            first_number=self.settings.incidents.first_number,
            reopen_within=timedelta(seconds=self.settings.incidents.reopen_within),
            recur_every=timedelta(seconds=self.settings.timing.recur_every),
        )
        intake = Intake(self.desk.ledger, self.desk.lease, self._connectors.reasoner, rules)
        return AlertDoor(self._connectors.alerts, self._inbox, intake)

    def _make_responder(self) -> Responder:
        times, made, desk = self.settings.timing, self._connectors, self.desk
        recheck = Recheck(desk.ledger, desk.people, self._chat, self._decisions, times.membership, self._tickets)
        guard = Guard(times.send_guard, times.late_write)
        health, remind = self._overview.recent.health, timedelta(seconds=times.remind_before)
        self._ahead = Ahead(desk, made.memory.values(), record_key(self.settings.ledger.record_key_file))
        return Responder(
            self.desk,
            reasoner=made.reasoner,
            investigation=Investigation(self.desk, made.tools, made.partners, health),
            questions=Questions(self.desk, recheck, question_rules(self.settings.partners), health),
            catalogue=self._catalogue,
            deciding=Deciding(self.desk, self._catalogue, recheck, guard, remind, self._ahead.compared),
            verification=self._verification,
            window_before=timedelta(seconds=self.settings.incidents.window_before),
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        await self.desk.ledger.start()
        await self._overview.recent.look()  # who is skipped is known before the first question
        await self._connectors.start()
        if isinstance(self._database, PostgresDatabase):
            self._notifier = Notifier(self._database.dsn, self._heard)
            self._hub.outward = self._notifier.tell
            self._notifier.start()
        mirrors = [*(mirror.run() for mirror in self._mirrors), *self._tickets.runs()]
        retaking = self._inbox.retake_forever("alerts", self._alert_again)
        apart = (self._overview.recent.run(), self._workspaces.run(), self._with_slack(), self._ahead.run())
        for work in (self._responder.run(), *mirrors, retaking, *apart):
            task = asyncio.create_task(work)
            task.add_done_callback(self._ended)
            self._tasks.append(task)
        log.info("the watch has begun", process=self.desk.lease.process)
        try:
            yield
        finally:
            await self._stop()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A follower must never end by itself: without it people would see less than there is."""
        if not task.cancelled() and task.exception() is not None:
            self.failed = True
            log.critical("a part ended; the process stops, so that a fresh one goes on", exc_info=task.exception())
            os.kill(os.getpid(), signal.SIGTERM)

    def _heard(self, incidents: Any) -> None:
        self._hub.wake(self.desk.lease.epochs if incidents is None else incidents, outward=False)

    async def _stop(self) -> None:
        await self._door.settle()
        await self._tickets.door.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._notifier is not None:
            await self._notifier.close()
        await self._slack.close()
        await self._connectors.aclose()
        await self._database.close()

    async def _with_slack(self) -> None:
        """Everything that needs Slack, as soon as Slack is there."""
        await self._workspaces.opened()
        channel, times = await self._chat.open(self.settings.incidents.channel), self.settings.timing
        homes = Homes(
            self.desk,
            self._slack,
            self._chat,
            self._decisions,
            self._scenery,
            self._overview,
            self._catalogue.policy,
            channel=self.settings.incidents.channel,
            every=times.edit_every,
            max_age=times.membership,
        )
        bolt = self._bolt(channel, times.membership, homes)
        narrator = Narrator(
            self._slack,
            self.desk,
            channel=channel,
            scenery=self._scenery,
            pace=Pace(times.edit_every, times.send_guard, times.send_guard + times.late_write),
            recorded=lambda state: all(mirror.done(state) for mirror in self._mirrors),
            pins=self.settings.incidents.pin_summary,
            charts=self.settings.slack.charts,
            own_channel=self.settings.incidents.own_channel,
            streams=self.settings.slack.streaming == "auto",
        )
        retaking = self._inbox.retake_forever("slack", partial(replay, bolt, self._inbox))
        await asyncio.gather(narrator.run(), homes.run(), self._receiver.run(bolt), retaking)

    def _bolt(self, channel: str, fresh: float, homes: Homes) -> AsyncApp:
        votes = Votes(self.desk, self._decisions, self._slack, self._chat, self._scenery, fresh)
        partners, command = question_rules(self.settings.partners), self.settings.slack.command
        opens = Declarations(self.desk, self._connectors.reasoner, self.settings.incidents.first_number)
        declaring = Declaring(self.desk, votes, self._slack, opens, command)
        desk, catalogue, scenery, incidents = self.desk, self._catalogue, self._scenery, self.settings.incidents.channel
        history = History(desk.ledger.db, desk.people, desk.ledger.gate, desk.clock, self._connectors.memory)
        looks = Looks(desk, votes, catalogue, self._inbox, scenery, self._overview, command, incidents, history)
        watch = Watch(
            desk,
            votes,
            catalogue,
            looks,
            scenery,
            Halting(desk, Halts(desk, self._decisions), votes, scenery),
            declaring=declaring,
            symptom=self._verification.symptom,
            partners=partners,
            command=command,
        )
        reasons, forms, gate = VetoReasons(desk, votes, scenery), SlackViews(self._slack), desk.ledger.gate
        menus = Menus(desk, votes, watch, catalogue, scenery, gate, partners=partners, command=command)
        doors = Doors(watch, votes, reasons, menus, declaring, homes, self._inbox, self._slack, forms, gate, channel)
        return self._workspaces.listening(doors, command)

    async def _alert_again(self, delivery: Delivery) -> None:
        if not self._tickets.door.took(delivery):
            self._door.handle_soon(delivery.key, delivery.source.removeprefix("alerts/"), delivery.body)

    async def _not_ready(self) -> Mapping[str, str]:
        missing = {}
        if self._workspaces.missing or not await self._receiver.connected():
            missing["slack"] = "not connected"
        try:
            await self.desk.ledger.now()
        except Unavailable as err:
            missing["ledger"] = str(err)
        return missing
