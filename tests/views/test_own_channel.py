# ruff: noqa: E501  words are not wrapped
"""A channel of an incident's own: its name as Slack takes it, the words in its header, and the line when there is none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.noise import Noise, kept_out
from bot.views.own_channel import bookmarks, channel_name, own_channel_message, purpose, topic
from bot.views.root import root
from bot.views.thread import thread
from engine.incident import State
from engine.model import Kind, OwnChannel, Severity, Triage
from playground.slack.methods.channels import MOST_WORDS, _check_name
from tests.views.book import Book
from tests.views.incident_2041 import scene
from tests.views.situations import SITUATIONS
from tests.views.texts import lines, normal

OPENED = OwnChannel(state="opened", id="C07INC20410", name="inc-2041-checkout", archive_after=86_400.0)
PATTERN = "inc-{number}-{service}"


def with_channel(name: str, own: OwnChannel = OPENED) -> State:
    book = SITUATIONS[name]()
    book.add("23:00:00", Kind.CHANNEL, own, "narrator")
    return book.state()


def of(service: str) -> State:
    triage = Triage(severity=Severity.SEV1, service=service, title="t", summary="s")
    return State(2041, triage=triage)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("checkout", "inc-2041-checkout"),
        ("Order Service (EU)", "inc-2041-order-service-eu"),
        ("", "inc-2041"),
        ("ßä", "inc-2041"),
    ],
)
def test_the_name(service: str, name: str) -> None:
    assert channel_name(of(service), PATTERN) == name
    assert channel_name(of(service), PATTERN, 2) == f"{name}-2"


@given(st.text(max_size=200), st.integers(1, 5))
def test_any_service_makes_a_name_that_slack_takes_and_the_numbers_differ(service: str, again: int) -> None:
    names = {channel_name(of(service), PATTERN, n) for n in range(1, again + 1)}
    assert len(names) == again
    for name in names:
        _check_name(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("investigating", "SEV2 major · checkout: 7.3 % of requests fail · Investigating"),
        (
            "the story, waiting",
            "SEV2 major · checkout: 7.3 % of requests fail · Needs a decision until 24 Nov 2026 02:23 UTC",
        ),
        (
            "closed",
            "SEV2 major · checkout: 7.3 % of requests fail · Closed, resolved 24 Nov 2026 02:19 UTC · archived 25 Nov 2026 02:19 UTC unless it is reopened",
        ),
    ],
)
def test_the_topic_says_how_it_stands(name: str, words: str) -> None:
    assert normal(topic(with_channel(name), scene(0))) == words


def test_a_channel_that_is_never_archived_does_not_say_so() -> None:
    assert "archived" not in topic(with_channel("closed", OPENED.model_copy(update={"archive_after": None})), scene(0))


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_the_header_is_as_short_as_slack_takes_it(name: str) -> None:
    state = with_channel(name)
    assert 0 < len(topic(state, scene(0))) <= MOST_WORDS
    assert "7h2k9q4mabcdefgh" in purpose(state, "7h2k9q4mabcdefgh")
    assert "<!date" not in topic(state, scene(0))


def test_the_links_are_the_root_and_every_ticket() -> None:
    state = with_channel("closed")
    around = replace(scene(state.n), links={"root": "https://shop.slack.example.com/p1"})
    found = bookmarks(state, around)
    assert found[0] == ("INC-2041 in the shared channel", "https://shop.slack.example.com/p1")
    assert "GitHub #318" in [title for title, _ in found]
    assert all(url.startswith("http") for _, url in found)


def test_the_root_leads_there_and_says_where_to_decide() -> None:
    state = with_channel("the story, waiting")
    foot = "\n".join(lines(root(state, scene(state.n)).blocks))
    assert "INC-2041 · in <#C07INC20410>" in normal(foot)
    assert "Decide in <#C07INC20410>: ✅ approves, ⛔ vetoes" in foot
    ended = with_channel("the story, waiting", OPENED.model_copy(update={"state": "archived"}))
    assert "Decide in the thread" in lines(root(ended, scene(ended.n)).blocks)[-1]


def test_the_line_when_there_is_none() -> None:
    state = with_channel(
        "investigating", OwnChannel(state="refused", says="Slack refused conversations.create: restricted_action")
    )
    shown = own_channel_message(state, scene(state.n), state.entries[-1])
    assert shown is not None
    assert [normal(line) for line in lines(shown.blocks)] == [
        "*No channel of its own*: Slack refused conversations.create: restricted_action. Everything goes on here · entry N"
    ]
    assert own_channel_message(with_channel("closed"), scene(1), with_channel("closed").entries[-1]) is None


def slight() -> Book:
    book = Book(2041)
    book.add("02:00:00", Kind.TRIAGE, Triage(severity=Severity.SEV4, service="a", title="t", summary="s"))
    return book


def test_what_is_kept_out_of_the_channel() -> None:
    least = Noise(min_severity=Severity.SEV3)
    assert kept_out(slight().state(), least)
    assert not kept_out(slight().state(), Noise())
    raised, shown = slight(), slight()
    raised.add("02:01:00", Kind.TRIAGE, Triage(severity=Severity.SEV2, service="a", title="t", summary="s"))
    raised.add("02:02:00", Kind.TRIAGE, Triage(severity=Severity.SEV4, service="a", title="t", summary="s"))
    shown.add("02:01:00", Kind.SURFACED, {})
    assert not kept_out(raised.state(), least)
    assert not kept_out(shown.state(), least)
    for name in ("the story, waiting", "a question is shown"):
        assert not kept_out(SITUATIONS[name]().state(), Noise(min_severity=Severity.SEV1))


def test_a_quiet_thread_leaves_single_findings_in_the_plan() -> None:
    state = SITUATIONS["closed"]().state()
    quiet = replace(scene(state.n), noise=Noise(thread="quiet"))
    assert [message.slot for message in thread(state, quiet)] == [
        slot
        for slot in (message.slot for message in thread(state, scene(state.n)))
        if not slot.startswith(("finding/", "silent/"))
    ]
