"""Every backend of the shared memory keeps the contract; each on its own stand-in, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import ValidationError
from typing_extensions import override

from connectors.memory.files import Files, FilesConfig
from connectors.memory.github import GitHubConfig, GitHubIssues
from engine.errors import Permanent
from engine.memory import Memory, Ticket
from playground.conformance.memory import OPEN, Hand, MemoryContract, note
from playground.vendors.github import GitHubStandIn
from playground.vendors.github.accounts import ACCOUNTS
from playground.vendors.github.apps import App
from playground.vendors.github.tracker import Account


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


async def test_an_app_writes_as_itself() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    account = Account(41_898_283, "watchkeeper[bot]", "Watchkeeper", "", bot=True)
    async with GitHubStandIn(app=App(7, 42, public, account)) as stand_in:
        settings: dict[str, Any] = {
            "repository": "shop/checkout",
            "app": {"id": 7, "installation": 42, "private_key": private},
            "account": "watchkeeper[bot]",
            "url": stand_in.url,
        }
        issues = GitHubIssues("github", GitHubConfig.model_validate(settings))
        ticket = await issues.create("INC-2041", OPEN, note(1, "op-1"))
        (body,) = await issues.read(ticket)
        assert (body.author, body.ours) == ("watchkeeper[bot]", True)
        await issues.aclose()
        stranger = {**settings, "app": {**settings["app"], "id": 8}}
        refused = GitHubIssues("github", GitHubConfig.model_validate(stranger))
        with pytest.raises(Permanent) as caught:
            await refused.create("INC-2041", OPEN, note(1, "op-1"))
        assert private[40:80] not in str(caught.value)
        await refused.aclose()
    for wrong in ({"token": "ghp_1", "app": settings["app"]}, {"app": settings["app"]}, {}):
        with pytest.raises(ValidationError):
            GitHubConfig.model_validate({"repository": "shop/checkout", **wrong})
