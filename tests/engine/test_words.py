"""Numbers, shares, spans and times as they read in a sentence."""

from datetime import UTC, datetime

import pytest

from engine import words


@pytest.mark.parametrize(
    ("share", "read"),
    [
        *((0.073, "7.3"), (0.01, "1"), (0.96, "96"), (0, "0"), (1, "100"), (0.9977, "99.8"), (0.99996, "99.9")),
        *((0.0004, "0.04"), (0.00001, "under 0.01"), (0.060034, "6.0"), (0.12, "12"), (1.5, "150"), (-0.05, "-5")),
        (float("nan"), "?"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, read: str) -> None:
    assert words.percent(share).removesuffix("\u00a0%") == read


@pytest.mark.parametrize(
    ("value", "read"), [(412, "412"), (29400, "29,400"), (0.92, "0.92"), (1234.5, "1,234"), (float("inf"), "?")]
)
def test_a_number_has_at_most_three_figures_that_count(value: float, read: str) -> None:
    assert words.number(value) == read


@pytest.mark.parametrize(
    ("seconds", "took", "span", "lasted"),
    [
        (0.01, "under 0.1 s", "0 s", "0 s"),
        (6.4, "6.4 s", "6 s", "6 s"),
        (73.4, "73 s", "1 min 13 s", "1 min 13 s"),
        (197, "3 min 17 s", "3 min 17 s", "3 min"),
        (716, "11 min 56 s", "11 min 56 s", "12 min"),
        (7500, "2 h 5 min", "2 h 5 min", "2 h 5 min"),
    ],
)
def test_lengths_of_time(seconds: float, took: str, span: str, lasted: str) -> None:
    made = (words.took(seconds), words.span(seconds), words.lasted(seconds))
    assert tuple(text.replace("\u00a0", " ") for text in made) == (took, span, lasted)


def test_a_stretch_of_time_is_as_exact_as_it_has_to_be() -> None:
    at = [datetime(2026, 11, 24, 2, minute, second, tzinfo=UTC) for minute, second in ((5, 0), (7, 4), (7, 9))]
    assert words.stretch(at[0], at[1]) == "02:05 to 02:07"
    assert words.stretch(at[1], at[2], "–") == "02:07:04–02:07:09"
    assert words.stretch(at[0], at[0].replace(day=25)) == "24 Nov 2026 02:05 to 25 Nov 2026 02:05"


def test_verbs_of_titles() -> None:
    assert words.past("roll back checkout to 2026.11.24-2") == "rolled back checkout to 2026.11.24-2"
    assert words.progressive("Restart database") == "restarting database"
    assert words.past("stopgap") == words.progressive("stopgap") == "stopgap"


def test_small_words() -> None:
    assert [words.ordinal(n) for n in (2, 3, 11, 21, 22, 112)] == ["second", "third", "11th", "21st", "22nd", "112th"]
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.lower_first("Payment provider down") == "payment provider down"
    assert words.lower_first("KeyError in cart") == "KeyError in cart"
    assert words.sentence("It ran") == "It ran."
    assert words.sentence("Did it?") == "Did it?"
    assert words.moment("24 Nov 2026") is None
    assert words.moment("2026-11-24T02:05:12Z") == datetime(2026, 11, 24, 2, 5, 12, tzinfo=UTC)
