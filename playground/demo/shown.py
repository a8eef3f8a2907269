"""Note when Slack first showed each entry: by the number that every message of the bot carries in its metadata.

A message is rendered from the whole incident, so one with `seq` 12 shows entry 12 and everything before it.
"""

import time
from bisect import bisect_left

from playground.slack.state import Change


class Shown:
    """Listens to the stand-in's workspace; give `heard` to its listeners."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[list[int], list[float]]] = {}

    def heard(self, change: Change) -> None:
        """Take note of a new or changed message."""
        if change.message is None or change.kind not in ("message", "message_changed"):
            return
        payload = (change.message.metadata or {}).get("event_payload", {})
        incident, seq = payload.get("incident"), payload.get("seq")
        if not isinstance(incident, str) or not isinstance(seq, int):
            return
        numbers, times = self._steps.setdefault(incident, ([], []))
        if not numbers or seq > numbers[-1]:
            numbers.append(seq)
            times.append(time.time())

    def after(self, incident: str, n: int, at: int) -> float | None:
        """Milliseconds from `at` (microseconds since 1970) until entry `n` was shown; None while it waits."""
        numbers, times = self._steps.get(incident, ([], []))
        place = bisect_left(numbers, n)
        return None if place == len(numbers) else max(0.0, times[place] * 1000 - at / 1000)
