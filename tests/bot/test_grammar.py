"""What people type, as calls: numbers in every form, and what is too large to be one."""

import pytest

from bot.grammar import Call, Unknown, parse
from bot.listeners.doors import unescaped


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("", Call("help")),
        ("status 2041", Call("status", 2041)),
        ("status INC-2041", Call("status", 2041)),
        ("status #2041", Call("status", 2041)),
        ("approve 2041/19", Call("approve", 2041, 19)),
        ("veto 2041/19 too broad, wait", Call("veto", 2041, 19, "too broad, wait")),
        ("veto 2041/19\ntoo broad,\nwait", Call("veto", 2041, 19, "too broad,\nwait")),
        ("halt\nthe database moves", Call("halt", None, None, "the database moves")),
        ("note 2041 three shops", Call("note", 2041, None, "three shops")),
        ("note three shops", Call("note", None, None, "three shops")),
        ("halt 3 databases move", Call("halt", None, None, "3 databases move")),
    ],
)
def test_in_the_channel_a_number_is_whole(text: str, call: Call) -> None:
    assert parse(text) == call


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("approve 19", Call("approve", 2041, 19)),
        ("why 19", Call("why", 2041, 19)),
        ("status", Call("status", 2041)),
        ("approve 2042/3", Call("approve", 2042, 3)),
    ],
)
def test_in_a_thread_the_incident_is_the_threads(text: str, call: Call) -> None:
    assert parse(text, 2041) == call


@pytest.mark.parametrize("digits", ["9" * 25, "9" * 4000])
def test_a_number_too_large_for_any_database_is_no_number_of_ours(digits: str) -> None:
    found = parse(f"approve {digits}/{digits}")
    assert isinstance(found, Call)
    assert found.incident is not None
    assert found.entry is not None
    assert max(found.incident, found.entry) < 2**31


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        *(("aprove", "approve"), ("histry", "history"), ("vetto", "veto"), ("hlat", "halt"), ("stpo", "stop")),
        *(("rsume", "resume"), ("clsoe", "close"), ("vote", "note")),
        *(("what", ""), ("salt", ""), ("hosts", ""), ("post", ""), ("reject", ""), ("pause", ""), ("loose", "")),
    ],
)
def test_a_mistyped_word_has_a_nearest_one_and_no_grave_one_by_chance(typed: str, nearest: str) -> None:
    assert parse(f"{typed} 2041/19") == Unknown(typed, nearest)


def test_what_slack_escaped_is_what_was_typed() -> None:
    assert unescaped("a &lt; b &amp;&amp; c &gt; d &amp;lt;") == "a < b && c > d &lt;"
