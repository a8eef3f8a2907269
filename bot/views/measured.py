"""A measure in a sentence: `error rate 7.3 % → 0.2 %`, `the threshold is 1 %`. Name and unit are outside text."""

from bot.views.parts import outside
from engine.model import Measure
from engine.proof import Reading
from engine.words import quantity


def named(measure: Measure | None) -> str:
    """`error rate`."""
    return outside(measure.name, 60) if measure else "the alert's measure"


def value(number: float | None, measure: Measure | None) -> str:
    """`7.3 %`; empty where nothing was measured."""
    return outside(quantity(number, measure.unit if measure else ""), 60) if number is not None else ""


def change(read: Reading) -> str:
    """`error rate 7.3 % → 0.2 %`, or what of it was measured."""
    values = [shown for shown in (value(read.before, read.measure), value(read.after, read.measure)) if shown]
    return f"{named(read.measure)} {' → '.join(values) or 'not measured'}"


def threshold(measure: Measure | None) -> str:
    """`; the threshold is 1 %`, to follow a value; empty without one."""
    limit = value(measure.threshold, measure) if measure else ""
    return f"; the threshold is {limit}" if limit else ""
