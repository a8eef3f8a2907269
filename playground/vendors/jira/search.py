"""The part of Jira's query language (JQL) that finds an incident's issue; what it does not know it refuses.

    project = OPS AND creator = currentUser() AND labels = "x" AND created >= "-90m" AND text ~ "words" ORDER BY …
    fields: project, creator, labels, status, statusCategory, parent, key, created, updated, text; only AND joins them
https://support.atlassian.com/jira-service-management-cloud/docs/jql-fields
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from playground.vendors.jira.errors import invalid
from playground.vendors.jira.index import Indexed

_TOKEN = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|(!=|>=|<=|=|~|<|>)|(currentUser\(\))|([^\s"=!<>~(),]+))')
_CLAUSE = 3  # field, operator, value
_RELATIVE = re.compile(r"-(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_RESERVED = set("+-&|!(){}[]^~?:")
Known = Callable[[Indexed], bool]


def chosen(query: str, issues: Iterable[Indexed], *, project: str, viewer: str, now: datetime) -> list[Indexed]:
    """The issues that a query finds, in its order; Refusal 400."""
    head, _, order = re.sub(r"(?i)\border\s+by\b", "\0", query, count=1).partition("\0")
    clauses = _clauses(_tokens(head))
    if not clauses:
        raise invalid("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    tests = [_test(*clause, project=project, viewer=viewer, now=now) for clause in clauses]
    found = [issue for issue in issues if all(test(issue) for test in tests)]
    for name, descending in reversed(_order(order)):
        found.sort(key=name, reverse=descending)
    return found


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            raise invalid(f"Error in the JQL Query: The character '{text[at:].strip()[:1]}' is not expected here.")
        quoted, *bare = token.groups()
        found.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else next(one for one in bare if one))
        at = token.end()
    return found


def _clauses(tokens: list[str]) -> list[tuple[str, str, str]]:
    clauses = []
    while tokens:
        if len(tokens) < _CLAUSE:
            raise invalid("Error in the JQL Query: Expecting an operator or a value.")
        clauses.append((tokens[0].lower(), tokens[1], tokens[2]))
        joint, tokens = tokens[_CLAUSE : _CLAUSE + 1], tokens[_CLAUSE + 1 :]
        if joint and joint[0].lower() != "and":
            raise invalid(f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{joint[0]}'.")
        if joint and not tokens:
            raise invalid("Error in the JQL Query: Expecting a field name after 'AND'.")
    return clauses


def _test(field: str, operator: str, value: str, *, project: str, viewer: str, now: datetime) -> Known:
    if field in ("created", "updated") and operator in (">=", ">", "<=", "<"):
        return _dated(field, operator, _moment(value, now))
    if field == "text" and operator == "~":
        return _worded(value)
    if operator not in ("=", "!=") or field not in _EQUAL:
        raise invalid(f"Field '{field}' does not exist or this field cannot be viewed by anonymous users.")
    if field == "project" and value.upper() != project:
        raise invalid(f"The value '{value}' does not exist for the field 'project'.")
    wanted = viewer if value == "currentUser()" else value.lower()
    holds = _EQUAL[field]
    return lambda issue: (wanted in holds(issue)) is (operator == "=")


_EQUAL: dict[str, Callable[[Indexed], set[str]]] = {
    "project": lambda issue: {issue.key.rpartition("-")[0].lower()},
    "creator": lambda issue: {issue.creator},
    "labels": lambda issue: {label.lower() for label in issue.labels},
    "status": lambda issue: {issue.status.name.lower()},
    "statuscategory": lambda issue: {issue.status.category, issue.status.name.lower()},
    "parent": lambda issue: {issue.parent.lower()},
    "key": lambda issue: {issue.key.lower()},
}


def _dated(field: str, operator: str, moment: datetime) -> Known:
    compared: dict[str, Callable[[datetime], bool]] = {
        ">=": lambda at: at >= moment,
        ">": lambda at: at > moment,
        "<=": lambda at: at <= moment,
        "<": lambda at: at < moment,
    }
    return lambda issue: compared[operator](getattr(issue, field))


def _moment(value: str, now: datetime) -> datetime:
    if relative := _RELATIVE.fullmatch(value):
        return now - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"Date value '{value}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', '-5d'.") from None


def _worded(query: str) -> Known:
    """A query of the text index: words that all must be there, OR between them, `\\` before what is reserved."""
    groups: list[set[str]] = [set()]
    for term in query.split():
        if term == "OR":
            groups.append(set())
            continue
        plain = re.sub(r"\\.", " ", term)
        if _RESERVED & set(plain) or plain.startswith("*"):
            raise invalid(f"Unable to parse the text '{query}' for field 'text'.")
        groups[-1] |= _words(re.sub(r"\\(.)", r"\1", term))
    wanted = [group for group in groups if group]
    return lambda issue: any(group <= _words(issue.text) for group in wanted)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _order(text: str) -> list[tuple[Callable[[Indexed], Any], bool]]:
    keys: dict[str, Callable[[Indexed], Any]] = {
        "created": lambda issue: issue.created,
        "updated": lambda issue: issue.updated,
        "key": lambda issue: issue.number,
    }
    order = []
    for part in text.split(",") if text.strip() else ["created DESC"]:
        name, _, direction = part.strip().partition(" ")
        if name.lower() not in keys:
            raise invalid(f"Not able to sort using field '{name}'.")
        order.append((keys[name.lower()], direction.strip().upper() == "DESC"))
    return order
