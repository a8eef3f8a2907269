"""The picture of a chart, decoded: its size, the lines that must be there, where they stand; and it is repeatable."""

import io
from dataclasses import replace
from datetime import timedelta

from PIL import Image

from bot.chart_picture import HEIGHT, LIMIT, LINE, MARK, WIDTH, draw
from bot.views.chart import Chart, Mark
from tests.views.book import utc
from tests.views.nouns_2041 import failed_requests
from tests.views.test_limits import HOSTILE

POINTS = tuple(failed_requests(22).moments)
MARKS = (Mark(utc("02:07:04"), "alert"), Mark(utc("02:11:48"), "approved"), Mark(utc("02:16:02"), "verified"))
CHART = Chart("error rate", "checkout", "%", 0.01, POINTS, MARKS)


def decoded(chart: Chart) -> Image.Image:
    picture = draw(chart)
    assert picture == draw(chart)
    assert len(picture) < 40_000
    image = Image.open(io.BytesIO(picture))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    return image.convert("RGB")


def of_colour(image: Image.Image, colour: str) -> list[tuple[int, int]]:
    """Where a pixel is of this colour, or nearly."""
    wanted = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))

    def near(x: int, y: int) -> bool:
        found = image.getpixel((x, y))
        assert isinstance(found, tuple)
        return all(abs(a - b) < 24 for a, b in zip(found, wanted, strict=True))

    return [(x, y) for x in range(WIDTH) for y in range(HEIGHT) if near(x, y)]


def test_the_line_the_threshold_and_each_mark_are_there() -> None:
    image = decoded(CHART)
    line = of_colour(image, LINE)
    assert max(x for x, _ in line) - min(x for x, _ in line) > WIDTH * 0.8
    limit = of_colour(image, LIMIT)
    rows = [y for _, y in limit]
    level = max(set(rows), key=rows.count)
    across = sorted(x for x, y in limit if y == level)
    assert across[-1] - across[0] > WIDTH * 0.8
    assert min(y for _, y in line) < level < max(y for _, y in line), "the line crosses it"
    columns = [x for x, _ in of_colour(image, MARK)]
    upright = sorted(x for x in set(columns) if columns.count(x) > HEIGHT / 5)
    groups = [x for i, x in enumerate(upright) if i == 0 or x - upright[i - 1] > 2]
    assert len(groups) == len(MARKS)
    assert image.getpixel((1, 1)) == (255, 255, 255), "a light ground, in dark clients too"


def test_without_threshold_and_marks_nothing_is_made_up() -> None:
    image = decoded(replace(CHART, threshold=None, marks=()))
    assert of_colour(image, LIMIT) == []
    assert of_colour(image, LINE)


def test_whatever_the_numbers_and_names_are_a_picture_comes_out() -> None:
    at = utc("02:07:04")
    for values in ((0.0, 0.0), (-5.0, -5.0), (1e12, -1e12), (0.001, 0.0010001), (7.0, 7.0)):
        points = tuple((at + timedelta(milliseconds=300 * i), value) for i, value in enumerate(values))
        decoded(Chart(HOSTILE, HOSTILE, "per min", 1e-9, points, (Mark(at, "alert"),) * 9))
    days = tuple((at + timedelta(days=9 * i), float(i)) for i in range(4))
    decoded(Chart("load", "checkout", "", None, days, ()))
