"""INC-2041 of the storyboard as entries, from the alert at 02:07:04 to the close at 02:19, and its surroundings."""

from datetime import datetime
from typing import Any

from bot.views.scene import Record, Scene
from engine.model import (
    Alert,
    Conclusion,
    Evidence,
    Finding,
    Hypothesis,
    Kind,
    Link,
    Measure,
    Outcome,
    Person,
    Plan,
    Proposal,
    Question,
    Risk,
    Severity,
    Silence,
    Triage,
    Verdict,
    Vote,
    Window,
)
from tests.views.book import Book, utc

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
WINDOW = Window(since=utc("01:37:04"), until=utc("02:07:04"))
LATE_WINDOW = Window(since=utc("02:05:00"), until=utc("02:07:04"))
MEASURE = Measure(name="error rate", tool="prometheus", threshold=0.01, unit="%", settle_seconds=180.0, before=0.073)
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
        approvers=("slack:U07MAYA0003", "slack:U07BENA0005"),
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
        approvers=CHECKOUT,
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


def vote(proposal: int, at: str, surface: str, verdict: Verdict = Verdict.COUNTED, reason: str = "") -> Vote:
    return Vote.model_validate(
        {
            "proposal": proposal,
            "surface": surface,
            "place": "card",
            "event_at": utc(at),
            "verdict": verdict,
            "reason": reason,
        }
    )


def investigated() -> Book:
    """Entries 1 to 12: alert, triage, plan, questions and the answers of five sources."""
    book = Book(2041)
    alert = Alert(
        source="alertmanager",
        name="CheckoutErrorRate",
        status="firing",
        fingerprint="f1",
        starts_at=utc("02:04:00"),
        service="checkout",
        environment="production",
        summary="7.3 % of requests fail",
        annotations={"description": "the threshold is 1 %, exceeded for 2 min"},
        link="https://prometheus.example.com/graph",
    )
    triage = Triage(
        severity=Severity.SEV2,
        service="checkout",
        environment="production",
        title="7.3 % of requests fail",
        summary="7.3 % of requests fail; the threshold is 1 %, exceeded for 2 min.",
    )
    book.add("02:07:04", Kind.ALERT, alert, "alertmanager")
    book.add("02:07:04", Kind.TRIAGE, triage, "triage")
    plan = Plan(window=WINDOW, questions=QUESTIONS, playbook="error-rate-after-release")
    book.add("02:07:04", Kind.PLAN, plan)
    book.add("02:07:05", Kind.ASKED, {"of": "1/logs", "question": QUESTIONS[4].to_json()})
    book.add("02:07:05", Kind.ASKED, {"of": "1/releases", "question": QUESTIONS[3].to_json()})
    book.add("02:07:06", "held", {"of": "1/dynatrace"})  # a kind of a later version
    errors = finding(
        "prometheus",
        "Errors left their normal range at 02:04",
        "02:04 UTC. The rate left its normal range of 0.1 to 0.4 %",
        2.6,
        facts={"value": 0.073, "changed": True},
        links=(Link(text="checkout:error_ratio:rate2m", url="https://prometheus.example.com/graph?g0=1"),),
    )
    payments = finding("prometheus", "Payments flat", "No. Its error rate is flat at 0.1 %", 2.7)
    database = finding("prometheus", "31 of 100", "No. 31 of 100 connections, p95 4 ms, both flat", 2.9)
    releases = finding(
        "releases",
        "1 change to `checkout` since 01:37 UTC: release 2026.11.24-3, begun 02:01:12 UTC, on all 6 pods by 02:05. "
        "Change 1187, “read currency from the cart”, 1 file, no migration. "
        "Canary healthy at 02:03: 50 orders, 0 errors, every one with a currency.",
        "Release 2026.11.24-3, begun 02:01:12 UTC",
        3.8,
        role="what changed",
        links=(
            Link(text="run 8841", url="https://deploy.example.com/runs/8841"),
            Link(text="change 1187", url="https://github.example.com/shop/checkout/pull/1187"),
        ),
    )
    logs = finding(
        "logs",
        f"{KEY_ERROR} in 412 of 430 failed requests (96 %), every one on release 2026.11.24-3. "
        "First seen 02:03:41 UTC.",
        "KeyError: 'currency' in 412 of 430",
        6.4,
        role="log specialist",
        window=LATE_WINDOW,
        confidence=0.95,
        question=QUESTIONS[4].question,
        links=(
            Link(text="3 example lines", url="https://logs.example.com/q/8c1e"),
            Link(text="all 412", url="https://logs.example.com/q/8c1f"),
        ),
        examples=(
            "2026-11-24T02:05:12Z ERROR checkout 2026.11.24-3 pod=4",
            "  POST /orders 500  KeyError: 'currency'  cart.py:88 in total()",
            "  app=6.2  order=[REDACTED:ORDER_ID]",
        ),
    )
    for at, key, said, actor in (
        ("02:07:08", "errors", errors, "prometheus"),
        ("02:07:08", "payments", payments, "prometheus"),
        ("02:07:08", "database", database, "prometheus"),
        ("02:07:09", "releases", releases, "partner:releases"),
        ("02:07:12", "logs", logs, "partner:logs"),
    ):
        book.add(at, Kind.FINDING, said, actor, of=f"1/{key}")
    book.add("02:07:36", Kind.ASKED, {"of": "1/dynatrace", "question": QUESTIONS[5].to_json()})
    return book


def proposed() -> Book:
    """Up to entry 20: the vetoed restart, the conclusion, the roll-back that waits, and a vote that does not count."""
    book = investigated()
    book.add("02:07:41", Kind.PROPOSED, restart(), TOM)
    book.add("02:07:48", Kind.APPROVAL, vote(13, "02:07:48", "reaction", Verdict.REQUESTER), TOM, 13)
    silence = Silence(source="dynatrace", reason="timeout", says="did not answer in 20 s", asked_at=utc("02:07:36"))
    book.add("02:07:56", Kind.SILENT, silence, "partner:dynatrace", of="1/dynatrace")
    book.add("02:07:58", Kind.CONCLUSION, CONCLUSION, "playbook")
    book.add("02:08:02", Kind.VETO, vote(13, "02:08:02", "button"), MAYA, 13)
    book.add("02:08:24", Kind.VETO, vote(13, "02:08:24", "command", Verdict.DECIDED, REASON), MAYA, 13)
    book.add("02:08:31", Kind.PROPOSED, roll_back(), "playbook", 16)
    book.add("02:09:10", Kind.APPROVAL, vote(19, "02:09:10", "reaction", Verdict.NO_RIGHT), TOM, 19)
    return book


def started() -> Book:
    """Up to entry 22: approved by Priya Raman, and started."""
    book = proposed()
    book.add("02:11:48", Kind.APPROVAL, vote(19, "02:11:48", "reaction"), PRIYA, 19)
    body = {"proposal": 19, "digest": "9f2c", "op": "op19", "votes": [21], "read_again": {"release": "2026.11.24-3"}}
    book.add("02:11:48", Kind.STARTED, body, "gate", 19)
    return book


def done() -> Book:
    """Up to entry 24: the roll-back ended, and the measure settles."""
    book = started()
    outcome = Outcome(
        status="succeeded",
        says="6 of 6 pods run 2026.11.24-2",
        run="8846",
        link="https://deploy.example.com/runs/8846",
        seconds=73.4,
    )
    book.add("02:13:02", Kind.RESULT, {"proposal": 19, "outcome": outcome.to_json()}, "action:rollback-release", 22)
    body = {"proposal": 19, "measure": MEASURE.to_json(), "due_at": utc("02:16:02").isoformat(), "now": 0.046}
    book.add("02:13:02", Kind.SETTLING, body, "verification", 19)
    return book


def verified(effect: str = "verified", after: float = 0.002) -> Book:
    """Up to entry 25: the reading that counts."""
    book = done()
    body = {"proposal": 19, "measure": MEASURE.to_json(), "before": 0.073, "after": after, "effect": effect}
    book.add("02:16:02", Kind.VERIFIED, body, "tool:prometheus", 24)
    return book


def closed() -> Book:
    """The whole incident: the source's own resolve, and the close."""
    book = verified()
    alert = book.state().alert
    assert alert is not None
    book.add("02:18:40", Kind.ALERT_RESOLVED, alert.model_copy(update={"status": "resolved"}), "alertmanager")
    book.add("02:19:00", Kind.CLOSED, {"how": "resolved", "proof": 25, "resolve": 26})
    return book


def record(backend: str, label: str, ticket: str, url: str, acked: int, total: int, **more: Any) -> Record:
    return Record(backend, label, acked, total, ticket, url, **more)


def scene(n: int, behind: int = 0, next_try: str = "", now: str = "02:20:00") -> Scene:
    """Five records, of which ServiceNow may be behind, and the links that are known."""
    trouble: dict[str, Any] = {}
    waits: datetime | None = utc(next_try) if next_try else None
    if waits:
        trouble = {"trouble": "answers 503", "waits_until": waits}
    snow = "https://shop.service-now.example.com/incident/INC0048211"
    ticket = "" if waits else "ServiceNow INC0048211"
    records = (
        record("github", "GitHub", "GitHub #318", "https://github.example.com/shop/checkout/issues/318", n, n),
        record(
            "pagerduty",
            "PagerDuty",
            "PagerDuty 88213",
            "https://shop.pagerduty.example.com/incidents/Q2K7XM4T1B",
            n,
            n,
        ),
        record("jira", "Jira", "Jira OPS-771", "https://jira.example.com/browse/OPS-771", n, n),
        record("servicenow", "ServiceNow", ticket, "" if waits else snow, n - behind, n, **trouble),
        record("files", "Files", "", "", n, n),
    )
    card = "https://shop.slack.example.com/archives/C07INCIDENTS/p20410019?thread_ts=1795486024.112"
    return Scene(now=utc(now), people=PEOPLE, records=records, links={"proposal/19": card})
