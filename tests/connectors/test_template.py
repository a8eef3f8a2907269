"""Templates look names up and nothing else; rules are false of what is not known."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.reasoners.playbook.rules import parse
from connectors.template import fill, fill_tree, tree_fields
from engine.words import number, percent, span

NAMES: dict[str, Any] = {
    "logs": {"share": 0.958, "n": 1765, "error": "KeyError: 'currency'", "at": "2026-11-24T02:03:41Z", "yes": True},
    "releases": {"began": "2026-11-24T02:01:12.000Z", "release": "2026.11.24-3", "zero": 0, "nothing": None},
    "window": {"since": datetime(2026, 11, 24, 1, 37, tzinfo=UTC)},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{logs.error}", "KeyError: 'currency'"),
        ("{logs.share:%} of {logs.n:n}", "96\u00a0% of 1,765"),
        ("{window.since:%H:%M} UTC", "01:37 UTC"),
        ("{logs.at:%H:%M:%S}", "02:03:41"),
        ("{logs.at:after releases.began}", "2\u00a0min 29\u00a0s"),
        ("{logs.nope} {nope} {logs} {releases.nothing}", "… … … …"),
        ("{logs.error:%H:%M} {logs.error:%} {logs.at:after logs.error}", "… … …"),
        ('{"a": 1} {} {{logs.n}} {x: 1} {0} {a b}', '{"a": 1} {} {1765} {x: 1} {0} {a b}'),
        ("{logs.__class__} {logs.error.upper} {logs.error.__len__}", "… … …"),
        ("{logs[error]} {logs.error!r}", "{logs[error]} {logs.error!r}"),
        ("{releases.zero} {logs.yes}", "0 True"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert fill(template, NAMES) == text


def test_a_tree_keeps_its_types() -> None:
    tree = {"a": "{logs.n}", "b": ["{logs.share}", "x {logs.n}"], "c": 5, "d": "{value:n}", "e": "{nope}"}
    assert fill_tree(tree, NAMES, missing=None) == {
        "a": 1765,
        "b": [0.958, "x 1765"],
        "c": 5,
        "d": "{value:n}",
        "e": "{nope}",
    }
    assert tree_fields(tree) == ["logs.n", "logs.share", "logs.n", "value", "nope"]


@given(st.text(alphabet="{}:.%abn_ -0", max_size=40), st.text())
def test_what_is_filled_in_is_never_read_again(template: str, value: str) -> None:
    assert isinstance(fill(template, {"a": value, "b": {"n": value}}), str)
    assert fill("<{a}>", {"a": value}) == f"<{value}>"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("logs.share >= 0.5", True),
        ("logs.share>=0.958", True),
        ("logs.share < 0.5", False),
        ("0.5 < logs.share", True),
        ("logs.at > releases.began", True),
        ("releases.began > logs.at", False),
        ("logs.at == 2026-11-24T02:03:41.000+00:00", True),
        ("logs.at > 2026-11-24T03:00:00+01:00", True),
        ("logs.error == \"KeyError: 'currency'\"", True),
        ("logs.error != 'x'", True),
        ("releases.release in ['2026.11.24-2', '2026.11.24-3']", True),
        ("releases.release not in ['2026.11.24-2']", True),
        ("releases.release in [logs.error, releases.release]", True),
        ("releases.zero in [0, 1]", True),
        ("logs.yes", True),
        ("not logs.yes", False),
        ("logs.yes == true", True),
        ("logs.yes == 1", False),
        ("logs.yes >= 1", False),
        ("logs.error > 5", False),
        ("logs.error < 'zzz'", False),
        ("releases.release == 2026", False),
        # What is not known supports nothing, however it is asked.
        ("logs.nope", False),
        ("not logs.nope", False),
        ("logs.nope == logs.nope", False),
        ("logs.nope != 1", False),
        ("nope.at < logs.at", False),
        ("logs.nope not in ['a']", False),
        ("releases.release in ['a', nope.x]", False),
        ("releases.nothing == 0", False),
    ],
)
def test_rules(rule: str, holds: bool) -> None:
    assert parse(rule).holds(NAMES) is holds


@pytest.mark.parametrize(
    "text",
    ["", "logs", "logs.share >=", "logs.share = 1", "a.b == c", "a.b in 'x'", "a.b == [1]", "a.b == 1 or a.c", "f(a.b)",
     "a.b == 1; x", "a.b.__class__()", "a.b + 1 > 2", "== 1", "not", "not a"],
)  # fmt: skip
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="`"):
        parse(text)


@given(st.text(alphabet="ab.12 <>=!'\"[],notin-:TZ", max_size=30))
def test_any_text_is_a_rule_or_a_refusal(text: str) -> None:
    try:
        rule = parse(text)
    except ValueError:
        return
    assert rule.holds(NAMES) in {True, False}


@pytest.mark.parametrize(
    ("value", "text"),
    [(412, "412"), (1765, "1,765"), (0.31, "0.31"), (240.4, "240"), (1e20, "100,000,000,000,000,000,000"), (0.0, "0"),
     (0.00001, "1e-05"), (float("nan"), "?"), (float("inf"), "?"), (-2.5, "-2.5")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_shares_and_spans() -> None:
    assert [percent(x) for x in (0.073, 0.958, 0.001, 0, 1)] == [
        f"{x}\u00a0%" for x in ("7.3", "96", "0.1", "0", "100")
    ]
    assert [span(x) for x in (54, 197, 7500, 3600)] == [
        "54\u00a0s",
        "3\u00a0min 17\u00a0s",
        "2\u00a0h 5\u00a0min",
        "1\u00a0h",
    ]
