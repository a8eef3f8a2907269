"""The pinned summary: that of a closed incident is at hand in its channel, an earlier one is not any more.

A pin that Slack refuses, for a missing scope or too many of them, is left out: the summary stands there all the same.
"""

import structlog

from bot.slack import Slack
from bot.slack_pins import SlackPins
from bot.told import AGAIN, Told
from engine.errors import Ambiguous, Permanent, Retryable
from engine.incident import State

log = structlog.get_logger()


class Pinned:
    """Keeps the pins of the incidents' summaries."""

    def __init__(self, slack: Slack) -> None:
        self._pins = SlackPins(slack)
        self._said: set[str] = set()

    async def keep(self, state: State, told: Told) -> float | None:
        """Make the pins of one incident so. Seconds until one is tried again, or None."""
        wait = None
        for slot, row in told.rows.items():
            if not slot.startswith("summary/") or row.ts is None:
                continue
            if state.own_channel and row.channel == state.own_channel.id and not state.home:
                continue  # its channel has ended
            wanted = state.closed is not None and slot == f"summary/{state.round}"
            if told.pinned.get(slot) == wanted:
                continue
            try:
                await (self._pins.pin if wanted else self._pins.unpin)(row.channel, row.ts)
            except (Retryable, Ambiguous) as err:
                wait = max(AGAIN, getattr(err, "after", 0.0))
                continue
            except Permanent as err:
                self._say(str(err))
            told.pinned[slot] = wanted
        return wait

    def _say(self, words: str) -> None:
        """Once, not at every incident that closes."""
        if words not in self._said:
            self._said.add(words)
            log.warning("a summary is not pinned or unpinned", says=words)
