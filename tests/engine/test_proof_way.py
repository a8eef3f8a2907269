"""The way to a proof: read with it where that is fresh, and never a proof itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.errors import Permanent
from engine.fold import Incidents
from engine.ledger import Draft
from engine.model import Alert, Finding, Kind, Measure, Owner, Plan, Series, Window
from engine.oversight.verify import Verification
from engine.proof import reading
from tests.conftest import DatabaseUrl, OpenLedger

MEASURE = Measure(name="error rate", tool="prometheus", threshold=0.01, unit="%", settle_seconds=0.0, before=0.073)


class Prometheus:
    """A server whose long window ends `ago` with 7.3 %; over a short one it reads 0.2 %."""

    name = "prometheus"

    def __init__(self, ago: timedelta, refuses: bool = False) -> None:
        self._ago, self._refuses = ago, refuses

    async def start(self) -> None:
        """Nothing to begin."""

    async def read(self, arguments: Mapping[str, Any], window: Window) -> Finding:
        long = window.until - window.since > timedelta(minutes=5)
        if long and self._refuses:
            raise Permanent("exceeded maximum resolution of 11,000 points per timeseries")
        end = window.until - self._ago if long else window.until
        value = 0.073 if long and self._ago > timedelta(minutes=1) else 0.002
        points: list[tuple[datetime, float]] = [(window.since, 0.073), (end, value)]
        series = Series.of(points, name="errors", unit="%", threshold=0.01)
        return Finding(source=self.name, says="errors", facts={"value": value}, series=series, window=window)

    async def aclose(self) -> None:
        """Nothing to give back."""


class NoReasoner:
    async def measure(self, alert: Alert) -> Measure | None:
        return MEASURE


@pytest.mark.parametrize(
    ("ago", "refuses", "way"),
    [(timedelta(), False, timedelta(minutes=30)), (timedelta(minutes=9), False, None), (timedelta(), True, None)],
    ids=["fresh", "the measure is gone", "refused"],
)
async def test_only_a_fresh_value_proves(
    database_url: DatabaseUrl, open_ledger: OpenLedger, ago: timedelta, refuses: bool, way: timedelta | None
) -> None:
    ledger = await open_ledger(database_url("sqlite"))
    owner = Owner("process", 1)
    incident = await ledger.transact(lambda book: book.open_incident(2041, owner))
    now = await ledger.now()
    alert = Alert(source="alertmanager", name="Errors", status="firing", fingerprint="f1")
    plan = Plan(window=Window(since=now - timedelta(minutes=30), until=now))
    for kind, payload in (
        (Kind.ALERT, alert.to_json()),
        (Kind.PLAN, plan.to_json()),
        (Kind.ALERT_RESOLVED, alert.model_copy(update={"status": "resolved"}).to_json()),
    ):
        await ledger.append(incident, Draft(str(kind), kind, payload, "test"))
    proves = Verification(ledger, {"prometheus": Prometheus(ago, refuses)}, NoReasoner(), timedelta())  # type: ignore[arg-type]  # of a reasoner only the measure is asked here
    incidents = Incidents(ledger)
    while await proves.look(await incidents.state(incident), owner) == 0.0:
        continue
    entry = (await incidents.state(incident)).recovery_verified
    assert entry is not None
    read = reading(entry)
    assert (read.effect, read.after) == ("verified", 0.002)
    assert read.series is not None
    long = read.series.moments[-1][0] - read.series.moments[0][0] > timedelta(minutes=5)
    assert long == (way is not None)
