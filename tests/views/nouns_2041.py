"""The people and the nouns of INC-2041: plan, conclusion, the two proposals, in the storyboard's words."""

from typing import Any

from engine.model import (
    Conclusion,
    Evidence,
    Finding,
    Hold,
    Hypothesis,
    Measure,
    Person,
    Proposal,
    Question,
    Risk,
    Series,
    Window,
)
from tests.views.book import utc

PRIYA, TOM, MAYA, BEN, JONAS = (f"person:{name}" for name in ("priya", "tom", "maya", "ben", "jonas"))
PEOPLE = {
    PRIYA: Person("slack:U07PRIYA0R1", "Priya Raman"),
    TOM: Person("slack:U07TOMB0002", "Tom Becker"),
    MAYA: Person("slack:U07MAYA0003", "Maya Okafor"),
    BEN: Person("slack:U07BENA0005", "Ben Adler"),
    JONAS: Person("slack:U07JONAS004", "Jonas Lind"),
}
NAMES = {actor: person.name for actor, person in PEOPLE.items()}
CHECKOUT = ("slack:U07PRIYA0R1", "slack:U07MAYA0003", "slack:U07BENA0005", "slack:U07JONAS004")
DATABASE = ("slack:U07MAYA0003", "slack:U07BENA0005")
APPROVERS = {"op19": CHECKOUT, "op13": DATABASE}  # by operation id
WINDOW = Window(since=utc("01:37:04"), until=utc("02:07:04"))
LATE_WINDOW = Window(since=utc("02:05:00"), until=utc("02:07:04"))
MEASURE = Measure(name="error rate", tool="prometheus", threshold=0.01, unit="%", settle_seconds=180.0, before=0.073)
# Failed requests from 01:57 on, every 55 s: quiet, rising from 02:03, falling from 02:12.
FAILED = (2, 2, 3, 2, 2, 2, 3, 4, 22, 56, 73, 74, 74, 73, 72, 73, 74, 74, 46, 21, 3, 2)


def failed_requests(count: int) -> Series:
    """The share of failed requests: the first 11 points end at the alert, all 22 at the proof."""
    points = tuple((55.0 * i, per_mille / 1000) for i, per_mille in enumerate(FAILED[:count]))
    return Series(name="Errors", unit="%", threshold=0.01, since=utc("01:57:00"), points=points)


KEY_ERROR = "`KeyError: 'currency'`"

QUESTIONS = (
    Question(key="errors", source="prometheus", by="tool", question="When did errors start?"),
    Question(key="payments", source="prometheus", by="tool", question="Is the payment provider failing?"),
    Question(key="database", source="prometheus", by="tool", question="Is the database saturated?"),
    Question(key="releases", source="releases", by="partner", question="What changed since 01:37 UTC?"),
    Question(key="logs", source="logs", by="partner", question="What do the failed requests have in common?"),
    Question(key="dynatrace", source="dynatrace", by="partner", question="Which dependency slowed first?"),
)


def finding(source: str, says: str, short: str, seconds: float, **more: Any) -> Finding:
    return Finding(source=source, says=says, short=short, seconds=seconds, **{"window": WINDOW, **more})


def restart() -> Proposal:
    return Proposal(
        action="restart-database",
        arguments={"database": "checkout-db"},
        title="restart database checkout-db",
        what="`restart-database` checkout-db, primary",
        where="`checkout-db`, production",
        blast_radius="`checkout`, `orders`, `refunds`; no writes for 20 to 40 s; about 240 open sessions drop",
        undo="None: dropped sessions stay dropped",
        risk=Risk.HIGH,
        why="looks like the pool is exhausted",
        digest="51b07ae2" + "0" * 56,
        op="op13",
        quorum=2,
        approvers_name="@database-approvers",
        approvers_mention="S07DBAPPR01",
        expires_at=utc("02:22:41"),
        requester=TOM,
    )


def roll_back() -> Proposal:
    return Proposal(
        action="rollback-release",
        arguments={"service": "checkout", "to": "2026.11.24-2"},
        title="roll back checkout to 2026.11.24-2",
        what="`rollback-release` 2026.11.24-3 → 2026.11.24-2",
        where="`checkout`, production, 6 pods",
        blast_radius="`checkout` only; pods restart one by one, 5 of 6 stay up, about 70 s",
        undo="Deploy 2026.11.24-3 again, about 70 s",
        risk=Risk.MEDIUM,
        why=f"412 of 430 failures are {KEY_ERROR}, all on 2026.11.24-3 (entry 11), "
        "which began 3 min before onset (entries 7, 10)",
        dry_run="6 pods change image, 0 settings change. "
        "2026.11.24-3 has no migration, so 2026.11.24-2 reads the same data",
        dry_run_passed=True,
        state={"release": "2026.11.24-3"},
        digest="9f2c41d7" + "0" * 56,
        op="op19",
        quorum=1,
        approvers_name="@checkout-approvers",
        approvers_mention="S07CHECKAP1",
        expires_at=utc("02:23:31"),
        proposed_by="playbook error-rate-after-release",
        measure=MEASURE,
    )


CONCLUSION = Conclusion(
    likely=Hypothesis(
        name="release",
        says="release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older",
        confidence=0.92,
        entries=(7, 10, 11),
    ),
    others=(
        Hypothesis(
            name="payments",
            says="Payment provider down",
            confidence=0.0,
            entries=(8,),
            ruled_out="error rate flat at 0.1 % for 30 min",
        ),
        Hypothesis(
            name="database",
            says="Database saturated",
            confidence=0.0,
            entries=(9,),
            ruled_out="31 of 100 connections, p95 4 ms, no change at 02:04",
        ),
    ),
    evidence=(
        Evidence(
            source="prometheus",
            says="Errors left their normal range at 02:04",
            window=WINDOW,
            bears="agrees",
            entry=7,
        ),
        Evidence(
            source="releases",
            says="2026.11.24-3 begun 02:01:12; canary healthy at 02:03",
            window=WINDOW,
            bears="agrees on time, contradicts on health",
            entry=10,
        ),
        Evidence(
            source="logs",
            says="KeyError: 'currency' in 412 of 430, all on 2026.11.24-3",
            window=LATE_WINDOW,
            bears="agrees",
            entry=11,
        ),
        Evidence(
            source="prometheus",
            says="Payment provider errors flat at 0.1 %",
            window=WINDOW,
            bears="rules out another cause",
            entry=8,
        ),
        Evidence(
            source="prometheus",
            says="Database 31 of 100 connections, p95 4 ms",
            window=WINDOW,
            bears="rules out another cause",
            entry=9,
        ),
        Evidence(source="dynatrace", says="No answer in 20 s", bears="silent", entry=15),
    ),
    contradictions=(
        "`releases` reports a healthy canary (entry 10), `logs` counts 412 failures on the same release (entry 11). "
        "Both can hold: the canary sent 50 orders and every one had a currency (entry 10)",
    ),
    unexplained="18 of 430 failures, 0.3 % of requests, as before the release",
    silent=("dynatrace",),
)
REASON = (
    "The failures are KeyErrors in checkout code, not database time-outs. "
    "A restart drops about 240 open payment sessions."
)

HOLD = Hold(
    of="1/dynatrace",
    policy="veto_window",
    seconds=30,
    outside=True,
    carries="alert, time window, service name",
)
