"""The part of GitHub's issue search that finds an incident's issue; a word it does not know finds nothing.

https://docs.github.com/en/search-github/searching-on-github/searching-issues-and-pull-requests
"""

import shlex
from collections.abc import Callable

from playground.vendors.github.tracker import Issue, Tracker

PLACES = ("title", "body", "comments")


def matches(wanted: str, issue: Issue, tracker: Tracker) -> bool:
    """Whether an issue is meant by a query such as `repo:shop/checkout is:open "INC-2041" in:body label:incident`."""
    words: list[str] = []
    places = set()
    for term in _terms(wanted):
        name, colon, value = term.partition(":")
        if colon and name == "in":
            places |= set(value.split(","))
        elif colon and name in _QUALIFIERS:
            if not _QUALIFIERS[name](value.lower(), issue, tracker):
                return False
        else:
            words.append(term.lower())
    text = _text(issue, places or set(PLACES))
    return all(word in text for word in words)


_QUALIFIERS: dict[str, Callable[[str, Issue, Tracker], bool]] = {
    "repo": lambda value, issue, tracker: value == f"{tracker.owner}/{tracker.name}".lower(),
    "is": lambda value, issue, tracker: value in ("issue", "public", issue.state),
    "type": lambda value, issue, tracker: value == "issue",
    "state": lambda value, issue, tracker: value == issue.state,
    "author": lambda value, issue, tracker: value == issue.author.login.lower(),
    "label": lambda value, issue, tracker: value in {label.name.lower() for label in issue.labels},
}


def _terms(wanted: str) -> list[str]:
    try:
        return shlex.split(wanted)
    except ValueError:
        # An open quotation mark is searched as it stands.
        return wanted.split()


def _text(issue: Issue, places: set[str]) -> str:
    parts = {
        "title": issue.title,
        "body": issue.body or "",
        "comments": "\n".join(comment.body for comment in issue.comments),
    }
    return "\n".join(text for place, text in parts.items() if place in places).lower()
