"""A measure over time as people see it: Slack's own chart, or the picture that `bot/chart_picture.py` draws of it.

Slack's chart knows at most 20 moments and no annotations: the threshold is a line of its own, and what happened is
written at the moment nearest to it. The line below it has every time, so nothing is told by the chart alone.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.views.parts import Block, clip, context, line_chart, outside, plain
from engine.model import Measure, Series
from engine.model.series import thinned
from engine.words import clock, day, quantity, stretch, upper_first

_JUST_AFTER = timedelta(seconds=30)
_MOMENTS = 20  # of a chart: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, in one or two words: `approved`."""

    at: datetime
    word: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure with its threshold and what happened; shares are 0 to 1. `name` and `service` are outside text."""

    name: str
    service: str
    unit: str
    threshold: float | None
    points: tuple[tuple[datetime, float], ...]
    marks: tuple[Mark, ...]

    @property
    def id(self) -> str:
        """What it shows, as a short name: another one for every change."""
        return f"chart/{hashlib.sha256(repr(self).encode()).hexdigest()[:16]}"

    @property
    def title(self) -> str:
        """`Error rate of checkout, 01:57 to 02:19 UTC`, at most 50 characters, of which the times stay whole."""
        of = f"{upper_first(self.name)} of {self.service}" if self.service else upper_first(self.name)
        when = f", {stretch(self.points[0][0], self.points[-1][0])} UTC"
        return f"{clip(plain(of), 50 - len(when))}{when}"

    @property
    def alt(self) -> str:
        """What it shows, as a sentence for whoever does not see it."""
        values = [value for _, value in self.points]
        high_at, high = max(self.points, key=lambda point: point[1])
        low_at, low = min(self.points, key=lambda point: point[1])
        since, until = self.points[0][0], self.points[-1][0]
        said = [
            f"Line chart, {plain(self.name, 60)} of {plain(self.service, 60) or 'the service'}",
            f"{day(since)} {stretch(since, until)} UTC. First {self.value(values[0])}",
            f"highest {self.value(high)} at {clock(high_at)}, lowest {self.value(low)} at {clock(low_at)}",
            f"last {self.value(values[-1])}.",
        ]
        limit = f" Dashed line: threshold {self.value(self.threshold)}." if self.threshold is not None else ""
        marks = f" Marks: {', '.join(f'{m.word} {clock(m.at)}' for m in self.marks)}." if self.marks else ""
        return f"{', '.join(said)}{limit}{marks}"

    def value(self, number: float) -> str:
        """`7.3 %`."""
        return plain(quantity(number, self.unit), 40)


def chart_of(
    series: Series | None, service: str, marks: Sequence[Mark], measure: Measure | None = None
) -> Chart | None:
    """The chart of a series; name, unit and threshold are the measure's, where there is one. None without a line."""
    if series is None or len({seconds for seconds, _ in series.points}) < 2:
        return None
    name = measure.name if measure else series.name
    unit, limit = (measure.unit, measure.threshold) if measure else (series.unit, series.threshold)
    points = tuple(series.moments)
    since, until = points[0][0], points[-1][0]
    late = until + max((until - since) / 10, _JUST_AFTER)  # what was entered just after the last reading
    shown = tuple(m for m in sorted(marks, key=lambda m: m.at) if since <= m.at <= late)
    return Chart(name or "Measure", service, unit, limit, points, shown)


def chart_blocks(chart: Chart | None) -> list[Block]:
    """Slack's chart, and the line below it that has its times."""
    if chart is None:
        return []
    moments = _moments(chart)
    scale = 100 if chart.unit == "%" else 1
    own = plain(chart.name, 20)
    lines = {
        "value" if own.startswith("threshold") else own or "value": [round(value * scale, 6) for _, value in moments]
    }
    if chart.threshold is not None:
        lines[f"threshold {chart.value(chart.threshold)}"] = [round(chart.threshold * scale, 6)] * len(moments)
    axes = (f"{plain(chart.name, 40)}{f', {plain(chart.unit, 8)}' if chart.unit else ''}", "UTC")
    block = line_chart(chart.id, chart.title, axes, [label for label, _ in moments], lines)
    return [block, context(_caption(chart))]


def _caption(chart: Chart) -> str:
    limit = f"Threshold {outside(chart.value(chart.threshold))}" if chart.threshold is not None else ""
    marks = ", ".join(f"{m.word} {clock(m.at, seconds=True)}" for m in chart.marks)
    return " · ".join(part for part in (limit, f"{marks} UTC" if marks else "") if part) or "No threshold is known"


def _moments(chart: Chart) -> list[tuple[str, float]]:
    """At most 20 points with labels that differ; a mark is the label of the free point nearest to it."""
    since = chart.points[0][0]
    seconds = [((at - since).total_seconds(), value) for at, value in chart.points]
    times = dict(zip(seconds, chart.points, strict=True))
    kept = [times[point] for point in thinned(seconds, _MOMENTS)]
    marked: dict[int, Mark] = {}
    for mark in chart.marks:
        free = [i for i in range(len(kept)) if i not in marked and i > max(marked, default=-1)]
        if free:
            marked[min(free, key=lambda i: abs((kept[i][0] - mark.at).total_seconds()))] = mark
    fine = (kept[-1][0] - since).total_seconds() < 60 * len(kept)
    return list(_labelled(kept, marked, fine))


def _labelled(
    kept: Sequence[tuple[datetime, float]], marked: dict[int, Mark], fine: bool
) -> Iterator[tuple[str, float]]:
    seen: set[str] = set()
    for i, (at, value) in enumerate(kept):
        label = f"{clock(marked[i].at)} {marked[i].word}" if i in marked else clock(at, seconds=fine)
        if label not in seen:  # Slack wants every label once
            seen.add(label)
            yield label, value
