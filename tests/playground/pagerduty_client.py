"""PagerDuty's own client against the stand-in, in a thread, since it blocks; and PagerDuty's description."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pdpyras import APISession

from playground.vendors.pagerduty import PagerDutyStandIn
from playground.vendors.pagerduty.people import BOT, USERS

Result = TypeVar("Result")
MAYA = next(one for one in USERS if one.name == "Maya Okafor")
SPECS = Path(__file__).parents[3] / "shared/specs"
DESCRIPTION = next(filter(Path.exists, (SPECS / "strict/pagerduty.json", SPECS / "pagerduty.json")), None)
HEADERS = {"Authorization": "Token token=pd-watchkeeper", "From": BOT.email}


async def ask(
    duty: PagerDutyStandIn,
    method: str,
    path: str,
    *,
    token: str = "pd-watchkeeper",
    who: str | None = BOT.email,
    **more: Any,
) -> tuple[int, Any]:
    """One request by pdpyras; the status and the body that came back."""

    def run() -> tuple[int, Any]:
        session = APISession(token, default_from=who)
        session.url = duty.url
        session.timeout = 5
        session.max_network_attempts = 0
        try:
            response = session.request(method, path, headers={"Content-Type": "application/json"}, **more)
            return response.status_code, response.json() if response.content else None
        finally:
            session.close()

    return await asyncio.to_thread(run)


async def with_library(duty: PagerDutyStandIn, work: Callable[[Any], Result]) -> Result:
    """Some work with the methods that pdpyras has for PagerDuty's things."""

    def run() -> Result:
        session: Any = APISession("pd-watchkeeper", default_from=BOT.email)
        session.url = duty.url
        session.headers["Content-Type"] = "application/json"
        try:
            return work(session)
        finally:
            session.close()

    return await asyncio.to_thread(run)
