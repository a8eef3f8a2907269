"""Jira's query language, with whatever comes from outside in quotation marks and without its operators.

https://support.atlassian.com/jira-software-cloud/docs/search-for-issues-using-the-text-field
Pure. Times are said in minutes before now: an absolute one would be read in the time zone of the account, and by a
clock that may differ from ours.
"""

import math
import re
from datetime import datetime

from engine.words import one_line

MAX_WORDS = 30
_RESERVED = re.compile(r"""[-+&|!(){}\[\]^~*?\\:"/']""")


def ours(project: str, since: datetime | None, now: datetime) -> str:
    """Every issue that our account has created in the project, in the order of creation."""
    return f"project = {quoted(project)} AND creator = currentUser(){_since(since, now)} ORDER BY created ASC, key ASC"


def newest(project: str, *, mine: bool = False) -> str:
    """The issues of a project, or those that our account has created in it, the highest number first."""
    return f"project = {quoted(project)}{' AND creator = currentUser()' if mine else ''} ORDER BY key DESC"


def words(project: str, said: str, label: str, since: datetime | None, now: datetime) -> str:
    """The issues that hold all the words, in title, description or comments; the newest first."""
    terms = searchable(said)
    text = f" AND text ~ {quoted(terms)}" if terms else ""
    labelled = f" AND labels = {quoted(label)}" if label else ""
    return f"project = {quoted(project)}{text}{labelled}{_since(since, now)} ORDER BY created DESC"


def searchable(said: str) -> str:
    """The words for `text ~`: reserved characters escaped, and in lower case, since AND, OR and NOT are operators.

    The first ones only: a query is a part of an address.
    """
    words = " ".join(one_line(said).lower().split()[:MAX_WORDS])
    return _RESERVED.sub(lambda found: f"\\{found.group()}", words)


def quoted(text: str) -> str:
    """A string of the language."""
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _since(since: datetime | None, now: datetime) -> str:
    if since is None:
        return ""
    minutes = max(math.ceil((now - since).total_seconds() / 60), 0) + 1
    return f' AND created >= "-{minutes}m"'
