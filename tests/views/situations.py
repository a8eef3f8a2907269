"""Every state an incident can be in, as entries: the stages of INC-2041 and where it could have gone instead."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.model import (
    Category,
    Conclusion,
    Declaration,
    Entry,
    Kind,
    Mode,
    Outcome,
    Question,
    Severity,
    Silence,
    Triage,
    Verdict,
    VetoReason,
)
from engine.published import SYSTEM
from tests.views.book import Book, utc
from tests.views.incident_2041 import closed, done, investigated, proposed, started, verified, vote
from tests.views.nouns_2041 import (
    BEN,
    CONCLUSION,
    JONAS,
    MAYA,
    MEASURE,
    PRIYA,
    QUESTIONS,
    TOM,
    failed_requests,
    finding,
    restart,
    roll_back,
)

READ = {
    "backend": "github",
    "ticket": "GitHub #318",
    "how": "new",
    "digest": "5f4d",
    "at": "2026-11-24T02:09:00+00:00",
    "known": True,
}


def until(n: int) -> Callable[[], Book]:
    def book() -> Book:
        whole = closed()
        whole.entries = whole.entries[:n]
        return whole

    return book


def concluded() -> Book:
    """Entries 1 to 14: everybody answered or was silent, and the conclusion is drawn; nobody asked for anything."""
    book = investigated()
    silence = Silence(source="dynatrace", reason="timeout", says="did not answer in 20 s", asked_at=utc("02:07:36"))
    book.add("02:07:56", Kind.SILENT, silence, "partner:dynatrace", of="1/dynatrace")
    book.add("02:07:58", Kind.CONCLUSION, CONCLUSION, "playbook")
    return book


def waiting(**change: Any) -> Book:
    """Entry 15 is the roll-back that waits, alone."""
    book = concluded()
    book.add("02:08:31", Kind.PROPOSED, roll_back().model_copy(update=change), "playbook", 14)
    return book


def vetoed() -> Book:
    book = waiting()
    book.add("02:09:00", Kind.VETO, vote(15, "02:09:00", "reaction"), JONAS, 15)
    return book


def expired() -> Book:
    book = waiting()
    book.add("02:23:31", Kind.EXPIRED, {"proposal": 15}, "gate", 15)
    return book


def starts_alone() -> Book:
    """It starts by itself 60 s after it was shown; Tom may not stop it."""
    book = waiting(mode=Mode.AUTO, auto_seconds=60.0, veto="approvers", on_call="checkout")
    book.add("02:08:33", Kind.SHOWN, {"proposal": 15, "ts": "1"}, "narrator", 15)
    book.add("02:09:01", Kind.VETO, vote(15, "02:09:00", "reaction", Verdict.NO_RIGHT), TOM, 15)
    return book


def waits_again() -> Book:
    book = starts_alone()
    says = "freeze “quarter end” until 02 Jan 2027 08:00 UTC"
    book.add("02:09:20", Kind.AUTO_ENDED, {"proposal": 15, "says": says}, "gate", 15)
    book.add("02:18:31", Kind.REMINDED, {"proposal": 15, "missing": 1}, "responder", 15)
    return book


def started_alone() -> Book:
    book = starts_alone()
    book.add("02:09:33", Kind.STARTED, {"proposal": 15, "op": "op19", "votes": [], "read_again": {}}, "gate", 15)
    return book


def observed() -> Book:
    book = concluded()
    rule = "watchkeeper.yaml line 41, for severity SEV2"
    book.add(
        "02:08:31", Kind.WOULD_PROPOSE, roll_back().model_copy(update={"mode": Mode.OBSERVE, "rule": rule}), "p", 14
    )
    return book


def approved_in_part() -> Book:
    book = waiting(quorum=2)
    book.add("02:09:00", Kind.APPROVAL, vote(15, "02:09:00", "button"), MAYA, 15)
    return book


def approved_not_started() -> Book:
    book = approved_in_part()
    book.add("02:09:30", Kind.APPROVAL, vote(15, "02:09:30", "command"), BEN, 15)
    return book


def denied() -> Book:
    book = waiting()
    book.add("02:11:48", Kind.APPROVAL, vote(15, "02:11:48", "reaction"), PRIYA, 15)
    says = "release is now 2026.11.24-4, no longer 2026.11.24-3"
    book.add("02:11:49", Kind.DENIED, {"proposal": 15, "says": says}, "gate", 15)
    return book


def begun() -> Book:
    book = waiting()
    book.add("02:11:48", Kind.APPROVAL, vote(15, "02:11:48", "reaction"), PRIYA, 15)
    body = {"proposal": 15, "digest": "9f2c", "op": "op19", "votes": [16], "read_again": {"release": "2026.11.24-3"}}
    book.add("02:11:48", Kind.STARTED, body, "gate", 15)
    return book


def withdrawn() -> Book:
    """Tom Becker takes back what he requested."""
    book = concluded()
    book.add("02:07:59", Kind.PROPOSED, restart(), TOM)
    book.add("02:09:30", Kind.WITHDRAWN, vote(15, "02:09:30", "command", reason="it is the release"), TOM, 15)
    return book


def halted(at: str = "02:10:00") -> Entry:
    """The system incident's entry 1."""
    body = {"reason": "database migration until 04:00", "started": []}
    return Book(SYSTEM).add(at, Kind.HALTED, body, MAYA)


def aborted() -> Book:
    book = begun()
    book.add("02:11:49", Kind.ABORTED, {"proposal": 15, "says": "halted; nothing was sent"}, "gate", 17)
    return book


def unknown() -> Book:
    book = begun()
    says = "the target cannot be asked what became of it"
    book.add("02:12:30", Kind.UNKNOWN, {"proposal": 15, "op": "op19", "says": says}, "gate", 17)
    return book


def result(status: str, says: str, book: Book | None = None) -> Book:
    book = book or begun()
    outcome = Outcome.model_validate({"status": status, "says": says, "run": "8846", "seconds": 73.4})
    book.add("02:13:02", Kind.RESULT, {"proposal": 15, "outcome": outcome.to_json()}, "action:rollback-release", 17)
    return book


def failed() -> Book:
    return result("failed", "refused: 409, another roll-back runs")


def late_result() -> Book:
    return result("succeeded", "6 of 6 pods run 2026.11.24-2", unknown())


def unprovable() -> Book:
    book = waiting(measure=None)
    book.add("02:11:48", Kind.APPROVAL, vote(15, "02:11:48", "button"), PRIYA, 15)
    book.add("02:11:48", Kind.STARTED, {"proposal": 15, "votes": [16], "read_again": {}}, "gate", 15)
    return result("succeeded", "6 of 6 pods run 2026.11.24-2", book)


def not_proposed() -> Book:
    book = concluded()
    says = "No action of the catalogue follows from what was found."
    book.add("02:07:59", Kind.NOT_PROPOSED, {"says": says}, "playbook")
    return book


def no_likely_cause() -> Book:
    book = investigated()
    silence = Silence(source="dynatrace", reason="unreachable", says="connection refused")
    book.add("02:07:56", Kind.SILENT, silence, "partner:dynatrace", of="1/dynatrace")
    book.add("02:07:58", Kind.CONCLUSION, Conclusion(silent=("dynatrace",)), "playbook")
    return book


def unmatched() -> Book:
    """Entries 1 to 5: an alert that no playbook matches, twice; nothing was asked, nothing follows."""
    book = until(2)()
    plan = until(3)().state().plan
    assert plan is not None
    book.add("02:07:04", Kind.PLAN, plan.model_copy(update={"playbook": "", "questions": ()}))
    book.add("02:07:05", Kind.CONCLUSION, Conclusion(), "playbook")
    says = "No action of the catalogue follows from what was found."
    book.add("02:07:05", Kind.NOT_PROPOSED, {"says": says}, "playbook")
    return book


def unmatched_resolved() -> Book:
    book = unmatched()
    _resolved(book, "02:10:00")
    return book


def unmatched_closed() -> Book:
    book = unmatched_resolved()
    book.add("02:30:00", Kind.CLOSED, {"how": "person", "says": "it was a test"}, MAYA)
    return book


SAID = Declaration(
    title="Customers cannot pay",
    severity=Severity.SEV2,
    service="payments",
    seen="12 reports since 02:00 UTC.",
    origin=("C07CHECKOUT", "1795486020.000100"),
    thread="1795486020.000100",
    link="https://shop.slack.example.com/archives/C07CHECKOUT/p1795486020000100",
)


def declared() -> Book:
    """A person opens it about a message, and no playbook matches."""
    book = Book(2041)
    book.add("02:07:04", Kind.ALERT, SAID.alert("V1"), TOM)
    triage = Triage(severity=SAID.severity, service=SAID.service, title=SAID.title, summary=SAID.seen)
    book.add("02:07:04", Kind.TRIAGE, triage, "triage")
    for entry in unmatched().entries[2:]:
        book.add("02:07:05", entry.kind, dict(entry.payload), entry.actor)
    return book


def declared_verified() -> Book:
    """A person opened it, and an action was proven."""
    book = verified()
    first, *rest = book.entries
    alert = SAID.model_copy(update={"origin": None, "thread": "", "link": ""}).alert("V1")
    book.entries = [replace(first, actor=TOM, payload=alert.to_json()), *rest]
    return book


def _resolved(book: Book, at: str) -> None:
    alert = book.state().alert
    assert alert is not None
    ended = alert.model_copy(update={"status": "resolved", "ends_at": utc(at)})
    book.add(at, Kind.ALERT_RESOLVED, ended, "alertmanager")


def recovering() -> Book:
    book = not_proposed()
    _resolved(book, "02:10:00")
    body = {"proposal": None, "measure": MEASURE.to_json(), "due_at": utc("02:11:00").isoformat(), "now": 0.004}
    book.add("02:10:00", Kind.SETTLING, body, "verification")
    return book


def recovered() -> Book:
    book = recovering()
    body = {"proposal": None, "measure": MEASURE.to_json(), "before": 0.073, "after": 0.002, "effect": "verified"}
    book.add("02:11:00", Kind.VERIFIED, body | {"series": failed_requests(15).to_json()}, "tool:prometheus")
    book.add("02:11:01", Kind.CLOSED, {"how": "recovered", "proof": 18, "resolve": 16})
    return book


def closed_by_hand() -> Book:
    book = vetoed()
    book.add("02:30:00", Kind.CLOSED, {"how": "person", "says": "checkout is being replaced tonight"}, MAYA)
    return book


def reopened() -> Book:
    book = closed()
    alert = book.state().alert
    assert alert is not None
    again = alert.model_copy(update={"starts_at": utc("03:04:00")})
    book.add("03:05:00", Kind.REOPENED, again, "alertmanager")
    book.add("03:05:00", Kind.ALERT, again, "alertmanager")
    return book


def reopened_plan() -> Book:
    book = reopened()
    plan = book.state().plan
    assert plan is not None
    book.add("03:05:01", Kind.PLAN, plan.model_copy(update={"round": 2, "questions": plan.questions[:2]}))
    book.add("03:05:04", Kind.FINDING, finding("prometheus", "Flat", "No change", 1.2), "prometheus", of="2/errors")
    return book


def reopened_and_vetoed() -> Book:
    """A second outbreak whose proposal was vetoed, after a first one that ended with a verified roll-back."""
    book = reopened_plan()
    book.add("03:05:05", Kind.FINDING, finding("prometheus", "Flat", "No change", 1.2), "prometheus", of="2/payments")
    book.add("03:05:06", Kind.CONCLUSION, CONCLUSION.model_copy(update={"round": 2}))
    book.add("03:05:07", Kind.PROPOSED, roll_back(), "playbook")
    proposal = book.entries[-1].n
    book.add("03:06:00", Kind.VETO, vote(proposal, "03:06:00", "reaction"), MAYA, proposal)
    return book


def people_take_part() -> Book:
    """A note, a question that was answered, one that was not, a repeat of the alert."""
    book = waiting()
    book.add("02:09:00", Kind.NOTE, {"says": "Three shops report failed payments.\nSince about 02:05."}, TOM)
    question = Question(key="asked/1", source="logs", by="partner", question="Is app 6.3 affected?")
    for n in (17, 18):
        book.add("02:09:10", Kind.ASKED, {"question": question.to_json(), "person": TOM}, TOM)
        assert book.entries[-1].n == n
    said = finding("logs", "No failure of app 6.3.", "None", 2.0, role="log specialist")
    book.add("02:09:12", Kind.FINDING, said, "partner:logs", of="ask/17")
    silence = Silence(source="logs", reason="failed", says="the index is being rebuilt")
    book.add("02:09:13", Kind.SILENT, silence, "partner:logs", of="ask/18")
    book.add("02:12:00", Kind.RECURRED, {"name": "CheckoutErrorRate", "times": 3}, "alertmanager")
    return book


def requested() -> Book:
    book = concluded()
    book.add("02:07:59", Kind.PROPOSED, restart(), TOM)
    book.add("02:08:10", Kind.APPROVAL, vote(15, "02:08:10", "reaction", Verdict.HIGH_RISK), MAYA, 15)
    return book


def question_shown() -> Book:
    """The held question stands in the chat; a guest's word did not count."""
    book = until(11)()
    book.add("02:07:06", Kind.SHOWN, {"held": 6, "ts": "1"}, "narrator", 6)
    book.add("02:07:20", Kind.APPROVAL, vote(6, "02:07:20", "reaction", Verdict.OUTSIDER), TOM, 6)
    return book


def question_stopped() -> Book:
    book = question_shown()
    book.add("02:07:25", Kind.VETO, vote(6, "02:07:25", "reaction"), MAYA, 6)
    silence = Silence(source="dynatrace", reason="stopped", says="stopped before it was sent")
    book.add("02:07:25", Kind.STOPPED, silence, "gate", 14, of="1/dynatrace", held=6)
    return book


def partner_skipped() -> Book:
    """Nobody asked `dynatrace`, which was silent three times."""
    book = until(5)()
    silence = Silence(
        source="dynatrace",
        reason="skipped",
        says="skipped until 02:17 UTC: silent 3 times in a row",
        until=utc("02:17:00"),
        in_a_row=3,
    )
    book.add("02:07:06", Kind.SILENT, silence, "responder", of="1/dynatrace")
    return book


def question_expired() -> Book:
    book = question_shown()
    silence = Silence(source="dynatrace", reason="expired", says="nobody approved it in 30 s; it was not sent")
    book.add("02:07:36", Kind.EXPIRED, silence, "gate", 6, of="1/dynatrace", held=6)
    return book


ASKED = {"of": "1/dynatrace", "question": QUESTIONS[5].to_json()}


def question_sent() -> Book:
    book = question_shown()
    book.add("02:07:30", Kind.APPROVAL, vote(6, "02:07:30", "button"), MAYA, 6)
    book.add("02:07:30", Kind.ASKED, {**ASKED, "held": 6, "votes": [14]}, "responder", 6)
    return book


def steered() -> Book:
    """People narrow, correct, stop what runs and begin a new round."""
    book = question_sent()
    book.add("02:07:31", Kind.FOCUS, {"how": "rule_out", "hypothesis": "network", "says": "the links are idle"}, MAYA)
    book.add("02:07:32", Kind.FOCUS, {"how": "add", "says": "The cache returns old carts."}, TOM)
    book.add("02:07:33", Kind.FOCUS, {"how": "note", "says": "Look at the app versions."}, TOM)
    silence = Silence(source="dynatrace", reason="stopped", says="stopped before it answered")
    book.add("02:07:34", Kind.STOPPED, silence, MAYA, of="1/dynatrace", held=6)
    book.add("02:07:35", Kind.CORRECTION, {"corrects": 11, "says": "It is 411 of 430."}, MAYA, 11)
    book.add("02:07:36", Kind.RERUN, {"after": 1}, MAYA)
    return book


def explained() -> Book:
    """A veto and an objection, each with a reason, the veto's corrected; then the same action once more."""
    book = vetoed()
    book.add("02:09:10", Kind.VETO, vote(15, "02:09:10", "reaction", Verdict.NO_RIGHT), TOM, 15)
    for at, of, who, says, category, lesson in (
        ("02:09:20", 16, JONAS, "It drops open payments.", Category.TOO_BROAD, True),
        ("02:09:30", 17, TOM, "A customer is in the middle of an order.", Category.BAD_MOMENT, False),
        ("02:09:40", 16, JONAS, "The failures are not of this release.", Category.WRONG_CAUSE, True),
    ):
        why = VetoReason(of=of, proposal=15, says=says, category=category, lesson=lesson)
        book.add(at, Kind.REASON, why, who, of)
    book.add("02:10:00", Kind.PROPOSED, roll_back(), "playbook", 14)
    return book


def asked_why() -> Book:
    """Vetoed without a word, closed, and asked for the reason."""
    book = vetoed()
    book.add("02:20:00", Kind.CLOSED, {"how": "person", "says": ""}, MAYA)
    book.add("02:20:01", Kind.REASON_ASKED, {"proposal": 15, "of": 16}, "narrator", 16)
    return book


def app_said() -> Book:
    """Two words of one app on a proposal, the second after an approval of two."""
    book = waiting(quorum=2)
    book.add("02:09:00", Kind.APPROVAL, vote(15, "02:09:00", "reaction", Verdict.NOT_A_PERSON), "person:helper", 15)
    book.add("02:09:30", Kind.APPROVAL, vote(15, "02:09:30", "command"), BEN, 15)
    book.add("02:09:40", Kind.VETO, vote(15, "02:09:40", "reaction", Verdict.NOT_A_PERSON), "person:helper", 15)
    return book


def read_in_tickets() -> Book:
    """People take part in the ticket of a proposal that waits, and its notes do not stay as they were sent."""
    book = waiting()
    book.add("02:09:01", Kind.NOTE, {"says": "Three shops report failed payments."}, BEN, read=READ)
    book.add("02:09:02", Kind.APPROVAL, vote(15, "02:09:02", "ticket", Verdict.NO_RIGHT), TOM, 15, read=READ)
    book.add("02:09:03", Kind.CORRECTION, {"corrects": 11, "says": "It is 411 of 430."}, MAYA, 11, read=READ)
    for what, says in (
        ("answer", ""),
        ("edited", "Four shops report failed payments."),
        ("deleted", ""),
        ("altered", ""),
        ("restored", ""),
        ("note_deleted", ""),
        ("closed", "closed as completed"),
        ("reopened", "open"),
    ):
        more = {"word": "approve", "open": [15]} if what == "answer" else {"of": 11}
        book.add("02:09:04", Kind.REMARKED, {"what": what, "says": says, **more, "read": READ}, MAYA)
    book.add("02:09:05", Kind.VETO, vote(15, "02:09:05", "ticket_reaction"), BEN, 15, read=READ)
    return book


SITUATIONS: Mapping[str, Callable[[], Book]] = {
    "read in tickets": read_in_tickets,
    "before triage": until(1),
    "triage": until(2),
    "planned": until(3),
    "investigating": until(11),
    "concluded": concluded,
    "no likely cause": no_likely_cause,
    "not proposed": not_proposed,
    "unmatched": unmatched,
    "unmatched, resolved": unmatched_resolved,
    "unmatched, closed": unmatched_closed,
    "waiting": waiting,
    "approved in part": approved_in_part,
    "approved, not started": approved_not_started,
    "requested at high risk": requested,
    "the story, waiting": proposed,
    "vetoed": vetoed,
    "vetoed, explained": explained,
    "vetoed, asked why": asked_why,
    "an app's word": app_said,
    "withdrawn": withdrawn,
    "expired": expired,
    "starts by itself": starts_alone,
    "waits for people again": waits_again,
    "started by itself": started_alone,
    "observed": observed,
    "denied": denied,
    "started": started,
    "aborted": aborted,
    "unknown": unknown,
    "late result": late_result,
    "failed": failed,
    "unprovable": unprovable,
    "done": done,
    "verified": verified,
    "no effect": lambda: verified("no_effect", 0.071),
    "worse": lambda: verified("worse", 0.12),
    "recovering": recovering,
    "recovered": recovered,
    "closed": closed,
    "closed by hand": closed_by_hand,
    "reopened": reopened,
    "reopened, investigating": reopened_plan,
    "reopened, vetoed": reopened_and_vetoed,
    "people take part": people_take_part,
    "a question is shown": question_shown,
    "a question is stopped": question_stopped,
    "a question is expired": question_expired,
    "a partner is skipped": partner_skipped,
    "a question is sent": question_sent,
    "people steer": steered,
    "declared": declared,
    "declared, verified": declared_verified,
}
