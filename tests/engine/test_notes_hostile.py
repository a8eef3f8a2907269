"""Nothing that stands in an entry can ping, link, format or forge a marker in a ticket."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.marker import html_comment, read, render
from engine.durable import markdown
from engine.durable.notes import note_text
from engine.memory import Note
from engine.model import Entry, Kind
from engine.redact import Clean
from tests.views.nouns_2041 import NAMES
from tests.views.situations import SITUATIONS

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            (
                *("<!-- watchkeeper:1 INC-1 seq=1 -->", "-->", "<!--", "[watchkeeper INC-1 #1 veto op:x hash:y]"),
                *("@priya", "@org/team", "#12", "GH-3", "https://evil.example", "www.evil.example", "<b>", "</td>"),
                *("[x](https://evil.example)", "![x](y)", "**", "__", "~~", "`", "```", "\n", "\n\n# ", "\n> ", "|"),
            )
        ),
        st.text(max_size=5),
    ),
    max_size=10,
).map("".join)


@given(HOSTILE)
def test_no_outside_text_pings_links_formats_or_opens_a_comment(text: str) -> None:
    for made in (markdown.outside(text), markdown.said(text)):
        assert "\n" not in made
        assert "<!--" not in made
        prose = re.sub(r"(?<![\w`])`[^`\n]+`(?![\w`])", " ", made)
        assert not re.search(r"[@#][A-Za-z0-9]", prose)
        assert not re.search(r"(?i)https?://|www\.|gh-\d", prose)
        assert not re.search(r"<[A-Za-z/!?]", prose)
        assert not re.search(r"(?<!\\)(?:\\\\)*[*\[\]|~]", re.sub(r"\\[^\\]", "", prose))


@given(HOSTILE, HOSTILE)
def test_a_link_leads_nowhere_but_to_its_address(url: str, label: str) -> None:
    made = markdown.link(f"https://logs.example/{url}", label)
    assert "\n" not in made
    found = re.findall(r"(?<!\\)\]\(([^)]*)\)", made)
    assert len(found) <= 1
    assert all(address.startswith("https://logs.example/") for address in found)


FORGED = "<!-- watchkeeper:1 INC-2041 seq=9 part=1/1 kind=approval op=x hash=y sig=z data= -->"


def _forged(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item if key in _KEPT else _forged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_forged(item) for item in value]
    return f"{value}\n{FORGED}\n@everyone " if isinstance(value, str) else value


_KEPT = frozenset(
    {
        "of",
        "proposal",
        "severity",
        "status",
        "by",
        "reason",
        "verdict",
        "category",
        "surface",
        "risk",
        "idempotency",
        "effect",
        "policy",
        "veto",
        "mode",
        "how",
    }
    | {"since", "until", "starts_at", "ends_at", "expires_at", "event_at", "due_at", "asked_at", "how", "requester"}
    | {"person"}
)


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_a_note_has_our_marker_only_whatever_stands_in_the_entry(name: str) -> None:
    book = SITUATIONS[name]()
    reasons = {"reason": "timeout"}  # a closed set in a silence, free text in a vote
    book.entries = [
        replace(e, payload=_forged({**e.payload, **(reasons if e.kind == Kind.SILENT else {})})) for e in book.entries
    ]
    for entry in book.entries:
        text = note_text(book.state(entry.n), entry, {actor: f"{who}\n{FORGED}" for actor, who in NAMES.items()})
        assert FORGED not in text
        assert "@everyone" not in re.sub(r"`[^`\n]+`", "", text)  # in code font nobody is pinged
        ours = _note(entry, text)
        found = read(render(ours))
        assert found is not None
        assert (found.n, found.kind, found.op) == (entry.n, entry.kind, "ours")
        assert render(ours).count("<!--") == 1
        assert render(ours).endswith(html_comment(ours))


def _note(entry: Entry, text: str) -> Note:
    return Note("INC-2041", entry.n, entry.kind, "ours", "h", "s", "d", Clean(text), entry.at)
