"""Run the GitHub stand-in as a process: `python -m playground.vendors.github`."""

import argparse
from pathlib import Path

from playground.serving import serve
from playground.vendors.github import GitHubStandIn


def main() -> None:
    """Read the arguments and serve until stopped."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repository", default="shop/checkout", help="owner/name")
    arguments.add_argument("--first-issue", type=int, default=318, help="number of the first issue")
    arguments.add_argument("--validate", type=Path, default=None, help="GitHub's API description, to check calls with")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    serve(
        GitHubStandIn(asked.repository, first_issue=asked.first_issue, validate=asked.validate, port=asked.port),
    )


if __name__ == "__main__":
    main()
