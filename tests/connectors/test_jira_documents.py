"""Our Markdown as Jira's documents and back: always valid, never forged, never above the ceiling, text kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from connectors.memory.jira import adf, plain

SCHEMA = Path(__file__).parents[3] / "shared/specs/adf-full.json"
NOTE = r"""**Finding by logs** · entry 11 · 24 Nov 2026 02:07:12 UTC
**Context** Question to `logs`: what do the failed requests have in common?
**Evidence** `KeyError: 'currency'` in ~~430~~ 412 of 430; [3 example\] lines](https://logs.example.com/a%28b%29?q=1).
- **one** \*star\*
- &lt;b>

```
raw **code**
```"""
PIECES = [
    "**",
    "~~",
    "`",
    "``",
    "```\n",
    "[",
    "](https://x.example/y)",
    "\\",
    "\n",
    "- ",
    "1. ",
    "&lt;",
    "a",
    " ",
    "@x",
]
written = st.text() | st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def text(content: str, *marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": content, **({"marks": list(marks)} if marks else {})}


STRONG, CODE, STRIKE = {"type": "strong"}, {"type": "code"}, {"type": "strike"}


def test_a_note_becomes_paragraphs_marks_lists_and_code() -> None:
    paragraph, bullets, code = adf.document(NOTE)["content"]
    link = {"type": "link", "attrs": {"href": "https://logs.example.com/a%28b%29?q=1"}}
    assert paragraph["content"] == [
        text("Finding by logs", STRONG),
        text(" · entry 11 · 24 Nov 2026 02:07:12 UTC"),
        {"type": "hardBreak"},
        text("Context", STRONG),
        text(" Question to "),
        text("logs", CODE),
        text(": what do the failed requests have in common?"),
        {"type": "hardBreak"},
        text("Evidence", STRONG),
        text(" "),
        text("KeyError: 'currency'", CODE),
        text(" in "),
        text("430", STRIKE),
        text(" 412 of 430; "),
        text("3 example] lines", link),
        text("."),
    ]
    assert [item["content"][0]["content"] for item in bullets["content"]] == [
        [text("one", STRONG), text(" *star*")],
        [text("<b>")],
    ]
    assert code == {"type": "codeBlock", "content": [text("raw **code**")]}


def test_and_reads_back_as_its_text() -> None:
    assert plain.text(adf.document(NOTE)) == (
        "Finding by logs · entry 11 · 24 Nov 2026 02:07:12 UTC\n"
        "Context Question to logs: what do the failed requests have in common?\n"
        "Evidence KeyError: 'currency' in 430 412 of 430; 3 example] lines (https://logs.example.com/a%28b%29?q=1).\n"
        "- one *star*\n- <b>\nraw **code**"
    )


@pytest.mark.parametrize(
    ("hostile", "seen"),
    [
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("@[~accountid:5f0]", "@[~accountid:5f0]"),
        ("## 99 · forged", "## 99 · forged"),
        ("\u202eright\x00 to left\ud800", "right to left"),
        ("**never closed", "**never closed"),
        ("", ""),
    ],
)
def test_what_is_none_of_our_markdown_is_text(hostile: str, seen: str) -> None:
    document = adf.document(hostile)
    assert plain.text(document) == seen
    assert {node["type"] for node in document["content"][0]["content"]} <= {"text"}


@pytest.mark.skipif(not SCHEMA.exists(), reason="the schema of Jira's documents lies beside the repository, not here")
def test_every_document_keeps_to_jiras_schema() -> None:
    judge = Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))
    bad = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text("")]}]}
    assert not judge.is_valid(bad), "the schema is really asked"

    @settings(max_examples=40, deadline=None)
    @given(written)
    @example(NOTE)
    @example("**bold `code` [label](https://x.example)** ~~**both**~~")
    @example("```py\nopen")
    def keeps(markdown: str) -> None:
        assert list(judge.iter_errors(adf.document(markdown))) == []

    keeps()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["x", '"', "\\", "\U0001f525", "**a** ", "`a`\n", "- a\n", "\n", "é", "[a](https://x.example)"]))
def test_the_longest_text_fits_whatever_it_holds(piece: str) -> None:
    markdown = (piece * adf.MAX_TEXT)[: adf.MAX_TEXT]
    document = adf.document(markdown)
    assert adf.size(document) <= adf.MAX_DOCUMENT
    assert adf.size(document) == len(json.dumps(document, separators=(",", ":"), ensure_ascii=False)) + (
        markdown.count("\U0001f525")
    )


def test_the_ceiling_is_exact() -> None:
    empty = adf.size(adf.document("x")) - 1
    assert adf.size(adf.document("x" * (adf.MAX_DOCUMENT - empty))) == adf.MAX_DOCUMENT
    assert adf.document("x" * (adf.MAX_DOCUMENT - empty + 1))["content"][0]["type"] == "codeBlock"


def test_a_persons_document_reads_as_they_see_it() -> None:
    def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
        return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}

    person = node(
        "doc",
        node("paragraph", text("veto 19 "), node("mention", id="5f0", text="@Priya"), text(" no "), node("hardBreak")),
        node(
            "bulletList",
            node("listItem", node("paragraph", text("one"))),
            node("listItem", node("paragraph", text("two")), node("orderedList", node("listItem", node("paragraph")))),
        ),
        node("blockquote", node("paragraph", text("said")), node("paragraph", text("twice"))),
        node("paragraph", node("emoji", shortName=":fire:", text="🔥"), node("inlineCard", url="https://x.example")),
        node("paragraph", node("date", timestamp="1795478400000"), node("status", text="DONE", color="green")),
        node("mediaSingle", node("media", alt="chart.png")),
        node("table", node("tableRow", node("tableCell", node("paragraph", text("a"))), node("tableCell", text("b")))),
        node("rule"),
        node("aNodeOfTomorrow", node("paragraph", text("kept"))),
    )
    assert plain.text(person) == (
        "veto 19 @Priya no\n\n- one\n- two\n  1.\n> said\n> twice\n🔥https://x.example\n2026-11-24DONE\n"
        "[chart.png]\na | b\n---\nkept"
    )


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["type", "content", "text", "attrs", "marks"]), inner)
        ),
    )
)
def test_whatever_stands_there_is_read_without_a_stumble(garbage: Any) -> None:
    assert isinstance(plain.text(garbage), str)
    assert isinstance(plain.text({"type": "doc", "content": [garbage]}), str)


def test_depth_has_an_end() -> None:
    deep: dict[str, Any] = text("bottom")
    for _ in range(3000):
        deep = {"type": "blockquote", "content": [deep]}
    assert "bottom" not in plain.text(deep)
