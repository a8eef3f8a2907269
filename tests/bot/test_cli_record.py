"""The commands that ask the backends, as a process: words, exit codes, and a ledger that its owner holds meanwhile."""

from pathlib import Path

import pytest

from connectors.memory.files import Files, FilesConfig
from engine.ledger import Ledger
from tests.bot.command import Ran, watchkeeper
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import Process
from tests.ledgers import verify


class Desk:
    """An incident in files, beside a watchkeeper.yaml that names ledger, key and files."""

    def __init__(self, ledger: Ledger, clock: MovableClock, folder: Path) -> None:
        self.process = Process(ledger, clock)
        self.folder = folder
        self.files = Files("files", FilesConfig(root=folder / "records"))

    @property
    def lines(self) -> Path:
        return next((self.folder / "records").glob("*/*/INC-2041.jsonl"))

    async def carried(self) -> None:
        await self.process.opens()
        await self.process.carries(self.process.mirror(self.files))

    async def run(self, *words: str) -> Ran:
        return await watchkeeper("ledger", *words, cwd=self.folder)

    def change(self, old: str, new: str) -> None:
        self.lines.write_text(self.lines.read_text().replace(old, new))


@pytest.fixture
async def desk(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock, tmp_path: Path) -> Desk:
    url = database_url("sqlite")
    (tmp_path / "record.key").write_text("key")
    (tmp_path / "watchkeeper.yaml").write_text(
        f"ledger: {{url: '{url}', record_key_file: record.key}}\nmemory: {{files: {{type: files, root: records}}}}\n"
    )
    desk = Desk(await open_ledger(url), clock, tmp_path)
    await desk.carried()
    return desk


class TestRebuild:
    async def test_everything_comes_back(self, desk: Desk, open_ledger: OpenLedger) -> None:
        again = f"sqlite:///{desk.folder / 'again.db'}"
        ran = await desk.run("rebuild", "--from", "files", "--into", again)
        assert (ran.code, ran.said.splitlines()) == (
            0,
            [
                "files        ok    1 ticket, 4 notes",
                "chain        ok    1 incident hash for hash, 4 entries in all",
                "ledger       warn  generation 2; all actions are halted until a person resumes",
                "                   mend: look at what is missing, then `/watch resume` in Slack",
            ],
        )
        assert await verify(await open_ledger(again), 2041) == ""

    async def test_a_ledger_that_is_not_empty_is_left_alone(self, desk: Desk) -> None:
        await desk.process.ledger.db.close()
        ran = await desk.run("rebuild", "--from", "files")
        assert (ran.code, ran.said.splitlines()) == (
            1,
            [
                "ledger       FAIL  the ledger is not empty; a rebuild writes into an empty one only",
                "                   mend: name an empty one with --into, or move this one away and keep it",
            ],
        )

    async def test_what_is_damaged_is_named_and_ends_with_1(self, desk: Desk) -> None:
        lines = desk.lines.read_text().splitlines(keepends=True)
        desk.lines.write_text("".join([*lines[:2], lines[3]]))
        again = f"sqlite:///{desk.folder / 'again.db'}"
        ran = await desk.run("rebuild", "--from", "files", "--into", again)
        hash_ = (await desk.process.ledger.entries(2041))[2].hash[:12]
        assert f"INC-2041     FAIL  2 entries; entry 3 is missing (entry 3 was {hash_}); 4 kept as text\n" in ran.said
        assert ran.code == 1
        config = (desk.folder / "watchkeeper.yaml").read_text()
        (desk.folder / "watchkeeper.yaml").write_text(config.replace("ledger-1.db", "again.db"))
        ran = await desk.run("show", "INC-2041")
        assert "INC-2041, entries 4 to 4 as files tells them; no chain proves them\n" in ran.said
        assert "Note by responder · entry 4 · " in ran.said
        assert (await desk.run("verify")).code == 0

    async def test_a_wrong_word_says_what_is_right(self, desk: Desk) -> None:
        ran = await desk.run("rebuild", "--from", "jira")
        assert (ran.code, ran.said) == (2, "there is no backend `jira`\n  mend: one of: files\n")
        (desk.folder / "record.key").unlink()
        ran = await desk.run("rebuild", "--from", "files")
        assert ran.code == 2
        assert "without it no entry in a ticket can be told from a forged one" in ran.said
