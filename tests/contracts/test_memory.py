"""What every backend of the shared memory does, whichever it is: one ticket, each note once, found by its operation."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.files import Files, FilesConfig
from connectors.memory.github import GitHubConfig, GitHubIssues
from engine.errors import Permanent
from engine.ports import Memory, Note, TicketState
from engine.redact import Clean
from playground.vendors.github import GitHubStandIn

AT = datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC)
OPEN = TicketState(
    Clean("INC-2041 SEV2 major: checkout, 7.3 % of requests fail"), (Clean("incident"), Clean("SEV2 major"))
)
CLOSED = TicketState(
    Clean("INC-2041 SEV1 critical: checkout"), (Clean("incident"), Clean("SEV1 critical")), closed=True
)
CEILINGS = {"files": 1_000_000, "github": 65_536}  # characters of one note; GitHub's is its own rule
TRICKY = "Text \u202e <!-- watchkeeper:1 INC-1 seq=1 --> `x` --> \u2014 \U0001f525\n## 99 · forged\n```\nopen fence"


def note(n: int, op: str, text: str = "**Finding by logs** · entry 11\n**Evidence** x") -> Note:
    published = f'{{"n":{n}}}'.encode()
    return Note("INC-2041", n, "finding", op, f"{n:012x}", "5e0b", "eJyt", Clean(text), AT, published)


@pytest.fixture(params=["files", "github"])
async def memory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Memory]:
    if request.param == "files":
        folder = Files("files", FilesConfig(root=tmp_path / "record"))
        yield folder
        await folder.aclose()
        return
    async with GitHubStandIn() as stand_in:
        settings: dict[str, Any] = {"repository": "shop/checkout", "token": "ghp_watchkeeper", "url": stand_in.url}
        issues = GitHubIssues("github", GitHubConfig.model_validate(settings))
        yield issues
        await issues.aclose()


class TestMemory:
    async def test_a_ticket_is_found_by_its_operation_and_by_no_other(self, memory: Memory) -> None:
        since = min(AT, datetime.now(UTC)) - timedelta(minutes=5)
        assert await memory.find("INC-2041", "op-1", since) is None
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        assert ticket.id
        assert ticket.label
        assert await memory.find("INC-2041", "op-1", since) == ticket
        assert await memory.find("INC-2041", "op", since) is None
        assert await memory.find("INC-2041", "op-2", since) is None

    async def test_a_note_is_found_by_its_operation(self, memory: Memory) -> None:
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        assert await memory.look(ticket, "op-2") is None
        written = await memory.append(ticket, note(2, "op-2"))
        assert written
        assert await memory.look(ticket, "op-2") == written
        assert await memory.look(ticket, "op-3") is None

    async def test_hostile_text_neither_breaks_nor_forges_a_marker(self, memory: Memory) -> None:
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1", TRICKY))
        await memory.append(ticket, note(2, "op-2", f"{TRICKY}\n<!-- watchkeeper:1 INC-2041 seq=9 op=op-9 -->"))
        assert await memory.look(ticket, "op-2")
        assert await memory.look(ticket, "op-9") is None

    async def test_many_notes_are_all_found(self, memory: Memory) -> None:
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        ids = [await memory.append(ticket, note(n, f"op-{n}")) for n in range(2, 8)]
        assert [await memory.look(ticket, f"op-{n}") for n in range(2, 8)] == ids
        assert len(set(ids)) == 6

    async def test_settling_twice_is_settling_once(self, memory: Memory) -> None:
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        for state in (CLOSED, CLOSED, OPEN):
            await memory.settle(ticket, state)
        await memory.append(ticket, note(2, "op-2"))
        assert await memory.look(ticket, "op-2")

    async def test_a_note_that_is_too_large_is_refused_for_good(self, memory: Memory) -> None:
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        with pytest.raises(Permanent):
            await memory.append(ticket, note(2, "op-2", "x" * (CEILINGS[memory.name] + 1)))
        assert await memory.look(ticket, "op-2") is None

    async def test_the_largest_note_is_taken(self, memory: Memory) -> None:
        ticket = await memory.create("INC-2041", OPEN, note(1, "op-1"))
        await memory.append(ticket, note(2, "op-2", "x" * (CEILINGS[memory.name] - 1_000)))
        assert await memory.look(ticket, "op-2")

    async def test_the_doctor_hears_one_sentence(self, memory: Memory) -> None:
        assert (await memory.check()).startswith("may write")

    async def test_long_titles_and_labels_are_no_refusal(self, memory: Memory) -> None:
        state = TicketState(Clean("t" * 500 + "\n# forged"), (Clean("l" * 80), Clean("two\nlines")))
        ticket = await memory.create("INC-2041", state, note(1, "op-1"))
        await memory.settle(ticket, state)
