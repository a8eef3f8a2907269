"""Which issues are ours: by the search, which lags, and beyond what it knows by their numbers, which do not.

https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile
Jira has no list of issues but its search, and the search may miss an issue for seconds or minutes after its creation;
`reconcileIssues` helps only who knows the id. Yet numbers are given in order, one after the other in a project, and
`issue/bulkfetch` reads issues by number as they stand. So: ask the search for the highest number that it knows, then
for all of ours, then fetch the numbers around and above that one, until `RUN` numbers in a row are missing (a refused
creation uses up a number). What this promises: an issue that exists is found, unless more than `RUN` numbers above it
are known to the search already, or `RUN` in a row below it were never given. Where the search shows nothing of a
project whose first numbers are gone, only the search remains; `late_write` leaves it a minute.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.memory.jira import jql
from connectors.memory.jira.calls import Calls, shaped
from connectors.memory.jira.marks import KEY
from engine.errors import Retryable

RUN = 50
PAGE = 100
MAX_PAGES = 2_000
FIELDS = ["creator", "created", "project"]
Issue = Mapping[str, Any]


async def ours(calls: Calls, who: str, project: str, since: datetime | None, now: datetime) -> list[Issue]:
    """Every issue of the project that may be ours, oldest first, with the property that holds its marker.

    Those of the search were created at `since` or later, the others are the newest ones, whoever created them.
    """
    highest = await _highest(calls, who, project)
    found = {issue["id"]: issue for issue in await _searched(calls, who, jql.ours(project, since, now))}
    found |= {issue["id"]: issue for issue in await _beyond(calls, who, project, highest)}
    return sorted(found.values(), key=lambda issue: int(issue["id"]))


async def _highest(calls: Calls, who: str, project: str) -> int:
    answer = await calls.get("/search/jql", jql=jql.newest(project), maxResults=1, fields="project")
    return max((number(who, issue) for issue in shaped(who, answer, "issues")), default=0)


async def _searched(calls: Calls, who: str, query: str) -> list[Issue]:
    asked: dict[str, Any] = {"jql": query, "maxResults": PAGE, "fields": ",".join(FIELDS), "properties": KEY}
    found: list[Issue] = []
    for _ in range(MAX_PAGES):
        answer = await calls.get("/search/jql", **asked)
        found += [_checked(who, issue) for issue in shaped(who, answer, "issues")]
        following = answer.get("nextPageToken")
        if not following:
            return found
        asked["nextPageToken"] = str(following)
    raise Retryable(f"{who} has more than {MAX_PAGES * PAGE:,} issues of ours, or its pages never end")


async def _beyond(calls: Calls, who: str, project: str, highest: int) -> list[Issue]:
    found: list[Issue] = []
    begin = max(highest - RUN + 1, 1)
    for _ in range(MAX_PAGES):
        asked = [f"{project}-{n}" for n in range(begin, begin + 2 * RUN)]
        answer = await calls.ask("/issue/bulkfetch", {"issueIdsOrKeys": asked, "fields": FIELDS, "properties": [KEY]})
        if isinstance(answer, Mapping) and answer.get("issueErrors"):
            raise Retryable(f"{who} could not read some of its newest issues")
        found += [_checked(who, issue) for issue in shaped(who, answer, "issues")]
        highest = max([highest, *(number(who, issue) for issue in found if _in(project, issue))])
        if highest < begin + RUN:
            return found
        begin += 2 * RUN
    raise Retryable(f"{who}: the issues of {project} never end")


def number(who: str, issue: Issue) -> int:
    """The number of `OPS-771`."""
    digits = str(issue.get("key", "")).rpartition("-")[2]
    if not digits.isdecimal():
        raise Retryable(f"{who} answered with an issue that has no key")
    return int(digits)


def _in(project: str, issue: Issue) -> bool:
    """Whether it still has its number here: one that was moved away is found by its old key, too."""
    return str(issue.get("key", "")).rpartition("-")[0] == project


def _checked(who: str, issue: Issue) -> Issue:
    if not str(issue.get("id", "")).isdecimal():
        raise Retryable(f"{who} answered with an issue that has no id")
    number(who, issue)
    return issue
