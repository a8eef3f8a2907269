# ruff: noqa: E501  words are not wrapped
"""Entries as notes in a ticket: the storyboard's words, one note for every kind, and nothing that a text can forge."""

import json

import pytest
from inline_snapshot import snapshot

from engine.durable.notes import note_text, ticket_labels, ticket_title
from engine.model import Kind
from tests.views.book import Book
from tests.views.nouns_2041 import NAMES
from tests.views.situations import SITUATIONS


def note(name: str, n: int) -> list[str]:
    book = SITUATIONS[name]()
    entry = book.entries[n - 1]
    return note_text(book.state(n), entry, NAMES).replace("\u00a0", " ").split("\n")


def test_a_finding_reads_as_in_the_storyboard() -> None:
    head, context, evidence, action, following = note("closed", 11)
    assert head == "**Finding by logs** · entry 11 · 24 Nov 2026 02:07:12 UTC"
    assert context == "**Context** Question to `logs`: what do the failed requests have in common?"
    assert evidence.startswith(
        "**Evidence** `KeyError: 'currency'` in 412 of 430 failed requests (96 %), every one on release 2026.11.24-3."
    )
    assert "[3 example lines](https://logs.example.com/q/8c1e), [all 412](https://logs.example.com/q/8c1f)" in evidence
    assert "Confidence 0.95, stated by logs." in evidence
    assert action == "**Action** None."
    assert following == "**Next** Compared with the other sources in the conclusion."


def test_the_ticket_s_body_is_the_alert() -> None:
    assert note("closed", 1) == snapshot(
        [
            "**Alert `CheckoutErrorRate`** · entry 1 · 24 Nov 2026 02:07:04 UTC",
            "**Context** `CheckoutErrorRate`, 24 Nov 2026 02:04:00 UTC: 7.3 % of requests fail. Service `checkout`, production.",
            "**Evidence** The threshold is 1 %, exceeded for 2 min. [Where it comes from](https://prometheus.example.com/graph).",
            "**Action** Investigation begins.",
            "**Next** Findings follow here.",
        ]
    )


def test_an_approval_and_the_start_read_as_in_the_storyboard() -> None:
    assert note("closed", 21) == [
        "**Approved by Priya Raman** · entry 21 · 24 Nov 2026 02:11:48 UTC",
        "**Context** Proposal 19: roll back checkout to 2026.11.24-2, bound to `9f2c41d7`.",
        "**Evidence** ✅ by Priya Raman in Slack, of @\u2060checkout-approvers, in time; 1 of 1.",
        "**Action** None yet.",
        "**Next** The state is read again, then it runs.",
    ]
    assert note("closed", 22) == snapshot(
        [
            "**Started** · entry 22 · 24 Nov 2026 02:11:48 UTC",
            "**Context** Proposal 19: roll back checkout to 2026.11.24-2, bound to `9f2c41d7`.",
            "**Evidence** Read again 24 Nov 2026 02:11:48 UTC: release still 2026.11.24-3, no veto. Approved in entry 21.",
            "**Action** Rolling back checkout to 2026.11.24-2, operation `op19`.",
            "**Next** The result is recorded here.",
        ]
    )


def test_the_proof_reads_as_in_the_storyboard() -> None:
    assert note("closed", 25) == snapshot(
        [
            "**Verified** · entry 25 · 24 Nov 2026 02:16:02 UTC",
            "**Context** Rolled back checkout to 2026.11.24-2, ended 24 Nov 2026 02:13:02 UTC (entry 23).",
            "**Evidence** Error rate 7.3 % → 0.2 %, read 24 Nov 2026 02:16:02 UTC; the threshold is 1 %.",
            "**Action** None.",
            "**Next** Mitigated. Closes when Alertmanager reports the alert as resolved.",
        ]
    )
    assert note("worse", 25)[2:] == snapshot(
        [
            "**Evidence** Error rate 7.3 % → 12 %, read 24 Nov 2026 02:16:02 UTC; the threshold is 1 %.",
            "**Action** None.",
            "**Next** What was done stands. A person decides what to do.",
        ]
    )
    assert note("recovered", 18)[1:] == snapshot(
        [
            "**Context** The alert went away by itself; nothing ran.",
            "**Evidence** Error rate 7.3 % → 0.2 %, read 24 Nov 2026 02:11:00 UTC; the threshold is 1 %.",
            "**Action** None.",
            "**Next** Alertmanager reported the alert as resolved in entry 16; it closes.",
        ]
    )


def test_people_s_words() -> None:
    assert note("closed", 13) == snapshot(
        [
            "**Proposal 2041/13: restart database checkout-db** · entry 13 · 24 Nov 2026 02:07:41 UTC",
            "**Context** Why: requested by Tom Becker: “looks like the pool is exhausted”.",
            "**Evidence** `restart-database` checkout-db, primary. Where: `checkout-db`, production. Blast radius: `checkout`, `orders`, `refunds`; no writes for 20 to 40 s; about 240 open sessions drop. Undo: None: dropped sessions stay dropped. Risk high. This action has no dry run. Bound to `51b07ae2`.",
            "**Action** None yet; it waits for people.",
            "**Next** Needs 2 approvals from @\u2060database-approvers until 24 Nov 2026 02:22 UTC; then nothing runs.",
        ]
    )
    assert note("closed", 14) == snapshot(
        [
            "**Not counted: approved by Tom Becker** · entry 14 · 24 Nov 2026 02:07:48 UTC",
            "**Context** Proposal 13: restart database checkout-db, bound to `51b07ae2`.",
            "**Evidence** ✅ by Tom Becker in Slack: the requester does not approve their own request.",
            "**Action** None.",
            "**Next** Nothing changes.",
        ]
    )
    assert note("closed", 17) == snapshot(
        [
            "**Vetoed by Maya Okafor** · entry 17 · 24 Nov 2026 02:08:02 UTC",
            "**Context** Proposal 13: restart database checkout-db, bound to `51b07ae2`.",
            "**Evidence** Button by Maya Okafor in Slack, in time.",
            "**Action** It will not run.",
            "**Next** It stays stopped; another action needs a new proposal.",
        ]
    )
    assert note("closed", 18) == snapshot(
        [
            "**Reason of the veto by Maya Okafor** · entry 18 · 24 Nov 2026 02:08:24 UTC",
            "**Context** Proposal 13: restart database checkout-db, bound to `51b07ae2`.",
            "**Evidence** Form by Maya Okafor in Slack: “The failures are KeyErrors in checkout code, not database time-outs. A restart drops about 240 open payment sessions.” Kind of reason: wrong cause.",
            "**Action** None.",
            "**Next** It stands beside the veto, entry 17.",
        ]
    )
    assert note("people take part", 16) == snapshot(
        [
            "**Note by Tom Becker** · entry 16 · 24 Nov 2026 02:09:00 UTC",
            "**Context** Tom Becker wrote in Slack.",
            "**Evidence** “Three shops report failed payments. Since about 02:05.”",
            "**Action** None.",
            "**Next** None.",
        ]
    )
    assert note("closed by hand", 17) == snapshot(
        [
            "**Closed, by Maya Okafor** · entry 17 · 24 Nov 2026 02:30:00 UTC",
            "**Context** Open for 23 min.",
            "**Evidence** “checkout is being replaced tonight”",
            "**Action** Closed.",
            "**Next** If the alert comes back, the incident is reopened here.",
        ]
    )


def test_what_ended_a_proposal_otherwise() -> None:
    names = {"denied": 17, "expired": 16, "aborted": 18, "unknown": 18, "failed": 18, "not proposed": 15}
    assert {name: note(name, n)[2:] for name, n in names.items()} == snapshot(
        {
            "denied": [
                "**Evidence** Release is now 2026.11.24-4, no longer 2026.11.24-3.",
                "**Action** Nothing ran.",
                "**Next** A new look makes a new proposal.",
            ],
            "expired": [
                "**Evidence** Nobody decided. Expired is not denied.",
                "**Action** Nothing ran.",
                "**Next** A person may propose it anew.",
            ],
            "aborted": [
                "**Evidence** Halted; nothing was sent.",
                "**Action** Nothing was sent.",
                "**Next** A person decides what to do.",
            ],
            "unknown": [
                "**Evidence** The target cannot be asked what became of it.",
                "**Action** It may have happened. It is not sent again; operation `op19`.",
                "**Next** A person looks at the target.",
            ],
            "failed": [
                "**Evidence** Refused: 409, another roll-back runs. Run 8846.",
                "**Action** Ended 02:13:02 UTC, 73 s after the start.",
                "**Next** A person decides what to do.",
            ],
            "not proposed": [
                "**Evidence** No action of the catalogue follows from what was found.",
                "**Action** None.",
                "**Next** A person decides what to do.",
            ],
        }
    )


def test_the_end() -> None:
    assert note("closed", 23) == snapshot(
        [
            "**Done** · entry 23 · 24 Nov 2026 02:13:02 UTC",
            "**Context** Proposal 19: roll back checkout to 2026.11.24-2, bound to `9f2c41d7`.",
            "**Evidence** 6 of 6 pods run 2026.11.24-2. [Run 8846](https://deploy.example.com/runs/8846).",
            "**Action** Ended 02:13:02 UTC, 73 s after the start.",
            "**Next** Until it is read again nothing is called fixed.",
        ]
    )
    assert note("closed", 26) == snapshot(
        [
            "**Alertmanager reports the alert as resolved** · entry 26 · 24 Nov 2026 02:18:40 UTC",
            "**Context** `CheckoutErrorRate`.",
            "**Evidence** As Alertmanager sent it.",
            "**Action** None.",
            "**Next** Closes by a reading of the alert’s own measure, or by a person.",
        ]
    )
    assert note("closed", 27) == snapshot(
        [
            "**Closed, resolved** · entry 27 · 24 Nov 2026 02:19:00 UTC",
            "**Context** Open for 12 min.",
            "**Evidence** Proof and resolve: entries 25, 26.",
            "**Action** Closed.",
            "**Next** If the alert comes back, the incident is reopened here.",
        ]
    )
    assert note("reopened", 28) == snapshot(
        [
            "**Reopened: `CheckoutErrorRate` came back** · entry 28 · 24 Nov 2026 03:05:00 UTC",
            "**Context** `CheckoutErrorRate`: 7.3 % of requests fail.",
            "**Evidence** As alertmanager sent it.",
            "**Action** None.",
            "**Next** The earlier work is above; a new plan follows.",
        ]
    )


def test_a_question_that_is_held_reads_as_a_note() -> None:
    assert note("closed", 6) == snapshot(
        [
            "**Question to `dynatrace` is held** · entry 6 · 24 Nov 2026 02:07:06 UTC",
            "**Context** Question: which dependency slowed first?",
            "**Evidence** It goes to an outside company. It carries alert, time window, service name.",
            "**Action** Nothing is sent.",
            "**Next** Sent 30 s after it is shown, unless someone stops it; ✅ sends it at once.",
        ]
    )


def test_bookkeeping_is_one_line() -> None:
    assert [note("closed", n) for n in (4, 24)] == snapshot(
        [
            ["**`logs` asked** · entry 4 · 24 Nov 2026 02:07:05 UTC"],
            ["**The error rate is read again at 24 Nov 2026 02:16:02 UTC** · entry 24 · 24 Nov 2026 02:13:02 UTC"],
        ]
    )
    assert note("people take part", 21) == snapshot(
        ["**Alert received again, at least 4 times so far** · entry 21 · 24 Nov 2026 02:12:00 UTC"]
    )
    book = Book(7)
    book.add("02:00:00", Kind.RECORD_REFUSED, {"label": "GitHub", "n": 12, "says": "410, the issue was deleted"})
    book.add("02:00:01", Kind.SHOWN, {"proposal": 19})
    book.add("02:00:02", Kind.SURFACED, {}, "person:priya")
    for state in ("opened", "refused", "lost", "archived", "kept"):
        says = "" if state in ("opened", "archived") else "missing_scope"
        book.add("02:00:03", Kind.CHANNEL, {"state": state, "name": "inc-7-checkout", "says": says}, "narrator")
    assert [note_text(book.state(e.n), e, {}).replace("\u00a0", " ") for e in book.entries] == snapshot(
        [
            "**GitHub refused for good entry 12: 410, the issue was deleted.** · entry 1 · 24 Nov 2026 02:00:00 UTC",
            "**Proposal 19 is shown** · entry 2 · 24 Nov 2026 02:00:01 UTC",
            "**Shown in the channel, as a person whose name was deleted asked** · entry 3 · 24 Nov 2026 02:00:02 UTC",
            "**A channel of its own was opened: `#inc-7-checkout`** · entry 4 · 24 Nov 2026 02:00:03 UTC",
            "**A channel of its own was refused: missing_scope** · entry 5 · 24 Nov 2026 02:00:03 UTC",
            "**`#inc-7-checkout` takes no messages any more: missing_scope** · entry 6 · 24 Nov 2026 02:00:03 UTC",
            "**`#inc-7-checkout` was archived** · entry 7 · 24 Nov 2026 02:00:03 UTC",
            "**`#inc-7-checkout` could not be archived: missing_scope** · entry 8 · 24 Nov 2026 02:00:03 UTC",
        ]
    )


def test_why_somebody_vetoed() -> None:
    assert note("vetoed, explained", 20)[0::2] == snapshot(
        [
            "**Reason of the veto by Jonas Lind** · entry 20 · 24 Nov 2026 02:09:40 UTC",
            "**Evidence** Form by Jonas Lind in Slack: “The failures are not of this release.” Kind of reason: wrong cause. Suggested as a lesson; a person reviews it.",
            "**Next** It stands beside the veto, entry 16. It takes the place of entry 18, which stays as written.",
        ]
    )
    assert note("vetoed, explained", 19)[0] == snapshot(
        "**Reason of the objection by Tom Becker** · entry 19 · 24 Nov 2026 02:09:30 UTC"
    )
    assert note("vetoed, asked why", 18) == snapshot(
        ["**Jonas Lind is asked once more for the reason of the veto, entry 16** · entry 18 · 24 Nov 2026 02:20:01 UTC"]
    )


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_every_entry_has_its_four_paragraphs_or_one_line(name: str) -> None:
    book = SITUATIONS[name]()
    for entry in book.entries:
        said = note_text(book.state(entry.n), entry, NAMES).split("\n")
        assert said[0].startswith("**")
        assert said[0].endswith("UTC")
        if len(said) > 1:
            words = [line.split(" ")[0] for line in said[1:]]
            assert words == ["**Context**", "**Evidence**", "**Action**", "**Next**"]
            assert all(len(line.split(" ", 1)[1]) > 1 for line in said[1:])


def test_the_title_and_the_labels() -> None:
    state = SITUATIONS["closed"]().state()
    assert ticket_title(state).replace("\u00a0", " ") == "INC-2041 SEV2 major: checkout, 7.3 % of requests fail"
    assert ticket_labels(state) == ("incident", "SEV2 major", "service: checkout")
    assert ticket_title(SITUATIONS["before triage"]().state()) == "INC-2041: CheckoutErrorRate"
    assert ticket_labels(SITUATIONS["before triage"]().state()) == ("incident",)


def test_a_name_that_was_deleted_is_said_to_be() -> None:
    book = SITUATIONS["closed"]()
    assert note_text(book.state(21), book.entries[20], {}).startswith("**Approved by a person whose name was deleted**")


def test_a_note_is_deterministic() -> None:
    book = SITUATIONS["closed"]()
    copies = [json.dumps([note_text(book.state(e.n), e, NAMES) for e in book.entries]) for _ in range(2)]
    assert copies[0] == copies[1]
