"""The last seven days: who answers, who is skipped until when, and what the incidents add up to; on both databases."""

from datetime import timedelta
from typing import Literal

import pytest

from engine.health import Health, SkipRule
from engine.ledger import Ledger
from engine.model import Kind
from engine.ports import SystemClock
from engine.published import micros
from engine.recent import STATEMENT, Recent
from engine.week import Week
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change, draft, opened
from tests.views.book import utc

RULES = {"logs": SkipRule(3, 600.0), "traces": SkipRule(0)}
SILENT = {"source": "logs", "reason": "timeout", "says": "did not answer"}
HEARD = {"source": "logs", "says": "KeyError", "seconds": 5.9}


@pytest.fixture(params=["sqlite", "postgresql"])
async def ledger(request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger) -> Ledger:
    dialect: Literal["sqlite", "postgresql"] = request.param
    return await open_ledger(database_url(dialect))


def recent(ledger: Ledger) -> Recent:
    return Recent(ledger, SystemClock(), Health(RULES))


async def says(ledger: Ledger, incident: int, key: str, kind: Kind = Kind.SILENT, **more: object) -> None:
    payload = {**(SILENT if kind == Kind.SILENT else HEARD), **more}
    await ledger.append(incident, draft(key, kind, payload, actor=f"partner:{payload['source']}"))


async def test_silences_in_a_row_are_counted_over_all_incidents_and_an_answer_ends_them(ledger: Ledger) -> None:
    follows = recent(ledger)
    first, second = await opened(ledger), await opened(ledger)
    await says(ledger, first, "1", Kind.FINDING)
    await says(ledger, first, "2")
    await says(ledger, second, "3", reason="unreachable")
    await says(ledger, second, "4", source="traces")
    await follows.look()
    assert follows.health.standing("logs").silences == 2
    assert follows.health.skip_end("logs") is None
    await says(ledger, first, "5", reason="skipped")  # not its own silence: it was not asked
    await says(ledger, first, "6")
    await follows.look()
    stands = follows.health.standing("logs")
    entries = [entry for i in (first, second) for entry in await ledger.entries(i)]
    times = {entry.key: entry.at for entry in entries}
    assert (stands.silences, stands.since) == (3, times["2"])
    assert stands.skip_end == follows.health.skip_end("logs") == times["6"] + timedelta(minutes=10)
    assert stands.times == (5.9,)
    assert follows.health.skip_end("traces") is None  # never
    await says(ledger, second, "7", Kind.FINDING, seconds=7.0)
    again = recent(ledger)  # as after a restart, or on another replica
    for one in (follows, again):
        await one.look()
        await one.look()
        assert one.health.standing("logs").silences == 0
        assert one.health.skip_end("logs") is None
        assert one.health.standing("logs").times == (5.9, 7.0)


async def test_what_is_told_at_once_and_read_later_counts_once(ledger: Ledger) -> None:
    follows = recent(ledger)
    incident = await opened(ledger)
    await says(ledger, incident, "1")
    (entry,) = await ledger.entries(incident)
    follows.health.take(incident, entry.n, entry.kind, entry.at, entry.payload)
    await follows.look()
    assert follows.health.standing("logs").silences == 1


async def test_an_entry_that_is_committed_late_is_not_missed(ledger: Ledger) -> None:
    """Of two replicas the one with the earlier time may commit last."""
    follows = recent(ledger)
    early, late = await opened(ledger), await opened(ledger)
    await says(ledger, late, "1")
    await follows.look()
    (entry,) = await ledger.entries(late)
    before = micros(entry.at) - 2_000_000
    await says(ledger, early, "2", Kind.FINDING)
    await change(ledger, "DROP TRIGGER entry_no_update" if ledger.db.dialect == "sqlite" else UNLOCK)
    await change(ledger, "UPDATE entry SET at = :at WHERE incident = :i", at=before, i=early)
    await follows.look()
    assert follows.health.standing("logs").times == (5.9,)
    assert follows.health.standing("logs").silences == 1  # the answer was earlier


UNLOCK = "ALTER TABLE entry DISABLE TRIGGER entry_no_change"


async def test_the_week_is_read_by_index_and_ends_after_seven_days(ledger: Ledger) -> None:
    incident, old = await opened(ledger), await opened(ledger)
    for number in (incident, old):
        await ledger.append(number, draft("finding", Kind.FINDING, HEARD, actor="partner:logs"))
        await ledger.append(number, draft("proposed", Kind.PROPOSED))
        await ledger.append(number, draft("started", Kind.STARTED, {"proposal": 2}))
        await ledger.append(number, draft("verified", Kind.VERIFIED, {"proposal": 2, "effect": "verified"}))
    week = timedelta(days=7, minutes=1) // timedelta(microseconds=1)
    await change(ledger, "UPDATE incident SET opened_at = opened_at - :week WHERE id = :i", week=week, i=old)
    figures = await recent(ledger).figures()
    assert (figures.incidents, figures.proposals, figures.verified) == (1, {"approved": 1}, 1)
    assert figures.to_finding is not None
    assert figures.to_mitigation is not None
    assert 0 <= figures.to_finding <= figures.to_mitigation
    if ledger.db.dialect == "sqlite":  # the other one scans what is small, whatever there is to read by
        plan = await ledger.db.read(lambda tx: tx.all(f"EXPLAIN QUERY PLAN {STATEMENT}", after=0))
        assert "USING INDEX entry_kind_at" in str(plan)


def test_a_proposals_fate_is_the_incidents_own_judgement() -> None:
    """However its words arrived; a veto that came after the start changes nothing."""
    week, at = Week(), utc("02:08:00")
    told = [
        (2, Kind.PROPOSED, {}),
        (3, Kind.VETO, {"proposal": 2, "verdict": "counted"}),
        (4, Kind.PROPOSED, {}),
        (5, Kind.VETO, {"proposal": 4, "verdict": "no_right"}),
        (6, Kind.STARTED, {"proposal": 4}),
        (7, Kind.VETO, {"proposal": 4, "verdict": "counted"}),
        (8, Kind.PROPOSED, {}),
        (9, Kind.WITHDRAWN, {"proposal": 8, "verdict": "counted"}),
        (10, Kind.EXPIRED, {"proposal": 8}),
        (11, Kind.PROPOSED, {}),
        (12, Kind.EXPIRED, {"proposal": 11}),
        (13, Kind.PROPOSED, {}),
        (14, Kind.DENIED, {"proposal": 13}),
        (15, Kind.PROPOSED, {}),
        (16, Kind.EXPIRED, {"held": 1}),  # a question's
        (17, Kind.VERIFIED, {"proposal": 4, "effect": "none"}),
    ]
    for n, kind, payload in [*told, *told[::-1]]:
        week.take(2041, n, kind, at + timedelta(seconds=n), payload)
    figures = week.figures({2041: at})
    assert figures.proposals == {
        "approved": 1,
        "vetoed": 1,
        "expired": 1,
        "withdrawn": 1,
        "denied": 1,
        "waiting": 1,
    }
    assert (figures.verified, figures.to_decision, figures.to_mitigation) == (0, 1.5, None)
    assert week.figures({}).proposals == {}
