"""A series: how many points become few without losing the shape, and what an entry weighs with it."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.model import Series
from engine.model.series import MOST, thinned
from engine.published import canonical

AT = datetime(2026, 11, 24, 1, 37, tzinfo=UTC)
VALUES = st.lists(st.floats(-1e9, 1e9), max_size=400)


def of(values: list[float]) -> Series | None:
    points = [(AT + timedelta(seconds=5 * i), value) for i, value in enumerate(values)]
    return Series.of(points, name="errors", unit="%", threshold=0.01)


@given(VALUES, st.integers(3, 80))
def test_no_value_is_invented_and_the_ends_stay(values: list[float], most: int) -> None:
    points = list(enumerate(values))
    kept = thinned(points, most)
    assert len(kept) == min(len(points), most)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(points)
    assert kept[:1] == points[:1]
    assert kept[-1:] == points[-1:]


def test_a_peak_of_one_point_among_thousands_stays() -> None:
    values = [0.002] * 5000
    values[3210] = 0.073
    series = of(values)
    assert series is not None
    assert len(series.points) == MOST
    assert max(value for _, value in series.points) == 0.073
    assert series.moments[-1][0] == AT + timedelta(seconds=5 * 4999)


def test_an_entry_grows_by_less_than_a_kilobyte_and_a_quarter() -> None:
    series = of([0.002 + 0.07 * math.sin(i) ** 2 for i in range(1000)])
    assert series is not None
    assert len(canonical(series.to_json())) < 1250


def test_what_is_no_number_is_left_out() -> None:
    assert of([]) is None
    assert of([math.nan, math.inf]) is None
    series = of([math.nan, 0.1, math.inf])
    assert series is not None
    assert series.points == ((0.0, 0.1),)
