"""Readings from Prometheus, or anything that speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).

https://prometheus.io/docs/prometheus/latest/querying/api/
Surprises: a range query answers at `start + k × step` only, so `start` is chosen such that the last point is the end of
the window; a query of several series is refused here, because a finding has one value (write `sum(…)`). Values come as
texts, `NaN` and `+Inf` among them. It only asks `/query` and `/query_range`; it changes nothing and reads no rules.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr

from connectors import http
from connectors.reading import Point, ReadingArguments, Seconds, finding
from engine.errors import Permanent
from engine.model import Finding, Link, Window


class PrometheusConfig(BaseModel):
    """`url` is the server's; `external_url` is what people open, where that differs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl
    external_url: HttpUrl | None = None
    token: SecretStr | None = None
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)  # X-Scope-OrgID and the like
    seconds: Seconds = 10.0


class QueryArguments(ReadingArguments):
    """One PromQL expression that gives one series; `step` is in seconds."""

    query: str
    step: Seconds | None = None


class Prometheus:
    """One Prometheus server as an instrument."""

    Config = PrometheusConfig

    def __init__(self, name: str, config: PrometheusConfig) -> None:
        self.name = name
        self._config = config
        self._url = str(config.url).rstrip("/")
        headers = {key: value.get_secret_value() for key, value in config.headers.items()}
        if config.token is not None:
            headers["Authorization"] = f"Bearer {config.token.get_secret_value()}"
        self._secrets = [value.rpartition(" ")[2] for value in headers.values()]
        self._http = http.client(headers)

    async def start(self) -> None:
        """Nothing to begin: the server keeps the history."""

    async def read(self, arguments: Mapping[str, Any], window: Window) -> Finding:
        """See `Tool`: `query`, `step` and what `ReadingArguments` takes."""
        asked = QueryArguments.of(self.name, arguments)
        length = (window.until - window.since).total_seconds()
        step = asked.step or max(round(length / 120), 1)
        if length < step:
            path, params = "query", {"query": asked.query, "time": f"{window.until.timestamp():.3f}"}
        else:
            start = window.until - timedelta(seconds=math.floor(length / step) * step)
            path = "query_range"
            params = {
                "query": asked.query,
                "start": f"{start.timestamp():.3f}",
                "end": f"{window.until.timestamp():.3f}",
                "step": f"{step:g}",
            }
        points = self._points(await self._ask(path, params))
        return finding(self.name, points, asked, window, links=[self._link(asked.query, window)])

    async def aclose(self) -> None:
        """See `Tool`."""
        await self._http.aclose()

    async def _ask(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        answer = await http.read(
            self._http,
            f"{self._url}/api/v1/{path}",
            who=self.name,
            seconds=self._config.seconds,
            secrets=self._secrets,
            params=params,
        )
        try:
            document = answer.json()
        except (ValueError, RecursionError) as err:
            raise Permanent(f"{self.name} answered with something that is not Prometheus' JSON") from err
        if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
            raise Permanent(f"{self.name} answered in a form that is not Prometheus'")
        data: dict[str, Any] = document["data"]
        return data

    def _points(self, data: Mapping[str, Any]) -> list[Point]:
        result = data.get("result")
        if not isinstance(result, list):
            raise Permanent(f"{self.name} answered in a form that is not Prometheus'")
        try:
            if data.get("resultType") == "scalar":
                pairs = [result]
            elif len(result) > 1:
                raise Permanent(
                    f"{self.name}: the query gives {len(result)} series; write one that gives one, as in sum(…)"
                )
            else:
                pairs = [pair for series in result for pair in series.get("values") or [series["value"]]]
            return [(datetime.fromtimestamp(float(at), UTC), float(value)) for at, value in pairs]
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError) as err:
            raise Permanent(f"{self.name} answered in a form that is not Prometheus'") from err

    def _link(self, query: str, window: Window) -> Link:
        minutes = max(math.ceil((window.until - window.since).total_seconds() / 60), 1)
        page = str(self._config.external_url or self._config.url).rstrip("/")
        graph = {
            "g0.expr": query,
            "g0.tab": "0",
            "g0.range_input": f"{minutes}m",
            "g0.end_input": f"{window.until.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        }
        return Link(text=query if len(query) <= 60 else f"{query[:59]}…", url=f"{page}/graph?{urlencode(graph)}")
