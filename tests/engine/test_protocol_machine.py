"""Thousands of ways in which people, two processes, halts and time can meet at one action; each must be safe.

A play is a list of what happens: words of people at either process, halts, frozen owners, adoptions, lost answers. Who
goes on next is drawn too: everybody waits before every access to the ledger, the chat and the target. After each access
`witness.py` looks whether anything was started that must not be. `WATCHKEEPER_PLAYS=20000` plays longer.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from engine.model import Kind, Person
from engine.oversight.decisions import EVERYWHERE, VoteKind, Word
from engine.oversight.freezes import Span
from engine.oversight.halt import Halts
from tests.conftest import DatabaseUrl
from tests.engine.play import Scene, last_of_the_system
from tests.engine.replicas import CAST, EXPIRES, GUARD, Replica, World, leaves
from tests.engine.stage import TOM, adopts

PLAYS = int(os.environ.get("WATCHKEEPER_PLAYS", "0"))
SHM = Path("/dev/shm")
STEPS = 8
REPLICAS, PEOPLE = st.integers(0, 1), st.sampled_from(CAST)
KINDS = st.sampled_from([Kind.APPROVAL] * 5 + [Kind.WITHDRAWAL] * 2 + [Kind.VETO])
PLACES = {"reaction": "white_check_mark@1", "button": "card", "command": "commands"}
FROZEN = st.one_of(st.just(0), st.just(-1), st.integers(1, 30))  # 0: just before it writes, -1: just after
EVENTS = ("veto", "veto, taken back", "all taken back", "halt", "halt, lifted", "adoption", "time", "too long")
WRONG = st.sampled_from(["lost-answer", "lost-answer", "late", "cut", "refused", "busy", "html"])


class Play(Scene):
    """One incident from its proposal to its end."""

    @initialize(
        kind=st.sampled_from(["lookup", "none", "key"]),
        quorum=st.integers(1, 2),
        expires=st.sampled_from(sorted(EXPIRES)),
        requested=st.booleans(),
        people=st.permutations(CAST),
        surfaces=st.lists(st.sampled_from(sorted(PLACES)), min_size=1, max_size=3),
        frozen=FROZEN,
        meanwhile=st.lists(st.sampled_from(EVENTS), min_size=1, max_size=2),
        freezes=st.booleans(),
        unheard=st.sampled_from(("", "", "", "", "veto", "loss", "leave")),
    )
    def begins(
        self,
        kind: Any,
        quorum: int,
        expires: str,
        requested: bool,
        people: list[Person],
        surfaces: list[str],
        frozen: int,
        meanwhile: list[str],
        freezes: bool,
        unheard: str,
    ) -> None:
        """Some have approved already, and the owner is frozen after so many accesses, often before its start."""
        self.world.target._honours_key = kind == "key"
        self.world.target.wrong.clear()
        self.world.target.release = "3"
        now, action = self.runner.run(self.world.ledgers[0].now()), self.world.actions[kind]
        freeze = Span(now + timedelta(seconds=1), now + timedelta(seconds=60)) if freezes else None
        self.witness.freeze = freeze
        self.replicas = [Replica(self.world, x, self.room, action, quorum, freeze) for x in self.world.ledgers]
        self.offices = [replica.office for replica in self.replicas]
        self.turns.came = self._sends_in_time
        self.turns.waiting.clear()
        self.turns.commits_twice = False

        async def opens() -> None:
            await Halts(self.offices[0].desk, self.offices[0].decisions).resume(CAST[0], f"begin/{id(self)}")
            self.incident = await self.offices[0].opened()
            self.witness.system = await self.world.ledgers[0].db.read(last_of_the_system)
            self.requester = await self.offices[0].desk.people.pseudonym(TOM) if requested else None
            await self.offices[1].desk.lease.renew()

        self.runner.run(opens())
        self.proposals: list[int] = []
        self.asks_again(EXPIRES[expires])
        for person, surface in zip(people, surfaces, strict=False):
            self.says(person, Kind.APPROVAL, surface, 0.0, 0, False)
        if unheard == "leave":
            self.leaves(people[0])
        elif unheard:
            self.reacts_unheard(people[0], Kind.VETO if unheard == "veto" else Kind.WITHDRAWAL)
        self.is_interrupted(0, frozen, meanwhile)

    @rule(expires=st.just(EXPIRES["late"]))
    def asks_again(self, expires: timedelta) -> None:
        """Somebody asks for the action; a second proposal is another attempt."""
        if len(self.proposals) == 2:
            return
        key, office = self._name("proposed"), self.offices[0]
        work = office.proposed(self.incident, key, expires, self.requester)
        self.proposals.append(self.does(work))

    @rule(
        person=PEOPLE,
        kind=KINDS,
        surface=st.sampled_from(sorted(PLACES)),
        skew=st.sampled_from([0.0, 0.0, -0.002, 0.002, -3.0]),
        at=REPLICAS,
        held=st.booleans(),
    )
    def says(self, person: Person, kind: VoteKind, surface: Any, skew: float, at: int, held: bool) -> None:
        name, place = self._name("word"), PLACES[surface]
        everything = kind == Kind.WITHDRAWAL and surface == "command"
        event_at = self.runner.run(self.offices[at].ledger.now()) + timedelta(seconds=skew)
        word = Word(kind, person, surface, EVERYWHERE if everything else place, name, event_at)
        if surface == "reaction":
            self._on_card(person, kind)
        self.words.append((self.proposals[-1], word))
        self._hears(len(self.words) - 1, at, held)

    @rule(which=st.integers(0, 20), at=REPLICAS, held=st.booleans())
    def comes_again(self, which: int, at: int, held: bool) -> None:
        """The same event is delivered once more, at any process."""
        self._name("again")
        if self.words:
            self._hears(which % len(self.words), at, held)

    @rule(person=PEOPLE, kind=st.sampled_from([Kind.VETO, Kind.WITHDRAWAL]))
    def reacts_unheard(self, person: Person, kind: VoteKind) -> None:
        """The event is lost; only the card shows it."""
        self._on_card(person, kind)

    @rule(person=PEOPLE)
    def leaves(self, person: Person) -> None:
        """They are no approver any more, and some no full member, so that their ⛔ on the card is nobody's."""
        leaves(self.room, person)
        for around in self.around.values():
            around.vetoes.discard(person.ref)

    # the processes

    @rule(at=REPLICAS, steps=st.integers(0, 40))
    def looks(self, at: int, steps: int, until: str = "") -> None:
        """Whoever thinks that it is the owner looks, and is frozen after so many accesses, or `until`."""
        replica = self.replicas[at]
        if not replica.owns(self.incident) or (replica.looking and not replica.looking.done()):
            return
        name = self._name("look")
        self.around[name] = self.runner.run(self._surroundings())
        replica.looking = self._begins(name, replica.looks(self.incident), held=True)
        self.runner.run(self._lets_on(name, steps, until))

    @rule(at=REPLICAS, frozen=FROZEN, meanwhile=st.lists(st.sampled_from(EVENTS), max_size=2))
    def is_interrupted(self, at: int, frozen: int, meanwhile: list[str]) -> None:
        """The owner is frozen, after so many accesses or just before it writes; things happen, and it thaws."""
        self.looks(at, frozen if frozen > 0 else 40, "" if frozen > 0 else "write")
        if frozen < 0 and self.turns.names:
            self.runner.run(self._lets_on(self.turns.names[-1]))
        for event in meanwhile:
            self._happens(event)
        if names := self.turns.names:
            self.runner.run(self._lets_on(names[-1], 40))

    def _happens(self, event: str) -> None:
        match event:
            case "veto" | "veto, taken back":
                self.says(CAST[1], Kind.VETO, "reaction", 0.0, 1, False)
                if event != "veto":
                    self._on_card(CAST[1], Kind.VETO, back=True)
                    self.says(CAST[1], Kind.WITHDRAWAL, "reaction", 0.0, 1, False)
            case "all taken back":
                for person in CAST:
                    self.says(person, Kind.WITHDRAWAL, "command", 0.0, 1, False)
            case "halt" | "halt, lifted":
                self.halts(1, False, event != "halt")
            case "adoption":
                self.is_adopted(1)
                self.looks(1, 40)
            case "time":
                self.time_passes(5.0)
            case "too long":
                self.time_passes(GUARD.send + 0.1)

    @rule(which=st.integers(0, 8), steps=st.sampled_from([1, 1, 2, 4, 8, 40]))
    def goes_on(self, which: int, steps: int) -> None:
        """Somebody who was frozen thaws, for so many accesses."""
        self._name("step")
        if names := self.turns.names:
            self.runner.run(self._lets_on(names[which % len(names)], steps))

    @rule(at=REPLICAS)
    def is_adopted(self, at: int) -> None:
        """The other one's lease ran out."""
        self._name("adoption")
        self.does(adopts(self.offices[at], self.offices[1 - at]))

    @rule(at=REPLICAS, held=st.booleans(), lifted=st.booleans())
    def halts(self, at: int, held: bool, lifted: bool) -> None:
        name = self._name("halt")
        self._begins(name, Halts(self.offices[at].desk, self.offices[at].decisions).halt(CAST[1], "stop", name), held)
        if lifted:
            self.resumes(at, held)

    @rule(at=REPLICAS, held=st.booleans())
    def resumes(self, at: int, held: bool) -> None:
        name = self._name("resume")
        self._begins(name, Halts(self.offices[at].desk, self.offices[at].decisions).resume(CAST[0], name), held)

    # the world

    @rule(seconds=st.sampled_from([0.1, 1.0, GUARD.send + 0.1, 5.0, 601.0]))
    def time_passes(self, seconds: float) -> None:
        """What is sent takes effect within the bound, or never: assumption A1."""
        self.world.target.land()
        self.does(self.world.passes(seconds))

    @rule(wrong=WRONG)
    def goes_wrong(self, wrong: Any) -> None:
        self.world.target.wrong.append(wrong)

    @rule()
    def loses_the_answer_to_a_commit(self) -> None:
        self.turns.commits_twice = True


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


@pytest.mark.parametrize(("dialect", "plays"), [("sqlite", 1000), ("postgresql", 60)])
@pytest.mark.timeout(0 if PLAYS else 300)
def test_whatever_happens_nothing_starts_that_must_not(
    dialect: Any, plays: int, database_url: DatabaseUrl, runner: asyncio.Runner
) -> None:
    # Which disk keeps it is no part of this; one in memory takes a fifth of the time.
    memory = tempfile.mkdtemp(dir=SHM) if dialect == "sqlite" and SHM.is_dir() else None
    world = World(f"sqlite:///{memory}/ledger.db" if memory else database_url(dialect))
    runner.run(world.__aenter__())
    try:
        run_state_machine_as_test(
            lambda: Play(runner, world),
            settings=settings(
                max_examples=PLAYS or plays,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=not PLAYS,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.generate, Phase.shrink) if PLAYS else (Phase.generate,),
                report_multiple_bugs=False,
            ),
        )
    finally:
        runner.run(world.__aexit__())
        if memory:
            shutil.rmtree(memory)
