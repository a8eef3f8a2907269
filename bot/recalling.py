"""`watchkeeper history`: how it was handled before, on a terminal. It reads the ledger beside a running watch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rows import plain
from bot.sending import at_the_desk
from bot.settings import Record
from bot.views.answers.history import history as said
from bot.views.answers.history import short, speed
from engine.history import History
from engine.memory import Memory
from engine.past import Override, Past, Recalled
from engine.ports import SystemClock
from engine.words import count, day

MOST = 10
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    words: str
    service: str = ""
    since: datetime | None = None

    @property
    def about(self) -> str:
        """How the answer calls it."""
        return self.words or self.service


async def history(record: Record, memories: Mapping[str, Memory], wanted: Wanted, say: Say, *, overrides: bool) -> int:
    """The exit code: 1 when a backend was not heard."""
    clock = SystemClock()
    async with at_the_desk(record, b"", clock) as (desk, _):
        looking = History(desk.ledger.db, desk.people, desk.ledger.gate, clock, memories)
        found = await looking.look(wanted.words, wanted.service, wanted.since, wide=not overrides)
    say(plain(_overrides(found) if overrides else said(found, wanted.about, MOST, str)))
    return int(bool(found.failed))


def _overrides(found: Recalled) -> str:
    pairs = [(past, one) for past in found.pasts for one in past.overrides]
    wide = [max((len(text) for text in column), default=0) for column in zip(*map(_cells, pairs), strict=True)]
    lines = ["  ".join(cell.ljust(wide[i]) for i, cell in enumerate(_cells(pair))).rstrip() for pair in pairs]
    total = f"{count(len(pairs), 'override')} in {count(len(found.pasts), 'incident')}, {speed(found)}"
    return "\n".join([*lines, total])


def _cells(pair: tuple[Past, Override]) -> tuple[str, ...]:
    past, one = pair
    return past.name, day(one.at), one.action, f"vetoed by {one.by}", short(one.why)
