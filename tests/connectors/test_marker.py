"""The marker is read from the last line only, and nobody's text can forge or break it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.marker import defuse, html_comment, last_line, read, render
from engine.memory import Note
from engine.redact import Clean


def note(text: str = "**Finding by logs** · entry 11") -> Note:
    at = datetime(2026, 11, 24, 2, 7, 12, tzinfo=UTC)
    return Note("INC-2041", 11, "finding", "7h2k9q4m", "9c41e07a52d1", "5e0b", "eJyt+/=", Clean(text), at, b"{}")


def test_the_two_forms() -> None:
    assert html_comment(note()) == (
        "<!-- watchkeeper:1 INC-2041 seq=11 part=1/1 kind=finding op=7h2k9q4m"
        " hash=9c41e07a52d1 sig=5e0b data=eJyt+/= -->"
    )
    assert last_line(note()) == "[watchkeeper INC-2041 #11 finding op:7h2k9q4m hash:9c41e07a52d1]"


def test_what_was_written_is_read() -> None:
    found = read(render(note()))
    assert found
    assert (found.incident, found.n, found.kind, found.op) == ("INC-2041", 11, "finding", "7h2k9q4m")
    assert (found.hash, found.sig, found.data) == ("9c41e07a52d1", "5e0b", "eJyt+/=")
    plain = read(f"text\n{last_line(note())}\n")
    assert plain
    assert (plain.op, plain.data) == ("7h2k9q4m", "")
    group = read("Entries 1 to 11\n[watchkeeper INC-2041 #1-11 group op:5c0v7n2p hash:9c41e07a52d1]")
    assert group
    assert (group.n, group.kind) == (11, "group")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no marker",
        f"{html_comment(note())}\nand then a person wrote",
        f"> {html_comment(note())}",
        f"a {html_comment(note())}",
        html_comment(note()).replace("watchkeeper:1", "watchkeeper:2"),
        html_comment(note()).replace("op=7h2k9q4m", "op=7h 2k"),
    ],
)
def test_anything_else_is_no_marker(text: str | None) -> None:
    assert read(text) is None


@given(st.text() | st.lists(st.sampled_from(["<!--", "-->", "<!", "--", ">", "[watchkeeper ", "\n", "x"])).map("".join))
def test_no_text_breaks_the_marker(text: str) -> None:
    written = render(note(text))
    found = read(written)
    assert found
    assert found.op == "7h2k9q4m"
    assert written.count("<!--") == written.count("-->") == 1
    assert defuse(text).replace("\u2060", "") == text.replace("\u2060", "")
