"""A metrics page as numbers: parsing, and what a ratio, a rate, a gauge or a quantile is between two pages.

Pure: it fetches nothing. The words for people are `reading.py`'s.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_classic
from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.reading import ReadingArguments
from engine.model import Scalar

Labels = frozenset[tuple[str, str]]
_COUNTERS = ("counter", "histogram", "summary", "gaugehistogram")
_COUNTER_NAMES = ("_total", "_count", "_sum", "_bucket")


@dataclass(frozen=True, slots=True)
class Page:
    """The samples of one scrape by sample name, and which of the names only ever grow."""

    at: datetime
    samples: Mapping[str, Mapping[Labels, float]]
    counters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, measured; None where it cannot be told (no traffic, no sample)."""

    value: float | None
    facts: Mapping[str, Scalar]


class Series(BaseModel):
    """The samples of one name whose labels fit: a text is exact, `~…` is a regular expression for the whole value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str
    labels: Mapping[str, str] = Field(default_factory=dict)

    def fits(self, labels: Labels) -> bool:
        """Whether every label asked for fits; one that the sample lacks counts as empty."""
        have = dict(labels)
        return all(
            re.fullmatch(wanted[1:], have.get(name, "")) if wanted.startswith("~") else have.get(name, "") == wanted
            for name, wanted in self.labels.items()
        )

    @model_validator(mode="after")
    def _patterns_compile(self) -> Self:
        for wanted in self.labels.values():
            if wanted.startswith("~"):
                try:
                    re.compile(wanted[1:])
                except re.error as err:
                    raise ValueError(f"`{wanted}` is not a regular expression: {err}") from err
        return self


class MetricsArguments(ReadingArguments):
    """`ratio` takes `numerator` and `denominator`; `rate`, `gauge` and `quantile` take `metric`, `labels` and `q`."""

    measure: Literal["ratio", "rate", "gauge", "quantile"]
    numerator: Series | None = None
    denominator: Series | None = None
    metric: str = ""
    labels: Mapping[str, str] = Field(default_factory=dict)
    q: float = Field(default=0.95, gt=0, lt=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.measure == "ratio" and not (self.numerator and self.denominator):
            raise ValueError("a ratio needs `numerator` and `denominator`")
        if self.measure != "ratio" and not self.metric:
            raise ValueError(f"a {self.measure} needs `metric`")
        return self

    def sample_names(self) -> frozenset[str]:
        """The names of the samples that the measure needs, as they stand on the page."""
        if self.measure == "ratio":
            return frozenset(series.metric for series in (self.numerator, self.denominator) if series)
        return frozenset({f"{self.metric}_bucket" if self.measure == "quantile" else self.metric})


def parse(text: str, content_type: str, names: frozenset[str], at: datetime) -> Page:
    """The samples with one of `names`. Raises `ValueError` when the text is no metrics page."""
    families: Iterable[Metric] = (
        parse_openmetrics(text)  # type: ignore[no-untyped-call]  # prometheus_client types the classic parser only
        if "openmetrics" in content_type
        else parse_classic(text)
    )
    samples: dict[str, dict[Labels, float]] = {}
    counters = set()
    for family in families:
        for sample in family.samples:
            if sample.name in names:
                samples.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
                if family.type in _COUNTERS or (family.type == "unknown" and sample.name.endswith(_COUNTER_NAMES)):
                    counters.add(sample.name)
    return Page(at, samples, frozenset(counters))


def measure(asked: MetricsArguments, earlier: Page, later: Page) -> Asked:
    """The measure over the time between two pages; a gauge is the later page's."""
    if asked.measure == "quantile":
        return Asked(_quantile(asked, earlier, later), {"q": asked.q})
    if asked.measure == "ratio" and asked.numerator and asked.denominator:
        part, whole = (_amount(series, earlier, later) for series in (asked.numerator, asked.denominator))
        facts: dict[str, Scalar] = {"numerator": part, "denominator": whole}
        return Asked(part / whole if part is not None and whole else None, facts)
    amount = _amount(Series(metric=asked.metric, labels=asked.labels), earlier, later)
    if asked.measure == "gauge" or amount is None:
        return Asked(amount, {})
    return Asked(amount / (later.at - earlier.at).total_seconds(), {})


def _amount(series: Series, earlier: Page, later: Page) -> float | None:
    """The sum over the fitting samples: what counters gained, or what gauges show."""
    now = {key: value for key, value in later.samples.get(series.metric, {}).items() if series.fits(key)}
    if series.metric not in later.samples:
        return None
    if series.metric not in later.counters:
        return sum(now.values()) if now else None
    before = earlier.samples.get(series.metric, {})
    return sum(_gained(before.get(key, 0.0), value) for key, value in now.items())


def _gained(before: float, now: float) -> float:
    return now - before if now >= before else now


def _quantile(asked: MetricsArguments, earlier: Page, later: Page) -> float | None:
    """As Prometheus' `histogram_quantile`: linear inside the bucket, the last finite bound at the end."""
    series = Series(metric=f"{asked.metric}_bucket", labels=asked.labels)
    before = earlier.samples.get(series.metric, {})
    buckets: dict[float, float] = {}
    for key, value in later.samples.get(series.metric, {}).items():
        if series.fits(key):
            upper = float(dict(key).get("le", "nan"))
            buckets[upper] = buckets.get(upper, 0.0) + _gained(before.get(key, 0.0), value)
    bounds = sorted(buckets)
    if not bounds or bounds[-1] != math.inf or not buckets[math.inf]:
        return None
    rank = asked.q * buckets[math.inf]
    below, floor = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= rank:
            if bound == math.inf:
                return floor
            inside = buckets[bound] - below
            return floor + (bound - floor) * (rank - below) / inside if inside else bound
        below, floor = buckets[bound], bound
    return None
