"""A partner's answer is tamed: capped, printable, flat, or refused with the field that does not fit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import from_structure, from_text, tamed
from engine.errors import Permanent

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)
KEYS = ("says", "facts", "window", "confidence", "links", "examples", "short", "other")


@given(st.fixed_dictionaries({}, optional={key: JSON for key in KEYS} | {"says": st.text() | JSON}))
def test_any_answer_is_a_finding_or_a_refusal(answer: dict[str, Any]) -> None:
    try:
        found = from_structure("logs", answer)
    except Permanent as err:
        if not str(err).startswith("logs answered in a form that it does not declare: "):
            raise
        return
    assert 0 < len(found.says) <= 40_000
    assert len(found.facts) <= 50
    assert all(len(value) <= 300 for value in found.facts.values() if isinstance(value, str))
    assert len(found.examples) <= 200
    assert len(found.links) <= 5
    found.model_dump_json().encode()


def test_what_is_too_much_is_cut() -> None:
    found = from_structure(
        "logs",
        {
            "says": "s" * 99_999,
            "facts": {f"k{i}": "v" * 999 for i in range(99)} | {"n": 1},
            "examples": ["e" * 999] * 299,
            "links": [{"text": "t" * 999, "url": f"https://x.example.com/{i}"} for i in range(99)],
        },
    )
    assert (len(found.says), len(found.facts), len(found.examples), len(found.links)) == (40_000, 50, 200, 5)
    assert found.says.endswith("…")
    assert {len(example) for example in found.examples} == {500}
    assert {len(link.text) for link in found.links} == {80}


def test_facts_are_flat() -> None:
    facts = {"tree": {"a": [1]}, "nan": float("nan"), "big": 2**70, "yes": True, "none": None, "": 1, "half": 0.5}
    found = from_structure("logs", {"says": "x", "facts": facts})
    assert found.facts == {"tree": '{"a": [1]}', "nan": None, "big": str(2**70), "yes": True, "none": None, "half": 0.5}


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://a b", "https://x|y", "//x", 5, None],
)
def test_only_web_addresses_are_links(url: object) -> None:
    assert from_structure("logs", {"says": "x", "links": [{"text": "look", "url": url}, url]}).links == ()


@pytest.mark.parametrize(
    "answer",
    [{}, {"says": ""}, {"says": " \x00 "}, {"says": 5}, {"says": "x", "facts": []}, {"says": "x", "confidence": 2}],
)
def test_what_does_not_fit_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="in a form that it does not declare"):
        from_structure("logs", answer)


def test_a_free_answer_is_what_it_says() -> None:
    assert from_text("logs", "  all\r\nquiet\x1b[31m ").says == "all\nquiet[31m"
    with pytest.raises(Permanent):
        from_text("logs", "\x00")


@given(st.text(), st.integers(1, 50))
def test_tamed_text_is_short_and_printable(text: str, limit: int) -> None:
    out = tamed(text, limit)
    assert len(out) <= limit
    assert not any(ord(c) < 32 and c not in "\t\n" for c in out)
    out.encode()
