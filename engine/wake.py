"""Wake whoever follows an incident, after the commit and outside its transaction.

A wake-up only says "look": it may come twice, late or, from another process, not at all (then the sweep finds it). A
follower takes its handle before it looks, so that a change between looking and waiting is not lost.
"""

import asyncio
from collections.abc import Callable, Iterable


class Watch:
    """A follower's handle: which incidents changed since it looked last."""

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._event = asyncio.Event()

    def note(self, incidents: Iterable[int]) -> None:
        """Called by the hub, on the event loop."""
        self._changed.update(incidents)
        self._event.set()

    async def changed(self, seconds: float | None = None) -> set[int]:
        """Wait for a change, at most that long; what changed, possibly nothing."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
        changed, self._changed = self._changed, set()
        return changed


class Hub:
    """Every follower of this process, and the way to tell the other processes."""

    def __init__(self) -> None:
        self._watches: dict[Watch, int | None] = {}
        self.outward: Callable[[Iterable[int]], None] | None = None

    def watch(self, incident: int | None = None) -> Watch:
        """A handle for one incident, or for all."""
        watch = Watch()
        self._watches[watch] = incident
        return watch

    def unwatch(self, watch: Watch) -> None:
        """Forget a handle."""
        self._watches.pop(watch, None)

    def wake(self, incidents: Iterable[int], *, outward: bool = True) -> None:
        """Tell the followers here and, unless the news came from there, the other processes."""
        changed = set(incidents)
        if not changed:
            return
        for watch, incident in self._watches.items():
            if incident is None:
                watch.note(changed)
            elif incident in changed:
                watch.note((incident,))
        if outward and self.outward is not None:
            self.outward(changed)
