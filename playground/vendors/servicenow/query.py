"""Encoded queries, `correlation_id=INC-2041^ORDERBYsys_created_on`: parsed, and applied to rows.

https://www.servicenow.com/docs, Encoded query strings and Operators available for filters and queries
Surprises kept: a part that is invalid is ignored and the rest answers; `=` and LIKE do not see the case; a value that
begins with `javascript:` is evaluated.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from playground.vendors.servicenow.accounts import User

Row = Mapping[str, str]
_TERM = re.compile(r"([a-z_][a-z0-9_.]*)(ISNOTEMPTY|ISEMPTY|STARTSWITH|LIKE|IN|>=|<=|!=|=|>|<)(.*)", re.DOTALL)
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "ISNOTEMPTY": lambda has, wanted: has != "",
    "ISEMPTY": lambda has, wanted: has == "",
    "STARTSWITH": lambda has, wanted: has.lower().startswith(wanted.lower()),
    "LIKE": lambda has, wanted: wanted.lower() in has.lower(),
    "IN": lambda has, wanted: has.lower() in wanted.lower().split(","),
    ">=": lambda has, wanted: has >= wanted,
    "<=": lambda has, wanted: has <= wanted,
    "!=": lambda has, wanted: has.lower() != wanted.lower(),
    "=": lambda has, wanted: has.lower() == wanted.lower(),
    ">": lambda has, wanted: has > wanted,
    "<": lambda has, wanted: has < wanted,
}


@dataclass(frozen=True)
class Condition:
    """One term."""

    name: str
    operator: str
    value: str

    def holds(self, row: Row) -> bool:
        """Whether a row fits it."""
        return _TESTS[self.operator](row[self.name], self.value)


@dataclass
class Query:
    """`alternatives` of conjunctions of disjunctions, and the order: (field, downwards)."""

    alternatives: list[list[list[Condition]]] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def searches(self) -> bool:
        """Whether it looks into texts."""
        return any(one.operator == "LIKE" for every in self.alternatives for some in every for one in some)

    def apply(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that fit, in order; rows that the order does not part stay by sys_id, which means nothing."""
        found = [
            row
            for row in rows
            if any(all(any(c.holds(row) for c in some) for some in every) for every in self.alternatives)
        ]
        found.sort(key=lambda row: row["sys_id"])
        for name, downwards in reversed(self.order):
            found.sort(key=lambda row: row[name], reverse=downwards)
        return found


def parse(text: str, fields: Iterable[str], viewer: User) -> Query:
    """Read an encoded query over rows with these `fields`."""
    known, query = frozenset(fields), Query()
    for part in text.split("^NQ"):
        every: list[list[Condition]] = []
        for term in part.split("^"):
            if order := re.fullmatch(r"ORDERBY(DESC)?([a-z_]+)", term):
                if order[2] in known:
                    query.order.append((order[2], order[1] is not None))
                continue
            joined = term.startswith("OR")
            condition = _condition(term.removeprefix("OR"), known, viewer)
            if condition is None:
                continue
            if joined and every:
                every[-1].append(condition)
            else:
                every.append([condition])
        query.alternatives.append(every)
    return query


def _condition(term: str, known: frozenset[str], viewer: User) -> Condition | None:
    found = _TERM.fullmatch(term)
    if found is None or found[1] not in known:
        return None
    value = found[3]
    if value.startswith("javascript:"):
        value = viewer.sys_id if value == "javascript:gs.getUserID()" else ""
    return Condition(found[1], found[2], value)
