"""Run the Jira stand-in as a process: `python -m playground.vendors.jira`."""

import argparse
from pathlib import Path

from playground.serving import serve
from playground.vendors.jira import JiraStandIn


def main() -> None:
    """Read the arguments and serve until stopped."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--project", default="OPS", help="key of the project")
    arguments.add_argument("--first-issue", type=int, default=771, help="number of the first issue")
    arguments.add_argument("--search-lag", type=float, default=0.0, help="seconds until the search knows of a change")
    arguments.add_argument("--validate", type=Path, default=None, help="Jira's API description, to check calls with")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    stand_in = JiraStandIn(asked.project, first_issue=asked.first_issue, validate=asked.validate, port=asked.port)
    stand_in.index.lag = asked.search_lag
    serve(stand_in)


if __name__ == "__main__":
    main()
