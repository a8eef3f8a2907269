"""A contract of the ledger runs on both databases."""

import pytest

from engine.ledger import Ledger
from tests.conftest import DatabaseUrl, OpenLedger


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database_url: DatabaseUrl) -> str:
    return database_url(request.param)


@pytest.fixture
async def ledger(url: str, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(url)
