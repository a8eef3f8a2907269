"""What a ticket's state was before our note and after it: how a business rule that moved it is told from a person.

A note is one update, and every update adds one to sys_mod_count. Where exactly one was added and the state is another,
the instance moved it on account of our note; where more was added somebody else was there, and it is left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_KEPT = 10_000  # tickets; forgotten ones are only not watched


@dataclass(frozen=True, slots=True)
class Seen:
    """The state and the count of updates, as an answer said; `back` is the state to return to, empty for none."""

    state: str
    updates: int
    back: str = ""


class Pins:
    """The last sight of each ticket, of this process."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def saw(self, row: Mapping[str, str]) -> None:
        """Remember a ticket as it is now."""
        self._keep(row["sys_id"], Seen(row["state"], int(row["sys_mod_count"])))

    def noted(self, row: Mapping[str, str]) -> bool:
        """Remember a ticket as it is after our note; true when the note moved it."""
        now, last = Seen(row["state"], int(row["sys_mod_count"])), self._seen.get(row["sys_id"])
        moved = last is not None and now.updates == last.updates + 1 and now.state != last.state
        self._keep(row["sys_id"], Seen(now.state, now.updates, last.state) if last and moved else now)
        return moved

    def back(self, row: Mapping[str, str]) -> str:
        """The state to put back, if the ticket is still as our note left it; empty otherwise."""
        last = self._seen.get(row["sys_id"])
        same = last is not None and (last.state, last.updates) == (row["state"], int(row["sys_mod_count"]))
        return last.back if last is not None and same else ""

    def _keep(self, key: str, seen: Seen) -> None:
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[key] = seen
