"""The control row: what is true for the whole installation. A start shares it, a halt and its end change it.

Its lock comes before every other of a transaction. It knows no person: who halted, and why, is an entry.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.published import moment
from engine.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Control:
    """The row. `halted_at` while a halt is in force, `resumed_at` when the last one ended; by the database's clock."""

    installation: str
    generation: int
    halted_at: datetime | None
    resumed_at: datetime | None

    def voids(self, given: datetime) -> bool:
        """Whether an approval that was given then counts for nothing: before or during a halt, and while one is on."""
        return self.halted_at is not None or (self.resumed_at is not None and given <= self.resumed_at)


def make_control_row(tx: Tx, installation: str) -> None:
    """Make it, unless it is there."""
    tx.run("INSERT INTO control VALUES (1, :name, 1, 1, NULL, NULL) ON CONFLICT (id) DO NOTHING", name=installation)


def control_row(tx: Tx, lock: Literal["", "{share}", "{update}"] = "") -> Control:
    """The row. Raises `LookupError` in a ledger that was never started."""
    row = tx.one(f"SELECT installation, generation, halted_at, resumed_at FROM control WHERE id = 1 {lock}")  # noqa: S608  constants
    if row is None:
        raise LookupError("this ledger was never started")
    halted, resumed = (moment(at) if at is not None else None for at in row[2:])
    return Control(row[0], row[1], halted, resumed)


def halt(tx: Tx) -> None:
    """From the commit on no start can be written. Waits for the starts that hold the row."""
    tx.run("UPDATE control SET halted_at = {now} WHERE id = 1")


def lift(tx: Tx) -> None:
    """End the halt; what was approved until now is void."""
    tx.run("UPDATE control SET halted_at = NULL, resumed_at = {now} WHERE id = 1")
