"""The shop's workers: which release each runs and which of them take requests; it serves no request itself."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from playground.shop import build_2, build_3
from playground.shop.build_2 import cart as cart_2
from playground.shop.build_3 import cart as cart_3
from playground.shop.dependencies import Database

CANARY = "canary"
Total = cart_2.Total | cart_3.Total

# What is deployed: a release ends in the number of the build that it ships. The two builds are two programs, each
# with its own types, of which the shop needs only the total to charge.
BUILDS: Mapping[str, Callable[[Mapping[str, Any]], Total]] = {
    "2": cart_2.total,
    "3": cart_3.total,
}
SOURCES = {"2": build_2.__path__[0], "3": build_3.__path__[0]}
INVALID_CART = (cart_2.InvalidCart, cart_3.InvalidCart)


def build_of(release: str) -> str:
    """Tell the build a release ships: `2026.11.24-3` ships build 3. Raises KeyError for one that is not known."""
    build = release.rpartition("-")[2]
    if build not in BUILDS or release == build:
        raise KeyError(release)
    return build


@dataclass
class Pod:
    """One worker; its name is its number, or `canary`."""

    name: str
    release: str
    state: Literal["up", "starting"] = "up"

    def total(self, cart: Mapping[str, Any]) -> Total:
        """Price a cart with the build this pod runs."""
        return BUILDS[build_of(self.release)](cart)


class Pods:
    """All workers of the service; requests go round those that are up."""

    def __init__(self, count: int, release: str, database: Database) -> None:
        build_of(release)
        self._database = database
        self._pods = {str(number): Pod(str(number), release) for number in range(1, count + 1)}
        self._turn = 0
        database.pods_up(count)

    def next(self) -> Pod | None:
        """Take the next worker that is up, the canary excepted; None when there is none."""
        up = [pod for pod in self._pods.values() if pod.state == "up" and pod.name != CANARY]
        if not up:
            return None
        self._turn += 1
        return up[self._turn % len(up)]

    def canary(self) -> Pod | None:
        """Take the canary if one is up."""
        pod = self._pods.get(CANARY)
        return pod if pod is not None and pod.state == "up" else None

    async def start(self, name: str, release: str, seconds: float) -> Pod:
        """Put a release on a pod, which takes no requests for `seconds`.

        Raises KeyError for a release or a pod that is not known; only the canary may be new.
        """
        build_of(release)
        if name != CANARY and name not in self._pods:
            raise KeyError(name)
        pod = self._pods[name] = Pod(name, release, "starting")
        self._count()
        await asyncio.sleep(seconds)
        pod.state = "up"
        self._count()
        return pod

    def stop_canary(self) -> None:
        """Take the canary away; nothing happens if there is none."""
        self._pods.pop(CANARY, None)
        self._count()

    def listed(self) -> list[dict[str, str]]:
        """Every pod as JSON: {"pod", "release", "state"}, in the order of their numbers."""
        return [{"pod": pod.name, "release": pod.release, "state": pod.state} for pod in self._pods.values()]

    def _count(self) -> None:
        self._database.pods_up(sum(pod.state == "up" for pod in self._pods.values()))
