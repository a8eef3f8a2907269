"""The App Home beside the storyboard's, for a guest, at its largest and most hostile; and the answers that say a part."""

# ruff: noqa: E501  words are not wrapped
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.views import answers
from bot.views.home import Home, Waiting, home
from bot.views.partners import Partner
from bot.views.records import health, lagging
from bot.views.scene import Record, Scene
from engine.health import SkipRule, Standing
from engine.model import Alert, Kind, Severity, Triage
from engine.oversight.freezes import Frozen
from engine.week import Figures
from playground.slack.view_check import checked
from tests.views.book import Book, utc
from tests.views.incident_2041 import proposed, scene
from tests.views.nouns_2041 import PEOPLE
from tests.views.situations import SITUATIONS
from tests.views.test_limits import HOSTILE
from tests.views.texts import STORYBOARD, lines, normal, storyboard

URL = "https://shop.slack.example.com/archives/C07INCIDENTS/p20410019"
NOW = utc("02:10:20")
RULE = SkipRule(3, 600.0)


def reports() -> Book:
    """INC-2038 since the evening before."""
    book = Book(2038)
    named: dict[str, Any] = {"source": "alertmanager", "name": "ExportLate", "status": "firing", "fingerprint": "f2"}
    book.add("23 23:40:00", Kind.ALERT, Alert(**named, starts_at=utc("23 23:40:00")), "alertmanager")
    title = "nightly export late by 50 min"
    book.add("23 23:40:00", Kind.TRIAGE, Triage(severity=Severity.SEV3, service="reports", title=title, summary=""))
    return book


def records() -> tuple[Record, ...]:
    up = [("github", "GitHub", 1.2), ("pagerduty", "PagerDuty", 0.8), ("jira", "Jira", 1.6), ("files", "Files", 0.002)]
    late = Record(
        "servicenow",
        "ServiceNow",
        0,
        20,
        trouble="servicenow answered 503",
        waits_until=utc("02:11:42"),
        since=utc("02:07:12"),
        tries=5,
    )
    return (
        *(Record(name, label, 0, 0, lag=lag) for name, label, lag in up[:3]),
        late,
        Record("files", "Files", lag=0.002),
    )


def partners() -> tuple[Partner, ...]:
    return (
        Partner("logs", "log specialist", Standing(RULE, times=(5.0, 5.9, 9.1))),
        Partner("releases", "what changed", Standing(RULE, times=(3.0, 3.4, 4.2))),
        Partner("dynatrace", "traces", Standing(RULE, 2, utc("02:07:56")), "veto_window", 30.0, outside=True),
    )


def facts(**more: Any) -> Home:
    state = proposed().state()
    week = Figures(11, 5.0, 190.0, 560.0, {"approved": 7, "vetoed": 1, "expired": 1}, 6)
    given = Home(
        who="Priya Raman",
        scene=Scene(now=NOW, people=PEOPLE),
        waiting=(Waiting(state, 19, URL),),
        open=((state, URL), (reports().state(), "")),
        records=records(),
        partners=partners(),
        week=week,
        channel="incidents",
    )
    return replace(given, **more)


# What the storyboard has and the Home leaves out or says otherwise.
OTHERWISE = {
    "✋ *Proposal 2041/19:*": "titles have no code font",
    "Needs a decision": "nobody is on call",
    "Mitigated, verifying": "another incident",
    "Hand over": "no such form",
    "Search history": "no such form",
}


@pytest.mark.skipif(not STORYBOARD.is_dir(), reason=f"the storyboard is not at {STORYBOARD}")
def test_every_line_of_the_storyboard_is_said() -> None:
    ours = lines(home(facts(shift=(utc("23 22:00:00"), utc("08:00:00")))))
    missing = [line for line in lines(storyboard("app-home")["blocks"]) if line not in ours]
    assert [line for line in missing if not line.startswith(tuple(OTHERWISE))] == []
    assert [start for start in OTHERWISE if not any(line.startswith(start) for line in missing)] == []


def test_the_home_in_words() -> None:
    assert lines(home(facts())) == snapshot(
        [
            "Watchkeeper, for Priya Raman",
            "As of <!date^1795486220^{date_short} {time_secs}|24 Nov 2026 02:10:20 UTC> · nothing is halted · mode: review",
            "Waits for you: 1",
            "✋ *Proposal 2041/19:* roll back checkout to 2026.11.24-2",
            "Risk medium · 0 of 1 approvals · expires <!date^1795487011^{date_short} {time}|24 Nov 2026 02:23 UTC>, in 13 min",
            "Review",
            "Open incidents: 2",
            "*INC-2041* SEV2 major · `checkout`: 7.3 % of requests fail",
            "Needs a decision · since <!date^1795486024^{time}|24 Nov 2026 02:07 UTC>",
            "*INC-2038* SEV3 minor · `reports`: nightly export late by 50 min",
            "Triage · since <!date^1795477200^{date_short} {time}|23 Nov 2026 23:40 UTC>",
            "Shared record",
            "*GitHub*",
            "up to date, 1.2 s",
            "*PagerDuty*",
            "up to date, 0.8 s",
            "*Jira*",
            "up to date, 1.6 s",
            "*ServiceNow*",
            "20 entries behind for 3 min, answers 503, next try <!date^1795486302^{time}|24 Nov 2026 02:11 UTC>",
            "*Files*",
            "up to date, 2 ms",
            "Partners",
            "*logs*",
            "answers, p50 5.9 s, p95 9.1 s",
            "*releases*",
            "answers, p50 3.4 s, p95 4.2 s",
            "*dynatrace*",
            "silent twice in a row since <!date^1795486076^{time}|24 Nov 2026 02:07 UTC>; skipped after 3",
            "Last 7 days",
            "11 incidents · median to finding 5 s, to decision 3 min 10 s, to mitigation 9 min 20 s",
            "9 proposals: 7 approved, 1 vetoed, 1 expired · 6 of 7 verified",
            "Open an incident",
        ]
    )
    assert home(facts())[4]["accessory"]["url"] == URL


def test_a_halt_stands_above_and_in_place_of_what_waits() -> None:
    halt = Book(0)
    halt.add("02:09:00", Kind.HALTED, {"reason": "<migration>"}, "person:maya")
    around = Scene(now=NOW, people=PEOPLE, halted=halt.state().halted)
    shown = lines(home(facts(scene=around, waiting=())))
    assert shown[1:4] == snapshot(
        [
            "As of <!date^1795486220^{date_short} {time_secs}|24 Nov 2026 02:10:20 UTC> · *Halted* by Maya Okafor, <!date^1795486140^{date_short} {time}|24 Nov 2026 02:09 UTC>: “&lt;migration&gt;” · mode: review",
            "Waits for you: 0",
            "*Halted* by Maya Okafor, <!date^1795486140^{date_short} {time}|24 Nov 2026 02:09 UTC>: “&lt;migration&gt;”. An approval counts after `/watch resume` only.",
        ]
    )


def test_a_held_question_waits_while_halted_too() -> None:
    halt = Book(0)
    halt.add("02:09:00", Kind.HALTED, {"reason": "migration"}, "person:maya")
    state = SITUATIONS["a question is shown"]().state()
    around = Scene(now=utc("02:07:10"), people=PEOPLE, halted=halt.state().halted)
    shown = lines(home(facts(waiting=(Waiting(state, 6),), scene=around)))
    assert shown[2] == "Waits for you: 1"
    assert shown[3].startswith("*Halted* by Maya Okafor")
    assert shown[4].startswith("✋ *Question 2041/6 to `dynatrace`:*")


def test_a_freeze_stands_above() -> None:
    frozen = Frozen("quarter end", utc("08:00:00"))
    shown = lines(home(facts(scene=Scene(now=NOW, people=PEOPLE, freezes=(frozen,)))))
    assert "nothing is halted · freeze “quarter end” until <!date^1795507200^" in shown[1]


def test_a_guest_and_a_stranger() -> None:
    guest = home(facts(full=False, waiting=()))
    assert [b["text"]["text"] for b in guest if b["type"] == "header"] == [
        "Watchkeeper, for Priya Raman",
        "Open incidents: 2",
    ]
    assert '"button"' not in json.dumps(guest)
    stranger = lines(home(facts(full=False, sees=False, open=())))
    assert stranger[-1] == "Incidents are shown to members of #incidents."


def test_questions_wait_too() -> None:
    state = SITUATIONS["a question is shown"]().state()
    (ask,) = state.holding
    assert ask.held is not None
    shown = home(facts(waiting=(Waiting(state, ask.held.n),), scene=Scene(now=utc("02:07:10"), people=PEOPLE)))
    assert lines([shown[4]]) == snapshot(
        [
            "✋ *Question 2041/6 to `dynatrace`:* Which dependency slowed first?",
            "Sent at <!date^1795486056^{time_secs}|24 Nov 2026 02:07:36 UTC> unless someone stops it",
        ]
    )


def test_slack_takes_the_largest_and_most_hostile() -> None:
    book = proposed()
    state = book.state()
    assert state.triage is not None
    decided = state.proposals[19]
    evil = replace(
        state,
        triage=state.triage.model_copy(update={"title": HOSTILE, "service": HOSTILE}),
        proposals={19: replace(decided, proposal=decided.proposal.model_copy(update={"title": HOSTILE}))},
    )
    people = {actor: replace(person, name=HOSTILE) for actor, person in PEOPLE.items()}
    record = Record("x", HOSTILE, 0, 9, trouble=HOSTILE, waits_until=NOW, since=NOW - timedelta(hours=9), tries=3)
    partner = Partner("x" * 40, HOSTILE, Standing(RULE, 3, NOW, NOW + timedelta(minutes=5)))
    blocks = home(
        facts(
            who=HOSTILE,
            scene=Scene(now=NOW, people=people),
            waiting=(Waiting(evil, 19, URL),) * 17,
            open=((evil, URL),) * 200,
            records=(record,) * 60,
            partners=(partner,) * 60,
        )
    )
    assert len(blocks) <= 100
    assert "<!channel>" not in json.dumps(blocks)
    said = [line for line in lines(blocks) if line.startswith("and ")]
    assert said == ["and 7 more", "and 180 more", "and 40 more", "and 40 more"]
    for view in (blocks, home(facts())):
        checked({"type": "home", "callback_id": "wk_home", "blocks": view}, "home")


def test_mirror() -> None:
    state = SITUATIONS["the story, waiting"]().state()
    around = scene(20, 20, "02:11:42")
    late = replace(around.records[3], trouble="servicenow answered 503; upstream", since=utc("02:07:12"), tries=5)
    around = replace(around, records=(*around.records[:3], late, around.records[4]))
    lags = {"github": 0.8, "pagerduty": 1.0, "jira": 1.6, "files": 1.2}
    assert normal(answers.mirror(state, around, lags)).split("\n") == snapshot(
        [
            "GitHub #318, PagerDuty 88213, Jira OPS-771, Files: 20 of 20 entries, lag 0.8 to 1.6 s.",
            "ServiceNow: 0 of 20, answers 503 since <!date^1795486032^{time_secs}|24 Nov 2026 02:07:12 UTC>, asked 5 times, next <!date^1795486302^{time_secs}|24 Nov 2026 02:11:42 UTC>. Nothing waits for it.",
        ]
    )
    parked = replace(around, records=(replace(late, parked=True, incident=2041, ticket=""),))
    assert normal(answers.mirror(state, parked, {})) == snapshot(
        "ServiceNow: 0 of 20, answers 503 since <!date^1795486032^{time_secs}|24 Nov 2026 02:07:12 UTC>, asked 5 times; not sent again until `/watch mirror 2041 retry servicenow` or the next start. Nothing waits for it."
    )
    assert lagging(parked)[0].endswith("not sent again until `/watch mirror 2041 retry servicenow` or the next start")
    assert health(replace(late, parked=True), around.now, "/watch").endswith(
        "; not sent again until `/watch mirror &lt;number&gt; retry servicenow` or the next start"
    )
    assert answers.mirror(SITUATIONS["triage"]().state(), around, {}) == snapshot(
        "The record of INC-2041 starts with the first finding."
    )
    assert answers.mirror(state, replace(around, records=()), {}) == snapshot(
        "No record is configured: what happens is in the ledger alone."
    )


def test_partners() -> None:
    skipped = Partner(
        "traces", "", Standing(RULE, 3, utc("02:07:56"), utc("02:20:00")), "approval", 600.0, "@checkout-approvers"
    )
    tried = Partner("metrics", "", Standing(RULE, 4, utc("01:07:56"), utc("01:20:00")))
    fresh = Partner("tickets", "", Standing(RULE))
    assert normal(answers.partners([*partners(), skipped, tried, fresh], NOW)).split("\n") == snapshot(
        [
            "`logs`, log specialist: answers, p50 5.9 s, p95 9.1 s; 3 answers in 7 days. Asked at once.",
            "`releases`, what changed: answers, p50 3.4 s, p95 4.2 s; 3 answers in 7 days. Asked at once.",
            "`dynatrace`, traces: silent twice in a row since <!date^1795486076^{time}|24 Nov 2026 02:07 UTC>; skipped after 3. Held 30 s, ⛔ stops it. Outside the company.",
            "`traces`: silent 3 times in a row since <!date^1795486076^{time}|24 Nov 2026 02:07 UTC>; skipped until <!date^1795486800^{time}|24 Nov 2026 02:20 UTC>. Asked by leave of @checkout-approvers, given within 10 min.",
            "`metrics`: silent 4 times in a row since <!date^1795482476^{time}|24 Nov 2026 01:07 UTC>; asked again next time. Asked at once.",
            "`tickets`: not asked in 7 days. Asked at once.",
        ]
    )
    assert answers.partners([], NOW) == "No partner is configured."
