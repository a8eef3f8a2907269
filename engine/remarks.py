"""What was read in an incident's tickets: the last recorded version of each remark, by its name. Pure.

A remark is anything that a ticket says beside our own notes as they were sent: a comment, a reaction, its state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.model import Entry, Read

_PREFIX = "rb/"


@dataclass(frozen=True, slots=True)
class Known:
    """The last recorded version of a remark, and the entry that recorded it."""

    backend: str
    id: str
    base: int
    read: Read
    entry: Entry

    @property
    def gone(self) -> bool:
        """It was deleted, or taken back."""
        return self.read.how == "deleted"


def name_of(backend: str, id_: str) -> str:
    """A remark's name in its incident, whichever backend it stands in."""
    return f"{backend}/{id_}"


def key_of(backend: str, id_: str, base: int) -> str:
    """The key of the entry that records a version: of two that read the same one, one is recorded.

    `base`: how many versions were recorded before it was fetched.
    """
    return f"{_PREFIX}{name_of(backend, id_)}/{base}"


def versions(remarks: Mapping[str, Known], name: str) -> int:
    """How many versions of it are recorded: the next one's `base`."""
    known = remarks.get(name)
    return known.base + 1 if known else 0


def with_version(remarks: Mapping[str, Known], entry: Entry) -> Mapping[str, Known]:
    """After this entry. Of the several that one version can bring only the one with its key counts.

    Backend, id and number are taken from the key, which nothing masks.
    """
    if not entry.key.startswith(_PREFIX):
        return remarks
    name, _, base = entry.key.removeprefix(_PREFIX).rpartition("/")
    backend, _, id_ = name.partition("/")
    return {**remarks, name: Known(backend, id_, int(base), Read.model_validate(entry.payload["read"]), entry)}


def standing_in(remarks: Mapping[str, Known], backend: str) -> Iterator[Known]:
    """What stands in one backend's ticket, as far as is recorded."""
    return (known for known in remarks.values() if known.backend == backend and not known.gone)
