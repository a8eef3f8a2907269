"""One change of release, from the canary to the last pod; it keeps no history and decides on nothing."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import aiohttp

from playground.shop.carts import NEW_APPS, Customers

CANARY_ORDERS = 50


class RolloutFailed(Exception):
    """A pod or the canary did not do as it should; the words say which."""


def stamp(time: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC with milliseconds, `2026-11-24T02:01:12.000Z`."""
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Canary:
    """What the first pod was tested with, and how it did."""

    orders: int
    errors: int
    with_currency: int
    at: datetime

    def insist(self) -> None:
        """Go on only after a canary without errors; raises RolloutFailed."""
        if self.errors:
            raise RolloutFailed(f"canary: {self.errors} of {self.orders} orders failed")

    def as_json(self) -> dict[str, Any]:
        """The canary as in the history."""
        at = stamp(self.at)
        return {"orders": self.orders, "errors": self.errors, "with_currency": self.with_currency, "at": at}


@dataclass
class Run:
    """One deployment or roll-back, from its beginning on."""

    number: int
    kind: Literal["deploy", "rollback"]
    release: str
    previous: str | None
    of: int
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    status: Literal["running", "succeeded", "failed"] = "running"
    done: int = 0
    message: str = ""
    canary: Canary | None = None
    operation: str | None = None

    def progress(self) -> dict[str, Any]:
        """How far it is: the answer to the one who started it."""
        return {
            "run": str(self.number),
            "kind": self.kind,
            "status": self.status,
            "done": self.done,
            "of": self.of,
            "from": self.previous,
            "to": self.release,
            "message": self.message,
            "operation_id": self.operation,
            "began": stamp(self.began),
            "ended": stamp(self.ended),
        }


class ShopPods:
    """The shop's pods over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def listed(self) -> list[dict[str, str]]:
        """Read every pod but the canary; raises aiohttp.ClientError when the shop does not answer."""
        async with self._session.get(f"{self._url}/pods", raise_for_status=True) as response:
            pods: list[dict[str, str]] = await response.json()
        return [pod for pod in pods if pod["pod"] != "canary"]

    async def start(self, pod: str, release: str, seconds: float) -> None:
        """Restart a pod with a release and wait until it is up; raises RolloutFailed."""
        wanted = {"release": release, "seconds": seconds}
        try:
            async with self._session.put(f"{self._url}/pods/{pod}", json=wanted) as response:
                if response.status != 200:
                    raise RolloutFailed(f"pod {pod} did not start: the shop answered {response.status}")
        except (aiohttp.ClientError, TimeoutError) as failed:
            raise RolloutFailed(f"pod {pod} did not start: {type(failed).__name__}") from failed

    async def try_canary(self, release: str, seconds: float) -> Canary:
        """Start a canary and send it 50 real orders, each with a currency, as the current app does."""
        await self.start("canary", release, seconds)
        customers = Customers()
        carts = [customers.cart(NEW_APPS[number % len(NEW_APPS)]) for number in range(CANARY_ORDERS)]
        try:
            answers = await asyncio.gather(*(self._order(cart) for cart in carts))
        finally:
            async with self._session.delete(f"{self._url}/pods/canary"):
                pass
        errors = sum(answer != 201 for answer in answers)
        return Canary(len(carts), errors, sum("currency" in cart for cart in carts), datetime.now(UTC))

    async def _order(self, cart: dict[str, Any]) -> int:
        async with self._session.post(f"{self._url}/orders", json=cart, headers={"X-Canary": "1"}) as response:
            return response.status


async def roll(run: Run, pods: ShopPods, seconds: float) -> None:
    """Carry a run out: canary first for a deployment, then pod by pod, `seconds` for all pods together.

    Never raises what the shop causes: a run that cannot go on is `failed`, says why, and leaves the pods as they are.
    """
    each = seconds / run.of
    try:
        if run.kind == "deploy":
            run.message = "the canary is tried"
            run.canary = await pods.try_canary(run.release, each)
            run.canary.insist()
        for pod in await pods.listed():
            run.message = f"pod {pod['pod']} restarts"
            if pod["release"] != run.release or pod["state"] != "up":
                await pods.start(pod["pod"], run.release, each)
            run.done += 1
        run.status, run.message = "succeeded", f"{run.done} of {run.of} pods run {run.release}"
    except (RolloutFailed, aiohttp.ClientError, TimeoutError) as failed:
        run.status, run.message = "failed", str(failed) or type(failed).__name__
    finally:
        run.ended = datetime.now(UTC)
