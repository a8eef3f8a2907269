"""What the tests of PagerDuty share: a note, and the connector at a stand-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from connectors.memory.pagerduty import PagerDuty, PagerDutyConfig
from engine.memory import Note, TicketState
from engine.redact import Clean
from playground.vendors.pagerduty.people import BOT

AT = datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC)
TITLE = Clean("INC-2041 SEV2 major: checkout, 7.3 % of requests fail")
LABELS = (Clean("incident"), Clean("SEV2 major"), Clean("service: checkout"))
OPEN, CLOSED = TicketState(TITLE, LABELS), TicketState(TITLE, LABELS, closed=True)


def note(n: int, text: str = "**Finding by logs** · entry 2", incident: str = "INC-2041") -> Note:
    return Note(incident, n, "finding", f"op-{n}", "9c41e07a52d1", "5e0b", "", Clean(text), AT, b"{}")


@asynccontextmanager
async def incidents(url: str, **settings: Any) -> AsyncIterator[PagerDuty]:
    asked = {"service": "PCHECK1", "account": BOT.email, "token": "pd-watchkeeper", "url": url, "seconds": 1}
    backend = PagerDuty("pagerduty", PagerDutyConfig.model_validate(asked | settings))
    try:
        yield backend
    finally:
        await backend.aclose()
