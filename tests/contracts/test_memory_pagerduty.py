"""PagerDuty as a record keeps the contract of every backend, in whichever order it lists an incident's notes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from typing_extensions import override

from connectors.memory.pagerduty import PagerDuty, PagerDutyConfig
from engine.memory import Memory, Ticket
from playground.conformance.memory import Hand, MemoryContract
from playground.vendors.pagerduty import PagerDutyStandIn
from playground.vendors.pagerduty.people import BOT
from tests.playground.pagerduty_client import DESCRIPTION, MAYA


@dataclass
class AtPagerDuty:
    """Maya at PagerDuty."""

    stand_in: PagerDutyStandIn

    async def writes(self, ticket: Ticket, text: str) -> str:
        return self.stand_in.incidents.add_note(MAYA, ticket.id, text).id

    async def edits(self, ticket: Ticket, id_: str, text: str) -> None:
        self.stand_in.incidents.edit_note(MAYA, ticket.id, id_, text)

    async def deletes(self, ticket: Ticket, id_: str) -> None:
        self.stand_in.incidents.delete_note(ticket.id, id_)


class TestPagerDuty(MemoryContract):
    @pytest.fixture(params=[True, False], ids=["newest-first", "oldest-first"])
    async def stand_in(self, request: pytest.FixtureRequest) -> AsyncIterator[PagerDutyStandIn]:
        async with PagerDutyStandIn(newest_first=request.param, validate=DESCRIPTION) as stand_in:
            yield stand_in
            assert stand_in.violations == []

    @pytest.fixture
    async def memory(self, stand_in: PagerDutyStandIn) -> AsyncIterator[Memory]:
        settings: dict[str, Any] = {
            "service": "PCHECK1",
            "account": BOT.email,
            "token": "pd-watchkeeper",
            "url": stand_in.url,
            "priorities": {"SEV1": "P1", "SEV2": "P2"},
        }
        incidents = PagerDuty("pagerduty", PagerDutyConfig.model_validate(settings))
        yield incidents
        await incidents.aclose()

    @pytest.fixture
    @override
    def person(self, stand_in: PagerDutyStandIn) -> Hand | None:
        return AtPagerDuty(stand_in)
