"""Readings from a /metrics page itself, for services without a Prometheus server.

https://prometheus.io/docs/instrumenting/exposition_formats/ and https://github.com/OpenObservability/OpenMetrics
A page knows only now: a rate needs two scrapes, so the page is read twice, `interval` seconds apart. With `history` the
named metrics are scraped all the time and kept in memory; then a reading also knows what was normal and when it ended.
Surprises: a counter that restarts goes back to nought, and its whole value is then new; a series that was not on the
page before counts from nought too. It changes nothing and keeps nothing over a restart.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr

from connectors import http
from connectors.exposition import Asked, MetricsArguments, Page, measure, parse
from connectors.reading import Point, Seconds, finding
from engine.errors import Permanent, Retryable
from engine.model import Finding, Link, Window

log = logging.getLogger(__name__)


class HistoryConfig(BaseModel):
    """Scrape these sample names (`checkout_requests_total`) every so many seconds and keep them so long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metrics: frozenset[str] = Field(min_length=1)
    every: Seconds = 5.0
    keep: float = Field(default=2_700.0, gt=0, le=86_400)


class MetricsPageConfig(BaseModel):
    """`interval` is the stretch over which a rate, a ratio or a quantile is computed, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl
    interval: Seconds = 2.0
    seconds: Seconds = 5.0
    token: SecretStr | None = None
    history: HistoryConfig | None = None


class MetricsPage:
    """One /metrics page as an instrument."""

    Config = MetricsPageConfig

    def __init__(self, name: str, config: MetricsPageConfig) -> None:
        self.name = name
        self._config = config
        # The classic format is asked for, because every exporter has it; an OpenMetrics page is read as well.
        headers = {"Accept": "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5"}
        self._secrets = [config.token.get_secret_value()] if config.token else []
        if config.token:
            headers["Authorization"] = f"Bearer {config.token.get_secret_value()}"
        self._http = http.client(headers)
        kept = config.history.keep / config.history.every if config.history else 1
        self._history: deque[Page] = deque(maxlen=max(int(kept), 2))
        self._sampling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to keep a history, where one is configured; the first reading does so too. Repeatable."""
        if self._config.history and self._sampling is None:
            self._sampling = asyncio.create_task(self._sample(self._config.history), name=f"{self.name}: history")

    async def read(self, arguments: Mapping[str, Any], window: Window) -> Finding:
        """See `Tool`: `measure`, what it measures, and what `ReadingArguments` takes."""
        asked = MetricsArguments.of(self.name, arguments)
        await self.start()
        names = asked.sample_names()
        pages = await self._pages(names)
        points, last = self._points(pages, asked, window)
        stretch = timedelta(seconds=self._config.interval)
        covered = Window(since=points[0][0] - stretch if points else pages[0].at, until=pages[-1].at)
        link = Link(text="metrics page", url=str(self._config.url))
        found = finding(self.name, points, asked, covered, links=[link], more=last.facts if last else {})
        missing = sorted(names - pages[-1].samples.keys())
        return found.model_copy(update={"says": f"No data: the page has no {', '.join(missing)}"}) if missing else found

    async def aclose(self) -> None:
        """See `Tool`."""
        if self._sampling is not None:
            self._sampling.cancel()
            await asyncio.gather(self._sampling, return_exceptions=True)
            self._sampling = None
        await self._http.aclose()

    async def _pages(self, names: frozenset[str]) -> list[Page]:
        """The pages known, oldest first, of which the last is from now and another is `interval` older."""
        kept = self._config.history is not None and names <= self._config.history.metrics
        pages = [*self._history] if kept else []
        pages.append(await self._scrape(names))
        left = self._config.interval - (pages[-1].at - pages[0].at).total_seconds()
        if left > 0:
            await asyncio.sleep(left)
            pages.append(await self._scrape(names))
        return pages

    def _points(self, pages: list[Page], asked: MetricsArguments, window: Window) -> tuple[list[Point], Asked | None]:
        """One point per page that has another at least `interval` before it, from the window's begin to now."""
        points: list[Point] = []
        last: Asked | None = None
        before = 0
        for index, page in enumerate(pages):
            # A timer wakes a little early or late; a tenth of the interval is not worth another point.
            while before + 1 < index and self._apart(pages[before + 1], page):
                before += 1
            if page.at < window.since and index + 1 < len(pages):
                continue
            if self._apart(pages[before], page):
                last = measure(asked, pages[before], page)
                if last.value is not None:
                    points.append((page.at, last.value))
        return points, last

    def _apart(self, earlier: Page, later: Page) -> bool:
        return (later.at - earlier.at).total_seconds() >= 0.9 * self._config.interval

    async def _scrape(self, names: frozenset[str]) -> Page:
        at = datetime.now(UTC)
        answer = await http.read(
            self._http, str(self._config.url), who=self.name, seconds=self._config.seconds, secrets=self._secrets
        )
        if not answer.whole:
            raise Permanent(f"{self.name}: the page is larger than {http.MAX_BYTES // 1024**2} MiB")
        text = answer.body.decode("utf-8", "replace")
        try:
            # A page of some megabytes takes the parser seconds; not on the event loop.
            return await asyncio.to_thread(parse, text, answer.headers.get("content-type", ""), names, at)
        except ValueError as err:
            raise Permanent(f"{self.name}: what it shows is not a metrics page") from err

    async def _sample(self, history: HistoryConfig) -> None:
        while True:
            try:
                self._history.append(await self._scrape(history.metrics))
            except (Retryable, Permanent) as err:
                log.info("%s: no sample: %s", self.name, err)  # a gap in the history; a reading says it to people
            await asyncio.sleep(history.every)
