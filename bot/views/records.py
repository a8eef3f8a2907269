"""How far the shared memory is: the tickets as links, and whoever is behind, by name and number."""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.views.parts import code, link, outside, time
from bot.views.scene import Record, Scene
from engine.words import NBSP, count, listed, lower_first, span, took, upper_first


def tickets(scene: Scene) -> str:
    """The tickets that take the record, as links."""
    return " · ".join(link(r.url, r.ticket) for r in scene.records if r.ticket)


def behind(record: Record, command: str) -> str:
    """`GitHub: 11 entries behind, next try 02:07:42`; empty while the backend takes writes."""
    if not record.behind or not (record.trouble or record.waits_until or record.parked):
        return ""
    words = f"{outside(record.label, 40)}: {count(record.behind, 'entry', 'entries')} behind"
    if record.parked:
        return f"{words}, {_parked(record, command)}"
    if record.waits_until:
        return f"{words}, next try {time(record.waits_until, seconds=True)}"
    return f"{words}, {outside(record.trouble, 120)}"


def lagging(scene: Scene) -> list[str]:
    """One phrase for every backend that does not take writes."""
    return [words for record in scene.records if (words := behind(record, scene.command))]


def complete(scene: Scene, n: int) -> bool:
    """Every record holds every entry."""
    return bool(scene.records) and all(record.acked >= max(n, record.total) for record in scene.records)


def where(scene: Scene) -> str:
    """`all 5 records`, `both records`, or the one by its name."""
    if len(scene.records) > 2:
        return f"all {len(scene.records)} records"
    return "both records" if len(scene.records) == 2 else outside(scene.records[0].label, 40)


def state_of_record(scene: Scene, n: int) -> list[str]:
    """For a closed incident: complete, or who is still behind."""
    if not scene.records:
        return [count(n, "entry", "entries")]
    if complete(scene, n):
        return [f"{count(n, 'entry', 'entries')}, the same in {where(scene)}"]
    late = [r for r in scene.records if r.acked < max(n, r.total) and not behind(r, scene.command)]
    waiting = listed([f"{outside(r.label, 40)} has {r.acked}" for r in late])
    return [f"{count(n, 'entry', 'entries')}{f'; {waiting} so far' if waiting else ''}", *lagging(scene)]


def health(record: Record, now: datetime, command: str) -> str:
    """Over all incidents: `up to date, 1.2 s`, or `20 entries behind for 3 min, answers 503, next try 02:11`."""
    if not record.behind:
        return f"up to date, {lag(record.lag)}" if record.lag is not None else "up to date"
    words = f"{count(record.behind, 'entry', 'entries')} behind"
    if not record.trouble:
        return f"{words}, being sent"
    minutes = int((now - record.since).total_seconds() // 60) if record.since else 0
    words += f" for {span(minutes * 60) if minutes else f'under 1{NBSP}min'}" if record.since else ""
    return f"{words}, {trouble(record)}{_next(record, command, seconds=False)}"


def trouble(record: Record) -> str:
    """`answers 503`: what it says, without its own name and the details."""
    said = outside(record.trouble, 120)
    own = "|".join(re.escape(outside(name, 40)) for name in (record.label, record.backend))
    bare = re.sub(rf"^(?:{own})\s+", "", said, flags=re.IGNORECASE)
    return lower_first(re.sub(r"^answered\b", "answers", re.split(r"[;:]", bare, maxsplit=1)[0])).rstrip(". ")


def lag(seconds: float) -> str:
    """`1.2 s`, `2 ms`."""
    return took(seconds) if seconds >= 0.1 else f"{max(1, round(seconds * 1000))}{NBSP}ms"


def mirrored(record: Record, command: str) -> str:
    """One that is behind, as `ServiceNow: 0 of 20, answers 503 since 02:07:12, asked 5 times, next 02:11:42`."""
    words = f"{upper_first(_called(record))}: {record.acked} of {record.total}"
    if not record.trouble:
        return f"{words}, being sent."
    since = f" since {time(record.since, seconds=True)}" if record.since else ""
    asked = f", asked {_times(record.tries)}" if record.tries else ""
    return f"{words}, {trouble(record)}{since}{asked}{_next(record, command, seconds=True)}. Nothing waits for it."


def whole(records: Sequence[Record]) -> str:
    """Those that hold everything, as `GitHub #318, Files: 20 of 20 entries, lag 0.8 to 1.6 s`."""
    lags = sorted(record.lag for record in records if record.lag is not None)
    words = list(dict.fromkeys(lag(seconds) for seconds in lags[:1] + lags[-1:]))
    if len(words) == 2 and words[0].partition(NBSP)[2] == words[1].partition(NBSP)[2]:
        words[0] = words[0].partition(NBSP)[0]  # the unit once
    told = f", lag {' to '.join(words)}" if words else ""
    names = ", ".join(_called(record) for record in records)
    return f"{upper_first(names)}: {records[0].acked} of {count(records[0].total, 'entry', 'entries')}{told}."


def _called(record: Record) -> str:
    return link(record.url, record.ticket) if record.ticket else outside(record.label, 40)


def _times(tries: int) -> str:
    return "once" if tries == 1 else f"{tries} times"


def _next(record: Record, command: str, *, seconds: bool) -> str:
    if record.parked:
        return f"; {_parked(record, command)}"
    if record.waits_until is None:
        return ""
    return f", next{'' if seconds else ' try'} {time(record.waits_until, seconds=seconds)}"


def _parked(record: Record, command: str) -> str:
    """It refused for good: what tries again."""
    retry = code(f"{command} mirror {record.incident or '<number>'} retry {record.backend}")
    return f"not sent again until {retry} or the next start"
