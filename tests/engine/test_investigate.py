"""The deadline of a question is the engine's own: a source that ignores it is silent, and keeps nobody."""

import asyncio
from datetime import timedelta

from typing_extensions import override

from engine.fast.investigate import Investigation
from engine.ledger import Draft
from engine.model import Finding, Kind, Plan, Question, Window
from engine.ports import Partner
from engine.redact import Clean, CleanTree
from tests.engine.conftest import TwoOffices


class Deaf(Partner):
    """Never answers, whatever deadline it is told."""

    name, role = "deaf", "logs"

    def __init__(self) -> None:
        self.told: list[float] = []
        self.let_go = False

    @override
    async def start(self) -> None:
        return None

    @override
    async def ask(self, question: Clean, context: CleanTree, seconds: float) -> Finding:
        self.told.append(seconds)
        try:
            await asyncio.Event().wait()
        finally:
            self.let_go = True
        raise AssertionError

    @override
    async def aclose(self) -> None:
        return None


async def test_a_partner_that_ignores_its_deadline_is_silent(two_offices: TwoOffices) -> None:
    office, _ = await two_offices("lookup")
    incident, now = await office.opened(), await office.ledger.now()
    question = Question(key="logs", source="deaf", by="partner", question="What failed?", seconds=0.2)
    plan = Plan(window=Window(since=now - timedelta(minutes=30), until=now), questions=(question,))
    await office.ledger.append(incident, Draft("plan/1", Kind.PLAN, plan.to_json(), "responder"))
    deaf, state = Deaf(), await office.state(incident)
    investigation = Investigation(office.desk, {}, {"deaf": deaf})
    await asyncio.wait_for(investigation.answer(state, state.asks["1/logs"]), 20)
    silent = await office.last(incident, Kind.SILENT)
    assert (silent.payload["reason"], silent.payload["says"]) == ("timeout", "did not answer in 0.2 s")
    assert silent.actor == "partner:deaf"
    assert deaf.told == [0.2]
    assert deaf.let_go
