"""For the tests of an incident's life: one process with a running responder, a judge and a meter that can fail."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from engine.deciding import Deciding
from engine.fast.investigate import Investigation
from engine.ledger import Draft
from engine.model import (
    Alert,
    Conclusion,
    Finding,
    Heard,
    Kind,
    Measure,
    Plan,
    ProposalDraft,
    Question,
    Severity,
    Triage,
    Window,
)
from engine.oversight.verify import Verification
from engine.responder import Responder
from tests.engine.stage import Office

ALERT = Alert(source="am", name="Errors", status="firing", fingerprint="f1", service="checkout")
Fails = Callable[[], None]


class Meter:
    """A tool; `fails` is called before each reading."""

    name = "meter"

    def __init__(self) -> None:
        self.readings = 0
        self.fails: Fails = lambda: None

    async def start(self) -> None:
        return None

    async def read(self, arguments: Mapping[str, Any], window: Window) -> Finding:
        self.readings += 1
        self.fails()
        return Finding(source="meter", says="many", facts={"value": 0.5, "share": float("nan")})

    async def aclose(self) -> None:
        return None


class Judge:
    """A reasoner that asks the meter one thing and proposes a roll-back."""

    name = "judge"

    def __init__(self) -> None:
        self.plans = 0
        self.fails: Fails = lambda: None
        self.proposes = True

    async def triage(self, alert: Alert) -> Triage:
        return Triage(severity=Severity.SEV2, service="checkout", title="many fail", summary="Many fail.")

    async def plan(self, alert: Alert, triage: Triage, window: Window) -> Plan:
        self.plans += 1
        self.fails()
        question = Question(key="errors", source="meter", by="tool", question="How many?", seconds=2)
        return Plan(window=window, questions=(question,))

    async def conclude(self, alert: Alert, plan: Plan, heard: Sequence[Heard]) -> Conclusion:
        return Conclusion()

    async def propose(self, alert: Alert, conclusion: Conclusion, heard: Sequence[Heard]) -> ProposalDraft | None:
        return ProposalDraft(action="roll-back", arguments={"service": "checkout"}) if self.proposes else None

    async def measure(self, alert: Alert) -> Measure | None:
        return None


class Watchman:
    """One process with a running responder."""

    def __init__(self, office: Office) -> None:
        self.office, self.judge, self.meter = office, Judge(), Meter()
        self.investigation = Investigation(office.desk, {"meter": self.meter}, {})
        self._task: asyncio.Task[None] | None = None
        self.responder = Responder(
            office.desk,
            reasoner=self.judge,
            investigation=self.investigation,
            questions=office.questions(),
            catalogue=office.catalogue,
            deciding=Deciding(office.desk, office.catalogue, office.recheck, office.guard, office.remind_before),
            verification=Verification(office.ledger, {"meter": self.meter}, self.judge, timedelta(0)),
        )

    async def alerted(self) -> int:
        incident = await self.office.opened()
        await self.office.ledger.append(incident, Draft("alert", Kind.ALERT, ALERT.to_json(), "am"))
        triage = await self.judge.triage(ALERT)
        await self.office.ledger.append(incident, Draft("triage/1", Kind.TRIAGE, triage.to_json(), "triage"))
        return incident

    def begin(self) -> None:
        self._task = asyncio.create_task(self.responder.run())

    @property
    def runs(self) -> bool:
        return self._task is not None and not self._task.done()

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def has(self, incident: int, kind: Kind, within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while kind not in await self.office.kinds(incident):  # noqa: ASYNC110  another process may write it
                await asyncio.sleep(0.02)
