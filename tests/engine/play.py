"""What a play needs besides its rules: letting people and processes go on one access at a time, and its end.

At the end everybody thaws and what is on record is compared with the world.
"""

import asyncio
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine
from structlog.testing import capture_logs

from engine.model import Kind, Person, Verdict
from engine.oversight.decisions import Answer, VoteKind, Word
from engine.oversight.halt import Halts
from engine.published import SYSTEM
from engine.store.tx import Tx
from tests.engine.replicas import CAST, GUARD, Replica, World, room
from tests.engine.stage import Office, adopts
from tests.engine.witness import Around, Witness
from tests.ledgers import change


class Scene(RuleBasedStateMachine):
    """One incident with its two processes; the rules come with whoever inherits."""

    incident: int
    replicas: list[Replica]
    offices: list[Office]

    def __init__(self, runner: asyncio.Runner, world: World) -> None:
        super().__init__()
        self.runner, self.world, self.turns = runner, world, world.turns
        self.room, self.witness = room(), Witness()
        self.words: list[tuple[int, Word]] = []
        self.said: list[tuple[str, asyncio.Task[Answer]]] = []
        self.around: dict[str, Around] = {}
        self.begun: dict[str, float] = {}  # by operation, when its start was seen
        self.late = False
        self.sound = True  # what the witness saw so far
        self.counter = 0
        self.logs = capture_logs()
        self.logged: list[Any] = self.logs.__enter__()

    def does(self, work: Any) -> Any:
        """Wait for it on the world's loop, and let the witness look."""
        done = self.runner.run(work)
        self.runner.run(self._witnessed(None))
        return done

    async def _witnessed(self, who: str | None) -> None:
        if self.turns.written:
            self.turns.written, witness, ledger = False, self.witness, self.world.ledgers[0]
            system = await ledger.entries(SYSTEM, after=witness.system)
            entries = await ledger.entries(self.incident, after=len(witness.entries))
            self.sound = False
            witness.sees(system, entries, self.around.get(who or ""))
            self.sound = True
            for started in (e for e in entries if e.kind == Kind.STARTED):
                self.begun[started.payload["op"]] = self.world.clock.boottime()

    async def _lets_on(self, who: str, steps: int = 1, until: str = "") -> None:
        for _ in range(steps):
            if who not in self.turns.names or (until and self.turns.before(who) == until):
                return
            await self.turns.let_on(who)
            await self._witnessed(who)

    def _name(self, what: str) -> str:
        self.counter += 1
        self.runner.run(self.world.passes(0.001))
        return f"{what} {self.counter} of {self.incident}"  # halts are the whole ledger's

    def _hears(self, which: int, at: int, held: bool) -> None:
        proposal, word = self.words[which]
        said = self.offices[at].decisions.say(self.incident, proposal, word)
        self.said.append((word.event, self._begins(f"{word.event}, {len(self.said)}", said, held)))

    def _begins(self, name: str, work: Any, held: bool) -> Any:
        async def begins() -> Any:
            task = self.turns.begin(name, work)
            await self.turns.settle()
            await self._lets_on(name, 0 if held else 100)
            return task

        return self.runner.run(begins())

    def _on_card(self, person: Person, kind: VoteKind, *, back: bool = False) -> None:
        assert self.room.on_card is not None
        if back:
            self.room.on_card["no_entry"].discard(person.ref)
            return
        emoji = self.room.on_card.setdefault("no_entry" if kind == Kind.VETO else "white_check_mark", set())
        if kind == Kind.WITHDRAWAL:
            emoji.discard(person.ref)
            return
        emoji.add(person.ref)
        actor = self.runner.run(self.offices[0].desk.people.pseudonym(person))
        for around in self.around.values():
            around.gone.discard(actor)

    async def _surroundings(self) -> Around:
        card, people, around = self.room.on_card or {}, self.offices[0].desk.people, Around()
        around.vetoes = set(card.get("no_entry", ()))
        for person in CAST:
            actor = await people.pseudonym(person)
            if person.ref not in card.get("white_check_mark", ()):
                around.gone.add(actor)
            if person.ref not in self.room.groups["S0TEAM"] and person.ref not in self.offices[0].approvers:
                around.left.add(actor)
            if self.room.people[person.ref].is_deactivated:
                around.left.add(actor)
                around.vetoes.discard(person.ref)
        return around

    def _sends_in_time(self, who: str, what: str) -> None:
        """Whoever is about to send has looked at its own clock: rule 6."""
        task, _, op = what.partition(" sends ")
        if task.startswith("act/"):
            self.late |= self.world.clock.boottime() - self.begun[op] > GUARD.send

    def teardown(self) -> None:
        try:
            if hasattr(self, "incident") and self.sound:
                self.runner.run(self._ends())
        finally:
            self.logs.__exit__(None, None, None)

    async def _ends(self) -> None:
        """Everybody thaws, then one owner goes on until nothing is open."""
        self.world.target.wrong.clear()
        self.turns.commits_twice = False
        for _ in range(3000):
            if not self.turns.names:
                break
            await self._lets_on(self.turns.names[0])
        self.world.target.land()
        await adopts(self.offices[1], self.offices[0])
        for _ in range(4):
            await self.world.passes(GUARD.send + GUARD.late_write)
            await self.replicas[1].looks(self.incident)
            while tasks := [t for life in self.replicas[1].lives.values() for t in life.tasks.values()]:
                await asyncio.wait(tasks)
            await self._witnessed(None)
        assert not self.late, "sent by whoever had been frozen since the start"
        self.witness.tells_the_truth(self.incident, self.world.target.effects)
        self.witness.folds_alike_in_any_order(self.incident)
        self._every_word_is_recorded_once([(event, task.result()) for event, task in self.said])
        assert [line for line in self.logged if line["log_level"] == "error"] == []
        await self._clears_up()

    def _every_word_is_recorded_once(self, said: list[tuple[str, Answer]]) -> None:
        by_event: dict[str, set[int]] = {}
        for event, answer in said:
            assert answer.entry is not None
            by_event.setdefault(event, set()).add(answer.entry.n)
            started = answer.decided.started if answer.decided else None
            assert answer.verdict != Verdict.COUNTED or started is None or answer.entry.n < started.n, "not told so"
        recorded = [e.n for e in self.witness.entries if e.key.startswith("vote/")]
        assert sorted(n for numbers in by_event.values() for n in numbers) == recorded
        assert all(len(numbers) == 1 for numbers in by_event.values())

    async def _clears_up(self) -> None:
        ledger = self.offices[0].ledger
        await change(ledger, "UPDATE incident SET closed_at = 1, quiet_n = n WHERE id = :i", i=self.incident)
        await Halts(self.offices[0].desk, self.offices[0].decisions).resume(CAST[0], f"end/{self.incident}")
        self.witness = Witness()


def last_of_the_system(tx: Tx) -> int:
    row = tx.one("SELECT n FROM incident WHERE id = :i", i=SYSTEM)
    assert row is not None
    return int(row[0])
