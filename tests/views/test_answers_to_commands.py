# ruff: noqa: E501  words are not wrapped
"""What each command is answered."""

from dataclasses import replace
from datetime import timedelta

from inline_snapshot import snapshot

from bot.grammar import LOOKING, WORDS
from bot.views import answers
from bot.views.answers.look import GROUPS
from bot.views.people import approvers
from engine.model import Reason
from tests.views.book import utc
from tests.views.incident_2041 import scene, started
from tests.views.situations import SITUATIONS
from tests.views.texts import normal


def test_help_lists_what_this_person_may_do() -> None:
    full = answers.helped("Priya Raman", "incidents", "/watch", WORDS, ["rollback-release", "restart-pods"])
    assert full.split("\n") == snapshot(
        [
            "Watchkeeper, for Priya Raman in #incidents. Only what you may do here is listed.",
            "*Look*  `status [2041]` · `list` · `why &lt;alert or number&gt;` · `history [words]` · `mirror [2041] [retry|skip|new &lt;record&gt; &lt;reason&gt;]` · `partners` · `help`",
            "*Take part*  `open [SEV2] [checkout:] &lt;what is wrong&gt;` · `show [2041]` · `ask &lt;partner&gt; &lt;question&gt;` · `note &lt;text&gt;` · `correct 2041/16 &lt;text&gt;` · `focus [2041] &lt;text&gt; | add &lt;hypothesis&gt; | rule-out &lt;hypothesis&gt; &lt;why&gt;` · `rerun [2041]` · `stop [2041]` · `run &lt;action&gt; …`",
            "*Decide*  `approve 2041/19` · `veto 2041/19 &lt;reason&gt;` · `withdraw 2041/19` · `close [2041]`",
            "*Watch*  `halt &lt;reason&gt;` · `resume`",
            "In a thread write @watchkeeper instead of `/watch` and leave the incident out: `@watchkeeper approve 19`. You may approve `rollback-release` and `restart-pods`.",
        ]
    )
    looks = answers.helped("Sam Reyes", "incidents", "/watch", {w: WORDS[w] for w in LOOKING}, [])
    assert "leave the incident out: `@watchkeeper status`." in looks
    assert "*Decide*" not in looks


def test_every_word_of_the_grammar_is_in_a_group_of_help() -> None:
    assert {word for group in GROUPS.values() for word in group} == set(WORDS)


def test_status() -> None:
    state = SITUATIONS["the story, waiting"]().state()
    around = replace(scene(20, 20, "02:11:42"), links={"root": "https://shop.slack.example.com/p2041"})
    assert normal(answers.status(state, around)).split("\n") == [
        "INC-2041 SEV2 major, checkout. Needs a decision until <!date^1795487011^{time}|24 Nov 2026 02:23 UTC>: 2041/19, roll back checkout to 2026.11.24-2, 0 of 1.",
        "Likely cause: release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older (0.92). Silent: `dynatrace`. Record: ServiceNow 20 entries behind, next try <!date^1795486302^{time_secs}|24 Nov 2026 02:11:42 UTC>. Open",
    ]
    for name in ("triage", "investigating", "closed"):
        there = SITUATIONS[name]().state()
        assert answers.status(there, scene(there.n)).count("\n") <= 2


def test_list() -> None:
    states = [SITUATIONS[name]().state() for name in ("the story, waiting", "verified")]
    assert answers.listing(states, scene(20)) == snapshot(
        """\
2 open:
INC-2041 SEV2 major, checkout, needs a decision: 7.3 % of requests fail
INC-2041 SEV2 major, checkout, verifying: 7.3 % of requests fail\
"""
    )
    assert answers.listing([], scene(20)) == snapshot("No incident is open.")
    assert answers.unread("alertmanager", "its body is no JSON") == snapshot(
        "Kept, not handled: a delivery from `alertmanager`. its body is no JSON"
    )


def test_why_a_proposal() -> None:
    state = started().state()
    waiting = started().state(20).proposals[19]
    assert normal(answers.why_proposal(waiting, scene(20), "watchkeeper.yaml line 41", 4)).split("\n") == snapshot(
        [
            "Decided by <!subteam^S07CHECKAP1>, 1 of 4, not the requester; medium risk, so ✅ counts. Rule: watchkeeper.yaml line 41.",
            "2041/19 waits until <!date^1795487011^{time}|24 Nov 2026 02:23 UTC>, 0 of 1.",
        ]
    )
    assert normal(answers.why_proposal(state.proposals[13], scene(20), "", 2)).split("\n") == snapshot(
        [
            "Decided by <!subteam^S07DBAPPR01>, 2 of 2, not the requester; high risk, so it takes the button or the command.",
            "2041/13, restart database checkout-db: *Vetoed* by <@U07MAYA0003>, <!date^1795486082^{date_short} {time_secs}|24 Nov 2026 02:08:02 UTC>. It will not run.",
            ">The failures are KeyErrors in checkout code, not database time-outs. A restart drops about 240 open payment sessions.",
        ]
    )
    assert answers.why_proposal(waiting, scene(20), "", 0).split("\n")[0] == snapshot(
        "Nobody can approve 2041/19: the list of approvers is empty. A veto counts all the same."
    )


def test_why_an_alert() -> None:
    assert answers.why_alert("CheckoutErrorRate", utc("02:07:04"), "INC-2041", None) == snapshot(
        "CheckoutErrorRate, <!date^1795486024^{date_short} {time}|24 Nov 2026 02:07 UTC>: it became INC-2041."
    )
    assert answers.why_alert("CheckoutErrorRate", utc("02:12:00"), "INC-2041", Reason.REPEATED) == snapshot(
        "CheckoutErrorRate, <!date^1795486320^{date_short} {time}|24 Nov 2026 02:12 UTC>: in INC-2041. It is a repeat of an alert that is being handled."
    )
    assert answers.why_alert("KafkaLag", utc("01:12:00"), "", Reason.UNREADABLE) == snapshot(
        "KafkaLag, <!date^1795482720^{date_short} {time}|24 Nov 2026 01:12 UTC>: kept, not handled. Its body could not be read; it is kept as it came."
    )
    assert answers.unknown_alert("KafkaLog") == snapshot(
        "No alert `KafkaLog` was received among the last 500, and it is no number of an entry."
    )


def test_why_an_entry() -> None:
    state = started().state()
    entry = state.entry(17)
    assert entry is not None
    assert normal(answers.why_entry(entry, state, scene(22))) == snapshot(
        "INC-2041, entry N: veto, by Maya Okafor, <!date^1795486082^{date_short} {time_secs}|24 Nov 2026 02:08:02 UTC>, because of entry N."
    )


def test_taking_part() -> None:
    state = SITUATIONS["requested at high risk"]().state()
    assert normal(answers.asked("logs", "INC-2041", utc("02:10:15") + timedelta(seconds=20))) == snapshot(
        "Asked `logs` in INC-2041; the answer comes in the thread, at the latest at <!date^1795486235^{time_secs}|24 Nov 2026 02:10:35 UTC>."
    )
    assert answers.unknown_partner("dynatracee", ["logs", "releases"]) == snapshot(
        "`dynatracee` is not a partner here. Partners: `logs`, `releases`. Nothing was asked."
    )
    assert normal(answers.noted("INC-2041", 16)) == snapshot(
        "Recorded in INC-2041 as entry N: in the thread and in every ticket."
    )
    assert normal(answers.requested(state.proposals[15], scene(16))).split("\n") == snapshot(
        [
            "Proposed as 2041/15: restart database checkout-db. It needs 2 approvals from <!subteam^S07DBAPPR01> until <!date^1795486961^{time}|24 Nov 2026 02:22 UTC>. The risk is high: reactions do not approve it.",
            "You requested it, so you cannot approve it; your veto counts. To take it back: `/watch withdraw 2041/15`.",
        ]
    )
    assert answers.not_proposed("restart", "it is not in the catalogue", ["rollback-release"]).split("\n") == snapshot(
        [
            "`restart` was not proposed: it is not in the catalogue.",
            "In the catalogue: `rollback-release`. Nothing ran.",
        ]
    )


def test_refusals_say_what_to_write() -> None:
    states = [SITUATIONS["started"]().state()]
    assert (
        answers.unknown_word("/watch", "aprove", "approve")
        == "`/watch aprove` is not a command. Nearest: `approve`. Nothing changed."
    )
    assert answers.unknown_word("/watch", "<!channel>", "") == snapshot(
        "`/watch &lt;!channel&gt;` is not a command. `/watch help` lists them. Nothing changed."
    )
    assert answers.needs("/watch", WORDS["veto"], "The number") == snapshot(
        "The number is missing. Write `/watch veto 2041/19 &lt;reason&gt;`. Nothing changed."
    )
    assert answers.which_incident(states, "/watch", "status 2041") == snapshot(
        "Which one? Open here: INC-2041. Write `/watch status 2041`. Nothing changed."
    )
    assert answers.which_incident([], "/watch", "status 2041") == snapshot("No incident is open. Nothing changed.")
    assert answers.no_incident(7) == snapshot("INC-7 is not in this ledger. Nothing changed.")
    assert answers.outsider() == snapshot(
        """\
Guests, outside and deactivated accounts read here; guests of the channel also use `status`, `list`, `why`, `mirror`, `partners`, `help`.
They do not open, ask, note, request, close or decide. Nothing changed.\
"""
    )


def test_closing() -> None:
    closed = SITUATIONS["closed by hand"]().state()
    assert answers.closed(closed) == snapshot(
        "INC-2041 is closed by you, <!date^1795487400^{date_short} {time}|24 Nov 2026 02:30 UTC>. The summary is in the thread; a new outbreak of the alert reopens it."
    )
    assert answers.already_closed(closed) == snapshot(
        "INC-2041 is closed already since <!date^1795487400^{date_short} {time}|24 Nov 2026 02:30 UTC>. Nothing changed."
    )
    assert answers.busy("/watch", SITUATIONS["waiting"]().state().proposals[15]) == snapshot(
        "2041/15 waits for a decision, so the incident stays open. `/watch veto 2041/15 &lt;reason&gt;` ends it. Nothing changed."
    )
    assert answers.busy("/watch", SITUATIONS["started"]().state().proposals[19]) == snapshot(
        "2041/19 was started and has no result yet, so the incident stays open. Nothing changed."
    )
    assert answers.moved(closed) == snapshot(
        "INC-2041 moved on while you wrote. Nothing changed; look at the thread and close it again."
    )


def test_approvers_one_by_one_are_those_of_the_catalogue() -> None:
    """No group and no name: whoever the configuration lists now, by name where we know it; or nobody."""
    decided = started().state(20).proposals[19]
    bare = decided.proposal.model_copy(update={"approvers_mention": "", "approvers_name": ""})
    known = {"op19": ("slack:U07PRIYA0R1", "slack:U07NEWONE01")}
    assert approvers(bare, replace(scene(20), approvers=known)) == "Priya Raman, <@U07NEWONE01>"
    assert approvers(bare, replace(scene(20), approvers={})) == "nobody: the list of approvers is empty"


def test_a_word_that_only_looks_does_not_say_that_nothing_changed() -> None:
    assert answers.which_incident([], "/watch", "", looks=True) == "No incident is open."
    assert answers.no_incident(7, looks=True) == "INC-7 is not in this ledger."


def test_a_refused_request_names_its_action_once_and_a_form_only_as_code() -> None:
    says = "rollback-release: version must match the form of the catalogue: ^[0-9]+_*[a-z]*$"
    assert answers.not_proposed("rollback-release", says).split("\n")[0] == (
        "`rollback-release` was not proposed: version must match the form of the catalogue: `^[0-9]+_*[a-z]*$`."
    )
