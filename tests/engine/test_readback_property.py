"""Reading back under any order of writes, readings, hints and crashes: every version that stays is recorded once.

Two processes read the same ticket of an incident that nobody owns, so the keys alone decide.
"""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Self

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.durable.ours import digest_of
from engine.ledger import Draft, Ledger
from engine.model import Kind
from engine.redact import Gate
from engine.store.database import connect
from engine.wake import Hub
from tests.clock import MovableClock
from tests.engine.board import LAG, Board, Desk
from tests.engine.stage import Room, action_at
from tests.ledgers import change

WHO = ("priya", "maya", "tom")
# What happens: who writes or what is changed, its text, and which of the two processes reads, wholly or not.
STEP = st.one_of(
    st.tuples(st.just("writes"), st.sampled_from(WHO), st.sampled_from("abc")),
    st.tuples(st.just("edits"), st.integers(0, 5), st.sampled_from("abc")),
    st.tuples(st.just("deletes"), st.integers(0, 5), st.just("")),
    st.tuples(st.just("hides"), st.integers(0, 5), st.just("")),
    st.tuples(st.just("passes"), st.integers(0, 3), st.just("")),
    st.tuples(st.sampled_from(["reads", "reads whole", "crashes"]), st.integers(0, 1), st.just("")),
    st.tuples(st.just("reads slowly"), st.integers(0, 1), st.sampled_from("abc")),
)

Step = tuple[str, int | str, str]


class Crash(Exception):
    """The process ends between a list and its appends."""


class World:
    """One ledger for every example; each has an incident and a ticket of its own."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._url = url

    def __enter__(self) -> Self:
        self.loop.run_until_complete(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run_until_complete(self._close())
        self.loop.close()

    async def _open(self) -> None:
        self._clock = MovableClock()
        self._ledger = Ledger(await asyncio.to_thread(connect, self._url, self._clock), Gate(), Hub())
        await self._ledger.start()
        self._action = action_at("http://127.0.0.1:9", "lookup")  # nothing is proposed, so nobody asks it

    async def _close(self) -> None:
        await self._action.aclose()
        await self._ledger.db.close()

    async def story(self, steps: list[Step]) -> None:
        board, room, ledger = Board(), Room(), self._ledger
        two = [Desk(ledger, self._clock, self._action, board, room) for _ in range(2)]
        incident = two[1].incident = two[0].incident = await two[0].office.opened()
        await ledger.append(incident, Draft("closed/1", Kind.CLOSED, {"how": "person"}, "x"))
        await two[0].mirrors()
        two[0].office.desk.lease.lost(incident)
        await change(ledger, "UPDATE incident SET owner = NULL WHERE id = :i", i=incident)
        people: list[str] = []
        for step, which, text in steps:
            await _step(board, two, people, step, which, text)
        board.hidden.clear()
        board.passes(LAG)
        for desk in (*two, *two):
            await desk.reads(full=True)
        await _all_is_recorded(two[0], board, people)


async def _step(board: Board, two: list[Desk], people: list[str], step: str, which: int | str, text: str) -> None:
    known = [id_ for id_ in people if id_ in board.remarks]
    if step == "writes":
        people.append(board.writes(str(which), f"{text} {secrets.token_hex(1)}"))
    elif step == "passes":
        board.passes(float(which))
        if float(which) > LAG - 1:
            board.hidden.clear()
    elif step in ("edits", "deletes", "hides") and known:
        id_ = known[int(which) % len(known)]
        if step == "edits":
            board.edits(id_, text)
        elif step == "deletes":
            del board.remarks[id_]
        elif board.remarks[id_].at >= board.now:
            board.hidden.add(id_)
    elif step.startswith("reads") or step == "crashes":
        await _reads(board, two, known, step, int(which), text)


async def _reads(board: Board, two: list[Desk], known: list[str], step: str, which: int, text: str) -> None:
    async def dies() -> None:
        raise Crash

    async def overtaken() -> None:
        if known:
            board.edits(known[-1], text)
        await two[1 - which].reads()

    hooks: dict[str, Callable[[], object]] = {"crashes": dies, "reads slowly": overtaken}
    board.during = hooks.get(step)  # type: ignore[assignment]
    try:
        await two[which].reads(full=step == "reads whole")
    except Crash:
        return


async def _all_is_recorded(desk: Desk, board: Board, people: list[str]) -> None:
    entries = await desk.entries()
    keys = [entry.key for entry in entries]
    assert len(keys) == len(set(keys))
    state = await desk.office.state(desk.incident)
    for id_ in people:
        mine = [e for e in entries if e.key.startswith(f"rb/board/{id_}/")]
        assert [e.key for e in mine] == [f"rb/board/{id_}/{base}" for base in range(len(mine))], "without a gap"
        there = board.remarks.get(id_)
        if there is None:
            assert not mine or state.remarks[f"board/{id_}"].gone
        else:
            assert mine[-1].payload["read"]["digest"] == digest_of(there.text), "the last version is what stands there"
        digests = [(e.payload["read"]["digest"], e.payload["read"]["at"]) for e in mine if e.payload["read"]["digest"]]
        assert len(digests) == len(set(digests)), "no version twice"


def test_every_version_is_recorded_once_whatever_the_order(tmp_path: Path) -> None:
    with World(f"sqlite:///{tmp_path / 'ledger.db'}") as world:

        @settings(max_examples=40, deadline=None)
        @given(steps=st.lists(STEP, min_size=4, max_size=14))
        def example(steps: list[Step]) -> None:
            world.loop.run_until_complete(world.story(steps))

        example()
