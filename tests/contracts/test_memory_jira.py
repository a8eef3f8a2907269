"""Jira keeps the contract of the shared memory, on its stand-in, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from typing_extensions import override

from connectors.memory.jira import JiraConfig, JiraIssues
from engine.memory import Memory, Ticket
from playground.conformance.memory import Hand, MemoryContract
from playground.vendors.jira import JiraStandIn
from playground.vendors.jira.documents import typed


@dataclass
class AtJira:
    """Maya at Jira."""

    stand_in: JiraStandIn

    async def writes(self, ticket: Ticket, text: str) -> str:
        return str(self._tracker.add_comment(self._maya, ticket.id, typed(text), {}).id)

    async def edits(self, ticket: Ticket, id_: str, text: str) -> None:
        self._tracker.edit_comment(self._maya, ticket.id, id_, typed(text))

    async def deletes(self, ticket: Ticket, id_: str) -> None:
        self._tracker.delete_comment(self._maya, ticket.id, id_)

    @property
    def _tracker(self) -> Any:
        return self.stand_in.tracker

    @property
    def _maya(self) -> Any:
        return self.stand_in.account("Maya Okafor")


class TestJira(MemoryContract):
    @pytest.fixture
    async def stand_in(self) -> AsyncIterator[JiraStandIn]:
        async with JiraStandIn() as stand_in:
            yield stand_in

    @pytest.fixture
    async def memory(self, stand_in: JiraStandIn) -> AsyncIterator[Memory]:
        settings = {"project": "OPS", "email": "watchkeeper@shop.example", "token": "jira-watchkeeper"}
        issues = JiraIssues("jira", JiraConfig.model_validate({**settings, "url": stand_in.url}))
        yield issues
        await issues.aclose()

    @pytest.fixture
    @override
    def person(self, stand_in: JiraStandIn) -> Hand | None:
        return AtJira(stand_in)
