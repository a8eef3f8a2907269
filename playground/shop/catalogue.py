"""What is known about each build of the checkout service: its change and its difference; it deploys nothing."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from playground.shop.pods import SOURCES, build_of


@dataclass(frozen=True)
class Change:
    """One merged change, as the review system keeps it."""

    number: int
    title: str
    author: str
    migration: bool


CHANGES = {
    "2": Change(1181, "take vouchers of 10 and 15 %", "Ben Adler", migration=False),
    "3": Change(1187, "read currency from the cart", "Dana Silva", migration=False),
}


def change_of(release: str) -> Change:
    """Tell the change a release brings; raises KeyError for a release that is not known."""
    return CHANGES[build_of(release)]


def files_between(old: str, new: str) -> list[str]:
    """Name the files in which two releases differ, by comparing their sources."""
    before, after = (_sources(release) for release in (old, new))
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def difference(old: str, new: str) -> str:
    """Write the difference of two releases as a unified diff."""
    before, after = (_sources(release) for release in (old, new))
    parts = (
        difflib.unified_diff(
            before.get(name, "").splitlines(keepends=True), after.get(name, "").splitlines(keepends=True), name, name
        )
        for name in files_between(old, new)
    )
    return "".join(line for part in parts for line in part)


def _sources(release: str) -> dict[str, str]:
    folder = Path(SOURCES[build_of(release)])
    # What makes the folder a package names the build, so it differs always and changes nothing.
    return {path.name: path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "__init__.py"}
