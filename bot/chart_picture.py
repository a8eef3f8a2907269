"""A chart as a PNG, for workspaces that refuse Slack's own: axes with unit, threshold, marks as labelled verticals.

The same chart always gives the same bytes. Pillow is loaded at the first picture; drawing takes about 0.2 s of a CPU,
so it belongs in a worker thread. It is drawn in double size and made smaller: Pillow draws lines without smoothing.
"""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from bot.views.chart import Chart
from engine.words import NBSP, clock

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

WIDTH, HEIGHT = 800, 440  # readable at the 330 points that a phone gives it
BACKGROUND, INK, GRID = "#ffffff", "#3b4652", "#e3e8ee"
LINE, AREA, LIMIT, MARK = "#1558a6", "#eef3f9", "#b5651c", "#5b6470"
_BIG = 2
_TEXT = 23
_LEFT, _RIGHT, _BOTTOM, _ROW = 96, 24, 48, 30
_STEPS = [timedelta(seconds=s) for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)]
_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


def draw(chart: Chart) -> bytes:
    """The PNG. Blocking."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  only where a picture is needed

    font = ImageFont.load_default(_TEXT * _BIG)
    image = Image.new("RGB", (WIDTH * _BIG, HEIGHT * _BIG), BACKGROUND)
    pen = ImageDraw.Draw(image)
    labels = _rows(chart, lambda text: pen.textlength(text, font=font) / _BIG)
    plot = _Plot.of(chart, top=14 + _ROW * (1 + max((row for _, _, row in labels), default=-1)))
    _Picture(pen, font, plot).draw(chart, labels)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a moment and a value stand on the picture, and where the lines of the grid are."""

    since: datetime
    until: datetime
    low: float
    high: float
    step: float
    top: float

    @classmethod
    def of(cls, chart: Chart, top: float) -> Self:
        values = [0.0, *(value for _, value in chart.points)]
        values += [chart.threshold] if chart.threshold is not None else []
        low, high = min(values), max(values)
        step = _round_step((high - low or abs(high) or 1.0) / 4)
        edges = (math.floor(low / step) * step, math.ceil((high or step) / step + 1e-9) * step)
        until = max([chart.points[-1][0], *(mark.at for mark in chart.marks)])
        return cls(chart.points[0][0], until, *edges, step, top)

    def x(self, at: datetime) -> float:
        share = (at - self.since).total_seconds() / ((self.until - self.since).total_seconds() or 1.0)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _BOTTOM - self.top)

    def values(self) -> Iterator[float]:
        """The values of the grid, round ones."""
        for i in range(round((self.high - self.low) / self.step) + 1):
            yield round(self.low + i * self.step, 12)

    def moments(self) -> Iterator[datetime]:
        """Round times, at most six."""
        span = self.until - self.since
        step = next((s for s in _STEPS if span / s <= 6), timedelta(days=1))
        at = _BEGIN + math.ceil((self.since - _BEGIN) / step) * step
        while at <= self.until:
            yield at
            at += step


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999) * power)


def _rows(chart: Chart, width: Callable[[str], float]) -> list[tuple[str, datetime, int]]:
    """The words of the marks with the row in which they stand: as high as needed so that none covers another."""
    ends: list[float] = []
    placed = []
    plot = _Plot.of(chart, top=0)
    for at, words in _together(chart, plot):
        text = f"{', '.join(words)} {clock(at)}"
        left, right = _span(plot.x(at), width(text))
        row = next((i for i, end in enumerate(ends) if left > end + 12), len(ends))
        ends[row : row + 1] = [right]
        placed.append((text, at, row))
    return placed


def _together(chart: Chart, plot: "_Plot") -> list[tuple[datetime, list[str]]]:
    """The marks; those that would stand on each other share a line."""
    found: list[tuple[datetime, list[str]]] = []
    for mark in chart.marks:
        if found and plot.x(mark.at) - plot.x(found[-1][0]) < 6:
            found[-1][1].append(mark.word)
        else:
            found.append((mark.at, [mark.word]))
    return found


def _span(x: float, width: float) -> tuple[float, float]:
    """From where to where a text stands that is centred at `x` and stays on the picture."""
    left = min(max(x - width / 2, 4), WIDTH - 4 - width)
    return left, left + width


@dataclass(frozen=True, slots=True)
class _Picture:
    """One drawing in the making."""

    pen: "ImageDraw"
    font: "FreeTypeFont | ImageFont"
    plot: _Plot

    def draw(self, chart: Chart, labels: Sequence[tuple[str, datetime, int]]) -> None:
        line = [(self.plot.x(at), self.plot.y(value)) for at, value in chart.points]
        ground = self.plot.y(max(self.plot.low, 0.0))
        self.pen.polygon(_big([(line[0][0], ground), *line, (line[-1][0], ground)]), fill=AREA)
        self._grid(chart)
        if chart.threshold is not None:
            y = self.plot.y(chart.threshold)
            self._dashed((_LEFT, y), (WIDTH - _RIGHT, y), LIMIT, 14)
            self._text(f"threshold {chart.value(chart.threshold)}", _LEFT + 8, y - 4, "ls", LIMIT)
        for _, at, row in labels:
            x = self.plot.x(at)
            self._dashed((x, 8 + row * _ROW), (x, HEIGHT - _BOTTOM), MARK, 6)
        for text, at, row in labels:
            left, right = _span(self.plot.x(at), self.pen.textlength(text, font=self.font) / _BIG)
            top = 6 + row * _ROW
            self.pen.rectangle(_big([(left - 4, top - 2), (right + 4, top + _ROW - 6)]), fill=BACKGROUND)
            self._text(text, left, top + 2, "lt", INK)
        self.pen.line(_big(line), fill=LINE, width=4 * _BIG, joint="curve")

    def _grid(self, chart: Chart) -> None:
        for value in self.plot.values():
            y = self.plot.y(value)
            self.pen.line(_big([(_LEFT, y), (WIDTH - _RIGHT, y)]), fill=GRID, width=2 * _BIG)
            self._text(chart.value(value), _LEFT - 10, y, "rm", INK)
        fine = (self.plot.until - self.plot.since) < timedelta(minutes=3)
        self._text("UTC", WIDTH - 4, HEIGHT - 14, "rs", INK)
        for at in self.plot.moments():
            if self.plot.x(at) < WIDTH - 110:
                self._text(clock(at, seconds=fine), self.plot.x(at), HEIGHT - 14, "ms", INK)

    def _text(self, text: str, x: float, y: float, anchor: str, ink: str) -> None:
        text = text.replace(NBSP, " ")  # the font has no U+00A0
        self.pen.text((x * _BIG, y * _BIG), text, fill=ink, font=self.font, anchor=anchor)

    def _dashed(self, begin: tuple[float, float], end: tuple[float, float], ink: str, dash: float) -> None:
        length = math.dist(begin, end)
        for i in range(0, math.ceil(length / dash), 2):
            a, b = (min(i * dash, length) / length, min((i + 1) * dash, length) / length)
            pieces = [(begin[0] + (end[0] - begin[0]) * t, begin[1] + (end[1] - begin[1]) * t) for t in (a, b)]
            self.pen.line(_big(pieces), fill=ink, width=3 * _BIG)


def _big(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x * _BIG, y * _BIG) for x, y in points]
