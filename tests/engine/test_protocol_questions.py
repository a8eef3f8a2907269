"""A question that is held: nothing is sent after a veto, before its window's end, or unseen; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.actions.http import HttpAction
from engine.fast.steer import Steering, steered
from engine.ledger import Draft
from engine.model import Conclusion, Focus, Hypothesis, Kind, Plan, Question, Verdict, Window
from engine.oversight.questions import NOT_NOW, QuestionRule
from engine.ports import SystemClock
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import MAYA, PRIYA, TOM, Office, Room, Target, action_at

WINDOW = QuestionRule(policy="veto_window", window=0.3)
LONG = QuestionRule(policy="veto_window", window=600)
BY_LEAVE = QuestionRule(policy="approval", window=600, approvers=(PRIYA.ref,))
ASK = Question(key="partner/logs", source="logs", by="partner", question="What fails?", seconds=60)


@pytest.fixture
async def action(target: Target) -> AsyncIterator[HttpAction]:
    found = action_at(target.url, "lookup")
    yield found
    await found.aclose()


@pytest.fixture(params=["sqlite", "postgresql"])
async def office(
    request: pytest.FixtureRequest,
    database_url: DatabaseUrl,
    open_ledger: OpenLedger,
    action: HttpAction,
    clock: MovableClock,
) -> Office:
    """One process; on SQLite its clock moves by hand."""
    own = clock if request.param == "sqlite" else SystemClock()
    return Office(await open_ledger(database_url(request.param)), own, Room(), action)


async def passes(office: Office, seconds: float) -> None:
    clock = office.desk.clock
    await (clock.advance(seconds) if isinstance(clock, MovableClock) else asyncio.sleep(seconds))


class Desk:
    """One incident with one planned question, and what decides of it."""

    def __init__(self, office: Office, rule: QuestionRule) -> None:
        self.office, self.questions = office, office.questions(logs=rule)
        self.incident = 0

    async def planned(self) -> int:
        """The number of the held entry."""
        self.incident = await self.office.opened()
        now = await self.office.ledger.now()
        plan = Plan(window=Window(since=now, until=now), questions=(ASK,))
        await self.append("plan/1", Kind.PLAN, plan.to_json())
        assert await self.look() == 0
        return (await self.office.last(self.incident, Kind.HELD)).n

    async def append(self, key: str, kind: Kind, payload: dict[str, Any]) -> None:
        await self.office.ledger.append(self.incident, Draft(key, kind, payload, "responder"))

    async def shown(self, n: int) -> None:
        await self.append(f"shown/{n}", Kind.SHOWN, {"held": n, "ts": "1"})

    async def look(self) -> float | None:
        state = await self.office.state(self.incident)
        return await self.questions.look(state, state.asks["1/partner/logs"])

    async def kinds(self) -> list[str]:
        return await self.office.kinds(self.incident)


async def test_row_13_what_is_not_shown_is_never_sent(office: Office) -> None:
    desk = Desk(office, WINDOW)
    n = await desk.planned()
    await office.says(desk.incident, n, TOM)
    await passes(office, 0.4)
    assert await desk.look() is None
    assert Kind.ASKED not in await desk.kinds()


async def test_the_window_is_sent_at_its_end_and_not_before(office: Office) -> None:
    desk = Desk(office, WINDOW)
    await desk.shown(await desk.planned())
    left = await desk.look()
    assert left is not None
    assert 0 < left <= 0.3
    assert Kind.ASKED not in await desk.kinds()
    while Kind.ASKED not in await desk.kinds():
        await passes(office, await desk.look() or 0)
    shown, asked = await office.last(desk.incident, Kind.SHOWN), await office.last(desk.incident, Kind.ASKED)
    assert (asked.at - shown.at).total_seconds() >= 0.3


async def test_a_veto_between_the_look_and_the_send_wins(office: Office) -> None:
    desk = Desk(office, LONG)
    n = await desk.planned()
    await desk.shown(n)
    await office.says(desk.incident, n, TOM)
    state = await office.state(desk.incident)
    await office.says(desk.incident, n, MAYA, Kind.VETO)
    assert await desk.questions.look(state, state.asks["1/partner/logs"]) == 0
    assert Kind.ASKED not in await desk.kinds()
    assert await desk.look() == 0
    assert (await desk.kinds())[-1] == Kind.STOPPED
    assert (await office.says(desk.incident, n, TOM, event="later")).verdict == Verdict.DECIDED


async def test_row_15_what_is_read_again_stops_it(office: Office) -> None:
    desk = Desk(office, LONG)
    n = await desk.planned()
    await desk.shown(n)
    await office.says(desk.incident, n, TOM)
    office.room.down = True
    assert await desk.look() == NOT_NOW
    office.room.down = False
    office.room.on_card = {"no_entry": {MAYA.ref}}
    assert await desk.look() == 0
    assert await desk.look() == 0
    assert Kind.ASKED not in await desk.kinds()
    assert (await desk.kinds())[-2:] == [Kind.VETO, Kind.STOPPED]


async def test_row_15_a_yes_that_is_gone_sends_nothing(office: Office) -> None:
    desk = Desk(office, LONG)
    n = await desk.planned()
    await desk.shown(n)
    await office.says(desk.incident, n, TOM, surface="reaction")
    office.room.on_card = {}
    assert await desk.look() == 0
    left = await desk.look()
    assert left is not None
    assert left > 500
    assert Kind.ASKED not in await desk.kinds()


async def test_only_approvers_let_it_go(office: Office) -> None:
    desk = Desk(office, BY_LEAVE)
    n = await desk.planned()
    await desk.shown(n)
    assert (await office.says(desk.incident, n, TOM)).verdict == Verdict.NO_RIGHT
    assert await desk.look() is not None
    assert Kind.ASKED not in await desk.kinds()
    assert (await office.says(desk.incident, n, PRIYA)).verdict == Verdict.COUNTED
    assert await desk.look() == 0
    assert (await desk.kinds())[-1] == Kind.ASKED


@pytest.mark.parametrize("kind", [Kind.APPROVAL, Kind.VETO])
async def test_in_its_window_whoever_is_not_in_the_channel_neither_sends_nor_stops_it(
    office: Office, kind: Any
) -> None:
    desk = Desk(office, LONG)
    n = await desk.planned()
    await desk.shown(n)
    answer = await office.says(desk.incident, n, replace(TOM, in_channel=False), kind)
    assert answer.verdict == Verdict.NO_RIGHT
    assert await desk.look() != 0
    assert (await desk.kinds())[-1] == kind


async def test_an_approval_after_the_window_is_late(office: Office) -> None:
    desk = Desk(office, QuestionRule(policy="approval", window=0.1, approvers=(PRIYA.ref,)))
    n = await desk.planned()
    await desk.shown(n)
    await passes(office, 0.15)
    assert (await office.says(desk.incident, n, PRIYA)).verdict == Verdict.EXPIRED
    assert await desk.look() == 0
    assert (await desk.kinds())[-1] == Kind.EXPIRED


async def test_a_veto_that_was_judged_before_the_send_and_recorded_after_it_is_told_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(office, QuestionRule(policy="approval", window=600, approvers=(PRIYA.ref,), group="S0TEAM"))
    n = await desk.planned()
    await desk.shown(n)
    await office.says(desk.incident, n, PRIYA)
    group = office.room.group

    async def meanwhile_it_is_sent(name: str, max_age: float) -> frozenset[str]:
        monkeypatch.setattr(office.room, "group", group)
        assert await desk.look() == 0
        return await group(name, max_age)

    monkeypatch.setattr(office.room, "group", meanwhile_it_is_sent)
    answer = await office.says(desk.incident, n, MAYA, Kind.VETO)
    assert (await desk.kinds())[-2:] == [Kind.ASKED, Kind.VETO]
    assert answer.verdict == Verdict.DECIDED


async def test_a_clock_that_jumps_ahead_ends_no_window(
    database_url: DatabaseUrl,
    open_ledger: OpenLedger,
    action: HttpAction,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office(await open_ledger(database_url("sqlite")), clock, Room(), action)
    desk = Desk(office, LONG)
    await desk.shown(await desk.planned())
    assert await desk.look() == pytest.approx(600, abs=1)
    monkeypatch.setattr(clock, "_start", clock.now() + timedelta(hours=9))  # the monotonic clock goes on as before
    assert await desk.look() == pytest.approx(600, abs=1)
    assert Kind.ASKED not in await desk.kinds()


async def test_two_people_begin_one_new_round(office: Office) -> None:
    desk = Desk(office, LONG)
    await desk.planned()
    state, steering = await office.state(desk.incident), Steering(office.desk)
    begun = await asyncio.gather(steering.rerun(state, "person:a", "e1"), steering.rerun(state, "person:b", "e2"))
    kinds = await desk.kinds()
    assert (kinds.count(Kind.RERUN), kinds.count(Kind.STOPPED)) == (1, 1)
    assert sum(entry is not None for entry in begun) == 1
    assert (await office.state(desk.incident)).round == 2


def test_a_ruled_out_cause_gives_way_to_the_next() -> None:
    first, second = (Hypothesis(name=n, says=f"{n} fails", confidence=c) for n, c in (("release", 0.9), ("cache", 0.4)))
    conclusion = Conclusion(likely=first, others=(second,))
    entry: Any = type("E", (), {"n": 9, "actor": "person:maya"})()
    ruled = steered(conclusion, [(entry, Focus(how="rule_out", hypothesis="release", says="no"))])
    assert ruled.likely == second
    assert [(h.name, h.ruled_out, h.by) for h in ruled.others] == [("release", "no", "person:maya")]
    new = steered(conclusion, [(entry, Focus(how="rule_out", hypothesis="fails", says="no"))])  # names both: neither
    assert new.likely == first
    assert new.ruled_out[0].says == "fails"
