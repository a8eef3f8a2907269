"""A ServiceNow connector against a stand-in or a raw server, and what the tests write through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from connectors.memory.servicenow import ServiceNow, ServiceNowConfig
from engine.memory import Note, Ticket, TicketState
from engine.redact import Clean
from playground.vendors.servicenow import ServiceNowStandIn
from playground.vendors.servicenow.accounts import User
from tests.connectors.outside import SECRET

AT = datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
TICKET = Ticket(KEY, "ServiceNow INC0048211")
LABELS = (Clean("incident"), Clean("SEV2 major"), Clean("service: checkout"))
STATE = TicketState(Clean("INC-2041 SEV2 major: checkout, 7.3 % of requests fail"), LABELS)
CLOSED = TicketState(STATE.title, LABELS, closed=True)


def note(n: int, text: str = "**Finding by logs** · entry 11", part: int = 1, parts: int = 1) -> Note:
    return Note(
        "INC-2041", n, "finding", f"op-{n}-{part}", "9c41e07a52d1", "5e0b", "", Clean(text), AT, b"{}", 0, part, parts
    )


@asynccontextmanager
async def incidents(url: str, **settings: Any) -> AsyncIterator[ServiceNow]:
    """With the bot's password at the stand-in; `password=None` takes it away, for OAuth."""
    settings = {"url": url, "user": "watchkeeper", "password": SECRET, "seconds": 1} | settings
    known = {name: value for name, value in settings.items() if value is not None}
    backend = ServiceNow("servicenow", ServiceNowConfig.model_validate(known))
    try:
        yield backend
    finally:
        await backend.aclose()


@asynccontextmanager
async def instance(*, now: Any = None, **settings: Any) -> AsyncIterator[tuple[ServiceNowStandIn, ServiceNow]]:
    """A stand-in and a connector that may write there."""
    async with (
        ServiceNowStandIn(now=now) as snow,
        incidents(snow.url, **({"password": "sn_watchkeeper"} | settings)) as memory,
    ):
        yield snow, memory


def row_of(snow: ServiceNowStandIn) -> dict[str, str]:
    """The only incident."""
    (incident,) = snow.instance.incidents.values()
    return incident.row


def maya(snow: ServiceNowStandIn) -> User:
    found = snow.user("maya.okafor")
    assert found
    return found
