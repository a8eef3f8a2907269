"""A series of numbers as a finding: its last value, what was normal, and when it left that. Every metric tool uses it.

Normal is, in this order: what the reading names (`normal`), its threshold, or the first third of the window: its mean
and three standard deviations. It fetches nothing and knows no cause.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.template import fill
from engine.errors import Permanent
from engine.model import Finding, Link, Scalar, Series, Window
from engine.words import quantity

Point = tuple[datetime, float]
_ENOUGH_FOR_A_BASELINE = 6


class ReadingArguments(BaseModel):
    """What every reading may say of itself.

    `says` is the subject ("Errors") or a whole sentence with facts in braces; `unit` `%` means that the values are
    shares of 0 to 1. `short_changed` and `short_flat` answer the question in the plan. `normal` is (lowest, highest).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = "The value"
    unit: str = ""
    normal: tuple[float, float] | None = None
    onset_threshold: float | None = None
    short_changed: str = "{onset:%H:%M} UTC"
    short_flat: str = "No change"

    @classmethod
    def of(cls, who: str, arguments: Mapping[str, Any]) -> Self:
        """The arguments, checked. Raises `Permanent` that names the field."""
        try:
            return cls.model_validate(dict(arguments))
        except ValidationError as err:
            first = err.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "arguments"
            raise Permanent(f"{who}: the reading cannot work as configured: {field}: {first['msg']}") from err


@dataclass(frozen=True, slots=True)
class _Shape:
    baseline: float | None
    onset: datetime | None
    changed: bool
    from_the_start: bool


def finding(
    source: str,
    points: Sequence[Point],
    arguments: ReadingArguments,
    window: Window,
    *,
    links: Sequence[Link] = (),
    more: Mapping[str, Scalar] | None = None,
) -> Finding:
    """The finding of one series, oldest point first; values that are no numbers are left out.

    `facts`: `value` (the last), `min`, `max`, `mean`, `baseline`, `onset` (ISO 8601), `changed`, and `more`. Without a
    point `value` is None and the finding says that there is no data. `series` has at most 60 of the points.
    """
    known = [point for point in points if math.isfinite(point[1])]
    shape = _judge(known, arguments)
    values = [value for _, value in known]
    facts: dict[str, Scalar] = {
        "value": values[-1] if values else None,
        "min": min(values, default=None),
        "max": max(values, default=None),
        "mean": statistics.fmean(values) if values else None,
        "baseline": shape.baseline,
        "onset": shape.onset.isoformat() if shape.onset else None,
        "changed": shape.changed,
        **(more or {}),
    }
    short = "No data" if not known else fill(arguments.short_changed if shape.onset else arguments.short_flat, facts)
    return Finding(
        source=source,
        says=_says(known, shape, arguments, facts),
        short=short,
        facts=facts,
        window=window,
        links=tuple(links),
        series=_series(known, arguments),
    )


def _series(points: Sequence[Point], arguments: ReadingArguments) -> Series | None:
    limit = arguments.onset_threshold if arguments.normal is None else arguments.normal[1]
    name = arguments.says if "{" not in arguments.says else ""
    return Series.of(points, name=name, unit=arguments.unit, threshold=limit)


def _judge(points: Sequence[Point], arguments: ReadingArguments) -> _Shape:
    values = [value for _, value in points]
    third = values[: len(values) // 3]
    baseline = statistics.fmean(third) if third else None
    low, high = _limits(values, third, arguments)
    beyond = [not low <= value <= high for value in values]
    # A single stray point inside the window is no onset: the next one must be outside too, unless there is none yet.
    starts = [i for i, out in enumerate(beyond) if out and (i + 1 == len(beyond) or beyond[i + 1])]
    first = starts[0] if starts else None
    onset = points[first][0] if first is not None and len(points) > 1 else None
    return _Shape(baseline, onset, bool(starts), first == 0)


def _limits(values: Sequence[float], third: Sequence[float], arguments: ReadingArguments) -> tuple[float, float]:
    if arguments.normal is not None:
        return arguments.normal
    if arguments.onset_threshold is not None:
        return -math.inf, arguments.onset_threshold
    if len(values) < _ENOUGH_FOR_A_BASELINE:
        return -math.inf, math.inf
    mean = statistics.fmean(third)
    # The floor of 5 % keeps a series that was perfectly still from "leaving" its range by a rounding error.
    return -math.inf, mean + max(3 * statistics.pstdev(third), 0.05 * abs(mean), 1e-9)


def _says(points: Sequence[Point], shape: _Shape, arguments: ReadingArguments, facts: Mapping[str, Scalar]) -> str:
    name = arguments.says
    if not points:
        return f"No data for: {name}" if "{" not in name else "No data"
    if "{" in name:
        return fill(name, facts)
    value = quantity(points[-1][1], arguments.unit)
    if shape.changed and len(points) == 1:
        return f"{name} at {value}, outside the normal range"
    if shape.from_the_start:
        return f"{name} outside the normal range since {points[0][0]:%H:%M} or before, now {value}"
    if shape.onset is not None:
        return f"{name} left {'their' if name.endswith('s') else 'its'} normal range at {shape.onset:%H:%M}"
    return f"{name} flat at {value}" if len(points) >= _ENOUGH_FOR_A_BASELINE else f"{name} at {value}"


Seconds = Annotated[float, Field(gt=0, le=3600)]
