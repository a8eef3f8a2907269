"""Which of the entries that several backends prove make the chain of an incident, and what is missing from it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.model import Entry
from engine.published import GENESIS


@dataclass(frozen=True, slots=True)
class Chain:
    """The longest chain from the first entry on. `rest`: what is proved and has no place in it, by number."""

    entries: tuple[Entry, ...]
    rest: tuple[Entry, ...]

    @property
    def n(self) -> int:
        """How many entries it has."""
        return len(self.entries)

    @property
    def beyond(self) -> tuple[Entry, ...]:
        """Entries after the gap that ends the chain."""
        return tuple(entry for entry in self.rest if entry.n > self.n)

    @property
    def gap(self) -> str:
        """The gap, with the hash of its last entry, which the next one names; empty where there is none."""
        if not self.beyond:
            return ""
        following = self.beyond[0]
        first, last = self.n + 1, following.n - 1
        if first > last:  # nothing is missing by number, and yet it does not follow
            return f"entry {following.n} follows another entry {self.n} ({following.prev[:12]}) than the chain's"
        what = f"entry {first} is" if first == last else f"entries {first} to {last} are"
        return f"{what} missing (entry {last} was {following.prev[:12]})"


def chain(entries: Iterable[Entry]) -> Chain:
    """The longest chain among entries of one incident; of two as long the one that was written later."""
    by_hash = {entry.hash: entry for entry in entries}
    newest_first = sorted(by_hash.values(), key=lambda entry: (-entry.n, entry.hash))
    following: dict[str, tuple[int, str, str]] = {}  # hash → how long it goes on, and with which entry
    for entry in newest_first:
        length = following.get(entry.hash, (0, "", ""))[0] + 1
        rank = (length, entry.at.isoformat(), entry.hash)
        before = by_hash.get(entry.prev)
        if (before is None or before.n != entry.n - 1) and not (entry.prev == GENESIS and entry.n == 1):
            continue
        following[entry.prev] = max(following.get(entry.prev, (0, "", "")), rank)
    found = _followed(by_hash, following)
    placed = {entry.hash for entry in found}
    rest = [entry for entry in by_hash.values() if entry.hash not in placed]
    return Chain(tuple(found), tuple(sorted(rest, key=lambda entry: (entry.n, entry.at))))


def _followed(by_hash: dict[str, Entry], following: dict[str, tuple[int, str, str]]) -> Sequence[Entry]:
    found: list[Entry] = []
    at = GENESIS
    while at in following:
        found.append(by_hash[following[at][2]])
        at = found[-1].hash
    return found
