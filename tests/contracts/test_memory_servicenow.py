"""ServiceNow keeps the contract of the shared memory, on its stand-in, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from typing_extensions import override

from connectors.memory.servicenow import ServiceNow, ServiceNowConfig
from engine.errors import Unsupported
from engine.memory import Memory, Ticket
from playground.conformance.memory import Hand, MemoryContract
from playground.vendors.servicenow import ServiceNowStandIn
from playground.vendors.servicenow.control import written


@dataclass
class AtServiceNow:
    """Maya at ServiceNow, where nobody edits or deletes a journal entry."""

    stand_in: ServiceNowStandIn

    async def writes(self, ticket: Ticket, text: str) -> str:
        maya = self.stand_in.user("maya.okafor")
        assert maya
        return written(self.stand_in, maya, ticket.label.removeprefix("ServiceNow "), "work_notes", text)

    async def edits(self, ticket: Ticket, id_: str, text: str) -> None:
        raise Unsupported("a journal entry is never edited")

    async def deletes(self, ticket: Ticket, id_: str) -> None:
        raise Unsupported("a journal entry is never deleted")


class TestServiceNow(MemoryContract):
    @pytest.fixture
    async def stand_in(self) -> AsyncIterator[ServiceNowStandIn]:
        async with ServiceNowStandIn() as stand_in:
            yield stand_in

    @pytest.fixture(params=["basic", "oauth"])
    async def memory(self, stand_in: ServiceNowStandIn, request: pytest.FixtureRequest) -> AsyncIterator[Memory]:
        oauth = {"client_id": "0c4e7b1d9a52", "client_secret": "sn_client_secret"}
        way = oauth if request.param == "oauth" else {"password": "sn_watchkeeper"}
        settings: dict[str, Any] = {"url": stand_in.url, "user": "watchkeeper", **way}
        incidents = ServiceNow("servicenow", ServiceNowConfig.model_validate(settings))
        yield incidents
        await incidents.aclose()

    @pytest.fixture
    @override
    def person(self, stand_in: ServiceNowStandIn) -> Hand | None:
        return AtServiceNow(stand_in)
