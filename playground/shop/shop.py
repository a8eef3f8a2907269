"""The checkout service: six pods that take orders, each running the release it was given; it deploys nothing.

    POST   /orders        a cart as JSON → 201 {"order", "amount", "currency"} · 422 the cart cannot be priced
                          500 the release failed on it · 502 a dependency failed · 503 no pod is up
                          header `X-Canary: 1` sends it to the canary (503 without one)
    GET    /metrics       Prometheus text or OpenMetrics, as the Accept header asks
    GET    /healthz       200 {"status": "ok", "pods_up": 6}, 503 without a pod
    GET    /pods          [{"pod": "1", "release": "2026.11.24-2", "state": "up" | "starting"}, …]
    PUT    /pods/{pod}    {"release", "seconds"}: restart it with that release → 200 when it is up, 404 no such pod,
                          422 no such release; `canary` is a pod that is made when it is asked for
    DELETE /pods/canary   take it away → 204

A cart: {"lines": [{"sku", "price", "count"}], "currency", "voucher_percent", "app", "customer"}; price in cents.
Releases ending in `-2` take every sum as EUR; those ending in `-3` read the cart's currency, and fail without one.
"""

import argparse
import asyncio
import random
import time
import traceback
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from json import JSONDecodeError
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from playground.serving import listening, serve
from playground.shop.dependencies import Database, DependencyFailed, Payments, Stock
from playground.shop.journal import Journal
from playground.shop.measures import Measures
from playground.shop.pods import CANARY, INVALID_CART, Pod, Pods, Total

RELEASE = "2026.11.24-2"
SERVICE = "checkout"
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# A pod that fails on a cart tries it twice more before it gives up, which is why failing orders are slow ones.
PAUSES_BEFORE_RETRY = (0.1, 0.2)


@dataclass(frozen=True)
class Outcome:
    """What became of an order: the answer, and for the log what went wrong and where."""

    status: HTTPStatus
    body: Mapping[str, Any]
    error: str | None = None
    where: str | None = None


def place(failure: BaseException) -> str:
    """Say where an exception was raised, as `cart.py:88 in total()`."""
    frame = traceback.extract_tb(failure.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}()"


class Shop:
    """The running service. `slowness` scales its simulated waiting (1.0 as in life, 0.1 for tests)."""

    def __init__(self, log: Path, *, release: str = RELEASE, pods: int = 6, slowness: float = 1.0, port: int = 0):
        self.url = ""
        self._port = port
        self._slowness = slowness
        self._log_path = log
        self._measures = Measures()
        self._database = Database(self._measures, slowness)
        self._payments = Payments(self._measures, slowness)
        self._stock = Stock(slowness)
        self._pods = Pods(pods, release, self._database)
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._journal = Journal(self._log_path)
        self._running.callback(self._journal.close)
        self.url = await self._running.enter_async_context(listening(self._app(), self._port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/orders", self._take_order),
                web.get("/metrics", self._show_measures),
                web.get("/healthz", self._show_health),
                web.get("/pods", self._list_pods),
                web.put("/pods/{pod}", self._start_pod),
                web.delete(f"/pods/{CANARY}", self._stop_canary),
            ]
        )
        return app

    async def _take_order(self, request: web.Request) -> web.Response:
        began = time.perf_counter()
        order = "ord_" + "".join(random.choices(ALPHABET, k=10))
        try:
            cart = await request.json()
        except (JSONDecodeError, UnicodeDecodeError):
            cart = None
        pod = self._pods.canary() if request.headers.get("X-Canary") else self._pods.next()
        if pod is None:
            outcome = Outcome(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "no pod is up"}, "NoPodUp: no pod is up")
        elif not isinstance(cart, dict):
            outcome = Outcome(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": "a cart is a JSON object"})
            cart = {}
        else:
            outcome = await self._serve(pod, cart, order)
        self._record(pod, cart or {}, order, outcome, time.perf_counter() - began)
        return web.json_response(outcome.body, status=outcome.status)

    async def _serve(self, pod: Pod, cart: Mapping[str, Any], order: str) -> Outcome:
        try:
            async with self._database.connection():
                pass
            priced = await self._price(pod, cart)
            await self._stock.reserve()
            await self._payments.charge(priced.amount)
        except INVALID_CART as invalid:
            return Outcome(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(invalid)})
        except DependencyFailed as failed:
            return Outcome(HTTPStatus.BAD_GATEWAY, {"error": "try again later"}, str(failed), place(failed))
        except Exception as failed:
            # Whatever a release does, the service answers and its log says what happened.
            error = f"{type(failed).__name__}: {failed}"
            return Outcome(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "internal error"}, error, place(failed))
        body = {"order": order, "amount": priced.amount, "currency": priced.currency}
        return Outcome(HTTPStatus.CREATED, body)

    async def _price(self, pod: Pod, cart: Mapping[str, Any]) -> Total:
        for pause in PAUSES_BEFORE_RETRY:
            try:
                return pod.total(cart)
            except INVALID_CART:
                raise
            except Exception:
                # The pod cannot know which failures pass; the last one, below, is the one that counts.
                await asyncio.sleep(pause * self._slowness)
        return pod.total(cart)

    def _record(self, pod: Pod | None, cart: Mapping[str, Any], order: str, outcome: Outcome, took: float) -> None:
        status = outcome.status
        self._measures.requests.labels("POST", "/orders", str(status.value)).inc()
        self._measures.duration.labels("POST", "/orders").observe(took)
        self._journal.write(
            "ERROR" if status >= 500 else "WARNING" if status >= 400 else "INFO",
            service=SERVICE,
            release=pod.release if pod else None,
            pod=pod.name if pod else None,
            method="POST",
            path="/orders",
            status=status.value,
            duration_ms=round(took * 1000, 1),
            error=outcome.error or outcome.body.get("error"),
            where=outcome.where,
            app=str(cart.get("app", "unknown")),
            order=order,
            customer=str(cart.get("customer", "unknown")),
        )

    async def _show_measures(self, request: web.Request) -> web.Response:
        body, content_type = self._measures.page(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _show_health(self, request: web.Request) -> web.Response:
        up = sum(pod["state"] == "up" for pod in self._pods.listed())
        return web.json_response({"status": "ok" if up else "no pod is up", "pods_up": up}, status=200 if up else 503)

    async def _list_pods(self, request: web.Request) -> web.Response:
        return web.json_response(self._pods.listed())

    async def _start_pod(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        try:
            pod = await self._pods.start(request.match_info["pod"], wanted["release"], float(wanted["seconds"]))
        except KeyError as unknown:
            known = request.match_info["pod"] != unknown.args[0]
            return web.json_response({"error": f"not known: {unknown.args[0]}"}, status=422 if known else 404)
        return web.json_response({"pod": pod.name, "release": pod.release, "state": pod.state})

    async def _stop_canary(self, request: web.Request) -> web.Response:
        self._pods.stop_canary()
        return web.Response(status=204)


def main() -> None:
    """Run the shop as a process."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--log", type=Path, required=True, help="file the log is appended to")
    arguments.add_argument("--release", default=RELEASE, help="what the pods run at first")
    arguments.add_argument("--slowness", type=float, default=1.0, help="scale of the simulated waiting")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    serve(Shop(asked.log, release=asked.release, slowness=asked.slowness, port=asked.port))


if __name__ == "__main__":
    main()
