"""When entries share a note, and how long texts are cut: pure, so that what was sent can be rendered again.

Nothing is ever dropped: a group says every entry, whole where there is room, else as one line each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

GROUP_MOST = 50  # entries in one note: nobody reads more, and one refusal must not hold back a whole incident
WHOLE = 12_000  # characters of a group up to which every entry stands in it as it would alone
OLD = 30.0  # seconds that the oldest waiting entry is old: then the backend is slow
BURST = 20  # entries that wait


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is known when the next note is chosen. `room`: writes that the vendor grants now, None for any number."""

    acked: int
    n: int
    oldest_seconds: float
    failed: bool  # the last attempt did
    room: int | None = None
    past: bool = False  # all of it is over: nobody waits for the first entry alone


def last_of_group(waiting: Waiting, *, groups: bool) -> int:
    """The last entry of the next note. The first entry of an incident stands alone: it is the ticket's body.

    Of the past the body holds as much as one note may.
    """
    pending = waiting.n - waiting.acked
    if groups and waiting.past:
        return waiting.acked + min(pending, GROUP_MOST)
    if not groups or waiting.acked == 0 or pending < 2:
        return waiting.acked + 1
    scarce = waiting.room is not None and waiting.room < pending
    if waiting.failed or scarce or waiting.oldest_seconds > OLD or pending > BURST:
        return waiting.acked + min(pending, GROUP_MOST)
    return waiting.acked + 1


def group_text(first: int, n: int, why: str, whole: Sequence[str], lines: Sequence[str], ceiling: int) -> str:
    """The text of several entries: each as it would stand alone, or one line each where that is too long."""
    head = f"**Entries {first} to {n} in one note**{f': {why}' if why else ''}"
    text = "\n\n".join([head, *whole])
    if len(text) <= min(ceiling, WHOLE):
        return text
    return "\n".join([head, *lines])


def parted(text: str, ceiling: int, least: int, of: str) -> list[str]:
    """The text in at least `least` parts under the ceiling, cut between lines; a line too long is cut in itself.

    Each part after the first begins with a line that says which part of what it is.
    """
    room = ceiling - 80  # for that line
    parts: list[str] = []
    rest = text
    while len(rest) > (ceiling if not parts else room):
        limit = ceiling if not parts else room
        at = rest.rfind("\n", 1, limit)
        at = at if at > limit // 2 else limit
        parts.append(rest[:at])
        rest = rest[at:].removeprefix("\n")
    parts.append(rest)
    parts += [""] * (least - len(parts))
    heads = ["", *(f"**{of}, part {k} of {len(parts)}**\n" for k in range(2, len(parts) + 1))]
    return [f"{head}{part}".rstrip() for head, part in zip(heads, parts, strict=True)]


def why_grouped(label: str, trouble: str) -> str:
    """Why entries share a note: `ServiceNow took no writes: answers 503`."""
    return f"{label} took no writes: {trouble}" if trouble else f"{label} was behind"
