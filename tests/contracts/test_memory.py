"""Every backend of the shared memory keeps the contract; each on its own stand-in, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from connectors.memory.files import Files, FilesConfig
from connectors.memory.github import GitHubConfig, GitHubIssues
from engine.memory import Memory, Ticket
from playground.conformance.memory import Hand, MemoryContract
from playground.vendors.github import GitHubStandIn
from playground.vendors.github.accounts import ACCOUNTS


class TestFiles(MemoryContract):
    @pytest.fixture
    async def memory(self, tmp_path: Path) -> AsyncIterator[Memory]:
        folder = Files("files", FilesConfig(root=tmp_path / "record"))
        yield folder
        await folder.aclose()


@dataclass
class AtGitHub:
    """Maya at GitHub."""

    stand_in: GitHubStandIn

    async def writes(self, ticket: Ticket, text: str) -> str:
        return str(self._tracker.add_comment(self._maya, int(ticket.id), text).id)

    async def edits(self, ticket: Ticket, id_: str, text: str) -> None:
        self._tracker.edit_comment(self._maya, int(id_), text)

    async def deletes(self, ticket: Ticket, id_: str) -> None:
        self._tracker.delete_comment(self._maya, int(id_))

    @property
    def _tracker(self) -> Any:
        return self.stand_in.tracker

    @property
    def _maya(self) -> Any:
        return next(who for who in ACCOUNTS if who.login == "maya-okafor")


class TestGitHub(MemoryContract):
    @pytest.fixture
    async def stand_in(self) -> AsyncIterator[GitHubStandIn]:
        async with GitHubStandIn() as stand_in:
            yield stand_in

    @pytest.fixture
    async def memory(self, stand_in: GitHubStandIn) -> AsyncIterator[Memory]:
        settings: dict[str, Any] = {"repository": "shop/checkout", "token": "ghp_watchkeeper", "url": stand_in.url}
        issues = GitHubIssues("github", GitHubConfig.model_validate(settings))
        yield issues
        await issues.aclose()

    @pytest.fixture
    @override
    def person(self, stand_in: GitHubStandIn) -> Hand | None:
        return AtGitHub(stand_in)
