"""Count what the records themselves hold: markers in the issue and its comments, lines in the files. It asks no bot.

Each answer names every copy, so that a note that is there twice is seen.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.vendors.github import GitHubStandIn

_MARKER = re.compile(
    r"<!-- watchkeeper:1 (?P<who>[A-Z]+-\d+) seq=(?:(?P<first>\d+)-)?(?P<n>\d+) part=1/\d+ .*? op=(?P<op>\S+) "
)


@dataclass(frozen=True, slots=True)
class Held:
    """The entries that one record holds, in the order in which they stand there: (number, operation id)."""

    entries: list[tuple[int, str]] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        """Their numbers, copies included."""
        return [n for n, _ in self.entries]

    @property
    def count(self) -> int:
        """How many different entries."""
        return len(set(self.numbers))


def issues(github: GitHubStandIn, incident: str) -> list[dict[str, Any]]:
    """The issues of an incident, as in `GitHubStandIn.snapshot`; more than one is a fault of somebody's."""
    found = [issue for issue in github.snapshot()["issues"] if not issue["deleted"]]
    return [issue for issue in found if any(who == incident for who, _, _ in markers(issue["body"]))]


def in_github(github: GitHubStandIn, incident: str) -> Held:
    """The entries in every issue of an incident."""
    texts = [text for issue in issues(github, incident) for text in (issue["body"], *_comments(issue))]
    return Held([(n, op) for text in texts for who, n, op in markers(text) if who == incident])


def in_files(root: Path, incident: str) -> Held:
    """The entries in the lines of an incident. Blocking."""
    texts = [path.read_text("utf-8") for path in sorted(root.glob(f"*/*/{incident}.jsonl"))]
    whole = [line for text in texts for line in text.split("\n")[:-1]]  # the last one may be half written
    return Held([(entry["seq"], entry["op"]) for entry in map(json.loads, whole)])


def markdown(root: Path, incident: str) -> Path | None:
    """The file that people read, once there is one. Blocking."""
    return next(iter(sorted(root.glob(f"*/*/{incident}.md"))), None)


def markers(text: str | None) -> list[tuple[str, int, str]]:
    """Every entry that the markers in a text name: incident, entry, operation id; of a group each of its entries."""
    return [
        (found["who"], n, found["op"])
        for found in _MARKER.finditer(text or "")
        for n in range(int(found["first"] or found["n"]), int(found["n"]) + 1)
    ]


def _comments(issue: dict[str, Any]) -> list[str]:
    return [comment["body"] for comment in issue["comments"]]
