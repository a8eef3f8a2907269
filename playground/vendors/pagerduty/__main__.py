"""Run the PagerDuty stand-in as a process: `python -m playground.vendors.pagerduty`."""

import argparse
from pathlib import Path

from playground.serving import serve
from playground.vendors.pagerduty import PagerDutyStandIn


def main() -> None:
    """Read the arguments and serve until stopped."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--per-minute", type=int, default=960, help="requests a minute for each key")
    arguments.add_argument("--validate", type=Path, default=None, help="PagerDuty's API description, to check with")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    serve(PagerDutyStandIn(per_minute=asked.per_minute, validate=asked.validate, port=asked.port))


if __name__ == "__main__":
    main()
