"""When entries share a note, and how a long text is cut: nothing is dropped, nothing is over the ceiling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.durable.grouping import BURST, GROUP_MOST, OLD, WHOLE, Waiting, group_text, last_of_group, parted


@pytest.mark.parametrize(
    ("waiting", "last"),
    [
        (Waiting(0, 9, OLD * 9, failed=True), 1),  # the ticket's body is the first entry, alone
        (Waiting(3, 4, OLD * 9, failed=True), 4),
        (Waiting(3, 9, 1.0, failed=False), 4),
        (Waiting(3, 9, 1.0, failed=True), 9),
        (Waiting(3, 9, OLD + 1, failed=False), 9),
        (Waiting(3, 3 + BURST + 1, 1.0, failed=False), 3 + BURST + 1),
        (Waiting(3, 9, 1.0, failed=False, room=6), 4),
        (Waiting(3, 9, 1.0, failed=False, room=5), 9),
        (Waiting(3, 900, OLD + 1, failed=False), 3 + GROUP_MOST),
    ],
)
def test_entries_share_a_note_when_the_backend_is_slow_was_down_or_grants_too_little(
    waiting: Waiting, last: int
) -> None:
    assert last_of_group(waiting, groups=True) == last
    assert last_of_group(waiting, groups=False) == waiting.acked + 1


def test_a_group_says_every_entry_whole_or_in_a_line() -> None:
    whole = group_text(1, 2, "GitHub was behind", ["**One**\nall of it", "**Two**"], ["1 · One", "2 · Two"], 60_000)
    assert whole == "**Entries 1 to 2 in one note**: GitHub was behind\n\n**One**\nall of it\n\n**Two**"
    lines = group_text(1, 2, "", ["x" * WHOLE, "**Two**"], ["1 · One", "2 · Two"], 60_000)
    assert lines == "**Entries 1 to 2 in one note**\n1 · One\n2 · Two"


texts = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300), max_size=30).map("\n".join)


@given(texts, st.integers(200, 800), st.integers(1, 5))
def test_the_parts_are_the_text(text: str, ceiling: int, least: int) -> None:
    parts = parted(text, ceiling, least, "Entry 11")
    assert len(parts) >= least
    assert all(len(part) <= ceiling for part in parts)
    said = [part.partition("\n")[2] if k else part for k, part in enumerate(parts)]
    assert "".join("".join(said).split()) == "".join(text.split())
    for k, part in enumerate(parts[1:], 2):
        assert part.startswith(f"**Entry 11, part {k} of {len(parts)}**")


def test_it_is_cut_between_lines() -> None:
    lines = [f"line {n} " + "x" * 50 for n in range(20)]
    parts = parted("\n".join(lines), 300, 1, "Entry 11")
    assert [line for part in parts for line in part.splitlines() if line.startswith("line")] == lines
