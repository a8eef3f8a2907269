"""`python -m bench [NAME …]`: measure all figures and write the table, or some and write nothing.

Exit code 1 when a figure does not reach what is wanted of it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import report
from bench.alerts import alert_accepted, alert_to_message
from bench.append import ledger_append, ledger_append_postgresql
from bench.backends import dead_backends
from bench.commands import slash_ack, slash_burst
from bench.decision import decision_to_action
from bench.figure import Figure
from bench.flight import decisions_in_flight
from bench.memory import idle_memory
from bench.mirror import mirror_lag, mirror_throughput
from bench.report import Machine
from bench.root import reaction_to_root
from bench.site import Site
from tests.postgres import Unavailable

FIGURES: dict[str, Callable[[Site], Awaitable[Figure]]] = {
    function.__name__: function
    for function in (
        slash_ack,
        slash_burst,
        alert_accepted,
        alert_to_message,
        decision_to_action,
        reaction_to_root,
        decisions_in_flight,
        dead_backends,
        mirror_throughput,
        mirror_lag,
        ledger_append,
        ledger_append_postgresql,
        idle_memory,
    )
}


def main() -> None:
    """Read the names and measure."""
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    arguments.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FIGURES)}; none: all")
    names = arguments.parse_args().names
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        arguments.error(f"there is no figure {', '.join(unknown)}")
    machine = Machine.this()
    figures = asyncio.run(measured(names or list(FIGURES)))
    if not names:
        report.write(figures, machine)
    missed = [figure.name for figure in figures if not figure.met]
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


async def measured(names: list[str]) -> list[Figure]:
    """Measure one after the other, each on a site of its own; what cannot be measured here is named and left out."""
    figures = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="watchkeeper-bench-", dir=_disk()) as folder:
            try:
                async with Site(Path(folder)) as site:
                    found = await FIGURES[name](site)
            except Unavailable as why:
                print(f"{name:25} not measured: {why}", flush=True)
                continue
            except BaseException:
                _show_logs(Path(folder))
                raise
        print(report.line(found), flush=True)
        figures.append(found)
    return figures


def _disk() -> str | None:
    """A folder that is a disk's: /tmp is memory on many machines, and costs a commit nothing."""
    return "/var/tmp" if Path("/var/tmp").is_dir() else None


def _show_logs(folder: Path) -> None:
    for log in sorted(folder.glob("logs/*.log")):
        print(f"--- {log.name}", log.read_text("utf-8")[-2000:], sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
