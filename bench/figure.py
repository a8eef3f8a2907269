"""What a figure is: pairs of a value and its floor, taken in turn, and what they come to; it measures nothing.

On a machine with other work an absolute time says little and a ratio a lot, so the ratio is the median of the pairs'
ratios, never the ratio of two medians.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One measurement and, taken beside it, its floor's; both in the figure's unit."""

    value: float
    floor: float


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach; limits that are None do not apply."""

    most: float | None = None
    ratio_most: float | None = None
    ratio_least: float | None = None

    def words(self, unit: str) -> str:
        """As the table says it."""
        limits = (("≤", self.ratio_most, "×"), ("≥", self.ratio_least, "×"), ("≤", self.most, unit))
        return " and ".join(f"{sign} {limit:g} {of}" for sign, limit, of in limits if limit is not None)

    def met(self, value: float, ratio: float) -> bool:
        """Whether both limits hold."""
        return (
            value <= (math.inf if self.most is None else self.most)
            and ratio <= (math.inf if self.ratio_most is None else self.ratio_most)
            and ratio >= (-math.inf if self.ratio_least is None else self.ratio_least)
        )


TARGETS = {
    "slash_ack": Target(ratio_most=2.5),
    "slash_burst": Target(ratio_least=0.4),
    "alert_accepted": Target(most=10),
    "alert_to_message": Target(most=40, ratio_most=4),
    "decision_to_action": Target(most=40),
    "reaction_to_root": Target(most=50),
    "decisions_in_flight": Target(most=50, ratio_most=8),
    "dead_backends": Target(ratio_most=1.05),
    "mirror_throughput": Target(ratio_least=0.02),
    "mirror_lag": Target(ratio_most=0.5),
    "ledger_append": Target(ratio_most=6),
    "ledger_append_postgresql": Target(),
    "idle_memory": Target(most=180),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table. `value` and `floor` are medians, `runs` counts pairs; no `p99` where a tail says nothing."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float
    runs: int
    says: str
    p99: float | None = None

    @property
    def target(self) -> Target:
        """What this figure must reach."""
        return TARGETS[self.name]

    @property
    def met(self) -> bool:
        """Whether it does."""
        return self.target.met(self.value, self.ratio)

    def row(self) -> dict[str, object]:
        """For machines."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor,
            "ratio": self.ratio,
            "runs": self.runs,
        }


def figure(name: str, unit: str, pairs: Sequence[Pair], says: str, *, tail: bool = False) -> Figure:
    """The figure that the pairs come to. `tail`: with the 99th percentile, which needs a hundred pairs to mean much."""
    return Figure(
        name=name,
        value=rounded(statistics.median(pair.value for pair in pairs)),
        unit=unit,
        floor=rounded(statistics.median(pair.floor for pair in pairs)),
        ratio=rounded(statistics.median(pair.value / pair.floor for pair in pairs)),
        runs=len(pairs),
        says=says,
        p99=rounded(percentile([pair.value for pair in pairs], 99)) if tail else None,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def rounded(value: float) -> float:
    """Three significant digits, and never fewer than the whole number has."""
    return round(value, max(0, 2 - math.floor(math.log10(abs(value))))) if value else 0.0
