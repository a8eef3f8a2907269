"""Where everything is shown, a note reads as in the storyboard, and no text of anybody's becomes a marker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.marker import last_line, plain, read
from connectors.plain_text import from_markdown
from tests.connectors.test_marker import note

MARKDOWN = r"""**Verified** · entry 24 · 24 Nov 2026 02:16:02 UTC
**Context** Roll-back to `2026.11.24-2` ended, 6 of 6 pods.
**Evidence** ~~7.3 %~~ 0.2 %; [3 example\] lines](https://logs.example.com/a%28b%29?q=1), `KeyError: '**currency**'`.
**Action** None.
**Next** snake\_case \*stars\*, &lt;b>, 2 ~ 3."""
PLAIN = """Verified · entry 24 · 24 Nov 2026 02:16:02 UTC
Context: Roll-back to 2026.11.24-2 ended, 6 of 6 pods.
Evidence: 7.3 % 0.2 %; 3 example] lines (https://logs.example.com/a%28b%29?q=1), KeyError: '**currency**'.
Action: None.
Next: snake_case *stars*, <b>, 2 ~ 3."""


def test_a_note_reads_as_plain_text() -> None:
    assert from_markdown(MARKDOWN) == PLAIN


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        (
            "**Entries 1 to 11 in one note**: ServiceNow took no writes",
            "Entries 1 to 11 in one note: ServiceNow took no writes",
        ),
        ("`a\\*b`", "a\\*b"),
        ("an `open tick", "an `open tick"),
        ("```\nopen fence", "```\nopen fence"),
        ("[label](javascript:alert)", "[label](javascript:alert)"),
        ("\u202etext\x07", "text"),
        ("", ""),
    ],
)
def test_what_is_no_mark_stays(markdown: str, seen: str) -> None:
    assert from_markdown(markdown) == seen


@given(
    st.text() | st.lists(st.sampled_from(["\\[", "[watchkeeper ", "`", "**", "&lt;", "!--", "\n", "x]"])).map("".join)
)
def test_no_text_forges_a_marker(text: str) -> None:
    said = plain(from_markdown(text))
    assert "[watchkeeper " not in said
    found = read(f"{said}\n{last_line(note())}")
    assert found
    assert found.op == "7h2k9q4m"
