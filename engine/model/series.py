"""A measure over a stretch of time, small enough to stand in an entry, and how more points become fewer.

It knows no tool and draws nothing.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self

from engine.model.base import Noun

MOST = 60  # points that an entry keeps: below 1 kB
Point = tuple[datetime, float]


class Series(Noun):
    """What was measured, oldest first: `points` are (seconds after `since`, value); a share is 0 to 1."""

    name: str = ""
    unit: str = ""
    threshold: float | None = None
    since: datetime
    points: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, points: Sequence[Point], *, name: str, unit: str, threshold: float | None) -> Self | None:
        """At most 60 of the points, four figures each; None where nothing was measured."""
        known = [(at, value) for at, value in points if math.isfinite(value)]
        if not known:
            return None
        since = known[0][0]
        kept = thinned([((at - since).total_seconds(), value) for at, value in known], MOST)
        short = tuple((round(seconds, 1), float(f"{value:.4g}")) for seconds, value in kept)
        return cls(name=name, unit=unit, threshold=threshold, since=since, points=short)

    @property
    def moments(self) -> list[Point]:
        """The points with their times."""
        return [(self.since + timedelta(seconds=seconds), value) for seconds, value in self.points]


def thinned(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most `most` of the points: the first, the last, and those between that the shape of the line needs.

    Largest triangle, three buckets: https://skemman.is/handle/1946/15343 (S. Steinarsson, 2013). No value is invented.
    """
    if len(points) <= most or most < 3:
        return list(points)
    kept = [points[0]]
    buckets = list(_buckets(points, most - 2))
    for bucket, following in zip(buckets, [*buckets[1:], [points[-1]]], strict=True):
        ahead = (sum(x for x, _ in following) / len(following), sum(y for _, y in following) / len(following))
        kept.append(max(bucket, key=lambda point: _area(kept[-1], point, ahead)))
    return [*kept, points[-1]]


def _buckets(points: Sequence[tuple[float, float]], count: int) -> Iterator[Sequence[tuple[float, float]]]:
    """What is between the ends, in so many runs of nearly one length."""
    inner = len(points) - 2
    edges = [1 + inner * i // count for i in range(count + 1)]
    return (points[a:b] for a, b in pairwise(edges))


def _area(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return abs((a[0] - c[0]) * (b[1] - a[1]) - (a[0] - b[0]) * (c[1] - a[1]))
