"""PostgreSQL under the ledger: lost connections, readers, tables and migrations."""

import asyncio
import sys

import psycopg
import pytest

from engine.ledger import Appended, Book, Ledger
from engine.model import Kind
from engine.store.tx import Tx
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change, draft, opened, verify

STARTER = "import sys; from engine.store.migrate import migrate; migrate(sys.argv[1])"


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    return database_url("postgresql")


@pytest.fixture
async def ledger(url: str, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(url)


class TestLostConnections:
    async def test_a_commit_whose_answer_was_lost_is_found_by_its_nonce(self, ledger: Ledger) -> None:
        """Row 5: the server has committed, the connection dies before it says so."""
        incident = await opened(ledger)
        watch = ledger.hub.watch(incident)
        runs = []

        def work(book: Book) -> Appended:
            answer = book.append(incident, draft("k"), "nonce")
            runs.append(answer)
            if len(runs) == 1:
                book.tx.run("COMMIT")
                book.tx.run("SELECT pg_terminate_backend(pg_backend_pid())")
            return answer

        answer = await ledger.transact(work)
        assert len(runs) == 2
        assert answer.won
        assert [e.hash for e in await ledger.entries(incident)] == [answer.entry.hash]
        assert await watch.changed(0) == {incident}

    async def test_connections_that_died_while_idle_are_replaced(self, url: str, ledger: Ledger) -> None:
        incident = await opened(ledger)
        for i in range(3):
            await ledger.append(incident, draft(f"veto/{i}", Kind.VETO))
            await ledger.append(incident, draft(f"k{i}"))
            assert len(await ledger.entries(incident)) == 2 * i + 2
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as killer:
                await killer.execute(
                    """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()"""
                )
            await killer.close()
        assert await verify(ledger, incident) == ""

    async def test_a_fault_of_our_own_is_not_repeated(self, ledger: Ledger) -> None:
        runs = []

        def work(tx: Tx) -> None:
            runs.append(1)
            tx.run("SELECT * FROM no_such_table")

        with pytest.raises(psycopg.errors.UndefinedTable):
            await ledger.db.write(work)
        assert len(runs) == 1
        assert (await ledger.append(await opened(ledger), draft("k"))).won


class TestReading:
    async def test_readers_see_one_moment_and_cannot_write(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        loop = asyncio.get_running_loop()

        def twice(tx: Tx) -> tuple[int, int]:
            count = "SELECT count(*) FROM entry"
            first = tx.one(count) or (0,)
            asyncio.run_coroutine_threadsafe(ledger.append(incident, draft("between")), loop).result(20)
            return first[0], (tx.one(count) or (0,))[0]

        assert await ledger.db.read(twice) == (0, 0)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await ledger.db.read(lambda tx: tx.run("DELETE FROM counter"))


class TestTables:
    async def test_the_ledger_cannot_be_emptied(self, ledger: Ledger) -> None:
        """Row 48: TRUNCATE walks past row triggers."""
        incident = await opened(ledger)
        await ledger.append(incident, draft("k"))
        for statement in ("TRUNCATE entry", "TRUNCATE incident CASCADE"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                await change(ledger, statement)
        upsert = "ON CONFLICT (incident, n) DO UPDATE SET kind = 'x'"
        values = f"({incident}, 1, 'k', 'note', 1, 'nonce', 'hash', 'x')"
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await change(ledger, f"INSERT INTO entry VALUES {values} {upsert}")
        assert await verify(ledger, incident) == ""

    async def test_three_processes_that_start_at_once_migrate_once(self, url: str, open_ledger: OpenLedger) -> None:
        starters = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", STARTER, url.replace("://", "+psycopg://"), stderr=asyncio.subprocess.PIPE
            )
            for _ in range(3)
        ]
        said = [(await starter.communicate())[1].decode() for starter in starters]
        assert [starter.returncode for starter in starters] == [0, 0, 0], said
        ledger = await open_ledger(url)
        assert (await ledger.append(await opened(ledger), draft("k"))).won

    async def test_a_database_of_newer_code_is_opened_as_it_is(
        self, url: str, ledger: Ledger, open_ledger: OpenLedger
    ) -> None:
        """Row 53: expand, migrate, contract: old replicas run on until they are replaced."""
        await change(ledger, "UPDATE alembic_version SET version_num = '9999'")
        older = await open_ledger(url)
        assert (await older.append(await opened(older), draft("k"))).won
