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


class TestVerify:
    async def test_the_chain_and_each_record_beside_it_while_the_owner_runs(self, desk: Desk) -> None:
        head = (await desk.process.ledger.entries(2041))[-1].hash[:12]
        ran = await desk.run("verify", "INC-2041")
        assert (ran.code, ran.said) == (
            0,
            f"chain        ok    4 entries, head {head}\nfiles        ok    4 of 4\n",
        )
        await desk.process.notes("five")
        assert (await desk.run("verify")).said.splitlines()[1] == "files        warn  4 of 5, 1 waits"

    async def test_what_is_altered_is_told_as_on_the_storyboard_and_mended(self, desk: Desk) -> None:
        desk.change("Note by responder", "Note by nobody")
        ran = await desk.run("verify", "2041")
        assert ran.code == 1
        assert ran.said.splitlines()[1].startswith(
            "files        FAIL  4 of 4, entry 4 altered: its text no longer matches the digest that was sent (note of "
        )
        assert ran.said.splitlines()[2] == (
            "                   mend: `watchkeeper ledger send --to files --entry 2041/4` adds it again as a new note, "
            "as a correction"
        )
        lines = desk.lines.read_text().splitlines(keepends=True)
        desk.lines.write_text("".join(lines[:3]))
        ran = await desk.run("send", "--to", "files", "--entry", "2041/4")
        assert (ran.code, ran.said) == (0, "files        ok    entry 4 of INC-2041 again in file, as a correction\n")
        assert (await desk.run("verify", "2041")).code == 0

    async def test_a_record_that_is_gone_or_unknown(self, desk: Desk) -> None:
        desk.lines.unlink()
        ran = await desk.run("verify")
        assert ran.code == 1
        assert "INC-2041.md is gone" in ran.said
        assert (await desk.run("verify", "--backend", "jira")).code == 2

    async def test_the_chain_alone_needs_no_token(self, desk: Desk) -> None:
        head = (await desk.process.ledger.entries(2041))[-1].hash[:12]
        config = desk.folder / "watchkeeper.yaml"
        config.write_text(config.read_text().replace("root: records", 'root: "${NOWHERE_SET}"'))
        assert (await desk.run("verify")).code == 2
        ran = await desk.run("verify", "--chain-only")
        assert (ran.code, ran.said.splitlines()[0]) == (0, f"INC-2041     ok    4 entries, head {head}")


class TestSend:
    async def test_another_record_gets_everything_and_what_runs_is_left_alone(self, desk: Desk) -> None:
        config = desk.folder / "watchkeeper.yaml"
        config.write_text(
            config.read_text().split("memory:")[0]
            + "memory: {files: {type: files, root: records}, copy: {type: files, root: copies}}\n"
        )
        ran = await desk.run("send", "--to", "copy")
        assert ran.said.splitlines() == [
            "copy         warn  1 incident, 1 of them open, are not all there: 4 entries",
            "                   mend: `watchkeeper ledger send --to copy --all` sends them",
        ]
        await desk.process.desk.lease.renew()
        ran = await desk.run("send", "--to", "copy", "--all")
        assert (ran.code, ran.said) == (0, "INC-2041     ok    left to the watch that runs, 1 of 1\n")
        await desk.process.desk.lease.end()
        ran = await desk.run("send", "--to", "copy", "--all")
        assert (ran.code, ran.said) == (0, "INC-2041     ok    4 entries in file, 1 of 1\n")
        assert (await desk.run("verify")).code == 0


async def test_history_is_told_beside_a_running_watch(desk: Desk) -> None:
    ran = await watchkeeper("history", "errors", cwd=desk.folder)
    head, first, found, *rest = ran.said.splitlines()
    assert head.startswith("History of errors: 1 incident since ")
    assert "Ledger, Files; " in head
    assert (first[:12], first[-8:]) == ("1  INC-2041,", ": Errors")
    assert (found, rest, ran.code) == ("   Tried: nothing. Overridden: nothing.", [], 0)
    ran = await watchkeeper("history", "errors", "--overrides", cwd=desk.folder)
    assert (ran.code, ran.said.rpartition(", ")[0]) == (0, "0 overrides in 1 incident")
