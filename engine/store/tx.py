"""One open transaction, the same on both databases: statements with `:name` parameters, rows as tuples."""

import re
from functools import lru_cache
from typing import Any, Protocol

Row = tuple[Any, ...]

# microseconds since 1970 by the database's clock; never now(), which stands still from BEGIN on
POSTGRESQL_NOW = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
SQLITE_NOW = "watch_now()"
_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Cursor(Protocol):
    """What both drivers' cursors have in common."""

    @property
    def rowcount(self) -> int:
        """Rows touched by the last statement."""
        ...

    def execute(self, statement: Any, parameters: Any, /) -> Any:
        """Run one statement."""
        ...

    def fetchone(self) -> Any:
        """The next row or None."""
        ...

    def fetchall(self) -> Any:
        """All rows."""
        ...


@lru_cache(maxsize=512)
def _for_driver(statement: str, dialect: str) -> str:
    if dialect == "sqlite":
        return (
            statement.replace("{now}", SQLITE_NOW).replace("{share}", "").replace("{update}", "").replace("{skip}", "")
        )
    text = statement.replace("%", "%%").replace("{now}", POSTGRESQL_NOW).replace("{share}", "FOR SHARE")
    text = text.replace("{update}", "FOR UPDATE").replace("{skip}", "FOR UPDATE SKIP LOCKED")
    return _NAME.sub(r"%(\1)s", text)


class Tx:
    """A transaction that its worker commits or rolls back; no I/O and no thinking time inside it.

    `{now}`, `{share}`, `{update}` and `{skip}` in a statement stand for the clock and the row locks of each database;
    SQLite needs no row locks, its writer is alone.
    """

    def __init__(self, cursor: Cursor, dialect: str) -> None:
        self._cursor = cursor
        self.dialect = dialect

    def run(self, statement: str, **parameters: Any) -> int:
        """Execute; the number of rows touched."""
        self._cursor.execute(_for_driver(statement, self.dialect), parameters)
        return self._cursor.rowcount

    def one(self, statement: str, **parameters: Any) -> Row | None:
        """The first row, or None."""
        self._cursor.execute(_for_driver(statement, self.dialect), parameters)
        row: Row | None = self._cursor.fetchone()
        return row

    def all(self, statement: str, **parameters: Any) -> list[Row]:
        """Every row."""
        self._cursor.execute(_for_driver(statement, self.dialect), parameters)
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def now(self) -> int:
        """The database's clock, microseconds since 1970."""
        row = self.one("SELECT {now}")
        assert row is not None  # noqa: S101  a SELECT without FROM has one row
        return int(row[0])
