"""Run the ServiceNow stand-in as a process: `python -m playground.vendors.servicenow`."""

import argparse

from playground.serving import serve
from playground.vendors.servicenow import ServiceNowStandIn


def main() -> None:
    """Read the arguments and serve until stopped."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--first-number", type=int, default=48_211, help="number of the first incident")
    arguments.add_argument("--per-hour", type=int, default=5_000, help="requests an hour that a user may make")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    serve(ServiceNowStandIn(first_number=asked.first_number, per_hour=asked.per_hour, port=asked.port))


if __name__ == "__main__":
    main()
