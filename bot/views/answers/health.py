"""The answers to `mirror` and `partners`: how far each record is with an incident, and how each partner stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.views.partners import Partner, line
from bot.views.records import mirrored, whole
from bot.views.scene import Scene
from engine.incident import State

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
    return "\n".join([*([whole(there)] if there else []), *map(mirrored, late)])


def partners(known: Sequence[Partner], now: datetime) -> str:
    """A line for each partner."""
    if not known:
        return "No partner is configured."
    rest = [f"and {len(known) - _MOST} more"] if len(known) > _MOST else []
    return "\n".join([*(line(partner, now) for partner in known[:_MOST]), *rest])
