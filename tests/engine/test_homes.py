"""Who has opened the App Home, on both databases: one replica publishes, and what was opened is shown afresh."""

from datetime import timedelta
from typing import Literal

import pytest

from engine.ledger import Ledger
from engine.people import People
from engine.store.cursors import Cursors
from engine.store.homes import Homes
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import PRIYA, TOM
from tests.ledgers import change

HOURS = timedelta(hours=4)


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> Literal["sqlite", "postgresql"]:
    found: Literal["sqlite", "postgresql"] = request.param
    return found


@pytest.fixture
async def ledger(
    dialect: Literal["sqlite", "postgresql"], database_url: DatabaseUrl, open_ledger: OpenLedger
) -> Ledger:
    return await open_ledger(database_url(dialect))


async def test_one_of_two_publishes_and_gives_its_claim_back(ledger: Ledger) -> None:
    homes, people = Homes(ledger.db), People(ledger.db)
    priya = await people.pseudonym(PRIYA)
    await homes.opened(priya)
    (seen,) = await homes.lately(HOURS)
    assert (seen.actor, seen.ref, seen.digest) == (priya, PRIYA.ref, "")
    assert [await homes.claim(seen), await homes.claim(seen)] == [True, False]
    await homes.shown(seen, "one")
    assert not await homes.claim(seen)  # something else was published since
    (now,) = await homes.lately(HOURS)
    assert now.digest == "one"
    assert await homes.claim(now)
    await homes.opened(priya)  # while it is being published
    await homes.shown(now, "two")
    assert (await homes.lately(HOURS))[0].digest == ""
    await change(ledger, "UPDATE home SET claimed_until = {now} - 1")  # whoever claimed it died
    assert await homes.claim((await homes.lately(HOURS))[0])


async def test_whoever_left_or_was_deleted_is_not_shown_anything(ledger: Ledger) -> None:
    homes, people = Homes(ledger.db), People(ledger.db)
    priya, tom = await people.pseudonym(PRIYA), await people.pseudonym(TOM)
    for actor in (priya, tom):
        await homes.opened(actor)
    assert {seen.actor for seen in await homes.lately(HOURS)} == {priya, tom}
    await change(ledger, "DELETE FROM personal WHERE pseudonym = :p", p=tom)
    assert [seen.actor for seen in await homes.lately(HOURS)] == [priya]
    await change(ledger, "UPDATE home SET opened_at = opened_at - 14400000001 WHERE actor = :p", p=priya)
    assert await homes.lately(HOURS) == []
    await homes.opened(priya)
    await homes.forget(priya)
    assert await homes.lately(HOURS) == []


async def test_a_ledger_of_the_first_version_is_brought_up_to_date(
    database_url: DatabaseUrl, open_ledger: OpenLedger, dialect: Literal["sqlite", "postgresql"]
) -> None:
    url = database_url(dialect)
    old = await open_ledger(url)
    for statement in (
        "DROP TABLE home",
        "DROP INDEX entry_kind_at",
        "DROP INDEX incident_opened",
        "ALTER TABLE cursor DROP COLUMN failing_since",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        await change(old, statement)
    await old.db.close()
    ledger = await open_ledger(url)
    await Homes(ledger.db).opened(await People(ledger.db).pseudonym(PRIYA))
    assert len(await Homes(ledger.db).lately(HOURS)) == 1
    assert await Cursors(ledger.db).unfinished() == []
    for statement in ("DROP INDEX entry_kind_at", "DROP INDEX incident_opened"):
        await change(ledger, statement)  # they are there again
