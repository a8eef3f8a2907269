# ruff: noqa: E501  words are not wrapped
"""What each click is answered, to the person alone, in the storyboard's words."""

from dataclasses import replace

from inline_snapshot import snapshot

from bot.views import answers
from bot.views.answers import Reply, Said, told
from engine.incident import Decided
from engine.model import Kind, Verdict
from tests.views.book import utc
from tests.views.incident_2041 import proposed, scene, started
from tests.views.nouns_2041 import BEN, JONAS, MAYA, PRIYA, TOM
from tests.views.situations import SITUATIONS
from tests.views.texts import normal

CHECKOUT = ("Priya Raman", "Maya Okafor", "Ben Adler", "Jonas Lind")
DATABASE = ("Maya Okafor", "Ben Adler")


def story(n: int, proposal: int) -> Decided:
    return started().state(n).proposals[proposal]


def last(name: str) -> Decided:
    return list(SITUATIONS[name]().state().proposals.values())[-1]


def answer(
    verdict: Verdict,
    decided: Decided,
    actor: str,
    surface: str = "reaction",
    kind: Kind = Kind.APPROVAL,
    at: str = "02:09:10",
    names: tuple[str, ...] = CHECKOUT,
    reason: str = "",
) -> list[str]:
    said = Said(kind, surface, utc(at), actor, reason)
    return read(answers.voted(verdict, decided, said, scene(20), names))


def read(said: str | Reply) -> list[str]:
    """Its lines, and `[ ]` for each button."""
    reply = told(said)
    assert reply.text.count("\n") <= 2
    return [*normal(reply.text).split("\n"), *(f"[{button['text']['text']}]" for button in reply.buttons)]


def test_no_right() -> None:
    assert answer(Verdict.NO_RIGHT, story(19, 19), TOM) == [
        "Your ✅ on 2041/19 does not count: `rollback-release` on `checkout` is decided by <!subteam^S07CHECKAP1> (Priya Raman, Maya Okafor, Ben Adler, Jonas Lind).",
        "You can add what you know with `/watch note 2041 …`, or ask an approver. Who grants the right: `/watch why 2041/19`.",
    ]


def test_no_right_because_nobody_has_it() -> None:
    nobody = replace(
        story(19, 19),
        proposal=story(19, 19).proposal.model_copy(update={"approvers_mention": "", "approvers_name": ""}),
    )
    assert answer(Verdict.NO_RIGHT, nobody, TOM, "button", names=()) == snapshot(
        [
            "Your approval of 2041/19 does not count: nobody can approve `rollback-release` on `checkout`; the list is empty.",
            "Policy: `actions.rollback-release.approvers` in watchkeeper.yaml names who may. A veto counts all the same.",
        ]
    )


def test_the_requester_at_high_risk_has_two_reasons() -> None:
    assert answer(Verdict.REQUESTER, story(13, 13), TOM, names=DATABASE) == [
        "Your ✅ on 2041/13 does not count, for two reasons: you requested it, and its risk is high, so approval takes the button or `/watch approve 2041/13`.",
        "It needs 2 of <!subteam^S07DBAPPR01> (Maya Okafor, Ben Adler). To take it back: `/watch withdraw 2041/13`.",
    ]


def test_the_requester_by_button_and_a_reaction_at_high_risk_have_one_reason() -> None:
    assert answer(Verdict.REQUESTER, story(13, 13), TOM, "button", names=DATABASE)[0] == snapshot(
        "Your approval of 2041/13 does not count: you requested it."
    )
    assert answer(Verdict.HIGH_RISK, story(13, 13), MAYA, names=DATABASE) == snapshot(
        [
            "Your ✅ on 2041/13 does not count: its risk is high, so approval takes the button or `/watch approve 2041/13`.",
            "It needs 2 of <!subteam^S07DBAPPR01> (Maya Okafor, Ben Adler).",
        ]
    )


def test_counted_and_more_are_needed() -> None:
    decided = last("approved in part")
    assert answer(Verdict.COUNTED, decided, MAYA) == [
        "Counted: 1 of 2 for 2041/15. One more of <!subteam^S07CHECKAP1> is needed until <!date^1795487011^{time}|24 Nov 2026 02:23 UTC>.",
        "To take yours back before it starts, remove your ✅.",
    ]
    assert answer(Verdict.COUNTED, decided, MAYA, "button")[1] == snapshot(
        "To take yours back before it starts: `/watch withdraw 2041/15`."
    )


def test_counted_and_complete() -> None:
    assert answer(Verdict.COUNTED, last("approved, not started"), BEN, "command") == snapshot(
        ["Counted: 2 of 2 for 2041/15. The state is read again, then it starts; until then a ⛔ stops it."]
    )


def test_a_veto_counts_and_asks_for_its_reason() -> None:
    assert answer(Verdict.COUNTED, last("vetoed"), JONAS, kind=Kind.VETO) == snapshot(
        [
            "Your veto of 2041/15 counts since <!date^1795486140^{time_secs}|24 Nov 2026 02:09:00 UTC>. `rollback-release` will not run.",
            "Say why, for the card and every ticket.",
            "[Give the reason]",
        ]
    )
    assert answer(Verdict.COUNTED, last("vetoed"), JONAS, "command", Kind.VETO, reason="too broad") == snapshot(
        [
            "Your veto of 2041/15 counts since <!date^1795486140^{time_secs}|24 Nov 2026 02:09:00 UTC>. `rollback-release` will not run.",
            "Your reason stands on the card and in every ticket.",
        ]
    )


def test_a_veto_from_outside_the_channel_is_an_objection() -> None:
    assert answer(Verdict.NO_RIGHT, story(19, 19), TOM, kind=Kind.VETO) == snapshot(
        [
            "Your ⛔ is shown on 2041/19 as an objection; it does not stop it. Members of this channel can.",
            "Say what they should know.",
            "[Give the reason]",
        ]
    )


def test_already_decided_names_who_and_how_many_seconds_before() -> None:
    decided = story(22, 19)
    assert answer(Verdict.DECIDED, decided, MAYA, "button", at="02:11:52") == [
        "2041/19 was already decided, 4 s before your click: approved by <@U07PRIYA0R1>, 02:11:48 UTC (1 of 1).",
        "Your click changed nothing. It runs. To undo it: Deploy 2026.11.24-3 again, about 70 s.",
    ]
    assert answer(Verdict.DECIDED, decided, MAYA, kind=Kind.VETO, at="02:11:52") == snapshot(
        [
            "Your veto of 2041/19 came too late: it started 02:11:48 UTC, 4 s before your ⛔.",
            "It is recorded and stops nothing any more. To undo it: Deploy 2026.11.24-3 again, about 70 s.",
        ]
    )


def test_already_vetoed_denied_or_expired() -> None:
    assert answer(Verdict.DECIDED, last("vetoed"), PRIYA) == snapshot(
        [
            "2041/15 was already decided, 10 s before your ✅: vetoed by <@U07JONAS004>, 02:09:00 UTC.",
            "Your ✅ changed nothing.",
        ]
    )
    assert answer(Verdict.DECIDED, story(18, 13), MAYA, "command", Kind.VETO, reason="wrong cause") == snapshot(
        [
            "2041/13 was already decided, 68 s before your command: vetoed by you, 02:08:02 UTC.",
            "Your reason is recorded and stands on the card.",
        ]
    )
    assert answer(Verdict.DECIDED, last("denied"), MAYA, at="02:12:00") == snapshot(
        [
            "2041/15 was approved but did not start: release is now 2026.11.24-4, no longer 2026.11.24-3.",
            "Nothing ran. `/watch rerun 2041` looks again.",
        ]
    )
    assert answer(Verdict.EXPIRED, last("expired"), MAYA, at="02:24:00") == [
        "2041/15 expired at 02:23:31 UTC. Nothing ran, and nobody said no: expired is not denied.",
        "To decide now, `/watch rerun 2041` reads the state again and proposes anew; the old ✅ is not carried over.",
    ]


def test_a_guest() -> None:
    assert answer(Verdict.OUTSIDER, story(19, 19), "person:sam") == [
        "Your ✅ does not count: guests, outside and deactivated accounts read here, they do not decide.",
        "2041/19 is decided by <!subteam^S07CHECKAP1>.",
    ]


def test_halted() -> None:
    """A halt that has ended since; the words while one is in force are in `test_halts.py`."""
    assert answer(Verdict.HALTED, story(19, 19), PRIYA) == snapshot(
        [
            "Nothing runs: all actions were halted when you decided.",
            "Your ✅ on 2041/19 is recorded but does not count, so that nothing starts by itself later. Approve again.",
        ]
    )


def test_withdrawn() -> None:
    book = proposed()
    base = book.state().proposals[19]
    approved = replace(base, votes=(*base.votes, started().state().proposals[19].votes[-1]))
    taken = Said(Kind.WITHDRAWAL, "reaction", utc("02:11:50"), PRIYA)
    assert answers.voted(Verdict.COUNTED, approved, taken, scene(20), CHECKOUT) == snapshot(
        "Your ✅ on 2041/19 is withdrawn, but your approval by another way stands: 1 of 1."
    )
    assert answer(Verdict.COUNTED, base, TOM, kind=Kind.WITHDRAWAL) == snapshot(
        ["Your ✅ on 2041/19 had not counted; taking it back changes nothing."]
    )
    assert answer(Verdict.DECIDED, story(22, 19), PRIYA, kind=Kind.WITHDRAWAL) == snapshot(
        ["2041/19 started 02:11:48 UTC, just before your ✅: too late to take your ✅ back. That changed nothing."]
    )


def test_a_stale_click() -> None:
    card = story(20, 19)
    assert read(answers.stale("2041/13", card, "https://shop.slack.com/archives/C07/p1")) == snapshot(
        [
            "This button belongs to 2041/13; since <!date^1795486111^{time}|24 Nov 2026 02:08 UTC> the proposal is 2041/19 (roll back checkout to 2026.11.24-2).",
            "Your click changed nothing.",
            "[Open 2041/19]",
        ]
    )
    assert read(answers.stale("2041/13", None, "")) == snapshot(
        ["This button belongs to an earlier 2041/13; no decision waits.", "Your click changed nothing."]
    )


def test_a_number_that_is_no_proposal() -> None:
    assert answers.unknown_number("2041/7", ["2041/19"]).split("\n") == snapshot(
        ["2041/7 is no proposal. Nothing changed.", "Waiting for a decision: 2041/19."]
    )
    assert answers.unknown_number("<!channel>").split("\n") == snapshot(
        ["&lt;!channel&gt; is no proposal. Nothing changed."]
    )
