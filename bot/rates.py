"""Slack's rates as token buckets: per method, and for posting per channel. They wait; they never drop.

The figures are Slack's documented tiers (docs.slack.dev, rate limits): posting about one a second and channel with
bursts, `chat.update` fifty a minute for the whole workspace, reactions fifty, channels, pins, bookmarks and streams
twenty, the rest a hundred.
"""

from engine.ports import Clock

_TIER_2 = (
    *("conversations.archive", "conversations.create", "conversations.setPurpose", "conversations.setTopic"),
    *("bookmarks.add", "bookmarks.edit", "pins.add", "pins.remove", "chat.startStream", "chat.stopStream"),
)
PER_MINUTE = {"chat.update": 50, "reactions.add": 50, "chat.postMessage": 60, "chat.delete": 50, "views.publish": 100}
PER_MINUTE |= dict.fromkeys(_TIER_2, 20)
BURST = {"chat.update": 25, "reactions.add": 25, "chat.postMessage": 15, "chat.delete": 10}
BURST |= dict.fromkeys(_TIER_2, 10)
BY_CHANNEL = {"chat.postMessage", "chat.postEphemeral"}


class _Bucket:
    """Tokens that come back evenly."""

    def __init__(self, per_minute: float, burst: float, clock: Clock) -> None:
        self.rate = per_minute / 60
        self.burst = burst
        self.tokens = burst
        self._clock = clock
        self.at = clock.monotonic()

    def free(self) -> bool:
        """Whether a token is there."""
        now = self._clock.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return self.tokens >= 1

    def take(self) -> float:
        """Take one token, on credit if need be; the seconds to wait for it."""
        self.free()
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)


class Buckets:
    """All buckets of one workspace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._closed: dict[tuple[str, str], float] = {}

    async def take(self, method: str, channel: str) -> None:
        """Wait until this method may be called for this channel."""
        wait = self.place(method, channel)
        if wait > 0:
            await self._clock.sleep(wait)

    def place(self, method: str, channel: str) -> float:
        """Take a place in the queue of this method and channel; the seconds until its turn."""
        key = (method, channel if method in BY_CHANNEL else "")
        return max(self._bucket(key).take(), self._closed.get(key, 0.0) - self._clock.monotonic())

    def _bucket(self, key: tuple[str, str]) -> _Bucket:
        if key not in self._buckets:
            rate, burst = PER_MINUTE.get(key[0], 100), BURST.get(key[0], 50)
            self._buckets[key] = _Bucket(rate, burst, self._clock)
        return self._buckets[key]

    def take_now(self, method: str) -> bool:
        """Take a token of a method without channels, if one is there; else nothing is taken."""
        key = (method, "")
        if self._bucket(key).free() and self._closed.get(key, 0.0) <= self._clock.monotonic():
            self._bucket(key).take()
            return True
        return False

    def closed(self, method: str, channel: str, seconds: float) -> None:
        """Slack said how long it takes nothing: believe it."""
        self._closed[method, channel if method in BY_CHANNEL else ""] = self._clock.monotonic() + seconds
