"""INC-2041 of the storyboard as entries, from the alert at 02:07:04 to the close at 02:19, and its surroundings."""

from datetime import datetime
from typing import Any

from bot.views.scene import Record, Scene
from engine.model import (
    Alert,
    Category,
    Kind,
    Link,
    Outcome,
    Plan,
    Severity,
    Silence,
    Triage,
    Verdict,
    VetoReason,
    Vote,
)
from tests.views.book import Book, utc
from tests.views.nouns_2041 import (
    APPROVERS,
    CONCLUSION,
    HOLD,
    KEY_ERROR,
    LATE_WINDOW,
    MAYA,
    MEASURE,
    PEOPLE,
    PRIYA,
    QUESTIONS,
    REASON,
    TOM,
    WINDOW,
    failed_requests,
    finding,
    restart,
    roll_back,
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
    book.add("02:07:06", Kind.HELD, HOLD, question=QUESTIONS[5].to_json())
    errors = finding(
        "prometheus",
        "Errors left their normal range at 02:04",
        "02:04 UTC. The rate left its normal range of 0.1 to 0.4 %",
        2.6,
        facts={"value": 0.073, "changed": True},
        series=failed_requests(11),
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
    silence = Silence(
        source="dynatrace",
        reason="timeout",
        says="did not answer in 20 s",
        asked_at=utc("02:07:36"),
        in_a_row=2,
        skip_after=3,
        skip_for=600.0,
    )
    book.add("02:07:56", Kind.SILENT, silence, "partner:dynatrace", of="1/dynatrace")
    book.add("02:07:58", Kind.CONCLUSION, CONCLUSION, "playbook")
    book.add("02:08:02", Kind.VETO, vote(13, "02:08:02", "button"), MAYA, 13)
    why = VetoReason(of=17, proposal=13, says=REASON, category=Category.WRONG_CAUSE)
    book.add("02:08:24", Kind.REASON, why, MAYA, 17)
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
    book.add("02:16:02", Kind.VERIFIED, body | {"series": failed_requests(22).to_json()}, "tool:prometheus", 24)
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
    return Scene(now=utc(now), people=PEOPLE, records=records, links={"proposal/19": card}, approvers=APPROVERS)
