"""The incidents of a PagerDuty service, by their key or by when they were created; always a list, never a search.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
Surprises: without `date_range=all` a list begins a month ago, and a range holds at most six months and 10,000
incidents.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.memory.pagerduty import reading
from connectors.memory.pagerduty.client import Client, Json

_RANGE = timedelta(days=150)
_AHEAD = timedelta(days=1)  # PagerDuty's clock may be ahead of ours


def keyed(client: Client, service: str, key: str) -> list[Json]:
    """Every incident with this key, open or not, oldest first; also one that an alert with this dedup_key raised."""
    asked = {"incident_key": key, "service_ids": [service], "date_range": "all", "sort_by": "created_at:asc"}
    return list(client.every("incidents", "incidents", asked))


def created(client: Client, service: str, since: datetime | None, *, newest_first: bool = False) -> Iterator[Json]:
    """Every incident created then or later; without `since` from the service's first day on."""
    first = since or reading.moment(client.ask("GET", f"services/{service}")["service"]["created_at"])
    assert first is not None  # noqa: S101  every service was created
    start, last = first.astimezone(UTC).replace(microsecond=0), datetime.now(UTC) + _AHEAD
    ranges = []
    while start < last:
        ranges.append((start, min(start + _RANGE, last)))
        start += _RANGE
    seen: set[str] = set()  # a second belongs to the range that it ends and to the one that it begins
    for begin, end in reversed(ranges) if newest_first else ranges:
        asked = {
            "service_ids": [service],
            "since": begin.isoformat(),
            "until": end.isoformat(),
            "time_zone": "UTC",
            "sort_by": f"created_at:{'desc' if newest_first else 'asc'}",
        }
        for one in client.every("incidents", "incidents", asked):
            if one["id"] not in seen:
                seen.add(one["id"])
                yield one
