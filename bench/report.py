"""The table for people and the list for machines; both come from one run, so that all rows were taken alike."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure

DOCS = Path(__file__).resolve().parents[1] / "docs"
LIST, TABLE = DOCS / "benchmarks.json", DOCS / "benchmarks.md"
HEAD = """# Figures

`make bench` measures these and rewrites this page and `benchmarks.json`; `python -m bench NAME …` measures some and
writes nothing. Each value is a median, taken in turn with its floor in the same run, because a busy machine slows both:
**the ratio is the median of the pairs' ratios**, and says more than either column. Every program runs as a process of
its own, on loopback; the ledger's, the mirror's and `decisions_in_flight`, which start none, run with their floors in
that of the measurement. What is kept is kept by a disk (`synchronous=FULL`) on both sides, since a floor without it
compares nothing; only the floor of `slash_burst` keeps nothing, so that one ratio also depends on how busy the disk is.
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were taken on: nothing that names it."""

    cores: int
    python: str
    sqlite: str
    load: float

    @classmethod
    def this(cls) -> "Machine":
        """The machine now; `load` is that of the last minute, before anything is measured."""
        return cls(os.cpu_count() or 1, platform.python_version(), sqlite3.sqlite_version, round(os.getloadavg()[0], 1))

    def words(self) -> str:
        """One sentence."""
        return (
            f"Taken on {self.cores} cores with Python {self.python} and SQLite {self.sqlite}; "
            f"load {self.load:g} before the run."
        )


def line(figure: Figure) -> str:
    """One figure for the terminal."""
    tail = f", p99 {figure.p99:g}" if figure.p99 is not None else ""
    mark = "" if figure.met else "  MISSED"
    return (
        f"{figure.name:25} {figure.value:g} {figure.unit}{tail}; floor {figure.floor:g}; ratio {figure.ratio:g}"
        f"; {figure.runs} runs; wanted: {_wanted(figure)}{mark}"
    )


def as_list(figures: Sequence[Figure]) -> str:
    """The file for machines."""
    return json.dumps([figure.row() for figure in figures], indent=2) + "\n"


def table(figures: Sequence[Figure], machine: Machine) -> str:
    """The page for people."""
    rows = "\n".join(_row(figure) for figure in figures)
    return (
        f"{HEAD}\n{machine.words()}\n\n"
        "| Figure | p50 | p99 | Floor | Ratio | Wanted | Pairs | What is measured |\n"
        "|---|---|---|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def write(figures: Sequence[Figure], machine: Machine) -> None:
    """Replace both files."""
    LIST.write_text(as_list(figures), "utf-8")
    TABLE.write_text(table(figures, machine), "utf-8")


def _row(figure: Figure) -> str:
    tail = f"{figure.p99:g}" if figure.p99 is not None else ""
    wanted = _wanted(figure) if figure.met else f"**missed:** {_wanted(figure)}"
    value, ratio = f"{figure.value:g} {figure.unit}", f"{figure.ratio:g} ×"
    cells = (f"`{figure.name}`", value, tail, f"{figure.floor:g}", ratio, wanted, str(figure.runs), figure.says)
    return f"| {' | '.join(cells)} |"


def _wanted(figure: Figure) -> str:
    return figure.target.words(figure.unit) or "–"
