"""SQLite under the ledger: one process, group commit with decisions first, and what happens when the disk says no."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import ConfigError, Unavailable
from engine.ledger import Ledger
from engine.model import Kind
from engine.store.database import connect
from engine.store.tx import Tx
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import behind_its_back, change, draft, opened, verify

HOLDER = """
import sys
from engine.ports import SystemClock
from engine.store.database import connect
connect(sys.argv[1], SystemClock())
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    return database_url("sqlite")


@pytest.fixture
async def ledger(url: str, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(url)


class Busy:
    """Keeps the writer thread inside a transaction until `over`."""

    def __init__(self, ledger: Ledger) -> None:
        self._began = threading.Event()
        self._over = threading.Event()
        self._task = asyncio.create_task(ledger.db.write(self._hold))

    def _hold(self, tx: Tx) -> None:
        self._began.set()
        if not self._over.wait(20):
            raise TimeoutError("the test forgot to end it")

    async def began(self) -> None:
        assert await asyncio.to_thread(self._began.wait, 20)

    async def over(self) -> None:
        self._over.set()
        await self._task


async def enqueued() -> None:
    """Until the tasks that were just created have handed their work to the writer: a few turns of the loop."""
    for _ in range(10):
        await asyncio.sleep(0)


class TestFile:
    async def test_a_commit_is_on_disk_and_readers_do_not_wait(self, ledger: Ledger) -> None:
        """Do not weaken 12; row 48 for `recursive_triggers`."""

        def pragmas(tx: Tx) -> list[object]:
            return [
                (tx.one(f"PRAGMA {name}") or [None])[0]
                for name in ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys")
            ]

        assert await ledger.db.write(pragmas) == ["wal", 2, 1, 1]

    async def test_names_and_alerts_are_for_this_user_alone(
        self, tmp_path: Path, clock: MovableClock, open_ledger: OpenLedger
    ) -> None:
        ledger = await open_ledger(f"sqlite:///{tmp_path}/new/ledger.db")
        await ledger.db.write(lambda tx: tx.now())
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
        assert {mode for name, mode in modes.items() if not name.endswith(".lock")} == {0o600}

    async def test_a_second_process_is_turned_away_until_the_first_is_gone(
        self, url: str, clock: MovableClock, open_ledger: OpenLedger
    ) -> None:
        """Row 52: the lock is held for as long as the process lives, and by nobody after a kill."""
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLDER, url, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert other.stdout is not None
        assert await other.stdout.readline() == b"open\n"
        with pytest.raises(ConfigError, match="another process holds ledger") as caught:
            await asyncio.to_thread(connect, url, clock)
        assert "PostgreSQL" in caught.value.mend
        other.kill()
        await other.wait()
        await open_ledger(url)

    async def test_closing_twice_is_closing_once(self, ledger: Ledger) -> None:
        await ledger.db.close()
        await ledger.db.close()
        with pytest.raises(RuntimeError, match="closed"):
            await opened(ledger)

    async def test_what_was_begun_is_written_before_it_closes(self, url: str, open_ledger: OpenLedger) -> None:
        ledger = await open_ledger(url)
        incident = await opened(ledger)
        busy = Busy(ledger)
        await busy.began()
        waiting = [asyncio.create_task(ledger.append(incident, draft(f"k{i}"))) for i in range(80)]
        await enqueued()
        closing = asyncio.create_task(ledger.db.close())
        await busy.over()
        await asyncio.gather(closing, *waiting)
        assert len(await (await open_ledger(url)).entries(incident)) == 80

    def test_another_kind_of_url_is_a_wrong_setting(self, clock: MovableClock) -> None:
        with pytest.raises(ConfigError, match=r"ledger\.url"):
            connect("mysql://localhost/x", clock)

    async def test_an_entry_cannot_be_replaced(self, ledger: Ledger) -> None:
        """Row 48: INSERT OR REPLACE walks past triggers on UPDATE and DELETE."""
        incident = await opened(ledger)
        await ledger.append(incident, draft("k1"))
        for verb in ("INSERT", "INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT OR ROLLBACK"):
            for place in ("1, 'new'", "9, 'k1'"):
                statement = f"{verb} INTO entry VALUES ({incident}, {place}, 'note', 1, 'nonce', 'hash', x'00')"
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    await change(ledger, statement)
        assert await verify(ledger, incident) == ""

    async def test_text_in_the_place_of_bytes_is_named(self, url: str, ledger: Ledger) -> None:
        incident = await opened(ledger)
        await ledger.append(incident, draft("k1"))
        behind_its_back(url, "UPDATE entry SET published = CAST(published AS text)")
        assert await verify(ledger, incident) == "entry 1 was altered"


class TestGroupCommit:
    async def test_a_decision_overtakes_what_waits(self, ledger: Ledger) -> None:
        """Row 47: a veto behind 500 queued entries is written with the very next commit."""
        incident, other = await opened(ledger), await opened(ledger)
        busy = Busy(ledger)
        await busy.began()
        queued = [asyncio.create_task(ledger.append(other, draft(f"k{i}"))) for i in range(500)]
        await enqueued()
        veto = asyncio.create_task(ledger.append(incident, draft("veto/1", Kind.VETO)))
        await enqueued()
        await busy.over()
        await asyncio.gather(veto, *queued)
        earlier = "SELECT count(*) FROM entry WHERE rowid < (SELECT rowid FROM entry WHERE key = 'veto/1')"
        assert await ledger.db.read(lambda tx: tx.one(earlier)) == (0,)

    async def test_a_search_does_not_delay_a_click(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        began, over = threading.Event(), threading.Event()

        def slow(_: Tx) -> bool:
            began.set()
            return over.wait(20)

        search = asyncio.create_task(ledger.db.read(slow))
        assert await asyncio.to_thread(began.wait, 20)
        assert (await ledger.append(incident, draft("veto/1", Kind.VETO))).won
        assert not search.done()
        over.set()
        assert await search

    async def test_readers_see_one_moment_and_cannot_write(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        loop = asyncio.get_running_loop()

        def twice(tx: Tx) -> tuple[int, int]:
            count = "SELECT count(*) FROM entry"
            first = tx.one(count) or (0,)
            asyncio.run_coroutine_threadsafe(ledger.append(incident, draft("between")), loop).result(20)
            return first[0], (tx.one(count) or (0,))[0]

        assert await ledger.db.read(twice) == (0, 0)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await ledger.db.read(lambda tx: tx.run("DELETE FROM counter"))

    async def test_one_that_fails_does_not_harm_its_neighbours(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        busy = Busy(ledger)
        await busy.began()
        good = [asyncio.create_task(ledger.append(incident, draft(f"k{i}"))) for i in range(5)]
        bad = asyncio.create_task(change(ledger, "DELETE FROM no_such_table"))
        more = [asyncio.create_task(ledger.append(incident, draft(f"m{i}"))) for i in range(5)]
        await enqueued()
        await busy.over()
        with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
            await bad
        assert all(a.won for a in await asyncio.gather(*good, *more))
        assert await verify(ledger, incident) == ""

    async def test_a_commit_that_fails_is_told_to_everybody_in_it(self, ledger: Ledger) -> None:
        """Nobody is told "written" of what was not; the writer goes on."""
        incident = await opened(ledger)
        watch = ledger.hub.watch()

        def poison(tx: Tx) -> None:  # found only at COMMIT
            tx.run("PRAGMA defer_foreign_keys = ON")
            tx.run("INSERT INTO entry VALUES (7, 1, 'k', 'note', 1, 'nonce', 'hash', x'00')")

        busy = Busy(ledger)
        await busy.began()
        appends = [asyncio.create_task(ledger.append(incident, draft(f"k{i}"))) for i in range(5)]
        poisoned = asyncio.create_task(ledger.db.write(poison))
        await enqueued()
        await busy.over()
        answers = await asyncio.gather(*appends, poisoned, return_exceptions=True)
        assert [str(a) for a in answers] == ["FOREIGN KEY constraint failed"] * 6
        assert await ledger.entries(incident) == []
        assert await watch.changed(0) == set()
        assert (await ledger.append(incident, draft("k0"))).entry.n == 1

    async def test_a_full_disk_is_told_and_passes(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        await change(ledger, "PRAGMA max_page_count = 1")  # the file may not grow any more
        drafts = [draft(f"k{i}", payload={"x": "y" * 60_000}) for i in range(20)]
        answers = await asyncio.gather(*(ledger.append(incident, d) for d in drafts), return_exceptions=True)
        assert any(isinstance(a, Unavailable) and "full" in str(a) for a in answers)
        written = [a.entry.hash for a in answers if not isinstance(a, BaseException)]
        assert [e.hash for e in await ledger.entries(incident)] == written
        await change(ledger, "PRAGMA max_page_count = 1000000")
        assert all([(await ledger.append(incident, d)).entry for d in drafts])
        assert await verify(ledger, incident) == ""


class TestMigration:
    async def test_one_that_fails_half_way_leaves_nothing_behind(self, url: str, clock: MovableClock) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE unrelated (x)")
            file.execute("CREATE INDEX inbox_waiting ON unrelated (x)")  # in the way of one of ours
        file.close()
        with pytest.raises(Exception, match="inbox_waiting"):
            await asyncio.to_thread(connect, url, clock)
        with sqlite3.connect(path) as file:
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            file.execute("DROP TABLE unrelated")
        file.close()
        assert tables <= {"unrelated", "alembic_version"}
        database = await asyncio.to_thread(connect, url, clock)
        await database.close()

    async def test_a_database_of_newer_code_is_opened_as_it_is(self, url: str, open_ledger: OpenLedger) -> None:
        """Row 53: expand, migrate, contract: old replicas run on until they are replaced."""
        await (await open_ledger(url)).db.close()
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.close()
        ledger = await open_ledger(url)
        assert (await ledger.append(await opened(ledger), draft("k"))).won
        version = await ledger.db.read(lambda tx: tx.one("SELECT version_num FROM alembic_version"))
        assert version == ("9999",)
