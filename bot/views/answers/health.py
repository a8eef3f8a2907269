"""The answers to `mirror` and `partners`: how far each record is, what was decided for it, how each partner stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.views.partners import Partner, line
from bot.views.parts import code, outside
from bot.views.records import mirrored, whole
from bot.views.scene import Record, Scene
from engine.incident import State
from engine.words import NBSP, listed

_MOST = 20


def mirror(state: State, scene: Scene, lags: Mapping[str, float]) -> str:
    """A line for the records that hold everything, and one for each that does not. `lags`: seconds by backend."""
    if not scene.records:
        return "No record is configured: what happens is in the ledger alone."
    if not state.has_results:
        return f"The record of {state.label} starts with the first finding."
    records = [replace(record, lag=lags.get(record.backend)) for record in scene.records]
    there = [record for record in records if not record.behind]
    late = [record for record in records if record.behind]
    return "\n".join([*([whole(there)] if there else []), *(mirrored(record, scene.command) for record in late)])


def no_such_record(name: str, known: Sequence[str]) -> str:
    """A name that is no record of the configuration."""
    named = f"{code(name, 40)} is no record" if name else "The record is missing"
    return f"{named}. Configured: {listed([code(one, 40) for one in known]) or 'none'}. Nothing changed."


def nothing_refused(state: State, record: Record) -> str:
    """An order for a record that refused nothing: it goes on by itself."""
    label = outside(record.label, 40)
    return f"{label} has refused nothing of {state.label}: {record.acked} of {record.total} entries. Nothing changed."


def record_ordered(state: State, record: Record, how: Literal["retry", "skip", "new"], n: int) -> str:
    """What a person decided about a refusal, and what follows."""
    label = outside(record.label, 40)
    return {
        "retry": f"{label} is sent entry{NBSP}{n} of {state.label} again now.",
        "skip": f"{label} is left without entry{NBSP}{n} of {state.label}; the entries after it follow now.",
        "new": f"{label} gets a new ticket for {state.label}; every entry is written to it, from the first on.",
    }[how]


def partners(known: Sequence[Partner], now: datetime) -> str:
    """A line for each partner."""
    if not known:
        return "No partner is configured."
    rest = [f"and {len(known) - _MOST} more"] if len(known) > _MOST else []
    return "\n".join([*(line(partner, now) for partner in known[:_MOST]), *rest])
