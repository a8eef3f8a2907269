"""How far the shared memory is: the tickets as links, and whoever is behind, by name and number."""

from bot.views.parts import link, outside, time
from bot.views.scene import Record, Scene
from engine.words import count, listed


def tickets(scene: Scene) -> str:
    """The tickets that take the record, as links."""
    return " · ".join(link(r.url, r.ticket) for r in scene.records if r.ticket)


def behind(record: Record) -> str:
    """`GitHub: 11 entries behind, next try 02:07:42`; empty while the backend takes writes."""
    if not record.behind or not (record.trouble or record.waits_until or record.parked):
        return ""
    words = f"{outside(record.label, 40)}: {count(record.behind, 'entry', 'entries')} behind"
    if record.parked:
        return f"{words}, not sent again until the next start"
    if record.waits_until:
        return f"{words}, next try {time(record.waits_until, seconds=True)}"
    return f"{words}, {outside(record.trouble, 120)}"


def lagging(scene: Scene) -> list[str]:
    """One phrase for every backend that does not take writes."""
    return [words for words in map(behind, scene.records) if words]


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
    late = [r for r in scene.records if r.acked < max(n, r.total) and not behind(r)]
    waiting = listed([f"{outside(r.label, 40)} has {r.acked}" for r in late])
    return [f"{count(n, 'entry', 'entries')}{f'; {waiting} so far' if waiting else ''}", *lagging(scene)]
