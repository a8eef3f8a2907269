"""What Jira's search knows: every issue as it was some time ago, since the index follows the changes late.

https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile: seconds, sometimes minutes; issues that are
named for reconciliation are known as they stand.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from playground.vendors.jira import documents
from playground.vendors.jira.model import Issue, Status


@dataclass(frozen=True)
class Indexed:
    """An issue as the search knows it, at `learned` seconds of the monotonic clock."""

    learned: float
    id: str
    number: int
    key: str
    creator: str
    created: datetime
    updated: datetime
    status: Status
    labels: tuple[str, ...]
    parent: str
    text: str


class Index:
    """`lag` in seconds; 0 knows everything at once."""

    def __init__(self, lag: float = 0.0) -> None:
        self.lag = lag
        self._versions: dict[str, list[Indexed]] = {}

    def learn(self, issue: Issue) -> None:
        """Take in an issue as it is now."""
        said = [issue.summary, documents.words(issue.description), *(documents.words(c.body) for c in issue.comments)]
        version = Indexed(
            time.monotonic(),
            issue.id,
            issue.number,
            issue.key,
            issue.creator.id,
            issue.created,
            issue.updated,
            issue.status,
            tuple(issue.labels),
            issue.parent,
            "\n".join(said),
        )
        versions = self._versions.setdefault(issue.id, [])
        versions.append(version)
        del versions[:-50]

    def known(self, reconciled: Collection[str]) -> list[Indexed]:
        """Every issue that the search knows now, each in the newest version that it knows."""
        until = time.monotonic() - self.lag
        found = []
        for id_, versions in self._versions.items():
            seen = [one for one in versions if id_ in reconciled or one.learned <= until]
            if seen:
                found.append(seen[-1])
        return found
