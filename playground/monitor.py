"""The monitoring of the shop: reads its /metrics, judges one rule, and sends Alertmanager's webhook; it mends nothing.

As Alertmanager does, it sends again after an answer of 5xx, a timeout or a lost connection, gives a notification up
after 4xx (429 included), repeats a firing one at `repeat`, and tells of an end only who was told of the beginning.

    GET /state    {"state": "inactive" | "pending" | "firing", "share": 0.073, "told": null | "firing", "attempts": 3}
    GET /graph    the rule and what it reads now, text/plain: where a notification's generatorURL leads
    GET /healthz  200
"""

import argparse
import asyncio
import logging
import os
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from playground.alert_rule import Alert, Reading, Rule, webhook
from playground.serving import listening, serve

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How often things happen, in seconds."""

    scrape: float = 0.5
    repeat: float = 300.0
    first_retry: float = 0.2
    longest_retry: float = 5.0
    timeout: float = 5.0


class Monitor:
    """The running monitor of `shop_url`; it notifies `webhook_url`, with a bearer token if one is given."""

    def __init__(
        self,
        shop_url: str,
        webhook_url: str,
        *,
        rule: Rule | None = None,
        pace: Pace | None = None,
        token: str | None = None,
        port: int = 0,
    ) -> None:
        self.url = ""
        self.alert = Alert(rule or Rule())
        self._shop_url = shop_url
        self._webhook_url = webhook_url
        self._pace = pace or Pace()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._port = port
        self._told: Literal["firing"] | None = None
        self._told_at = 0.0
        self._attempts = 0
        self._judged = asyncio.Event()
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=self._pace.timeout)
        self._session = await self._running.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        self.url = await self._running.enter_async_context(listening(self._app(), self._port))
        for work in (self._read_forever(), self._notify_forever()):
            self._running.push_async_callback(_ended, asyncio.create_task(work))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/state", self._show_state),
                web.get("/graph", self._show_graph),
                web.get("/healthz", self._show_health),
            ]
        )
        return app

    async def _read_forever(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                reading = await self._read(loop.time())
            except (aiohttp.ClientError, TimeoutError, ValueError) as failed:
                # A shop that does not answer is not a share of failures; the next reading comes soon.
                log.warning("no reading of %s: %s", self._shop_url, type(failed).__name__)
            else:
                self.alert.read(reading)
                self._judged.set()
            due = max(due + self._pace.scrape, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _read(self, at: float) -> Reading:
        async with self._session.get(f"{self._shop_url}/metrics", raise_for_status=True) as response:
            text = await response.text()
        requests = failed = 0.0
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == "checkout_requests_total":
                    requests += sample.value
                    failed += sample.value if sample.labels["code"].startswith("5") else 0.0
        return Reading(at, requests, failed)

    async def _notify_forever(self) -> None:
        pause = self._pace.first_retry
        while True:
            await self._judged.wait()
            self._judged.clear()
            if not self._due():
                continue
            # Written anew for every attempt: what is told after an outage is what is true then.
            firing = self.alert.state == "firing"
            if await self._send():
                self._told = "firing" if firing else None
                self._told_at = asyncio.get_running_loop().time()
                pause = self._pace.first_retry
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._pace.longest_retry)

    def _due(self) -> bool:
        if self.alert.state != "firing":
            return self._told is not None
        waited = asyncio.get_running_loop().time() - self._told_at
        return self._told is None or waited >= self._pace.repeat

    async def _send(self) -> bool:
        """Make one attempt; true when the matter is closed, by acceptance or by a refusal for good."""
        body = webhook(self.alert, receiver="watchkeeper", url=self.url)
        self._attempts += 1
        try:
            async with self._session.post(self._webhook_url, json=body, headers=self._headers) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as failed:
            log.warning("%s not delivered: %s", body["status"], type(failed).__name__)
            return False
        if status >= 400:
            log.warning("%s not accepted: %d", body["status"], status)
        return status < 500

    async def _show_state(self, request: web.Request) -> web.Response:
        alert = self.alert
        return web.json_response(
            {"state": alert.state, "share": alert.share, "told": self._told, "attempts": self._attempts}
        )

    async def _show_graph(self, request: web.Request) -> web.Response:
        share = "no requests yet" if self.alert.share is None else f"{self.alert.share:.4f}"
        return web.Response(text=f"{self.alert.rule.expression}\n{share} ({self.alert.state})\n")

    async def _show_health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    # Anything but the cancelling is a fault of this file and shall be seen.
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Run the monitor as a process; a token for the webhook comes in the environment as ALERT_TOKEN."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--shop", required=True, help="the shop's URL")
    arguments.add_argument("--to", required=True, help="URL the notifications go to")
    arguments.add_argument("--scrape", type=float, default=0.5, help="seconds between two readings")
    arguments.add_argument("--window", type=float, default=4.0, help="seconds the share is taken over")
    arguments.add_argument("--for", type=float, default=1.0, dest="hold", help="seconds above it until it fires")
    arguments.add_argument("--repeat", type=float, default=300.0, help="seconds until a firing alert is told again")
    arguments.add_argument("--threshold", type=float, default=0.01, help="share of failed requests")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    rule = Rule(threshold=asked.threshold, window=asked.window, hold=asked.hold)
    pace = Pace(scrape=asked.scrape, repeat=asked.repeat)
    token = os.environ.get("ALERT_TOKEN")
    serve(Monitor(asked.shop, asked.to, rule=rule, pace=pace, token=token, port=asked.port))


if __name__ == "__main__":
    main()
